import EnvlockModel
import EnvlockNative
import EnvlockTestSupport
import Foundation
import Synchronization
import Testing

@testable import EnvlockStore

/// A clock that a test moves.
private final class Clock: Sendable {
  private let seconds = Atomic<Int>(1_000_000)

  var now: Int { seconds.load(ordering: .relaxed) }

  func advance(_ by: Int) { seconds.add(by, ordering: .relaxed) }
}

private struct NotJSON: UserFacingError {
  var message: String { "expected JSON, found HTML" }
  var hints: [String] { ["is this an index?"] }
  var kind: ErrorKind { .couldNotFindOut }
}

@Suite(.timeLimit(.minutes(10))) struct HTTPClientTests {
  private let folder: TemporaryFolder
  private let clock = Clock()

  init() throws { folder = try TemporaryFolder() }

  /// A client over the folder's cache, or over none.
  private func client(cached: Bool = true, _ change: (inout TransferOptions) -> Void = { _ in }) -> HTTPClient
  {
    var options = TransferOptions()
    options.stallTimeout = 1
    options.backoff = []
    change(&options)
    return HTTPClient(
      cache: cached ? HTTPCache(folder: folder("cache")) : nil, options: options,
      now: { [clock] in clock.now })
  }

  /// The text of the body with "!" appended, as the compact form.
  private func fetch(
    _ client: HTTPClient, _ url: String, kind: String = "page-1", _ freshness: Freshness = .normal
  ) async -> FetchResult {
    await client.fetch(url, kind: kind, freshness: freshness, accept: "text/plain") { body, _, _ in
      body + [UInt8(ascii: "!")]
    }
  }

  private func text(_ result: FetchResult) -> String {
    switch result {
    case .found(let found):
      String(decoding: found.payload, as: UTF8.self) + (found.fromCache ? " (cached)" : "")
    case .notFound: "not found"
    case .unauthorized(let error): error.message
    case .offlineMissing: "offline"
    case .failed(let error): error.message
    }
  }

  // MARK: Freshness

  @Test func `asks once in ten minutes when nothing is said`() async throws {
    let server = try LoopbackServer { request in .text(request["accept"] ?? "") }
    let url = server.url("/simple/torch/")
    #expect(text(await fetch(client(), url)) == "text/plain!")
    #expect(text(await fetch(client(), url)) == "text/plain! (cached)")
    #expect(client().cached(url, kind: "page-1") == .found(Array("text/plain!".utf8)))
    #expect(client().cached(url, kind: "page-2") == nil)
    clock.advance(599)
    #expect(client().cached(url, kind: "page-1") != nil)
    clock.advance(1)
    #expect(client().cached(url, kind: "page-1") == nil)
    #expect(client().cached(url, kind: "page-1", freshness: .offline) != nil)
    #expect(client().cached(url, kind: "page-1", freshness: .immutable) != nil)
    #expect(text(await fetch(client(), url)) == "text/plain!")
    #expect(server.requests.count == 2)
    #expect(server.requests.allSatisfy { $0["if-none-match"] == nil && $0["if-modified-since"] == nil })
  }

  @Test(arguments: [
    ("max-age=60", 59, true), ("max-age=60", 60, false), ("public, Max-Age=\"3600\"", 3599, true),
    ("max-age=0", 0, false), ("no-cache", 0, false), ("no-cache, max-age=60", 0, false),
    ("no-store", 0, false),
    ("max-age=99999999999999999999", 1_000_000_000, true), ("max-age=soon", 599, true),
    ("max-age", 599, true),
    ("max-age=-5", 599, true), ("", 599, true), (",,=,", 599, true),
  ])
  func `believes Cache-Control`(control: String, later: Int, isFresh: Bool) async throws {
    let server = try LoopbackServer { _ in .init(headers: ["Cache-Control": control]) }
    _ = await fetch(client(), server.url("/"))
    clock.advance(later)
    #expect((client().cached(server.url("/"), kind: "page-1") != nil) == isFresh)
    if control.contains("no-store") { #expect(folder.files.isEmpty) }
  }

  @Test func `subtracts the age that caches on the way report`() async throws {
    let server = try LoopbackServer { _ in .init(headers: ["Cache-Control": "max-age=100", "Age": "90"]) }
    _ = await fetch(client(), server.url("/"))
    clock.advance(9)
    #expect(client().cached(server.url("/"), kind: "page-1") != nil)
    clock.advance(1)
    #expect(client().cached(server.url("/"), kind: "page-1") == nil)
  }

  @Test func `a clock that went back trusts nothing from the future`() async throws {
    let server = try LoopbackServer { _ in .text("a") }
    _ = await fetch(client(), server.url("/"))
    clock.advance(-3600)
    #expect(client().cached(server.url("/"), kind: "page-1") == nil)
  }

  @Test(arguments: [["ETag": "\"v1\""], ["Last-Modified": "Tue, 24 Nov 2026 00:00:00 GMT"]])
  func `revalidates with what the server gave, and reads the body once`(validator: [String: String])
    async throws
  {
    let server = try LoopbackServer { request in
      let isSame =
        request["if-none-match"] == validator["ETag"]
        && request["if-modified-since"] == validator["Last-Modified"]
      return isSame ? .init(status: 304) : .init(headers: validator, body: Array("a".utf8))
    }
    #expect(text(await fetch(client(), server.url("/"))) == "a!")
    clock.advance(600)
    #expect(text(await fetch(client(), server.url("/"))) == "a! (cached)")
    #expect(server.requests.count == 2)
    // The age begins anew.
    clock.advance(599)
    #expect(client().cached(server.url("/"), kind: "page-1") != nil)
    clock.advance(1)
    #expect(text(await fetch(client(), server.url("/"))) == "a! (cached)")
    #expect(server.requests.count == 3)
  }

  @Test func `a page that comes again unchanged is not read again`() async throws {
    let server = try LoopbackServer { request in
      .init(
        headers: request.number > 3 ? ["ETag": "\"new\""] : [:],
        body: Array((request.number < 3 ? "a" : "b").utf8))
    }
    let reads = Mutex<[String]>([])
    for _ in 0..<5 {
      let result = await client().fetch(server.url("/"), kind: "page-1") { body, _, _ in
        reads.withLock { $0.append(String(decoding: body, as: UTF8.self)) }
        return body
      }
      if case .found(let found) = result { #expect(!found.fromCache) } else { Issue.record("\(result)") }
      clock.advance(600)
    }
    #expect(reads.withLock { $0 } == ["a", "b"])
    #expect(server.requests.map { $0["if-none-match"] } == [nil, nil, nil, nil, "\"new\""])
    #expect(text(await fetch(client(), server.url("/"), .offline)) == "b (cached)")
  }

  @Test func `a cache that is emptied meanwhile is filled again`() async throws {
    let path = folder("cache")
    let server = try LoopbackServer { request in
      if request.number == 2 { try? FileManager.default.removeItem(atPath: path) }
      return .text("a")
    }
    for _ in 0..<2 {
      #expect(text(await fetch(client(), server.url("/"))) == "a!")
      clock.advance(600)
    }
    #expect(text(await fetch(client(), server.url("/"), .offline)) == "a! (cached)")
  }

  @Test func `refresh always asks`() async throws {
    let server = try LoopbackServer { request in
      request["if-none-match"] == "\"v1\"" ? .init(status: 304) : .init(headers: ["ETag": "\"v1\""])
    }
    _ = await fetch(client(), server.url("/"))
    #expect(client().cached(server.url("/"), kind: "page-1", freshness: .refresh) == nil)
    #expect(text(await fetch(client(), server.url("/"), .refresh)) == "! (cached)")
    #expect(server.requests.count == 2)
    #expect(server.requests.last?["cache-control"] == "max-age=0")
    server.stop()
    #expect(text(await fetch(client(), server.url("/"), .refresh)).hasPrefix("could not fetch"))
  }

  @Test func `offline asks nobody, whatever the age`() async throws {
    let server = try LoopbackServer { request in request.path == "/none" ? .notFound : .text("a") }
    #expect(text(await fetch(client(), server.url("/"), .offline)) == "offline")
    _ = await fetch(client(), server.url("/"))
    _ = await fetch(client(), server.url("/none"))
    clock.advance(1_000_000)
    #expect(text(await fetch(client(), server.url("/"), .offline)) == "a! (cached)")
    #expect(text(await fetch(client(), server.url("/none"), .offline)) == "not found")
    #expect(server.requests.count == 2)
  }

  @Test func `a stale answer is not passed off as fresh when the server fails`() async throws {
    let server = try LoopbackServer { request in request.number == 1 ? .text("a") : .init(status: 500) }
    _ = await fetch(client(), server.url("/"))
    clock.advance(600)
    #expect(
      text(await fetch(client(), server.url("/"))) == "the server failed on \(server.url("/")) (status 500)")
    #expect(text(await fetch(client(), server.url("/"), .immutable)) == "a! (cached)")
  }

  @Test(arguments: [404, 410])
  func `what is not there is not asked for again, for ten minutes`(status: Int) async throws {
    let server = try LoopbackServer { _ in .init(status: status) }
    for _ in 0..<2 { #expect(text(await fetch(client(), server.url("/"), .immutable)) == "not found") }
    #expect(client().cached(server.url("/"), kind: "page-1") == .notFound)
    #expect(server.requests.count == 1)
    clock.advance(600)
    #expect(text(await fetch(client(), server.url("/"), .immutable)) == "not found")
    #expect(server.requests.count == 2)
  }

  @Test func `what was not there may come, and go`() async throws {
    let server = try LoopbackServer { request in request.number == 2 ? .text("a") : .notFound }
    for expected in ["not found", "a!", "not found"] {
      #expect(text(await fetch(client(), server.url("/"))) == expected)
      clock.advance(600)
    }
  }

  @Test func `something made elsewhere can be kept`() throws {
    let client = client()
    #expect(client.keep([1, 2], url: "https://u:p@example.org/a.whl", kind: "metadata-1") == nil)
    clock.advance(1_000_000)
    #expect(
      client.cached("https://example.org/a.whl", kind: "metadata-1", freshness: .immutable) == .found([1, 2]))
  }

  // MARK: Faults

  @Test func `what the reader of the body says comes back, and nothing is kept`() async throws {
    let server = try LoopbackServer { _ in .text("<html>", type: "text/html") }
    let url = server.url("/simple/torch/", user: "someone:secret")
    let result = await client().fetch(url, kind: "page-1") { _, type, place throws in
      #expect(type == "text/html")
      #expect(place == server.url("/simple/torch/"))
      throw NotJSON()
    }
    guard case .failed(let error) = result else {
      Issue.record("unexpected: \(result)")
      return
    }
    #expect(error.message == "\(server.url("/simple/torch/")): expected JSON, found HTML")
    #expect(error.hints == ["is this an index?"])
    #expect(error.kind == .couldNotFindOut)
    #expect(folder.files.isEmpty)
  }

  @Test func `relative links start at the last redirect`() async throws {
    let server = try LoopbackServer { request in
      request.path == "/Torch/" ? .redirect(to: "/torch/") : .text("a")
    }
    let result = await client().fetch(server.url("/Torch/"), kind: "page-1") { _, _, place in
      Array(place.utf8)
    }
    #expect(text(result) == server.url("/torch/"))
    #expect(client().cached(server.url("/Torch/"), kind: "page-1") != nil)
  }

  @Test(arguments: [
    (401, "wants credentials (status 401)"),
    (403, "is not for these credentials, or for nobody (status 403)"),
  ])
  func `missing credentials are said to be missing, and not kept`(status: Int, words: String) async throws {
    let server = try LoopbackServer { _ in .init(status: status) }
    let result = await fetch(client(), server.url("/", user: "someone:secret"))
    guard case .unauthorized(let error) = result else {
      Issue.record("unexpected: \(result)")
      return
    }
    #expect(error.message == "\(server.url("/")) \(words)")
    #expect(error.hints.count == 1)
    #expect(folder.files.isEmpty)
  }

  @Test func `each fault is told with its place, and never with credentials`() async throws {
    let server = try LoopbackServer { request in
      switch request.path {
      case "/500": .init(status: 500)
      case "/418": .init(status: 418)
      case "/short": .init(body: [1, 2], length: .stated(5))
      case "/huge": .init(filler: 200 << 20)
      case "/hang": .init(fault: .hang)
      default: .redirect(to: "/loop")
      }
    }
    let port = server.port
    let base = "http://127.0.0.1:\(port)"
    let expected = [
      "/500": "the server failed on \(base)/500 (status 500)",
      "/418": "\(base)/418 was answered with status 418",
      "/short": "the answer of \(base)/short ended before its stated length",
      "/huge": "the answer of \(base)/huge is larger than 64 MiB",
      "/hang": "could not fetch \(base)/hang: 127.0.0.1:\(port) did not answer for 1 s",
      "/loop": "\(base)/loop leads to more than 10 redirects",
    ]
    for (path, message) in expected.sorted(by: { $0.key < $1.key }) {
      #expect(text(await fetch(client(), server.url(path, user: "someone:secret"))) == message)
    }
    #expect(
      text(await fetch(client(), "ftp://someone:secret@example.org/"))
        == "`ftp://example.org/` is not a URL that can be fetched: its scheme is neither http nor https")
    #expect(folder.files.isEmpty)
  }

  @Test func `credentials reach the server and nothing on disk`() async throws {
    let server = try LoopbackServer { request in
      request["authorization"] == nil ? .init(status: 401) : .text("a")
    }
    let url = server.url("/simple/", user: "someone:secret")
    #expect(text(await fetch(client(), url)) == "a!")
    let names = folder.files
    #expect(names.count == 2)
    for name in names {
      let content = String(decoding: folder.bytes(name) ?? [], as: UTF8.self)
      #expect(!content.contains("secret") && !content.contains("someone"))
    }
    #expect(client().cached(server.url("/simple/"), kind: "page-1") != nil)
  }

  @Test func `a rotten entry is fetched anew`() async throws {
    let server = try LoopbackServer { _ in .text("a") }
    _ = await fetch(client(), server.url("/"))
    let name = try #require(folder.files.first { $0.contains("page-1") })
    try folder.put(Array("rotten".utf8), name)
    #expect(client().cached(server.url("/"), kind: "page-1") == nil)
    #expect(text(await fetch(client(), server.url("/"))) == "a!")
    #expect(client().cached(server.url("/"), kind: "page-1") != nil)
  }

  @Test func `a cache that cannot be written is reported once and hinders nothing`() async throws {
    let server = try LoopbackServer { _ in .init(headers: ["ETag": "\"a\""]) }
    try folder.put([], "cache")
    let client = client()
    var warnings: [String] = []
    for path in ["/a", "/b", "/a"] {
      guard case .found(let found) = await fetch(client, server.url(path)) else {
        Issue.record("not found: \(path)")
        continue
      }
      if let warning = found.warning { warnings.append(warning) }
    }
    let reason = "a part of its path is no folder"
    #expect(
      warnings == [
        "the cache `\(folder("cache/http"))` cannot be written (\(reason)); what is fetched is not kept"
      ])
    #expect(text(await fetch(self.client(cached: false), server.url("/c"))) == "!")
  }

  // MARK: Many at once

  @Test func `equal questions at the same time are asked once`() async throws {
    let server = try LoopbackServer { _ in .init(body: Array("a".utf8), delay: .milliseconds(500)) }
    let client = client(cached: false)
    let texts = await withTaskGroup(of: String.self) { group in
      for _ in 0..<20 { group.addTask { text(await fetch(client, server.url("/"))) } }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(texts == Array(repeating: "a!", count: 20))
    #expect(server.requests.count == 1)
    #expect(client.statistics == .init(requests: 1, bytes: 1, cacheHits: 0))
  }

  @Test func `one that is cancelled does not take the others with it`() async throws {
    let server = try LoopbackServer { request in
      // Nothing but the cancelling ends the second question.
      request.path == "/alone" ? .init(fault: .hang) : .init(body: Array("a".utf8), delay: .milliseconds(200))
    }
    let client = client(cached: false) { $0.stallTimeout = 600 }
    let first = Task { text(await fetch(client, server.url("/"))) }
    while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
    let second = Task { text(await fetch(client, server.url("/"))) }
    try await Task.sleep(for: .milliseconds(20))
    first.cancel()
    #expect(await second.value == "a!")
    let alone = Task { text(await fetch(client, server.url("/alone"))) }
    while server.count("/alone") == 0 { try await Task.sleep(for: .milliseconds(5)) }
    alone.cancel()
    #expect(await alone.value == "could not fetch \(server.url("/alone")): the transfer was cancelled")
  }

  @Test func `two clients over one cache do not disturb each other`() async throws {
    let server = try LoopbackServer { request in
      .init(
        headers: ["Cache-Control": "no-cache", "ETag": "\"a\""], body: Array(request.path.utf8),
        filler: 50_000)
    }
    let clients = [client(), client()]
    let answers = await withTaskGroup(of: Bool.self) { group in
      for round in 0..<200 {
        group.addTask {
          let path = "/\(round % 7)"
          guard case .found(let found) = await fetch(clients[round % 2], server.url(path)) else {
            return false
          }
          return found.payload.count == path.utf8.count + 50_001 && found.payload.starts(with: path.utf8)
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(answers == Array(repeating: true, count: 200))
    #expect(folder.files.count == 8)
  }
}
