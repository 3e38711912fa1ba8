import Envlock
import EnvlockModel
import EnvlockTestSupport
import EnvlockVersions
import Foundation
import Testing

/// User names and passwords go to the index that they are for, and nowhere else.
@Suite struct CredentialsTests {
  private let index: TestIndex
  private let asker: Asker

  private static let name = "s3cr3t-user"
  private static let secret = "s3cr3t-pass"

  init() throws {
    index = try TestIndex()
    asker = try Asker(index)
    index.add("app", "1.0", needs: ["lib"]).add("lib", "1.0") { $0.metadata = .none }
  }

  private static var header: String { "Basic " + Data("\(name):\(secret)".utf8).base64EncodedString() }

  /// Lets nobody in without the credentials.
  private func lock() {
    index.guardAll { $0["authorization"] == Self.header ? nil : .text("no", status: 401) }
  }

  /// The ways to hand credentials over.
  enum Way: CaseIterable {
    case url, netrc, home, environment, password
  }

  private func hand(_ way: Way, to configuration: inout Configuration) throws {
    let line = "machine 127.0.0.1 login \(Self.name) password \(Self.secret)\n"
    switch way {
    case .url: configuration.indexURL = index.url(user: "\(Self.name):\(Self.secret)")
    case .netrc: configuration.environment["NETRC"] = try asker.folder.put(Array(line.utf8), "credentials")
    case .home:
      try asker.folder.put(Array(line.utf8), "home/.netrc")
      configuration.environment["HOME"] = asker.folder("home")
    case .environment:
      configuration.environment["ENVLOCK_INDEX_DEFAULT_USERNAME"] = Self.name
      configuration.environment["ENVLOCK_INDEX_DEFAULT_PASSWORD"] = Self.secret
    case .password:
      configuration.indexURL = index.url(user: Self.name)
      configuration.environment["ENVLOCK_INDEX_DEFAULT_USERNAME"] = Self.name
      configuration.environment["ENVLOCK_INDEX_DEFAULT_PASSWORD"] = Self.secret
    }
  }

  /// Whether `text` shows a secret, plainly or encoded.
  private func isQuiet(_ text: String) -> Bool {
    [Self.name, Self.secret, Data("\(Self.name):\(Self.secret)".utf8).base64EncodedString()]
      .allSatisfy { !text.contains($0) }
  }

  @Test(arguments: Way.allCases)
  func `they are sent to the index and its files, and are in no lock, note or cache`(way: Way) async throws {
    lock()
    let report = try await asker.resolve(manifest("app")) { try hand(way, to: &$0) }
    #expect(report.lock.summary == "app 1.0, lib 1.0")
    #expect(index.server.requests.last?["authorization"] == Self.header)
    #expect(isQuiet(report.lock.canonicalText() + report.notes.joined()))
    for entry in asker.folder.files(in: "cache") {
      #expect(isQuiet(entry))
      let bytes = try Data(contentsOf: URL(filePath: asker.folder("cache/\(entry)")))
      #expect(isQuiet(String(decoding: bytes, as: UTF8.self)))
    }
  }

  @Test(arguments: Way.allCases)
  func `they are in no error, whatever goes wrong`(way: Way) async throws {
    typealias Response = LoopbackServer.Response
    let faults: [(String, @Sendable (LoopbackServer.Request) -> Response?)] = [
      ("refused", { _ in .text("no", status: 401) }), ("forbidden", { _ in .text("no", status: 403) }),
      ("unknown", { _ in .notFound }), ("failing", { _ in .text("oops", status: 500) }),
      ("login page", { _ in .text("<form></form>", type: "text/html") }),
      ("broken", { _ in .text("{", type: "application/json") }),
      ("short", { _ in Response(body: [1], length: .stated(9)) }),
      ("large", { _ in Response(filler: 1, length: .stated(200 << 20), fault: .hangAfter(1)) }),
      ("circle", { .redirect(to: $0.path) }), ("away", { _ in .redirect(to: "ftp://elsewhere/") }),
      ("silent", { _ in Response(fault: .hang) }), ("broken off", { _ in Response(fault: .reset) }),
      ("metadata", { $0.path.hasSuffix(".metadata") ? .text("oops", status: 500) : nil }),
      ("wheel", { $0.path.hasSuffix(".whl") ? .text("oops", status: 500) : nil }),
      ("no wheel", { $0.path.hasSuffix(".whl") ? .notFound : nil }),
      ("closed wheel", { $0.path.hasSuffix(".whl") ? .text("no", status: 401) : nil }),
    ]
    for (name, fault) in faults {
      index.guardAll(fault)
      let error = try await asker.failure(manifest("app")) {
        try hand(way, to: &$0)
        $0.environment["ENVLOCK_HTTP_TIMEOUT"] = "1"
        $0.cacheDirectory = nil
      }
      #expect(isQuiet(error.rendered), "\(name): \(error.rendered)")
      #expect(isQuiet("\(error)"), "\(name): \(error)")
      #expect(isQuiet(String(reflecting: error)), "\(name): \(error)")
    }
  }

