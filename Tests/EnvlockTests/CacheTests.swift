import Envlock
import EnvlockModel
import EnvlockTestSupport
import EnvlockVersions
import Foundation
import Testing

/// What is kept between runs, and what happens where it cannot be kept or is damaged.
@Suite struct CacheTests {
  private let index: TestIndex
  private let asker: Asker

  init() throws {
    index = try TestIndex()
    asker = try Asker(index)
    index.add("app", "1.0", needs: ["lib>=1"])
    index.add("lib", "1.0").add("lib", "2.0", needs: ["deep"]) { $0.metadata = .none }
    index.add("deep", "1.0")
  }

  private static let all = "app 1.0, deep 1.0, lib 2.0"

  @Test func `a second run asks nobody and gives the same bytes`() async throws {
    let first = try await asker.resolve(manifest("app")).lock
    let requests = index.paths.count
    let second = try await asker.resolve(manifest("app")).lock
    #expect(second.canonicalText() == first.canonicalText())
    #expect(index.paths.count == requests)
  }

  @Test func `offline gives the same bytes, with a server that is gone`() async throws {
    let first = try await asker.resolve(manifest("app")).lock
    index.server.stop()
    let second = try await asker.resolve(manifest("app")) { $0.offline = true }
    #expect(second.lock.canonicalText() == first.canonicalText())
    #expect(second.notes == [])
  }

  @Test func `offline without a cache asks nobody, and is no honest no`() async throws {
    for cache in [asker.folder("empty"), nil] {
      let error = try await asker.failure(manifest("app")) {
        $0.offline = true
        $0.cacheDirectory = cache
      }
      #expect(error.kind == .couldNotFindOut)
      #expect(error.details.joined(separator: " ").contains("app is not in the cache"))
      #expect(error.hints == ["run once without `--offline`"])
    }
    #expect(index.paths.isEmpty)
  }

  @Test func `offline with half a cache says what is missing`() async throws {
    index.add("other", "1.0", needs: ["app", "never-seen"])
    _ = try await asker.resolve(manifest("app"))
    let error = try await asker.failure(manifest("app", "other")) { $0.offline = true }
    #expect(error.kind == .couldNotFindOut)
    #expect(error.details.joined(separator: " ").contains("other is not in the cache"))
  }

  @Test func `offline, a release whose metadata was never read gives way to one that was`() async throws {
    _ = try await asker.resolve(manifest("lib<2"))
    #expect(try await asker.chosen(manifest("lib")) { $0.offline = true } == "lib 1.0")
  }

  @Test func `offline, that a project does not exist is remembered as an honest no`() async throws {
    #expect(try await asker.failure(manifest("nosuch")).kind == .answerIsNo)
    let error = try await asker.failure(manifest("nosuch")) { $0.offline = true }
    #expect(error.kind == .answerIsNo)
  }

  @Test func `refreshing asks the index again, and takes what is new`() async throws {
    #expect(try await asker.chosen(manifest("app")) == Self.all)
    index.add("lib", "3.0")
    #expect(try await asker.chosen(manifest("app")) == Self.all)
    #expect(try await asker.chosen(manifest("app")) { $0.refresh = true } == "app 1.0, lib 3.0")
  }

  @Test func `without a cache nothing is written and everything works`() async throws {
    #expect(try await asker.chosen(manifest("app")) { $0.cacheDirectory = nil } == Self.all)
    #expect(asker.folder.files(in: "") == [])
  }

  @Test(arguments: ["read-only", "a file", "below a file"])
  func `a cache that cannot be written is told of once, and nothing else is lost`(kind: String) async throws {
    // Whoever may write everywhere can write to a read-only folder too.
    if kind == "read-only", geteuid() == 0 { return }
    var cache = asker.folder("cache")
    switch kind {
    case "read-only":
      try FileManager.default.createDirectory(atPath: cache, withIntermediateDirectories: true)
      try FileManager.default.setAttributes([.posixPermissions: 0o500], ofItemAtPath: cache)
    case "a file": try asker.folder.put([], "cache")
    default:
      try asker.folder.put([], "cache")
      cache += "/deeper"
    }
    let report = try await asker.resolve(manifest("app")) { $0.cacheDirectory = cache }
    #expect(report.lock.summary == Self.all)
    #expect(report.notes.count == 1)
    #expect(report.notes.first?.hasPrefix("the cache `\(cache)/http` cannot be written") == true)
  }

