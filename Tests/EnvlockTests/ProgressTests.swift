import Envlock
import EnvlockModel
import EnvlockVersions
import Synchronization
import Testing

/// What somebody who watches is told.
@Suite struct ProgressTests {
  private final class Watcher: ProgressSink {
    struct Seen {
      var asked = 0
      var answered = 0
      var decisions: [Int] = []
      var bytes: [Int] = []
    }

    let seen = Mutex(Seen())

    func report(_ event: ProgressEvent) {
      seen.withLock { seen in
        switch event {
        case .asked: seen.asked += 1
        case .answered: seen.answered += 1
        case .decided(let count): seen.decisions.append(count)
        case .building: break
        case .received(let bytes): seen.bytes.append(bytes)
        }
      }
    }
  }

  private func watch(_ asker: Asker) async throws -> Watcher.Seen {
    let watcher = Watcher()
    _ = try await Engine(asker.configuration).resolve(manifest("app"), progress: watcher)
    return watcher.seen.withLock { $0 }
  }

  @Test
  func `everything that is asked for, every byte and every decision is told; a warm run has nothing to tell`()
    async throws
  {
    let index = try TestIndex()
    index.add("app", "1.0", needs: ["lib"]).add("lib", "1.0", needs: ["deep"]).add("deep", "1.0")
    let asker = try Asker(index)
    let cold = try await watch(asker)
    // Three pages and three files of metadata.
    #expect(cold.asked == 6)
    #expect(cold.answered == 6)
    #expect(cold.bytes.last ?? 0 > 500)
    #expect(cold.decisions == cold.decisions.sorted())
    let warm = try await watch(asker)
    #expect(warm.asked == 0)
    #expect(warm.bytes.isEmpty)
  }
}
