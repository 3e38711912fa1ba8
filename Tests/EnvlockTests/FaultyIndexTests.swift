import Envlock
import EnvlockModel
import EnvlockTestSupport
import EnvlockVersions
import Testing

/// An index that does not answer as it should. Each time the error names it, and no answer is made up.
@Suite struct FaultyIndexTests {
  typealias Response = LoopbackServer.Response

  private let index: TestIndex
  private let asker: Asker

  init() throws {
    index = try TestIndex()
    asker = try Asker(index)
    index.add("app", "1.0", needs: ["lib"]).add("lib", "1.0")
  }

  private static let json = "application/vnd.pypi.simple.v1+json"

  /// Asks for "app" while its page is answered so.
  private func failure(_ response: Response, patience: Int? = nil) async throws -> any UserFacingError {
    index.serve("/simple/app/") { _ in response }
    return try await asker.failure(manifest("app")) {
      $0.environment = patience.map { ["ENVLOCK_HTTP_TIMEOUT": "\($0)"] } ?? [:]
    }
  }

  @Test func `404 is an honest no`() async throws {
    let error = try await failure(.notFound)
    #expect(error.kind == .answerIsNo)
    #expect(error.details.joined(separator: " ").contains("no index has a project named app"))
  }

  @Test(arguments: [401, 403])
  func `an index that wants credentials says where to put them, and is no honest no`(status: Int) async throws
  {
    let error = try await failure(.text("go away", status: status))
    #expect(error.kind == .couldNotFindOut)
    #expect(error.message == "cannot look up app: 127.0.0.1:\(index.server.port) wants credentials")
    #expect(error.hints.joined().contains(".netrc"))
  }

  @Test(arguments: [400, 429, 500, 502, 503])
  func `a server that fails is named, with the status`(status: Int) async throws {
    let error = try await failure(.text("oops", status: status))
    #expect(error.kind == .couldNotFindOut)
    #expect(error.message.contains(index.url("/simple/app/")))
    #expect(error.message.contains("status \(status)"))
  }

  @Test func `a server that fails once is asked again`() async throws {
    index.guardAll { $0.number == 1 ? .text("busy", status: 503) : nil }
    #expect(try await asker.chosen(manifest("app")) == "app 1.0, lib 1.0")
  }

  @Test func `a web page in place of JSON is called one`() async throws {
    for type in ["text/html", Self.json] {
      let error = try await failure(.text("<html><form>Log in</form></html>", type: type))
      #expect(error.kind == .couldNotFindOut)
      #expect(error.message.hasPrefix("\(index.url("/simple/app/")): not an index page"))
      #expect(error.message.contains("login page"))
      #expect(error.details.joined(separator: "\n").contains("begins with:  <html><form>Log in"))
    }
  }