  @Test func `those of a named index come from the environment by its name, and go to it alone`() async throws
  {
    let other = try TestIndex()
    other.add("lib", "2.0") { $0.metadata = .none }
    other.guardAll { $0["authorization"] == Self.header ? nil : .text("no", status: 401) }
    let asked = try manifest("app") {
      $0.indexes = [
        IndexDeclaration(name: "our.own", url: other.url(), packages: [try ProjectName("lib")])
      ]
    }
    let chosen = try await asker.chosen(asked) {
      $0.environment["ENVLOCK_INDEX_OUR_OWN_USERNAME"] = Self.name
      $0.environment["ENVLOCK_INDEX_OUR_OWN_PASSWORD"] = Self.secret
    }
    #expect(chosen == "app 1.0, lib 2.0")
    #expect(index.server.requests.allSatisfy { $0["authorization"] == nil })
  }

  @Test func `they do not follow a redirect to another server`() async throws {
    let other = try TestIndex()
    other.add("app", "1.0")
    let target = other.url("/simple/app/")
    index.serve("/simple/app/") { _ in .redirect(to: target) }
    #expect(
      try await asker.chosen(manifest("app")) { try hand(.url, to: &$0) } == "app 1.0")
    #expect(other.server.requests.allSatisfy { $0["authorization"] == nil })
    #expect(!other.server.requests.isEmpty)
  }

  @Test func `those in the URL of a wheel are sent, and masked in the lock`() async throws {
    lock()
    let wheel = WheelBuilder(name: "app", version: "1.0", padding: 100_000).build()
    index.serve("/w/app-1.0-py3-none-any.whl") { .file(wheel, for: $0) }
    let url = index.server.url("/w/app-1.0-py3-none-any.whl", user: "\(Self.name):\(Self.secret)")
    let report = try await asker.resolve(manifest("app @ \(url)"))
    #expect(try report.lock.platforms.first?.wheel("app").size == wheel.count)
    #expect(isQuiet(report.lock.canonicalText()))
  }

  @Test(arguments: ["app-1.0.tar.gz", "missing-1.0-py3-none-any.whl", "app-1.0-py3-none-any.whl", "app.whl"])
  func `those in the URL of something that is no wheel, or not there, are in no error`(file: String)
    async throws
  {
    let url = index.server.url("/w/\(file)", user: "\(Self.name):\(Self.secret)")
    let error = try await asker.failure(manifest("app @ \(url)"))
    #expect(isQuiet(error.rendered), "\(error.rendered)")
  }

  @Test func `those in the URL of a page of wheels are sent, and are in no error and no lock`() async throws {
    lock()
    let wheel = WheelBuilder(name: "solo", version: "1.0").build()
    index.serve("/page/") { _ in
      .text(#"<a href="solo-1.0-py3-none-any.whl">solo</a>"#, type: "text/html")
    }
    index.serve("/page/solo-1.0-py3-none-any.whl") { .file(wheel, for: $0) }
    let page = index.server.url("/page/", user: "\(Self.name):\(Self.secret)")
    let report = try await asker.resolve(manifest("solo")) {
      $0.noIndex = true
      $0.indexURL = nil
      $0.findLinks = [page]
    }
    #expect(report.lock.summary == "solo 1.0")
    #expect(isQuiet(report.lock.canonicalText()))
    index.serve("/page/") { _ in .text("oops", status: 500) }
    let error = try await asker.failure(manifest("solo")) {
      $0.noIndex = true
      $0.findLinks = [page]
      $0.refresh = true
    }
    #expect(isQuiet(error.rendered), "\(error.rendered)")
  }
}
