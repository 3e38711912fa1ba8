import EnvlockIndexes
import EnvlockModel
import EnvlockStore
import EnvlockTestSupport
import EnvlockVersions
import Testing

@Suite struct IndexSetTests {
  private let fixture: IndexFixture
  private let lib: ProjectName

  init() throws {
    fixture = try IndexFixture()
    lib = try ProjectName("some-lib")
  }

  private func wheel(_ version: String, _ project: String = "some_lib") -> [String: [UInt8]] {
    ["\(project)-\(version)-py3-none-any.whl": WheelBuilder(name: project, version: version).build()]
  }

  @Test func `the first index that knows a project answers for it alone`() async throws {
    try fixture.servePage("some-lib", wheel("1.0"), index: "/second/")
    try fixture.servePage("some-lib", wheel("9.0"), index: "/third/")
    let set = fixture.set([("first", "/first/", nil), ("second", "/second/", nil), ("third", "/third/", nil)])
    #expect(set.cachedPage(lib) == nil)
    let answer = await set.page(lib)
    #expect(answer.page.summary == "page some_lib-1.0-py3-none-any.whl")
    #expect(answer.index == "second")
    #expect(fixture.server.requests.map(\.path) == ["/first/some-lib/", "/second/some-lib/"])
    #expect(set.cachedPage(lib)?.index == "second")
    let unknown = await set.page(try ProjectName("unknown"))
    #expect(unknown.page.summary == "no such project")
    #expect(unknown.index == "third")
  }

  @Test func `an index with projects of its own is asked for them alone`() async throws {
    let other = try ProjectName("other")
    try fixture.servePage("some-lib", wheel("1.0"), index: "/default/")
    try fixture.servePage("other", wheel("1.0", "other"), index: "/default/")
    try fixture.servePage("other", wheel("2.0", "other"), index: "/own/")
    let set = fixture.set([("own", "/own/", [lib]), ("default", "/default/", nil)])
    let pinned = await set.page(lib)
    #expect(pinned.page.summary == "no such project")
    #expect(pinned.index == "own")
    #expect(await set.page(other).index == "default")
    #expect(fixture.server.requests.map(\.path) == ["/own/some-lib/", "/default/other/"])
  }

  @Test func `an index that fails is not passed over`() async throws {
    try fixture.servePage("some-lib", wheel("9.0"), index: "/second/")
    fixture.serve("/first/some-lib/") { _ in .text("no", status: 401) }
    let set = fixture.set([("first", "/first/", nil), ("second", "/second/", nil)])
    let answer = await set.page(lib)
    #expect(answer.page.summary == "unauthorized")
    #expect(answer.index == "first")
  }

  @Test func `wheels of a folder come in front`() async throws {
    try fixture.servePage("some-lib", wheel("1.0").merging(wheel("2.0")) { $1 })
    let mine = WheelBuilder(name: "some_lib", version: "2.0", headers: ["Requires-Dist: numpy"]).build()
    try fixture.write("wheels/some_lib-2.0-py3-none-any.whl", mine)
    try fixture.write(
      "wheels/only_here-3.0-py3-none-any.whl", WheelBuilder(name: "only_here", version: "3.0").build())
    try fixture.write("wheels/notes.txt", [])
    let set = fixture.set([("default", "/simple/", nil)], findLinks: [fixture.folder + "/wheels"])
    let page = try #require(await set.page(lib).page.page)
    #expect(page.allWheels.map(\.name.version.description) == ["2.0", "1.0"])
    let (local, remote) = (page.allWheels[0], page.allWheels[1])
    #expect(local.file.sha256 == sha256(mine))
    #expect(set.cachedMetadata(of: local)?.summary == "known numpy")
    #expect(set.origin(of: local, index: "default") == "find-links")
    #expect(set.origin(of: remote, index: "default") == "default")
    let only = await set.page(try ProjectName("only-here"))
    #expect(only.page.summary == "page only_here-3.0-py3-none-any.whl")
    #expect(only.index == "find-links")
  }

  @Test func `wheels of a page of links come in front, and from the cache`() async throws {
    try fixture.servePage("some-lib", wheel("1.0"))
    fixture.serve("/links.html") { _ in
      .text(
        #"<a href="w/some_lib-1.5-py3-none-any.whl">x</a> <a href="w/other-1.0-py3-none-any.whl">x</a>"#,
        type: "text/html")
    }
    let links = fixture.server.url("/links.html")
    let set = fixture.set([("default", "/simple/", nil)], findLinks: [links])
    #expect(set.cachedPage(lib) == nil)
    let answer = await set.page(lib)
    #expect(answer.page.summary == "page some_lib-1.5-py3-none-any.whl some_lib-1.0-py3-none-any.whl")
    #expect(
      answer.page.page?.allWheels.first?.file.url == fixture.server.url("/w/some_lib-1.5-py3-none-any.whl"))
    #expect(await set.page(try ProjectName("other")).index == "find-links")
    let offline = fixture.set([("default", "/simple/", nil)], findLinks: [links], freshness: .offline)
    #expect(offline.cachedPage(lib)?.page.summary == answer.page.summary)
    #expect(fixture.server.count("/links.html") == 1)
  }

  @Test func `a page of links on disk is read`() async throws {
    let path = try fixture.write("links.html", Array(#"<a href="some_lib-1.5-py3-none-any.whl">x</a>"#.utf8))
    let set = fixture.set([], findLinks: [path], freshness: .offline)
    #expect(set.cachedPage(lib)?.page.summary == "page some_lib-1.5-py3-none-any.whl")
    #expect(set.cachedPage(try ProjectName("other"))?.page.summary == "no such project")
  }

  @Test func `a place of links that is missing or no page is an error`() async throws {
    try fixture.servePage("some-lib", wheel("1.0"))
    try fixture.write("login.html", Array("<form>".utf8))
    for (place, message) in [
      (fixture.folder + "/none", "there is no such file"),
      (fixture.server.url("/none"), "status 404"),
      (fixture.folder + "/login.html", "not an index page: it is a web page"),
    ] {
      let set = fixture.set([("default", "/simple/", nil)], findLinks: [place])
      let summary = await set.page(lib).page.summary
      #expect(summary.hasPrefix("failed: "))
      #expect(summary.contains(message))
    }
  }

  @Test func `a cache that cannot be written is noted once`() async throws {
    try fixture.servePage("some-lib", wheel("1.0"))
    try fixture.servePage("other", wheel("1.0", "other"))
    let file = try fixture.write("no-folder", [])
    let http = HTTPClient(cache: HTTPCache(folder: file))
    let set = IndexSet(
      entries: [.init(name: "default", url: fixture.server.url("/simple/"))], findLinks: [], http: http,
      freshness: .normal)
    #expect(await set.page(lib).page.summary == "page some_lib-1.0-py3-none-any.whl")
    _ = await set.page(try ProjectName("other"))
    #expect(set.notes.count == 1)
  }
}
