import Envlock
import EnvlockModel
import EnvlockTestSupport
import Foundation
import Testing

@testable import EnvlockCLI

/// The whole program against an index on loopback; only files and the console are in memory.
@Suite struct LoopbackTests {
  /// An index with these projects: for each version, what it needs.
  private func index(_ projects: [String: [String: [String]]]) throws -> LoopbackServer {
    try LoopbackServer { request in
      let path = request.path.split(separator: "/").map(String.init)
      guard path.count >= 2, path[0] == "simple" || path[0] == "files" else { return .notFound }
      guard let versions = projects[path[1]] else { return .notFound }
      if path[0] == "simple" {
        let files = versions.keys.sorted().map { version in
          """
          {"filename": "\(path[1])-\(version)-py3-none-any.whl", "url": "/files/\(path[1])/\(path[1])-\(version)-py3-none-any.whl",
           "hashes": {"sha256": "\(String(repeating: "5a", count: 32))"}, "core-metadata": true, "size": 1200}
          """
        }
        return .text(
          #"{"meta": {"api-version": "1.1"}, "name": "\#(path[1])", "files": [\#(files.joined(separator: ","))]}"#,
          type: "application/vnd.pypi.simple.v1+json")
      }
      guard
        let version = versions.keys.first(where: { path[2] == "\(path[1])-\($0)-py3-none-any.whl.metadata" })
      else {
        return .notFound
      }
      let needs = (versions[version] ?? []).map { "Requires-Dist: \($0)" }
      return .text(WheelBuilder.metadata(name: path[1], version: version, headers: needs))
    }
  }

  /// A world with the real engine.
  private func world(_ files: [String: String] = [:]) -> World {
    World(files, engine: Session.live(environment: [:]).resolve)
  }

  private func run(_ world: World, _ words: [String], at index: String) async -> String {
    let cache = FileManager.default.temporaryDirectory.appending(path: "envlock-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: cache) }
    return await world.run(
      ["resolve"] + words + ["--python", "3.11", "--index-url", index, "--cache-dir", cache])
  }

  @Test func `a lock is made from what the index says`() async throws {
    let server = try index([
      "alpha": ["1.0": ["beta>=2"], "2.0": ["beta>=3"]], "beta": ["2.0": [], "2.5": ["alpha"]],
    ])
    let world = world()
    let text = await run(world, ["alpha"], at: server.url("/simple/", user: "me:secret"))
    #expect(text.contains("Resolved 2 wheels for linux/amd64 in "))
    #expect(text.hasSuffix("Wrote envlock.lock\n--- exit 0\n"))
    let lock = try #require(world.snapshot.files["envlock.lock"])
    let answer = try #require(try Lockfile(parsing: Array(lock.utf8)).platforms.first)
    #expect(answer.wheels.map(\.fileName) == ["alpha-1.0-py3-none-any.whl", "beta-2.5-py3-none-any.whl"])
    for hidden in ["secret", "127.0.0.1", "\(server.port)"] {
      #expect(!lock.contains(hidden))
      #expect(!text.replacing(server.url("/simple/", user: "me:secret"), with: "").contains(hidden))
    }
    // Again, from the lock: the same bytes.
    #expect(
      await run(world, ["alpha"], at: server.url("/simple/")).hasSuffix(
        "envlock.lock is up to date\n--- exit 0\n"))
    #expect(world.snapshot.files["envlock.lock"] == lock)
  }

  @Test func `no solution is exit code 1, and the old lock stays`() async throws {
    let server = try index(["alpha": ["1.0": ["beta>=3"]], "beta": ["2.0": []]])
    let old = try lock([try plainAnswer()]).canonicalText()
    let world = world(["envlock.lock": old])
    for words in [["alpha"], ["gamma"], ["alpha==7"]] {
      let text = await run(world, words, at: server.url("/simple/"))
      #expect(text.contains("\nerror: ") && text.hasSuffix("--- exit 1\n"), "\(text)")
    }
    #expect(world.snapshot.files["envlock.lock"] == old)
  }

  @Test(arguments: [500, 503])
  func `an index that does not answer is exit code 3`(status: Int) async throws {
    let server = try LoopbackServer { _ in .text("no", status: status) }
    let text = await run(world(), ["alpha"], at: server.url("/simple/", user: "me:secret"))
    #expect(text.contains("\nerror: ") && text.hasSuffix("--- exit 3\n"), "\(text)")
    #expect(!text.replacing("me:secret@", with: "", maxReplacements: 1).contains("secret"))
  }
}
