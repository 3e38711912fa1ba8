import Envlock
import EnvlockModel
import EnvlockTestSupport
import EnvlockVersions
import Testing

/// What an earlier lock chose is kept, unless somebody asks for something else.
@Suite struct RelockingTests {
  private let index: TestIndex
  private let asker: Asker

  init() throws {
    index = try TestIndex()
    asker = try Asker(index)
    index.add("app", "1.0", needs: ["lib", "tool"]).add("lib", "1.0").add("tool", "1.0")
  }

  /// What is published later: newer releases, and another build of the release that was chosen.
  private func publish() {
    index.add("app", "2.0", needs: ["lib", "tool"]).add("lib", "2.0").add("tool", "2.0")
    index.add("lib", "1.0") { $0.build = "7" }
  }

  private func refreshed(_ configuration: inout Configuration) { configuration.refresh = true }

  @Test func `resolving again changes nothing, also when newer releases are there`() async throws {
    let first = try await asker.resolve(manifest("app")).lock
    publish()
    let second = try await asker.resolve(manifest("app"), previous: first, configure: refreshed).lock
    #expect(second.canonicalText() == first.canonicalText())
    // Without the lock it would.
    #expect(
      try await asker.chosen(manifest("app"), configure: refreshed) == "app 2.0, lib 2.0, tool 2.0")
  }

  @Test func `a lock that was written and read keeps the same wheels, re-uploads included`() async throws {
    let text = try await asker.resolve(manifest("app")).lock.canonicalText()
    publish()
    let second = try await asker.resolve(
      manifest("app"), previous: Lockfile(parsing: Array(text.utf8)), configure: refreshed
    ).lock
    #expect(second.canonicalText() == text)
    #expect(try second.platforms.first?.wheel("lib").fileName == "lib-1.0-py3-none-any.whl")
  }

  @Test func `upgrading all gives up every choice`() async throws {
    let first = try await asker.resolve(manifest("app")).lock
    publish()
    #expect(
      try await asker.chosen(manifest("app"), previous: first, upgrade: .all, configure: refreshed)
        == "app 2.0, lib 2.0, tool 2.0")
  }

  @Test func `upgrading one project gives up its choice alone`() async throws {
    let first = try await asker.resolve(manifest("app")).lock
    publish()
    let upgrade = Upgrade.packages([try ProjectName("lib")])
    #expect(
      try await asker.chosen(manifest("app"), previous: first, upgrade: upgrade, configure: refreshed)
        == "app 1.0, lib 2.0, tool 1.0")
  }

  @Test func `a choice that no longer fits is given up, the others are kept`() async throws {
    let first = try await asker.resolve(manifest("app")).lock
    publish()
    #expect(
      try await asker.chosen(manifest("app", "lib>=2"), previous: first, configure: refreshed)
        == "app 1.0, lib 2.0, tool 1.0")
  }

  @Test func `a wheel that has gone from its index is replaced`() async throws {
    let first = try await asker.resolve(manifest("app")).lock
    publish()
    index.serve("/simple/tool/") { _ in
      .text(
        #"{"meta": {"api-version": "1.1"}, "files": [{"filename": "tool-2.0-py3-none-any.whl", "#
          + #""url": "/files/simple/tool-2.0-py3-none-any.whl", "hashes": {}}]}"#,
        type: "application/vnd.pypi.simple.v1+json")
    }
    #expect(
      try await asker.chosen(manifest("app"), previous: first, configure: refreshed)
        == "app 1.0, lib 1.0, tool 2.0")
  }

  @Test func `a yanked release that is locked is kept, and the lock's owner is told`() async throws {
    let first = try await asker.resolve(manifest("app")).lock
    let other = try TestIndex()
    other.add("app", "1.0", needs: ["lib", "tool"]).add("tool", "1.0").add("lib", "0.9")
    other.add("lib", "1.0") { $0.yanked = "it leaks" }
    let report = try await Engine(Configuration(indexURL: other.url(), environment: [:]))
      .resolve(manifest("app"), previous: first)
    #expect(report.lock.canonicalText() == first.canonicalText())
    #expect(report.notes == ["lib 1.0 was yanked: it leaks"])
    let fresh = try await Engine(Configuration(indexURL: other.url(), environment: [:])).resolve(
      manifest("app"))
    #expect(fresh.lock.summary == "app 1.0, lib 0.9, tool 1.0")
  }

  @Test func `the Python of the lock is kept where the manifest leaves it open`() async throws {
    index.add("native", "1.0", tag: "cp311-cp311-manylinux_2_28_x86_64")
    let open = try manifest("native") { $0.python = nil }
    let first = try await asker.resolve(open).lock
    #expect(first.platforms.first?.python.description == "3.11")
    index.add("native", "1.0", tag: "cp312-cp312-manylinux_2_28_x86_64")
    let kept = try await asker.resolve(open, previous: first, configure: refreshed).lock
    #expect(kept.canonicalText() == first.canonicalText())
    let free = try await asker.resolve(open, previous: first, upgrade: .all, configure: refreshed).lock
    #expect(free.platforms.first?.python.description == "3.12")
  }

  @Test func `a platform that is added agrees with the one that is locked`() async throws {
    let first = try await asker.resolve(manifest("app")).lock
    publish()
    let both = try manifest("app") { $0.platforms = [.linuxAMD64, .linuxARM64] }
    let lock = try await asker.resolve(both, previous: first, configure: refreshed).lock
    #expect(lock.platforms.map(\.summary) == Array(repeating: "app 1.0, lib 1.0, tool 1.0", count: 2))
  }
}
