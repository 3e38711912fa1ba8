import EnvlockNative
import EnvlockTestSupport
import Testing

@testable import EnvlockStore

@Suite(.timeLimit(.minutes(10))) struct RangeTests {
  private static let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
  private let client = HTTPClient(cache: nil)

  private func part(_ result: RangeResult) -> FilePart? {
    if case .partial(let part) = result { part } else { nil }
  }

  @Test func `brings the end and the middle of a file`() async throws {
    let server = try LoopbackServer { request in
      request.path == "/a" ? .redirect(to: "/b") : .file(Self.bytes, for: request)
    }
    let end = try #require(part(await client.range(server.url("/a"), .last(1000))))
    #expect(end.bytes == Array(Self.bytes.suffix(1000)))
    #expect(end.offset == 2_999_000)
    #expect(end.total == 3_000_000)
    #expect(end.url == server.url("/b"))
    let middle = try #require(part(await client.range(end.url, .bytes(from: 5, through: 9))))
    #expect(middle.bytes == Array(Self.bytes[5...9]))
    let beyond = try #require(part(await client.range(end.url, .bytes(from: 2_999_999, through: 4_000_000))))
    #expect(beyond.bytes.count == 1)
    let all = try #require(part(await client.range(end.url, .last(9_000_000))))
    #expect(all.bytes.count == 3_000_000)
  }

  @Test func `a server that ignores ranges is noticed without loading the file`() async throws {
    let server = try LoopbackServer { request in
      request.path == "/short" ? .init(body: [1, 2, 3]) : .init(filler: 900 << 20)
    }
    guard case .unsupported = await client.range(server.url("/long"), .last(1000), wholeLimit: 0) else {
      Issue.record("ranges should be unsupported")
      return
    }
    #expect(client.statistics.bytes < 1 << 20)
    let asked = server.requests.count
    guard case .unsupported = await client.range(server.url("/other"), .last(1000), wholeLimit: 0) else {
      Issue.record("ranges should be known to be unsupported")
      return
    }
    #expect(server.requests.count == asked)
    guard case .whole([1, 2, 3]) = await client.range(server.url("/short"), .last(2)) else {
      Issue.record("a short file should come whole")
      return
    }
  }

  @Test(arguments: [200, 416, 501])
  func `a server without ranges from the end is asked for the size`(status: Int) async throws {
    let server = try LoopbackServer { request in
      if request["range"]?.hasPrefix("bytes=-") == true {
        return status == 200 ? .init(body: Self.bytes) : .init(status: status)
      }
      return .file(Self.bytes, for: request)
    }
    for count in [10, 20] {
      let end = try #require(part(await client.range(server.url("/"), .last(count))))
      #expect(end.bytes == Array(Self.bytes.suffix(count)))
      #expect(end.total == 3_000_000)
    }
    // The second time it is not asked for the end again.
    #expect(server.requests.count { $0["range"] == "bytes=-20" } == 0)
  }

  @Test func `an answer that is not the wanted part is not believed`() async throws {
    let server = try LoopbackServer { request in
      .init(
        status: 206,
        headers: ["Content-Range": request.path == "/shifted" ? "bytes 6-10/100" : "bytes 0-4/*"],
        body: [1, 2, 3, 4, 5])
    }
    for path in ["/shifted", "/unknown"] {
      #expect(part(await client.range(server.url(path), .bytes(from: 5, through: 9))) == nil)
    }
  }

  @Test func `missing and forbidden files are told apart`() async throws {
    let server = try LoopbackServer { request in .init(status: Int(request.path.dropFirst()) ?? 500) }
    guard case .notFound = await client.range(server.url("/404"), .last(9)) else {
      Issue.record("404 should be not found")
      return
    }
    guard case .unauthorized = await client.range(server.url("/403", user: "someone:secret"), .last(9)) else {
      Issue.record("403 should be unauthorized")
      return
    }
    guard case .failed(let error) = await client.range(server.url("/418", user: "someone:secret"), .last(9))
    else {
      Issue.record("418 should fail")
      return
    }
    #expect(error.message == "\(server.url("/418")) was answered with status 418")
    guard case .failed = await client.range("no URL", .last(9)) else {
      Issue.record("what is no URL should fail")
      return
    }
  }
}
