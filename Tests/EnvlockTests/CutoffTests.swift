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
    try manifest(requirements) { $0.excludeNewer = try Manifest.uploadCutoff(date) }
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
}
