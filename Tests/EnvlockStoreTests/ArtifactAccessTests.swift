import EnvlockModel
import EnvlockNative
import EnvlockStore
import EnvlockTestSupport
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(10))) struct ArtifactAccessTests {
  private let folder: TemporaryFolder
  private let store: ArtifactStore
  private static let file = (0..<50_000).map { UInt8(truncatingIfNeeded: $0 &* 11) }

  init() throws {
    folder = try TemporaryFolder()
    store = ArtifactStore(
      folder: folder.path, client: HTTPClient(cache: nil), backoff: [.milliseconds(1), .milliseconds(2)])
  }

  /// Hands out tokens by number, so many at most.
  private final class Counter: ArtifactAuthority {
    private let state: Mutex<(number: Int, refusals: [AuthorizationRefusal])>
    private let limit: Int

    init(limit: Int = .max) {
      state = Mutex((0, []))
      self.limit = limit
    }

    var refusals: [AuthorizationRefusal] { state.withLock { $0.refusals } }

    func authorization(
      after refusal: AuthorizationRefusal?
    ) async throws(FetchError) -> TransferAuthorization? {
      let number = state.withLock { state in
        if let refusal {
          state.number += 1
          state.refusals.append(refusal)
        }
        return state.number
      }
      if number > limit {
        throw FetchError("x", .unreadable(reason: "no more tokens", details: [], hints: []))
      }
      return number == 0 ? nil : .bearer("\(number)")
    }
  }

  private func artifact(_ server: LoopbackServer, _ counter: Counter) -> Artifact {
    Artifact(
      name: "a file", origin: .url(server.url("/")), digest: sha256(Self.file), size: Self.file.count,
      access: ArtifactAccess(authority: counter, accept: "some/type"))
  }

  @Test func `what a server wants is brought, and brought anew`() async throws {
    let good = Mutex(1)
    let server = try LoopbackServer { request in
      let isGood = good.withLock { good in
        guard request["authorization"] == "Bearer \(good)" else { return false }
        good += 1
        return true
      }
      guard isGood else { return .init(status: 401, headers: ["WWW-Authenticate": "Bearer realm=x"]) }
      var response = LoopbackServer.Response.file(Self.file, for: request)
      if response.body.count > 20_000 { response.fault = .closeAfter(20_000) }
      return response
    }
    let counter = Counter()
    let stored = try await store.fetch(artifact(server, counter))
    #expect(stored.size == Self.file.count)
    #expect(
      server.requests.map { "\($0["authorization"] ?? "-") \($0["range"] ?? "-")" } == [
        "- -", "Bearer 1 -", "Bearer 1 bytes=20000-", "Bearer 2 bytes=20000-", "Bearer 2 bytes=40000-",
        "Bearer 3 bytes=40000-",
      ])
    #expect(server.requests.allSatisfy { $0["accept"] == "some/type" })
    #expect(counter.refusals.map(\.challenges).allSatisfy { $0 == ["Bearer realm=x"] })
    #expect(counter.refusals.first?.shown == nil)
    #expect(counter.refusals.last?.shown == .bearer("2"))
  }

  @Test func `a server that is never content is left`() async throws {
    let server = try LoopbackServer { _ in .init(status: 401) }
    await #expect(throws: ArtifactError.self) { try await store.fetch(artifact(server, Counter())) }
    #expect(server.requests.count == 4)
    do {
      _ = try await store.fetch(artifact(server, Counter(limit: 1)))
      Issue.record("it was stored")
    } catch {
      #expect(error.message == "a file could not be fetched: x: no more tokens")
    }
  }

  @Test func `artifacts of one authority are equal`() throws {
    let server = try LoopbackServer { _ in .notFound }
    let counter = Counter()
    #expect(artifact(server, counter) == artifact(server, counter))
    #expect(artifact(server, counter) != artifact(server, Counter()))
    #expect(Set([artifact(server, counter), artifact(server, counter)]).count == 1)
  }
}