  @Test(arguments: [
    "", " ", "{", #"{"files": [{"filename": "app-1.0-py3-none-any.whl", "ur"#, #"{"files": {}}"#, "[]",
    "null",
    #"{"name": "app"}"#, #"{"files": [{"url": "x"}]}"#, "\u{0}\u{1}\u{2}",
    #"{"meta": {"api-version": "2.0"}, "files": []}"#,
  ])
  func `JSON that is cut off or is something else is called so`(body: String) async throws {
    let error = try await failure(.text(body, type: Self.json))
    #expect(error.kind == .couldNotFindOut)
    #expect(
      error.message.hasPrefix("\(index.url("/simple/app/")): not an index page: it "), "\(error.message)")
  }

  @Test func `an answer shorter than its stated length is not believed`() async throws {
    let page = Array(#"{"meta": {"api-version": "1.1"}, "files": []}"#.utf8)
    let error = try await failure(
      Response(headers: ["Content-Type": Self.json], body: page, length: .stated(page.count + 10)))
    #expect(error.kind == .couldNotFindOut)
    #expect(error.message.contains(index.url("/simple/app/")))
    #expect(error.message.contains("ended before its stated length"))
  }

  @Test func `an answer longer than its stated length is not believed`() async throws {
    let page = Array(#"{"meta": {"api-version": "1.1"}, "files": []}"#.utf8)
    let error = try await failure(
      Response(headers: ["Content-Type": Self.json], body: page, length: .stated(page.count - 10)))
    #expect(error.kind == .couldNotFindOut)
    #expect(error.message.contains("not an index page"))
  }

  /// The server sends one byte and then nothing: waiting for more would end in another error.
  @Test func `a page of 200 MB is refused before it comes`() async throws {
    let error = try await failure(
      Response(
        headers: ["Content-Type": Self.json], filler: 1, length: .stated(200 << 20), fault: .hangAfter(1)))
    #expect(error.kind == .couldNotFindOut)
    #expect(error.message.contains(index.url("/simple/app/")))
    #expect(error.message.contains("larger than 64 MiB"))
  }

  @Test func `endless redirects are not followed endlessly`() async throws {
    let error = try await failure(.redirect(to: "/simple/app/"))
    #expect(error.kind == .couldNotFindOut)
    #expect(error.message == "\(index.url("/simple/app/")) leads to more than 10 redirects")
  }

  @Test func `a redirect to another folder is followed, and its links start there`() async throws {
    index.add("app", "2.0", needs: ["lib"], root: "/moved/")
    index.serve("/simple/app/") { _ in .redirect(to: "/moved/app/", status: 301) }
    #expect(try await asker.chosen(manifest("app")) == "app 2.0, lib 1.0")
  }

  @Test func `a server that says nothing at all is named after the time that it was given`() async throws {
    let error = try await failure(Response(fault: .hang), patience: 1)
    #expect(error.kind == .couldNotFindOut)
    #expect(
      error.message
        == "could not fetch \(index.url("/simple/app/")): 127.0.0.1:\(index.server.port) did not answer for 1 s"
    )
    #expect(error.hints == ["ENVLOCK_HTTP_TIMEOUT sets how many seconds to wait"])
  }

  @Test func `a server that stops in the middle is named too`() async throws {
    let error = try await failure(
      Response(headers: ["Content-Type": Self.json], body: Array("{".utf8), filler: 99, fault: .hangAfter(1)),
      patience: 1)
    #expect(error.kind == .couldNotFindOut)
    #expect(error.message.contains("127.0.0.1:\(index.server.port) did not answer for 1 s"))
  }

  @Test func `a connection that breaks is tried again, and then named`() async throws {
    let error = try await failure(Response(fault: .reset))
    #expect(error.kind == .couldNotFindOut)
    #expect(error.message.contains("127.0.0.1:\(index.server.port)"))
    #expect(index.server.count("/simple/app/") == 3)
  }

  @Test func `a server that is not there is named`() async throws {
    index.server.stop()
    let error = try await asker.failure(manifest("app"))
    #expect(error.kind == .couldNotFindOut)
    #expect(error.message.contains("could not connect to 127.0.0.1:\(index.server.port)"))
    #expect(error.hints.joined().contains("--offline"))
  }

  @Test func `a time-out that is no number is bad input`() async throws {
    let error = try await asker.failure(manifest("app")) { $0.environment["ENVLOCK_HTTP_TIMEOUT"] = "soon" }
    #expect(error.kind == .badInput)
    #expect(error.message.contains("ENVLOCK_HTTP_TIMEOUT=soon"))
  }

  @Test(arguments: ["ftp://example.org/simple", "http://", "http://[::1/", "http://host:99999/"])
  func `an index URL that is none is bad input`(url: String) async throws {
    let error = try await asker.failure(manifest("app")) { $0.indexURL = url }
    #expect(error.kind == .badInput)
    #expect(error.message.hasPrefix("the index “default”: `\(url)` is not a URL that can be fetched"))
    let other = try await asker.failure(
      manifest("app") { $0.indexes = [IndexDeclaration(name: "mine", url: url)] })
    #expect(other.message.hasPrefix("the index “mine”: "))
    #expect(index.paths.isEmpty)
  }

  @Test func `an index that is a folder which is not there is named`() async throws {
    let error = try await asker.failure(manifest("app")) { $0.indexURL = "/nowhere/simple" }
    #expect(error.message == "cannot read `/nowhere/simple/`: there is no such file")
  }

  @Test func `no index at all is bad input that says how to name one`() async throws {
    let error = try await asker.failure(manifest("app")) {
      $0.indexURL = nil
      $0.environment = ["PIP_CONFIG_FILE": "/dev/null", "PIP_INDEX_URL": "", "PATH": ""]
      $0.noIndex = true
    }
    // With nothing to ask, every project is unknown.
    #expect(error.kind == .answerIsNo)
  }

  @Test func `METADATA that cannot be fetched is named`() async throws {
    index.serve("/files/simple/lib-1.0-py3-none-any.whl.metadata") { _ in .text("oops", status: 500) }
    let error = try await asker.failure(manifest("app"))
    #expect(error.kind == .couldNotFindOut)
    #expect(error.message.contains("lib-1.0-py3-none-any.whl.metadata"))
  }

  @Test func `a page that is not needed may fail`() async throws {
    // app 2.0 is tried ahead, and left again before "broken" is needed.
    index.add("app", "2.0", needs: ["lib>=2", "broken"])
    index.serve("/simple/broken/") { _ in .text("oops", status: 500) }
    #expect(try await asker.chosen(manifest("app")) == "app 1.0, lib 1.0")
  }

  @Test func `file names that are none are passed over`() async throws {
    index.serve("/simple/app/") { _ in
      .text(
        #"{"meta": {"api-version": "1.9"}, "files": ["#
          + #"{"filename": "app-1.0.exe", "url": "x"}, {"filename": "app.whl", "url": "x"},"#
          + #"{"filename": "app-bad version-py3-none-any.whl", "url": "x"},"#
          + #"{"filename": "../../app-9.0-py3-none-any.whl", "url": "x"},"#
          + #"{"filename": "app-1.0-py3-none-any.whl", "url": "/files/simple/app-1.0-py3-none-any.whl"}]}"#,
        type: Self.json)
    }
    #expect(try await asker.chosen(manifest("app")) == "app 1.0, lib 1.0")
  }
}
