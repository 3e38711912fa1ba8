import EnvlockNative
import EnvlockTestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct TransferAuthorizationTests {
  private let engine: TransferEngine = {
    var options = TransferOptions()
    options.backoff = []
    return TransferEngine(options)
  }()

  private static let basic = TransferAuthorization.basic(BasicCredentials(name: "anna", secret: "s3cr3t"))

  @Test(arguments: [(basic, "Basic YW5uYTpzM2NyM3Q="), (.bearer("s3cr3t"), "Bearer s3cr3t")])
  func `a host is shown what its request says, and another host nothing`(
    authorization: TransferAuthorization, header: String
  ) async throws {
    let other = try LoopbackServer { _ in .text("there") }
    let target = other.url("/x", host: "localhost")
    let server = try LoopbackServer { request in
      switch request.path {
      case "/far": .redirect(to: target)
      case "/near": .redirect(to: "/here")
      default: .text("here")
      }
    }
    var request = TransferRequest(server.url("/near", user: "bert:x"))
    request.authorization = authorization
    _ = try await engine.perform(request)
    request.url = server.url("/far")
    let answer = try await engine.perform(request)
    #expect(answer.body == Array("there".utf8))
    #expect(server.requests.map { $0["authorization"] } == [header, header, header])
    #expect(other.requests.map { $0["authorization"] } == [nil])
  }

  @Test func `nothing of it shows`() {
    for authorization in [Self.basic, .bearer("s3cr3t")] {
      var dumped = ""
      dump(authorization, to: &dumped)
      for text in ["\(authorization)", String(reflecting: authorization), dumped] {
        #expect(!text.contains("s3cr3t"))
        #expect(!text.contains("anna"))
      }
    }
  }

  @Test func `a token with a line break begins no other header`() async throws {
    let server = try LoopbackServer { _ in .text("") }
    var request = TransferRequest(server.url("/"))
    request.authorization = .bearer("a\r\nX-Other: b")
    await #expect(throws: TransferError.self) { try await engine.perform(request) }
    #expect(server.requests.isEmpty)
  }

  @Test func `a form is posted once, and no redirect of it is followed`() async throws {
    let server = try LoopbackServer { request in
      request.path == "/away" ? .redirect(to: "/here", status: 307) : .text("\(request.body.count)")
    }
    var request = TransferRequest(server.url("/"))
    request.form = "a=b&c=%C3%A9"
    #expect(try await engine.perform(request).body == Array("12".utf8))
    request.url = server.url("/away")
    #expect(try await engine.perform(request).status == 307)
    #expect(server.requests.map(\.method) == ["POST", "POST"])
    #expect(server.requests.map(\.path) == ["/", "/away"])
    #expect(server.requests.first.map { String(decoding: $0.body, as: UTF8.self) } == "a=b&c=%C3%A9")
  }

  @Test func `every field of one name is handed out`() async throws {
    let server = try LoopbackServer { _ in
      .init(headers: ["Www-Authenticate": "Basic", "www-authenticate": "Bearer"])
    }
    let answer = try await engine.perform(TransferRequest(server.url("/")))
    #expect(answer.headers.values("WWW-Authenticate").sorted() == ["Basic", "Bearer"])
    #expect(answer.headers.values("other").isEmpty)
  }

  @Test func `a child reads what it is given`() {
    var command = ChildCommand(program: "/bin/cat")
    command.input = Array("hello\n".utf8)
    #expect(ChildProcess.run(command).output == command.input)
    command.input = [UInt8](repeating: 7, count: 1 << 20)
    guard case .notStarted = ChildProcess.run(command).end else {
      Issue.record("more was given than fits")
      return
    }
    command.program = "/bin/true"
    command.input = [1]
    #expect(ChildProcess.run(command).isSuccess)
    command.program = "/bin/cat"
    command.input = []
    #expect(ChildProcess.run(command).output.isEmpty)
  }
}
