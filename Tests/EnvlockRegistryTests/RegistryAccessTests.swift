import EnvlockImage
import EnvlockModel
import EnvlockNative
import EnvlockRegistry
import EnvlockStore
import EnvlockTestSupport
import Foundation
import Synchronization
import Testing

/// A registry that wants tokens, and the service that gives them; each on a host of its own.
@Suite(.timeLimit(.minutes(10))) struct RegistryAccessTests {
  private let registry: RegistryFixture
  private let service: LoopbackServer
  private let state: State
  private static let layer = (0..<80_000).map { UInt8(truncatingIfNeeded: $0 &* 13) }
  private static let secret = "s3cr3t-word"

  private final class State: Sendable {
    struct Value {
      var tokens = 0
      /// How often each token is accepted.
      var uses = Int.max
      /// Who gets tokens; nil for everybody.
      var account: String?
      var field = "token"
      var refuses = false
    }
    let value = Mutex(Value())
  }

  init() throws {
    registry = try RegistryFixture()
    registry.put(image: [Self.layer], tag: "1")
    let state = State()
    self.state = state
    let used = Mutex<[String: Int]>([:])
    service = try LoopbackServer { request in
      state.value.withLock { value in
        if value.refuses { return .text("", status: 401) }
        let isForm = request.method == "POST"
        let form = String(decoding: request.body, as: UTF8.self)
        if let account = value.account {
          let shown = isForm ? form : request["authorization"] ?? ""
          if !shown.contains(account) { return .text("", status: 401) }
        }
        value.tokens += 1
        return .text("{\"\(value.field)\":\"token-\(value.tokens)\",\"expires_in\":300}")
      }
    }
    let realm = service.url("/token", host: "localhost")
    registry.intercept { request in
      let shown = request["authorization"] ?? ""
      let uses = state.value.withLock { $0.uses }
      let isGood =
        shown.hasPrefix("Bearer token-")
        && used.withLock { used in
          used[shown, default: 0] += 1
          return used[shown, default: 0] <= uses
        }
      if isGood { return nil }
      let challenge = "Bearer realm=\"\(realm)\",service=\"reg\",scope=\"repository:team/app:pull,push\""
      return RegistryFixture.refusal(401, "UNAUTHORIZED", headers: ["WWW-Authenticate": challenge])
    }
  }

  private func basic(_ name: String, _ secret: String) -> String {
    Data("\(name):\(secret)".utf8).base64EncodedString()
  }

  /// Keeps an entry where `docker login` would.
  private func keep(_ entry: String, for host: String? = nil) throws {
    try registry.folder.put(
      "{\"auths\":{\"\(host ?? registry.host)\":\(entry)}}".utf8, "home/.docker/config.json")
  }

  private func failure(_ variables: [String: String] = [:]) async -> RegistryError? {
    do {
      _ = try await registry.client(variables).client.lock(registry.reference(), platform: .linuxAMD64)
      Issue.record("it was locked")
    } catch let error as RegistryError {
      let shown = "\(error) \(error.message) \(error.details) \(error.hints)"
      #expect(!shown.contains(Self.secret))
      return error
    } catch { Issue.record("\(error)") }
    return nil
  }

  @discardableResult
  private func lockAndFetch(_ variables: [String: String] = [:]) async throws -> LockedImage {
    let (client, store) = registry.client(variables)
    let image = try await client.lock(registry.reference(), platform: .linuxAMD64)
    _ = try await store.fetch(client.artifact(image.layers[0].blob, of: image))
    return image
  }

  // MARK: tokens

  @Test func `a token is got without credentials, and used for everything`() async throws {
    try await lockAndFetch()
    #expect(service.requests.map(\.path) == ["/token?service=reg&scope=repository:team/app:pull"])
    #expect(service.requests.allSatisfy { $0["authorization"] == nil })
    #expect(
      registry.server.requests.map { $0["authorization"] ?? "-" } == ["-"]
        + Array(repeating: "Bearer token-1", count: 3))
  }

  @Test func `credentials go to the token service, and the token to the registry`() async throws {
    let auth = basic("anna", Self.secret)
    state.value.withLock {
      $0.account = auth
      $0.field = "access_token"
    }
    try keep("{\"auth\":\"\(auth)\"}")
    try await lockAndFetch()
    #expect(service.requests.map { $0["authorization"] } == ["Basic \(auth)"])
    #expect(registry.server.requests.allSatisfy { $0["authorization"] != "Basic \(auth)" })
  }

  @Test func `an identity token is changed into others`() async throws {
    state.value.withLock { $0.account = "refresh_token=\(Self.secret)" }
    try keep("{\"auth\":\"\(basic("00000000", ""))\",\"identitytoken\":\"\(Self.secret)\"}")
    try await lockAndFetch()
    let request = try #require(service.requests.first)
    #expect(request.method == "POST")
    #expect(request["content-type"] == "application/x-www-form-urlencoded")
    #expect(request["authorization"] == nil)
    #expect(
      String(decoding: request.body, as: UTF8.self)
        == "service=reg&scope=repository:team/app:pull&grant_type=refresh_token&client_id=envlock&refresh_token=\(Self.secret)"
    )
    #expect(registry.server.requests.allSatisfy { !($0["authorization"] ?? "").contains(Self.secret) })
  }

  @Test func `a posted secret is not sent on by a redirect`() async throws {
    let other = try LoopbackServer { _ in .text("{\"token\":\"token-x\"}") }
    let target = other.url("/")
    let front = try LoopbackServer { _ in .redirect(to: target, status: 307) }
    let realm = front.url("/token")
    registry.intercept { _ in
      RegistryFixture.refusal(401, "UNAUTHORIZED", headers: ["WWW-Authenticate": "Bearer realm=\"\(realm)\""])
    }
    try keep("{\"identitytoken\":\"\(Self.secret)\"}")
    #expect(await failure()?.message.contains("status 307") == true)
    #expect(other.requests.isEmpty)
  }

  @Test func `a token that expires on the way is renewed, and the layer goes on`() async throws {
    let image = try await lockAndFetch()
    let (client, _) = registry.client()
    let store = ArtifactStore(
      folder: registry.folder("second"), client: HTTPClient(cache: nil), backoff: [.milliseconds(1)])
    // Each token is good for one request; each request brings a part.
    state.value.withLock { $0.uses = 1 }
    let front = registry.content.withLock { $0.front }
    registry.intercept { request in
      if let refusal = front?(request) { return refusal }
      var response = LoopbackServer.Response.file(Self.layer, for: request)
      if response.body.count > 30_000 { response.fault = .closeAfter(30_000) }
      return response
    }
    let stored = try await store.fetch(client.artifact(image.layers[0].blob, of: image))
    #expect(stored.size == Self.layer.count)
    let ranges = registry.server.requests.compactMap { $0["range"] }
    #expect(Set(ranges) == ["bytes=30000-", "bytes=60000-"])
  }

  @Test func `many layers at a time get one token`() async throws {
    let layers = (0..<12).map { [UInt8](repeating: $0, count: 5000) }
    registry.put(image: layers, tag: "many")
    let (client, store) = registry.client()
    let image = try await client.lock(registry.reference(":many"), platform: .linuxAMD64)
    let fresh = registry.client().client
    try await withThrowingTaskGroup(of: Void.self) { group in
      for layer in image.layers {
        group.addTask { _ = try await store.fetch(fresh.artifact(layer.blob, of: image)) }
      }
      try await group.waitForAll()
    }
    #expect(state.value.withLock { $0.tokens } == 2)
  }

  @Test func `a token that is refused again and again ends in an error`() async throws {
    state.value.withLock { $0.uses = 0 }
    #expect(await failure()?.cause == .noCredentials)
    #expect(service.requests.count == 2)
    try keep("{\"auth\":\"\(basic("anna", Self.secret))\"}")
    let error = await failure()
    #expect(error?.cause == .credentialsRefused(source: "`\(registry.folder("home/.docker/config.json"))`"))
    #expect(error?.kind == .couldNotFindOut)
  }

  @Test func `a token service that gives none is named`() async throws {
    state.value.withLock { $0.field = "nothing" }
    guard case .badTokenService(let url, let reason)? = await failure()?.cause else {
      Issue.record("another error")
      return
    }
    #expect(url.hasSuffix("/token"))
    #expect(reason == "it gives no token")
    state.value.withLock { $0.refuses = true }
    #expect(await failure()?.cause == .noCredentials)
  }

  @Test func `credentials of another registry are not used`() async throws {
    try keep("{\"auth\":\"\(basic("anna", Self.secret))\"}", for: "127.0.0.1:1")
    try await lockAndFetch()
    #expect(
      (service.requests + registry.server.requests).allSatisfy {
        !($0["authorization"] ?? "").hasPrefix("Basic")
      })
  }

  // MARK: Basic

  @Test func `name and password go to a registry that wants them`() async throws {
    let auth = basic("anna", Self.secret)
    registry.intercept { request in
      request["authorization"] == "Basic \(auth)"
        ? nil
        : RegistryFixture.refusal(401, "UNAUTHORIZED", headers: ["WWW-Authenticate": "Basic realm=\"reg\""])
    }
    let missing = await failure()
    #expect(missing?.cause == .noCredentials)
    #expect(missing?.message.contains("does not exist, or") == true)
    try keep("{\"auth\":\"\(basic("anna", "wrong"))\"}")
    guard case .credentialsRefused? = await failure()?.cause else {
      Issue.record("another error")
      return
    }
    try keep("{\"auth\":\"\(auth)\"}")
    try await lockAndFetch()
    #expect(service.requests.isEmpty)
  }

  @Test func `means that are not known are named`() async throws {
    registry.intercept { _ in
      RegistryFixture.refusal(401, "UNAUTHORIZED", headers: ["WWW-Authenticate": "Negotiate"])
    }
    #expect(await failure()?.cause == .unknownAuthentication(["negotiate"]))
    registry.intercept { _ in RegistryFixture.refusal(403, "DENIED") }
    #expect(await failure()?.cause == .forbidden(hasCredentials: false))
  }

  // MARK: other hosts

  @Test(arguments: [true, false])
  func `what is shown does not go along to another host`(isBasic: Bool) async throws {
    let storage = try LoopbackServer { request in .file(Self.layer, for: request) }
    let auth = basic("anna", Self.secret)
    try keep("{\"auth\":\"\(auth)\"}")
    let front = registry.content.withLock { $0.front }
    let target = storage.url("/blob?X-Signature=abc", host: "localhost")
    registry.intercept { request in
      if isBasic {
        guard request["authorization"] == "Basic \(auth)" else {
          return RegistryFixture.refusal(401, "UNAUTHORIZED", headers: ["WWW-Authenticate": "Basic realm=x"])
        }
      } else if let refusal = front?(request) {
        return refusal
      }
      return request.path.contains("/blobs/\(sha256(Self.layer))") ? .redirect(to: target, status: 307) : nil
    }
    try await lockAndFetch()
    #expect(storage.requests.count == 1)
    #expect(storage.requests.allSatisfy { $0["authorization"] == nil })
    #expect(registry.server.requests.last?["authorization"]?.isEmpty == false)
  }

  @Test func `a storage host that refuses is not shown anything either`() async throws {
    let storage = try LoopbackServer { _ in
      .init(status: 401, headers: ["WWW-Authenticate": "Basic realm=\"gimme\""])
    }
    try keep("{\"auth\":\"\(basic("anna", Self.secret))\"}")
    let front = registry.content.withLock { $0.front }
    let target = storage.url("/blob", host: "localhost")
    registry.intercept { request in
      if let refusal = front?(request) { return refusal }
      return request.path.contains("/blobs/\(sha256(Self.layer))") ? .redirect(to: target) : nil
    }
    await #expect(throws: ArtifactError.self) { try await lockAndFetch() }
    #expect(storage.requests.count == 1)
    #expect(storage.requests.allSatisfy { $0["authorization"] == nil })
  }

  @Test func `nothing secret shows in an artifact`() async throws {
    try keep("{\"auth\":\"\(basic("anna", Self.secret))\"}")
    let (client, _) = registry.client()
    let image = try await client.lock(registry.reference(), platform: .linuxAMD64)
    let artifact = try await client.artifact(image.layers[0].blob, of: image)
    var dumped = ""
    dump(artifact, to: &dumped)
    for text in ["\(artifact)", String(reflecting: artifact), dumped] {
      #expect(!text.contains("token-"))
      #expect(!text.contains(Self.secret))
      #expect(!text.contains(basic("anna", Self.secret)))
    }
    #expect(try await client.artifact(image.layers[0].blob, of: image) == artifact)
  }
}