  @Test func `a cache that may be read and not written is used`() async throws {
    _ = try await asker.resolve(manifest("app"))
    let requests = index.paths.count
    let cache = asker.folder("cache")
    for folder in [cache, cache + "/http"] {
      try FileManager.default.setAttributes([.posixPermissions: 0o500], ofItemAtPath: folder)
    }
    defer {
      for folder in [cache, cache + "/http"] {
        try? FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder)
      }
    }
    let report = try await asker.resolve(manifest("app"))
    #expect(report.lock.summary == Self.all)
    #expect(index.paths.count == requests)
    #expect(report.notes == [])
  }

  @Test func `two runs at once over one cache give the same answer, and leave a whole cache`() async throws {
    for number in 0..<30 { index.add("part-\(number)", "1.0", needs: ["lib"]) }
    let all = try manifest("app") {
      for number in 0..<30 {
        $0.requirements.append(
          SourcedRequirement(try Requirement("part-\(number)"), origin: "command line"))
      }
    }
    let texts = try await withThrowingTaskGroup(of: String.self) { group in
      for _ in 0..<4 { group.addTask { try await self.asker.resolve(all).lock.canonicalText() } }
      return try await group.reduce(into: Set<String>()) { $0.insert($1) }
    }
    #expect(texts.count == 1)
    // Nothing half-written is left behind.
    #expect(asker.folder.files(in: "cache").filter { $0.contains(".tmp") } == [])
    index.server.stop()
    let offline = try await asker.resolve(all) { $0.offline = true }
    #expect(texts == [offline.lock.canonicalText()])
  }

  @Test(arguments: ["cut", "empty", "flipped", "swapped", "zeroed", "other"])
  func `damaged entries are fetched again, and never believed`(damage: String) async throws {
    let good = try await asker.resolve(manifest("app")).lock.canonicalText()
    let entries = asker.folder.files(in: "cache/http")
    #expect(entries.count >= 5)
    let contents = try entries.map { try Data(contentsOf: URL(filePath: asker.folder("cache/http/\($0)"))) }
    for (place, entry) in entries.enumerated() {
      var bytes = [UInt8](contents[place])
      switch damage {
      case "cut": bytes.removeLast(bytes.count / 2)
      case "empty": bytes = []
      case "flipped": bytes[bytes.count * 2 / 3] ^= 0x40
      case "swapped": bytes = [UInt8](contents[(place + 1) % contents.count])
      case "zeroed": bytes = [UInt8](repeating: 0, count: bytes.count)
      default: bytes = Array("{\"files\": []}".utf8)
      }
      try asker.folder.put(bytes, "cache/http/\(entry)")
    }
    #expect(try await asker.resolve(manifest("app")).lock.canonicalText() == good)
    // What was damaged is mended.
    index.server.stop()
    #expect(
      try await asker.resolve(manifest("app")) { $0.offline = true }.lock.canonicalText() == good)
  }

  @Test func `a wheel that is published again under its name is read again`() async throws {
    index.add("again", "1.0", needs: ["lib<2"])
    #expect(try await asker.chosen(manifest("again")) == "again 1.0, lib 1.0")
    let other = try TestIndex()
    other.add("lib", "1.0").add("deep", "1.0").add("again", "1.0", needs: ["deep"])
    index.guardAll { other.answerUngated($0) }
    #expect(try await asker.chosen(manifest("again")) { $0.refresh = true } == "again 1.0, deep 1.0")
  }
}
