import EnvlockIndexes
import EnvlockModel
import EnvlockStore
import EnvlockTestSupport
import EnvlockVersions
import Testing

@Suite struct IndexClientTests {
  private let fixture: IndexFixture
  private let project: ProjectName
  private let wheelName = "some_lib-1.0-py3-none-any.whl"

  init() throws {
    fixture = try IndexFixture()
    project = try ProjectName("some-lib")
  }

  private var wheel: [UInt8] {
    WheelBuilder(name: "some_lib", version: "1.0", headers: ["Requires-Dist: numpy>=1.20"], padding: 200_000)
      .build()
  }

  @Test func `fetches a page once and answers from the cache then`() async throws {
    try fixture.servePage("some-lib", [wheelName: wheel])
    let index = fixture.index()
    #expect(index.cachedPage(project) == nil)
    let page = try #require(await index.page(project).page)
    #expect(page.allWheels.map(\.file.url) == [fixture.server.url("/files/\(wheelName)")])
    #expect(
      fixture.server.requests.first?["accept"]?.hasPrefix("application/vnd.pypi.simple.v1+json") == true)
    #expect(try #require(index.cachedPage(project)).summary == "page \(wheelName)")
    #expect(await index.page(project).summary == "page \(wheelName)")
    #expect(fixture.index(freshness: .offline).cachedPage(project)?.summary == "page \(wheelName)")
    #expect(fixture.server.requests.count == 1)
    #expect(fixture.index(freshness: .refresh).cachedPage(project) == nil)
    _ = await fixture.index(freshness: .refresh).page(project)
    #expect(fixture.server.requests.count == 2)
  }

  @Test func `links are relative to where a redirect led`() async throws {
    fixture.serve("/simple/some-lib/") { _ in .redirect(to: "/mirror/a/b/") }
    fixture.serveJSON("/mirror/a/b/", #"{"files": [{"filename": "\#(wheelName)", "url": "../x.whl"}]}"#)
    let page = try #require(await fixture.index("/simple").page(project).page)
    #expect(page.allWheels.map(\.file.url) == [fixture.server.url("/mirror/a/x.whl")])
  }

  @Test func `what keeps a page away is an answer`() async throws {
    let index = fixture.index(user: "name:secret")
    #expect(await index.page(project).summary == "no such project")
    #expect(index.cachedPage(project)?.summary == "no such project")
    #expect(await fixture.index("/empty/", freshness: .offline).page(project).summary == "offline")
    #expect(fixture.index("/empty/", freshness: .offline).cachedPage(project)?.summary == "offline")

    let secretive = try ProjectName("secretive")
    fixture.serve("/simple/secretive/") { _ in Response.text("no", status: 401) }
    guard case .unauthorized(let host) = await index.page(secretive) else { throw Unexpected() }
    #expect(host == "127.0.0.1:\(fixture.server.port)")
    fixture.serve("/simple/secretive/") { _ in Response.text("no", status: 500) }
    #expect(await index.page(secretive).summary.contains("(status 500)"))
  }

  private typealias Response = LoopbackServer.Response
  private struct Unexpected: Error {}

  @Test(arguments: [
    (Response.text("<form>", type: "text/html"), "it is a web page, such as a login page"),
    (
      Response.text(#"{"files": [{"filen"#, type: "application/json"),
      "it is broken JSON, or cut off: line 1, column 13"
    ),
    (Response.text("", type: "application/json"), "it is empty"),
    (
      Response(
        headers: ["Content-Type": "application/json"], body: Array(#"{"files": []}"#.utf8),
        length: .stated(500)),
      "ended before its stated length"
    ),
    (
      Response(headers: ["Content-Type": "application/json"], body: Array("{".utf8), filler: 65 << 20),
      "is larger than 64 MiB"
    ),
  ])
  func `a bad answer is told, with the page that it came from`(
    response: LoopbackServer.Response, reason: String
  ) async {
    fixture.serve("/simple/some-lib/") { _ in response }
    let answer = await fixture.index(user: "name:secret").page(project)
    guard case .failed(let error) = answer else { return #expect(Bool(false), "\(answer)") }
    #expect(error.message.contains(reason))
    #expect(error.message.contains("/simple/some-lib/"))
    #expect(!"\(error.message)\(error.details)".contains("secret"))
    #expect(error.kind == .couldNotFindOut)
    // Nothing of it is kept.
    #expect(fixture.index(freshness: .offline).cachedPage(project)?.summary == "offline")
  }

  @Test func `reads a simple index on disk`() async throws {
    try fixture.write("index/some-lib/\(wheelName)", wheel)
    try fixture.write(
      "index/paged/index.html", Array("<a href='../some-lib/paged-2.0-py3-none-any.whl'>x</a>".utf8))
    for url in [fixture.folder + "/index", "file://" + fixture.folder + "/index/"] {
      let index = IndexClient(name: "disk", url: url, http: fixture.http, freshness: .offline)
      let page = try #require(index.cachedPage(project)?.page)
      #expect(page.allWheels.first?.file.sha256 == sha256(wheel))
      #expect(page.allWheels.first?.isLocal == true)
      let paged = try #require(await index.page(try ProjectName("paged")).page)
      #expect(
        paged.allWheels.map(\.file.url) == [
          "file://\(fixture.folder)/index/some-lib/paged-2.0-py3-none-any.whl"
        ])
      #expect(index.cachedPage(try ProjectName("other"))?.summary == "no such project")
    }
    let missing = IndexClient(
      name: "disk", url: fixture.folder + "/none", http: fixture.http, freshness: .normal)
    #expect(
      missing.cachedPage(project)?.summary
        == "failed: cannot read `\(fixture.folder)/none/`: there is no such file")
  }
}

@Suite struct MetadataClientTests {
  private let fixture: IndexFixture
  private let project: ProjectName
  private let wheelName = "some_lib-1.0-py3-none-any.whl"
  private let path = "/files/some_lib-1.0-py3-none-any.whl"
  private let known = "known numpy>=1.20"

  private typealias Response = LoopbackServer.Response

  init() throws {
    fixture = try IndexFixture()
    project = try ProjectName("some-lib")
  }

  private func bytes(_ padding: Int = 200_000) -> [UInt8] {
    WheelBuilder(name: "some_lib", version: "1.0", headers: ["Requires-Dist: numpy>=1.20"], padding: padding)
      .build()
  }

  private let metadataText = WheelBuilder.metadata(
    name: "some_lib", version: "1.0", headers: ["Requires-Dist: numpy>=1.20"])

  private func wheel(_ offer: IndexFile.MetadataOffer = .unknown, bytes: [UInt8]? = nil, name: String? = nil)
    throws -> Wheel
  {
    let name = name ?? wheelName
    let content = bytes ?? self.bytes()
    fixture.serve("/files/\(name)") { .file(content, for: $0) }
    return Wheel(
      name: try WheelName(name),
      file: IndexFile(
        fileName: name, url: fixture.server.url("/files/\(name)"), sha256: sha256(content),
        size: content.count,
        metadata: offer))
  }

  private func client(_ freshness: Freshness = .normal) -> MetadataClient {
    MetadataClient(http: fixture.http, freshness: freshness)
  }

  @Test func `an announced file is fetched, checked and kept`() async throws {
    let text = Array(metadataText.utf8)
    fixture.serve(path + ".metadata") { _ in Response(body: text) }
    let wheel = try wheel(.offered(sha256(text)))
    #expect(client().cached(wheel) == nil)
    #expect(await client().metadata(of: wheel, index: "test").summary == known)
    #expect(client().cached(wheel)?.summary == known)
    #expect(client(.offline).cached(wheel)?.summary == known)
    #expect(await client(.refresh).metadata(of: wheel, index: "test").summary == known)
    #expect(fixture.server.requests.map(\.path) == [path + ".metadata"])
    // Another wheel under the same URL is another wheel.
    var other = wheel
    other = Wheel(
      name: other.name, file: IndexFile(fileName: wheelName, url: wheel.file.url, sha256: sha256([1])))
    #expect(client().cached(other) == nil)
    #expect(await client().metadata(of: other, index: "test").summary == known)
    #expect(fixture.server.count(path + ".metadata") == 2)
  }

  @Test func `an announced file with another digest is refused`() async throws {
    let text = Array(metadataText.utf8)
    fixture.serve(path + ".metadata") { _ in Response(body: text) }
    let answer = await client().metadata(of: try wheel(.offered(sha256([1]))), index: "test")
    #expect(answer.summary.contains("its SHA-256 is not 4bf5122f"))
    #expect(answer.summary.hasPrefix("failed: "))
  }

  @Test func `an announced file that is missing is no obstacle`() async throws {
    #expect(await client().metadata(of: try wheel(.offered(nil)), index: "test").summary == known)
    #expect(fixture.server.requests.map(\.path) == [path + ".metadata", path])
  }

  @Test func `a file that nobody announced is found`() async throws {
    let text = Array(metadataText.utf8)
    fixture.serve(path + ".metadata") { _ in Response(body: text) }
    #expect(await client().metadata(of: try wheel(), index: "test").summary == known)
    #expect(fixture.server.requests.map(\.path) == [path + ".metadata"])
  }

  @Test func `a page that says not found is not taken for metadata`() async throws {
    fixture.serve(path + ".metadata") { _ in Response.text("<html>not found</html>", type: "text/html") }
    #expect(await client().metadata(of: try wheel(), index: "test").summary == known)
  }

  @Test func `an index without such files is asked for two of them, in this run and the next`() async throws {
    func wheels(_ versions: ClosedRange<Int>) throws -> [Wheel] {
      try versions.map { version in
        let name = "some_lib-\(version).0-py3-none-any.whl"
        let content = WheelBuilder(
          name: "some_lib", version: "\(version).0", headers: ["Requires-Dist: numpy>=1.20"]
        ).build()
        return try wheel(bytes: content, name: name)
      }
    }
    func probes() -> Int { fixture.server.requests.count { $0.path.hasSuffix(".metadata") } }
    let first = client()
    for wheel in try wheels(1...5) {
      #expect(await first.metadata(of: wheel, index: "test").summary == known)
    }
    #expect(probes() == 2)
    let second = client()
    for wheel in try wheels(6...7) {
      #expect(await second.metadata(of: wheel, index: "test").summary == known)
    }
    #expect(probes() == 2)
    for wheel in try wheels(8...8) {
      #expect(await second.metadata(of: wheel, index: "other").summary == known)
    }
    #expect(probes() == 3)
  }

  @Test func `an index that says there is none is not asked`() async throws {
    #expect(await client().metadata(of: try wheel(.absent), index: "test").summary == known)
    #expect(fixture.server.requests.map(\.path) == [path])
    #expect(client().cached(try wheel(.absent))?.summary == known)
  }

  @Test func `the end of a large wheel is enough`() async throws {
    let content = bytes(2_000_000)
    #expect(await client().metadata(of: try wheel(.absent, bytes: content), index: "test").summary == known)
    let ranges = fixture.server.requests.compactMap { $0["range"] }
    #expect(ranges == ["bytes=\(content.count - 65536)-\(content.count - 1)"])
  }

  @Test func `a server that ignores ranges gives a wheel of moderate size`() async throws {
    let wheel = try wheel(.absent)
    let content = bytes()
    fixture.serve(path) { _ in Response(body: content) }
    #expect(await client().metadata(of: wheel, index: "test").summary == known)
    let damaged = Array(content.dropLast()) + [1]
    fixture.serve("/files/other/" + wheelName) { _ in Response(body: damaged) }
    var file = wheel.file
    file.url = fixture.server.url("/files/other/" + wheelName)
    #expect(
      await client().metadata(of: Wheel(name: wheel.name, file: file), index: "test").summary
        == "unusable: is not what its index says: its SHA-256 is another")
  }

  @Test func `a large wheel is never fetched whole for its metadata`() async throws {
    let wheel = try wheel(.absent)
    fixture.serve(path) { _ in Response(filler: 65 << 20) }
    let answer = await client().metadata(of: wheel, index: "test")
    #expect(answer.summary.contains("neither offers it as a file nor serves parts of files"))
    #expect(fixture.http.statistics.bytes < 1 << 20)
  }

  @Test func `what is wrong with a wheel is an answer`() async throws {
    func answer(_ bytes: [UInt8]) async throws -> String {
      await client().metadata(of: try wheel(.absent, bytes: bytes), index: "test").summary
    }
    let disagreeing = WheelBuilder(members: [
      .init("some_lib-1.0.dist-info/METADATA", WheelBuilder.metadata(name: "some_lib", version: "1.1"))
    ])
    let nameless = WheelBuilder(members: [.init("some_lib-1.0.dist-info/METADATA", "Version: 1.0\n")])
    #expect(try await answer(disagreeing.build()) == "unusable: says in its METADATA that it is version 1.1")
    #expect(
      try await answer(nameless.build()) == "unusable: has a METADATA that cannot be read: it has no Name")
    #expect(
      try await answer(Array("no zip".utf8))
        == "unusable: cannot be read: it is no zip file, or one that is cut off")
    let missing = try wheel(.absent)
    fixture.serve(path) { _ in .notFound }
    #expect(
      await client().metadata(of: missing, index: "test").summary
        == "unusable: is listed by its index, but its server does not have it")
    fixture.serve(path) { _ in Response.text("no", status: 403) }
    #expect(await client().metadata(of: missing, index: "test").summary == "unauthorized")
    #expect(await client(.offline).metadata(of: missing, index: "test").summary == "offline")
    #expect(client(.offline).cached(missing)?.summary == "offline")
  }

  @Test func `reads wheels on disk`() async throws {
    let path = try fixture.write("a b/\(wheelName)", bytes())
    func wheel(_ url: String) throws -> Wheel {
      Wheel(name: try WheelName(wheelName), file: IndexFile(fileName: wheelName, url: url))
    }
    for url in [path, "file://" + path.replacing(" ", with: "%20"), "file:" + path] {
      #expect(client(.offline).cached(try wheel(url))?.summary == known)
      guard case .known(let digest, let size) = await client(.offline).digest(of: try wheel(url)) else {
        #expect(Bool(false), "no digest")
        return
      }
      #expect(digest == sha256(bytes()))
      #expect(size == bytes().count)
    }
    #expect(
      client().cached(try wheel(fixture.folder + "/none.whl"))?.summary
        == "failed: cannot read `\(fixture.folder)/none.whl`: there is no such file")
  }

  @Test(arguments: [true, false])
  func `computes the digest that an index does not state`(servesRanges: Bool) async throws {
    let content = bytes(500_000)
    fixture.serve(path) { servesRanges ? .file(content, for: $0) : Response(body: content) }
    let wheel = Wheel(
      name: try WheelName(wheelName), file: IndexFile(fileName: wheelName, url: fixture.server.url(path)))
    if case .offline = await client(.offline).digest(of: wheel) {} else { #expect(Bool(false)) }
    for freshness in [Freshness.normal, .normal, .offline] {
      guard case .known(let digest, let size) = await client(freshness).digest(of: wheel) else {
        #expect(Bool(false), "no digest")
        return
      }
      #expect(digest == sha256(content))
      #expect(size == content.count)
    }
    #expect(fixture.server.count(path) == 1)
  }
}
