import EnvlockIndexes
import EnvlockModel
import EnvlockStore
import EnvlockTestSupport
import Foundation
import Testing

/// Source distributions on the pages of projects that may be built.
@Suite struct SourceOfferTests {
  private let fixture: IndexFixture

  init() throws { fixture = try IndexFixture() }

  @Test func `sources are offered of the projects that may be built, and from the cache`() async throws {
    let (lib, other) = (try ProjectName("lib"), try ProjectName("other"))
    for name in ["lib", "other"] {
      fixture.serveJSON(
        "/simple/\(name)/",
        """
        {"meta": {"api-version": "1.1"}, "files": [
          {"filename": "\(name)-1.0-py3-none-any.whl", "url": "\(name)-1.0-py3-none-any.whl", "hashes": {}},
          {"filename": "\(name)-1.0.zip", "url": "\(name)-1.0.zip", "hashes": {}},
          {"filename": "\(name)-1.0.tar.gz", "url": "../files/\(name)-1.0.tar.gz", "hashes": {"sha256": "\(String(repeating: "ab", count: 32))"},
           "size": 7, "requires-python": ">=3.8", "yanked": "broken", "upload-time": "2025-01-01T00:00:00Z"}
        ]}
        """)
    }
    for freshness in [Freshness.normal, .offline] {
      let set = EnvlockIndexes.IndexSet(
        entries: [.init(name: "one", url: fixture.server.url("/simple/"))], findLinks: [], http: fixture.http,
        freshness: freshness, building: [lib])
      if freshness == .normal { #expect(set.cachedPage(lib) == nil) }
      guard case .page(let page) = await set.page(lib).page, let release = page.releases.first else {
        Issue.record("no page")
        continue
      }
      #expect(page.wheels(of: release).map(\.isSource) == [false])
      let source = try #require(page.source(of: release))
      #expect(source.isSource && source.name.fileName == "lib-1.0-py3-none-any.whl")
      #expect(source.file.fileName == "lib-1.0.tar.gz" && source.file.size == 7)
      #expect(source.file.url == fixture.server.url("/simple/files/lib-1.0.tar.gz"))
      #expect(source.file.requiresPython == ">=3.8" && source.file.yanked == "broken")
      #expect(source.file.uploadTime == "2025-01-01T00:00:00Z")
      guard case .page(let page)? = set.cachedPage(lib)?.page else {
        Issue.record("not cached")
        continue
      }
      #expect(page.source(of: release) == source)
      guard case .page(let page) = await set.page(other).page, let release = page.releases.first else {
        continue
      }
      #expect(page.source(of: release) == nil && release.hasSdist)
    }
  }

  @Test func `sources of a folder and of a page on disk are offered`() async throws {
    let lib = try ProjectName("lib")
    for (folder, page) in [
      ("plain", nil),
      (
        "listed", "<a href=\"lib-1.0.tar.gz#sha256=\(String(repeating: "cd", count: 32))\">lib-1.0.tar.gz</a>"
      ),
    ] {
      let place = "\(fixture.folder)/\(folder)/lib"
      try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
      try Data("source".utf8).write(to: URL(filePath: place + "/lib-1.0.tar.gz"))
      if let page { try Data(page.utf8).write(to: URL(filePath: place + "/index.html")) }
      let set = EnvlockIndexes.IndexSet(
        entries: [.init(name: "one", url: "\(fixture.folder)/\(folder)")], findLinks: [], http: fixture.http,
        freshness: .normal, building: [lib])
      guard case .page(let page)? = set.cachedPage(lib)?.page, let release = page.releases.first else {
        Issue.record("no page of \(folder)")
        continue
      }
      let source = try #require(page.source(of: release))
      #expect(source.isLocal && source.file.fileName == "lib-1.0.tar.gz" && source.file.sha256 != nil)
    }
  }
}
