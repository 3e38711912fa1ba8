import EnvlockNative
import EnvlockTestSupport
import Foundation
import Testing

@Suite(.timeLimit(.minutes(10))) struct RedirectTests {
  private let engine = TransferEngine()

  @Test func `follows redirects and names the last place`() async throws {
    let server = try LoopbackServer { request in
      switch request.path {
      case "/a": .redirect(to: "/b/", status: 301)
      case "/b/": .redirect(to: "c?d", status: 307)
      default: .text(request.path)
      }
    }
    let response = try await engine.perform(TransferRequest(server.url("/a")))
    #expect(response.url == server.url("/b/c?d"))
    #expect(response.body == Array("/b/c?d".utf8))
  }

  @Test func `endless redirects end`() async throws {
    let server = try LoopbackServer { request in .redirect(to: request.path + "x") }
    await #expect(throws: TransferError.tooManyRedirects(url: server.url("/a"), limit: 10)) {
      try await engine.perform(TransferRequest(server.url("/a", user: "someone:secret")))
    }
    #expect(server.requests.count == 11)
  }

  @Test(arguments: ["ftp://example.org/", "file:///etc/hosts", "http://"])
  func `leaves http for nothing else`(target: String) async throws {
    let server = try LoopbackServer { _ in .redirect(to: target) }
    let error = await #expect(throws: TransferError.self) {
      try await engine.perform(TransferRequest(server.url("/")))
    }
    #expect(error != nil)
    #expect(server.requests.count == 1)
  }

  @Test func `a status without place is the answer`() async throws {
    let server = try LoopbackServer { _ in .init(status: 302) }
    #expect(try await engine.perform(TransferRequest(server.url("/"))).status == 302)
    let unchanged = try LoopbackServer { _ in .init(status: 304) }
    #expect(try await engine.perform(TransferRequest(unchanged.url("/"))).status == 304)
  }

  // "localhost" and "127.0.0.1" are the same server under two names, so two hosts.

  @Test func `credentials of a URL go to its host only`() async throws {
    let basic = "Basic " + Data("so@me:sec:ret".utf8).base64EncodedString()
    let server = try LoopbackServer { request in
      switch request.path {
      case "/here": .redirect(to: "/there")
      case "/there":
        .redirect(to: "http://localhost:\(request["host"]?.split(separator: ":").last ?? "")/away")
      default: .text("")
      }
    }
    _ = try await engine.perform(
      TransferRequest(
        server.url("/here", user: "so%40me:sec:ret"), headers: [("Cookie", "a=b"), ("X-Plain", "c")]))
    #expect(server.requests.map { $0["authorization"] } == [basic, basic, nil])
    #expect(server.requests.map { $0["cookie"] } == ["a=b", "a=b", nil])
    #expect(server.requests.map { $0["x-plain"] } == ["c", "c", "c"])
    #expect(server.requests.allSatisfy { !$0.path.contains("sec") })
  }

  @Test func `an authorization of the caller's goes to its host only`() async throws {
    let server = try LoopbackServer { request in
      request.path == "/a"
        ? .redirect(to: "http://localhost:\(request["host"]?.suffix(5) ?? "")/b") : .text("")
    }
    _ = try await engine.perform(
      TransferRequest(server.url("/a"), headers: [("Authorization", "Bearer secret")]))
    #expect(server.requests.map { $0["authorization"] } == ["Bearer secret", nil])
  }

  @Test func `configured credentials go to their origin, whatever the path`() async throws {
    let server = try LoopbackServer { _ in .text("") }
    var options = TransferOptions()
    options.credentials = CredentialList(urls: [server.url("/simple/", user: "a:b"), "https://example.org/"])
    let engine = TransferEngine(options)
    _ = try await engine.perform(TransferRequest(server.url("/files/x.whl")))
    _ = try await engine.perform(TransferRequest(server.url("/files/x.whl", host: "localhost")))
    _ = try await engine.perform(TransferRequest(server.url("/files/x.whl", user: "c:d")))
    #expect(server.requests.map { $0["authorization"] } == ["Basic YTpi", nil, "Basic Yzpk"])
  }

  @Test func `netrc serves hosts without other credentials, also after a redirect`() async throws {
    let file = NSTemporaryDirectory() + "envlock-netrc-\(UInt64.random(in: 0 ... .max))"
    try "machine localhost login n password p\n".write(toFile: file, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: file) }
    let server = try LoopbackServer { request in
      request.path == "/a"
        ? .redirect(to: "http://localhost:\(request["host"]?.split(separator: ":").last ?? "")/b")
        : .text("")
    }
    var options = TransferOptions()
    options.netrcFile = file
    let engine = TransferEngine(options)
    _ = try await engine.perform(TransferRequest(server.url("/a", user: "a:b")))
    _ = try await engine.perform(
      TransferRequest(server.url("/c", host: "localhost"), headers: [("Authorization", "Bearer t")]))
    #expect(server.requests.map { $0["authorization"] } == ["Basic YTpi", "Basic bjpw", "Bearer t"])
    options.netrcFile = file + "-missing"
    #expect(try await TransferEngine(options).perform(TransferRequest(server.url("/d"))).status == 200)
  }

  @Test func `no error shows credentials`() async throws {
    let server = try LoopbackServer { request in
      switch request.path {
      case "/short": .init(body: [1, 2], fault: .closeAfter(1))
      case "/large": .init(filler: 100)
      case "/reset": .init(fault: .reset)
      case "/ftp": .redirect(to: "ftp://someone:secret@example.org/?token=secret")
      default: .redirect(to: "/loop")
      }
    }
    var options = TransferOptions()
    options.backoff = []
    let engine = TransferEngine(options)
    for path in ["/short?key=secret", "/short", "/large", "/reset", "/ftp", "/loop"] {
      var request = TransferRequest(
        server.url(path, user: "someone:secret"), headers: [("Authorization", "Bearer secret")])
      request.bodyLimit = 10
      let error = await #expect(throws: TransferError.self) { try await engine.perform(request) }
      let shown = String(reflecting: error) + (error?.message ?? "") + (error?.hints.joined() ?? "")
      #expect(!shown.contains("secret") && !shown.contains("someone"), "\(shown)")
    }
  }

  @Test func `a proxy gets the requests, except for excepted hosts`() async throws {
    let proxy = try LoopbackServer { request in .text("by proxy: \(request.path)") }
    let server = try LoopbackServer { _ in .text("straight") }
    var options = TransferOptions()
    options.httpProxy = proxy.url("")
    options.proxyExceptions = "127.0.0.1"
    let engine = TransferEngine(options)
    let through = try await engine.perform(TransferRequest("http://index.invalid/simple/"))
    #expect(String(decoding: through.body, as: UTF8.self) == "by proxy: http://index.invalid/simple/")
    #expect(try await engine.perform(TransferRequest(server.url("/"))).body == Array("straight".utf8))
    options.httpsProxy = proxy.url("", user: "someone:secret")
    let refused = try LoopbackServer { _ in .init(status: 407) }
    options.httpsProxy = refused.url("", user: "someone:secret")
    options.backoff = []
    let error = await #expect(throws: TransferError.self) {
      try await TransferEngine(options).perform(TransferRequest("https://index.invalid/"))
    }
    #expect(error?.message == "the proxy failed: it answered 407 to CONNECT index.invalid")
  }
}
