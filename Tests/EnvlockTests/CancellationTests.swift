import Envlock
import EnvlockModel
import EnvlockTestSupport
import EnvlockVersions
import Testing

/// A resolve that nobody waits for any more ends at once.
@Suite struct CancellationTests {
  @Test func `a cancelled resolve ends at once, and leaves nothing running`() async throws {
    let index = try TestIndex()
    index.add("app", "1.0", needs: ["lib"])
    index.serve("/simple/lib/") { _ in .init(fault: .hang) }
    let asker = try Asker(index)
    let start = ContinuousClock.now
    let task = Task { try await asker.resolve(manifest("app")) }
    while index.server.count("/simple/lib/") == 0, start.duration(to: .now) < .seconds(20) {
      try await Task.sleep(for: .milliseconds(5))
    }
    task.cancel()
    // Otherwise the server's silence would end it, in another error.
    await #expect(throws: CancellationError.self) { _ = try await task.value }
  }

  @Test func `a guess that nothing comes of does not hold the answer up`() async throws {
    let index = try TestIndex()
    // app 2.0 is read ahead, and then "silent", which only that needs.
    index.add("app", "2.0", needs: ["lib>=2", "silent"]).add("app", "1.0", needs: ["lib"]).add("lib", "1.0")
    index.serve("/simple/silent/") { _ in .init(delay: .seconds(2), fault: .hang) }
    let asker = try Asker(index)
    #expect(try await asker.chosen(manifest("app", "lib<2")) == "app 1.0, lib 1.0")
  }
}
