import Envlock
import EnvlockModel
import EnvlockTestSupport
import EnvlockVersions
import Foundation
import Testing

/// `--exclude-newer`: files that were uploaded later do not exist.
@Suite struct CutoffTests {
  private let index: TestIndex
  private let asker: Asker

  init() throws {
    index = try TestIndex()
    asker = try Asker(index)
    index.add("app", "1.0", needs: ["lib"]) { $0.uploaded = "2026-01-01T00:00:00Z" }
    index.add("lib", "1.0") { $0.uploaded = "2026-01-01T12:30:00.123456Z" }
    index.add("lib", "2.0") { $0.uploaded = "2026-03-01T00:00:00Z" }
    index.add("lib", "3.0") { $0.uploaded = "2026-04-01T01:00:00+02:00" }
  }

  private func asked(_ requirements: String, _ date: String) throws -> Manifest {
    try manifest(requirements) { $0.excludeNewer = try UploadCutoff(date) }
  }

  @Test(arguments: [
    ("2026-01-01", "1.0"), ("2026-02-28", "1.0"), ("2026-03-01T00:00:00Z", "1.0"),
    ("2026-03-01T00:00:01Z", "2.0"),
    ("2026-03-01", "2.0"), ("2026-03-30", "2.0"), ("2026-03-31", "3.0"), ("2030-01-01", "3.0"),
  ])
  func `a file counts that was uploaded before it`(date: String, version: String) async throws {
    #expect(try await asker.chosen(asked("app", date)) == "app 1.0, lib \(version)")
  }

  @Test func `it is part of the question, and so of the lock`() async throws {
    let early = try await asker.resolve(asked("app", "2026-01-01")).lock
    let late = try await asker.resolve(asked("app", "2026-01-02")).lock
    #expect(early.platforms == late.platforms)
    #expect(early.manifest != late.manifest)
    #expect(early.canonicalText().contains(#""exclude-newer": "2026-01-02T00:00:00Z""#))
  }

  @Test func `an index that gives no upload times cannot keep it, and the error says so`() async throws {
    index.add("timeless", "1.0") { $0.uploaded = nil }
    let error = try await asker.failure(asked("timeless", "2026-06-01"))
    #expect(error.kind == .answerIsNo)
    #expect(error.details.joined(separator: " ").contains("no upload time on its index"))
    index.write(.html)
    #expect(
      try await asker.failure(asked("app", "2026-06-01")) { $0.cacheDirectory = nil }.details.joined(
        separator: " "
      ).contains("no upload time on its index"))
  }

  @Test func `wheels on disk are there whatever it says`() async throws {
    let path = try asker.folder.put(
      WheelBuilder(name: "lib", version: "9.0").build(), "wheels/lib-9.0-py3-none-any.whl")
    let folder = asker.folder("wheels")
    #expect(
      try await asker.chosen(asked("app", "2026-06-01")) { $0.findLinks = [folder] } == "app 1.0, lib 9.0")
    let depth = FileManager.default.currentDirectoryPath.split(separator: "/").count
    let relative = String(repeating: "../", count: depth) + path.dropFirst()
    for reference in ["file://\(path)", path, relative] {
      #expect(try await asker.chosen(asked("lib @ \(reference)", "2026-06-01")) == "lib 9.0")
    }
  }

  @Test func `where nothing is old enough, the error names the day`() async throws {
    let error = try await asker.failure(asked("app", "2025-01-01"))
    #expect(error.kind == .answerIsNo)
    #expect(error.details.joined(separator: " ").contains("app 1.0 was uploaded on 2026-01-01"))
    #expect(error.hints.joined().contains("--exclude-newer"))
  }

  // MARK: ages

  /// 2026-03-04T00:00:00Z: lib 2.0 is three days old.
  private static let march = 1_772_582_400

  private func at(_ now: Int) -> (inout Configuration) -> Void { { $0.now = { now } } }

  @Test func `an age counts back from the time of the resolve, and the lock says what it came to`()
    async throws
  {
    let young = try await asker.resolve(asked("app", "7 days"), configure: at(Self.march)).lock
    #expect(young.summary == "app 1.0, lib 1.0")
    #expect(young.uploadedBefore == "2026-02-25T00:00:00Z")
    #expect(young.request["exclude-newer"] == "P7D")
    let old = try await asker.resolve(asked("app", "P7D"), configure: at(Self.march + 5 * 86_400)).lock
    #expect(old.summary == "app 1.0, lib 2.0")
    #expect(old.manifest == young.manifest)
    // An instant needs no such line, and such a lock no newer reader.
    let fixed = try await asker.resolve(asked("app", "2026-02-24")).lock
    #expect(fixed.uploadedBefore == nil)
    #expect(try Lockfile(parsing: Array(young.canonicalText().utf8)) == young)
  }

  @Test func `time alone makes no lock out of date`() async throws {
    let manifest = try asked("app", "7 days")
    let first = try await asker.resolve(manifest, configure: at(Self.march)).lock
    let later = Self.march + 30 * 86_400
    let second = try await asker.resolve(manifest, previous: first, configure: at(later)).lock
    #expect(second == first)
  }

  @Test func `whoever upgrades, or asks for something else, asks now`() async throws {
    index.add("new", "1.0") { $0.uploaded = "2026-03-10T00:00:00Z" }
    let first = try await asker.resolve(asked("app", "7 days"), configure: at(Self.march)).lock
    let later = at(Self.march + 30 * 86_400)
    let upgraded = try await asker.resolve(
      asked("app", "7 days"), previous: first, upgrade: .all, configure: later
    ).lock
    #expect(upgraded.summary == "app 1.0, lib 2.0")
    #expect(upgraded.uploadedBefore == "2026-03-27T00:00:00Z")
    let wider = try await asker.resolve(
      manifest("app", "new") { $0.excludeNewer = try UploadCutoff("7 days") }, previous: first,
      configure: later
    ).lock
    #expect(wider.summary == "app 1.0, lib 1.0, new 1.0")
    let shorter = try await asker.resolve(asked("app", "3 days"), previous: first, configure: later).lock
    #expect(shorter.uploadedBefore == "2026-03-31T00:00:00Z")
  }
}
