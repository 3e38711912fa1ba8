import EnvlockNative
import EnvlockTestSupport
import Synchronization
import Testing

/// Keeps what it gets, up to a limit.
private final class Bucket: TransferSink {
  struct Content {
    var statuses: [Int] = []
    var bytes: [UInt8] = []
    var pieces = 0
  }

  let content = Mutex(Content())
  private let limit: Int
  private let wantsAny: Bool

  init(limit: Int = .max, wantsAny: Bool = true) {
    self.limit = limit
    self.wantsAny = wantsAny
  }

  func begin(status: Int, headers: HeaderFields) -> Bool {
    content.withLock { $0.statuses.append(status) }
    return wantsAny
  }

  func take(_ piece: UnsafeRawBufferPointer) -> Bool {
    content.withLock { content in
      content.bytes += piece
      content.pieces += 1
      return content.bytes.count <= limit
    }
  }
}

@Suite(.timeLimit(.minutes(10))) struct TransferSinkTests {
  private let engine = Self.engine()

  private static func engine(stallTimeout: Int = 30) -> TransferEngine {
    var options = TransferOptions()
    options.stallTimeout = stallTimeout
    options.backoff = [.milliseconds(1), .milliseconds(2)]
    return TransferEngine(options)
  }

  private func get(_ url: String, _ bucket: Bucket, range: TransferRequest.ByteRange? = nil)
    async throws(TransferError) -> TransferResponse
  {
    var request = TransferRequest(url)
    request.sink = bucket
    request.range = range
    return try await engine.perform(request)
  }

  private static let file = [UInt8]((0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) })

  @Test func `a sink gets the body in pieces, and the answer has none`() async throws {
    let server = try LoopbackServer { request in
      request.path == "/old" ? .redirect(to: "/new") : .file(Self.file, for: request)
    }
    let bucket = Bucket()
    let response = try await get(server.url("/old"), bucket)
    #expect(response.status == 200)
    #expect(response.body.isEmpty)
    #expect(response.url == server.url("/new"))
    #expect(response.bytesOnWire == Self.file.count)
    bucket.content.withLock {
      #expect($0.bytes == Self.file)
      #expect($0.statuses == [200])
      #expect($0.pieces > 1)
    }
    #expect(server.requests.last?["accept-encoding"] == nil)
  }

  @Test func `a sink gets the rest of a file, and no limit holds it`() async throws {
    let server = try LoopbackServer { request in .file(Self.file, for: request) }
    let bucket = Bucket()
    var request = TransferRequest(server.url("/"))
    request.sink = bucket
    request.range = .rest(from: 299_990)
    request.bodyLimit = 1
    #expect(try await engine.perform(request).status == 206)
    #expect(server.requests.last?["range"] == "bytes=299990-")
    bucket.content.withLock {
      #expect($0.bytes == Array(Self.file.suffix(10)))
      #expect($0.statuses == [206])
    }
  }

  @Test func `an answer with an error status goes past the sink`() async throws {
    let server = try LoopbackServer { _ in .text("busy", status: 503) }
    let bucket = Bucket()
    let response = try await get(server.url("/"), bucket)
    #expect(response.status == 503)
    #expect(String(decoding: response.body, as: UTF8.self) == "busy")
    bucket.content.withLock { #expect($0.statuses.isEmpty && $0.bytes.isEmpty) }
    #expect(server.requests.count == 1)
  }

  @Test func `a request with a sink is tried once, and keeps what came`() async throws {
    let server = try LoopbackServer { _ in .init(body: Self.file, fault: .closeAfter(100_000)) }
    let bucket = Bucket()
    await #expect(throws: TransferError.self) { try await get(server.url("/"), bucket) }
    #expect(server.requests.count == 1)
    bucket.content.withLock { #expect($0.bytes == Array(Self.file.prefix(100_000))) }
  }

  @Test func `a sink may refuse the body, or the rest of it`() async throws {
    let server = try LoopbackServer { request in .file(Self.file, for: request) }
    let url = server.url("/")
    await #expect(throws: TransferError.notTaken(url: url)) { try await get(url, Bucket(wantsAny: false)) }
    let bucket = Bucket(limit: 10)
    await #expect(throws: TransferError.notTaken(url: url)) { try await get(url, bucket) }
    bucket.content.withLock { #expect($0.pieces == 1) }
  }

  @Test func `a server that falls silent is given up`() async throws {
    let server = try LoopbackServer { _ in .init(body: Self.file, fault: .hangAfter(5)) }
    let bucket = Bucket()
    var request = TransferRequest(server.url("/"))
    request.sink = bucket
    let impatient = Self.engine(stallTimeout: 1)
    await #expect(throws: TransferError.timedOut(host: "127.0.0.1:\(server.port)", seconds: 1)) {
      try await impatient.perform(request)
    }
    bucket.content.withLock { #expect($0.bytes.count <= 5) }
  }

  @Test func `a sink is let go of, however soon the transfer ends`() async throws {
    weak var sink: Bucket?
    do {
      let bucket = Bucket()
      sink = bucket
      var request = TransferRequest("http://127.0.0.1:9/")
      // It cannot be sent, so that the transfer ends as soon as it begins.
      request.headers = [(name: "X-Test", value: "a\nb")]
      request.sink = bucket
      let sent = request
      await #expect(throws: TransferError.self) { try await engine.perform(sent) }
    }
    let start = ContinuousClock.now
    while sink != nil, ContinuousClock.now - start < .seconds(300) {
      try await Task.sleep(for: .milliseconds(10))
    }
    #expect(sink == nil)
  }
}
