import EnvlockNative
import EnvlockTestSupport
import Testing

/// An engine with short times, without proxy and netrc.
private func makeEngine(_ change: (inout TransferOptions) -> Void = { _ in }) -> TransferEngine {
  var options = TransferOptions()
  options.stallTimeout = 1
  options.connectTimeout = 2
  options.backoff = [.milliseconds(1), .milliseconds(2)]
  change(&options)
  return TransferEngine(options)
}

@Suite(.timeLimit(.minutes(10))) struct TransferTests {
  private let engine = makeEngine()

  private func get(_ url: String, _ change: (inout TransferRequest) -> Void = { _ in })
    async throws(TransferError)
    -> TransferResponse
  {
    var request = TransferRequest(url)
    change(&request)
    return try await engine.perform(request)
  }

  @Test func `brings status, headers, body and place`() async throws {
    let server = try LoopbackServer { request in
      .init(
        status: 200, headers: ["X-Case": "  Kept \t"], body: Array("hello \(request["x-ask"] ?? "")".utf8))
    }
    let request = TransferRequest(server.url("/a?b#c"), headers: [("X-Ask", "you")])
    let response = try await engine.perform(request)
    #expect(response.status == 200)
    #expect(response.headers["x-CASE"] == "Kept")
    #expect(response.headers["x-none"] == nil)
    #expect(String(decoding: response.body, as: UTF8.self) == "hello you")
    #expect(response.url == server.url("/a?b"))
    #expect(response.bytesOnWire == 9)
    #expect(engine.bytesReceived == 9)
    #expect(engine.requestsMade == 1)
    #expect(server.requests.first?["user-agent"] == "envlock")
    #expect(server.requests.first?["authorization"] == nil)
  }

  @Test func `an error status is an answer, its body a sample`() async throws {
    let server = try LoopbackServer { request in
      request.path == "/none" ? .notFound : .init(status: 500, filler: 100 << 20)
    }
    #expect(try await get(server.url("/none")).status == 404)
    let response = try await get(server.url("/broken"))
    #expect(response.status == 500)
    #expect(response.body.count == 1 << 16)
    #expect(server.requests.count == 2)
  }

  @Test func `a hundred requests share few connections, and later ones use them again`() async throws {
    let server = try LoopbackServer { request in .text(request.path) }
    let engine = engine
    for _ in 0..<2 {
      let bodies = await withTaskGroup(of: String.self) { group in
        for number in 0..<100 {
          group.addTask {
            let body = (try? await engine.perform(TransferRequest(server.url("/\(number)"))))?.body ?? []
            return String(decoding: body, as: UTF8.self)
          }
        }
        return await group.reduce(into: Set()) { $0.insert($1) }
      }
      #expect(bodies == Set((0..<100).map { "/\($0)" }))
    }
    #expect(server.connections <= 16)
  }

  @Test func `asks for one range, of the beginning or of the end`() async throws {
    let bytes = (0..<200).map { UInt8($0) }
    let server = try LoopbackServer { request in .file(bytes, for: request) }
    let middle = try await get(server.url("/")) { $0.range = .bytes(from: 10, through: 19) }
    #expect(middle.status == 206)
    #expect(middle.body == Array(10...19))
    #expect(middle.headers["content-range"] == "bytes 10-19/200")
    let end = try await get(server.url("/")) { $0.range = .last(5) }
    #expect(end.body == Array(195...199))
    #expect(server.requests.map { $0["range"] } == ["bytes=10-19", "bytes=-5"])
    #expect(server.requests.allSatisfy { $0["accept-encoding"] == nil })
    #expect(try await get(server.url("/")) { $0.range = .bytes(from: 200, through: 300) }.status == 416)
  }

  @Test func `a whole answer to a range is cut off after its headers, unless it is short`() async throws {
    let server = try LoopbackServer { request in
      switch request.path {
      case "/large": .init(filler: 500 << 20)
      case "/unknown": .init(filler: 500 << 20, length: .absent)
      default: .init(filler: 100)
      }
    }
    for path in ["/large", "/unknown"] {
      let response = try await get(server.url(path)) {
        $0.range = .last(10)
        $0.wholeLimit = 1000
      }
      #expect(response.status == 200)
      #expect(response.isCut)
      #expect(response.body.isEmpty)
      #expect(response.bytesOnWire < 1 << 20)
    }
    let short = try await get(server.url("/short")) {
      $0.range = .last(10)
      $0.wholeLimit = 1000
    }
    #expect(!short.isCut)
    #expect(short.body.count == 100)
  }

  @Test func `asks for headers only`() async throws {
    let server = try LoopbackServer { _ in .init(body: [1, 2, 3]) }
    let response = try await get(server.url("/")) { $0.headersOnly = true }
    #expect(server.requests.first?.method == "HEAD")
    #expect(response.headers.contentLength == 3)
    #expect(response.body == [])
  }

  @Test func `compressed bodies are decompressed, and their limit is that of the content`() async throws {
    // A gzip member with one stored block around "abc"; its CRC-32 is 0x352441C2.
    let gzip: [UInt8] = [
      0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255, 1, 3, 0, 0xFC, 0xFF, 0x61, 0x62, 0x63, 0xC2, 0x41, 0x24, 0x35, 3,
      0, 0, 0,
    ]
    let server = try LoopbackServer { request in
      request["accept-encoding"]?.contains("gzip") == true
        ? .init(headers: ["Content-Encoding": "gzip"], body: gzip) : .init(status: 406)
    }
    let response = try await get(server.url("/"))
    #expect(response.body == Array("abc".utf8))
    #expect(response.bytesOnWire == gzip.count)
    await #expect(throws: TransferError.tooLarge(url: server.url("/"), limit: 2)) {
      try await get(server.url("/")) { $0.bodyLimit = 2 }
    }
  }

  @Test(arguments: [LoopbackServer.Length.true, .absent])
  func `a page of 200 MB is refused early`(length: LoopbackServer.Length) async throws {
    let server = try LoopbackServer { _ in .init(filler: 200 << 20, length: length) }
    let error = await #expect(throws: TransferError.self) {
      try await get(server.url("/simple/huge/")) { $0.bodyLimit = 8 << 20 }
    }
    #expect(error?.message == "the answer of \(server.url("/simple/huge/")) is larger than 8 MiB")
    #expect(server.requests.count == 1)
  }

  @Test func `an answer shorter than it says is truncated`() async throws {
    let server = try LoopbackServer { request in
      request.path == "/early"
        ? .init(body: [1, 2, 3, 4], fault: .closeAfter(2)) : .init(body: [1, 2, 3, 4], length: .stated(9))
    }
    for path in ["/early", "/stated"] {
      await #expect(throws: TransferError.truncated(url: server.url(path))) {
        try await get(server.url(path))
      }
    }
    #expect(server.requests.count == 2)
  }

  @Test(arguments: [LoopbackServer.Fault.hang, .hangAfter(2)])
  func `a silent server is given up, by name`(fault: LoopbackServer.Fault) async throws {
    let server = try LoopbackServer { _ in .init(body: [1, 2, 3, 4], fault: fault) }
    let error = await #expect(throws: TransferError.self) { try await get(server.url("/")) }
    #expect(error == .timedOut(host: "127.0.0.1:\(server.port)", seconds: 1))
    #expect(error?.message == "127.0.0.1:\(server.port) did not answer for 1 s")
  }

  @Test func `a host that refuses is tried three times`() async throws {
    let server = try LoopbackServer { _ in .notFound }
    let url = server.url("/")
    server.stop()
    // The listener is closed by its own thread, a moment later.
    for _ in 0..<100 {
      if (try? await get(url)) == nil { break }
      try await Task.sleep(for: .milliseconds(20))
    }
    let engine = makeEngine()
    let error = await #expect(throws: TransferError.self) { try await engine.perform(TransferRequest(url)) }
    guard case .couldNotConnect("127.0.0.1:\(server.port)", _) = error else {
      Issue.record("unexpected: \(String(describing: error))")
      return
    }
    #expect(engine.requestsMade == 3)
  }

  @Test func `a name without address is named`() async throws {
    await #expect(throws: TransferError.couldNotResolve(host: "no-such-host.invalid")) {
      try await get("https://user:secret@no-such-host.invalid/simple/")
    }
  }

  @Test func `a server without TLS is no secure server`() async throws {
    let server = try LoopbackServer { _ in .notFound }
    let error = await #expect(throws: TransferError.self) {
      try await get("https://127.0.0.1:\(server.port)/")
    }
    guard case .tls("127.0.0.1:\(server.port)", let reason) = error else {
      Issue.record("unexpected: \(String(describing: error))")
      return
    }
    #expect(!reason.isEmpty)
  }

  @Test(arguments: [429, 502, 503, 504])
  func `a server that is busy is asked again`(status: Int) async throws {
    let server = try LoopbackServer { request in
      request.number < 3 ? .init(status: status, headers: ["Retry-After": "0"]) : .text("done")
    }
    #expect(try await get(server.url("/")).status == 200)
    #expect(server.requests.count == 3)
  }

  @Test func `a server that stays busy is believed in the end`() async throws {
    let server = try LoopbackServer { request in
      .init(status: 503, headers: request.path == "/long" ? ["Retry-After": "3600"] : [:])
    }
    #expect(try await get(server.url("/")).status == 503)
    #expect(server.count("/") == 3)
    #expect(try await get(server.url("/long")).status == 503)
    #expect(server.count("/long") == 1)
  }

  @Test func `a broken connection is tried again`() async throws {
    let server = try LoopbackServer { request in
      request.number < 3 ? .init(fault: .reset) : .text("done")
    }
    #expect(try await get(server.url("/")).status == 200)
    let broken = try LoopbackServer { _ in .init(fault: .reset) }
    let error = await #expect(throws: TransferError.self) { try await get(broken.url("/")) }
    guard case .interrupted("127.0.0.1:\(broken.port)", _) = error else {
      Issue.record("unexpected: \(String(describing: error))")
      return
    }
    #expect(broken.requests.count == 3)
  }

  @Test func `a cancelled task ends its transfer`() async throws {
    let server = try LoopbackServer { _ in .init(fault: .hang) }
    let engine = makeEngine { $0.stallTimeout = 60 }
    let task = Task { try await engine.perform(TransferRequest(server.url("/"))) }
    while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
    task.cancel()
    await #expect(throws: TransferError.cancelled) { try await task.value }
    let early = Task { try await engine.perform(TransferRequest(server.url("/"))) }
    early.cancel()
    await #expect(throws: TransferError.cancelled) { try await early.value }
  }

  @Test func `an engine may go while a transfer runs`() async throws {
    let server = try LoopbackServer { _ in .text("late", status: 200) }
    let body = try await makeEngine().perform(TransferRequest(server.url("/"))).body
    #expect(body == Array("late".utf8))
    makeEngine().prepare()
  }

  @Test func `a header cannot smuggle in another`() async throws {
    let server = try LoopbackServer { _ in .text("") }
    await #expect(throws: TransferError.self) {
      try await engine.perform(TransferRequest(server.url("/"), headers: [("X", "a\r\nY: b")]))
    }
    #expect(server.requests.isEmpty)
  }
}
