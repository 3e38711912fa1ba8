import EnvlockModel
import EnvlockNative
import EnvlockStore
import EnvlockTestSupport
import Glibc
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(10))) struct ArtifactStoreTests {
  private let folder: TemporaryFolder
  private let client: HTTPClient
  private let store: ArtifactStore

  init() throws {
    folder = try TemporaryFolder()
    client = HTTPClient(cache: nil)
    store = ArtifactStore(
      folder: folder.path, client: client, parallel: 4, backoff: [.milliseconds(1), .milliseconds(2)])
  }

  private static let file: [UInt8] = {
    var generator = SplitMix64(seed: 4)
    return (0..<200_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
  }()
  private static let digest = sha256(file)
  private static let partialName = "artifacts/partial/\(digest.hex)"

  private func artifact(_ url: String, digest: Digest? = Self.digest, size: Int? = Self.file.count)
    -> Artifact
  {
    Artifact(name: "some_lib-1.0-py3-none-any.whl", origin: .url(url), digest: digest, size: size)
  }

  /// What the error is, after which nothing may lie in the store but what is named.
  private func failure(_ artifact: Artifact, leaving files: [String] = []) async -> ArtifactError? {
    do {
      _ = try await store.fetch(artifact)
      Issue.record("it was stored")
      return nil
    } catch {
      #expect(folder.files.filter { $0 != "CACHEDIR.TAG" } == files)
      return error
    }
  }

  /// Lays the beginning of a file where an earlier run would have left it.
  private func leave(_ bytes: some Collection<UInt8>) throws {
    mkdir(folder("artifacts"), 0o700)
    mkdir(folder("artifacts/partial"), 0o700)
    try folder.put(Array(bytes), Self.partialName)
  }

  private func expectStored() {
    #expect(folder.bytes("artifacts/sha256/\(Self.digest.hex)") == Self.file)
    #expect(folder.files == ["CACHEDIR.TAG", "artifacts/sha256/\(Self.digest.hex)"])
  }

  // MARK: What works

  @Test func `a file is fetched once, verified and read-only`() async throws {
    let server = try LoopbackServer { request in .file(Self.file, for: request) }
    let seen = Mutex<[ArtifactProgress]>([])
    #expect(!store.contains(Self.digest))
    let stored = try await store.fetch(artifact(server.url("/f"))) { step in seen.withLock { $0.append(step) }
    }
    #expect(stored.path == store.path(of: Self.digest))
    #expect(stored.size == Self.file.count)
    #expect(!stored.wasThere)
    #expect(store.contains(Self.digest, size: Self.file.count))
    #expect(!store.contains(Self.digest, size: 1))
    expectStored()
    var status = stat()
    #expect(stat(stored.path, &status) == 0)
    #expect(status.st_mode & 0o777 == 0o444)
    seen.withLock { steps in
      #expect(steps.first?.count == 0)
      #expect(steps.last?.count == Self.file.count)
      #expect(steps.allSatisfy { $0.size == Self.file.count })
      #expect(zip(steps, steps.dropFirst()).allSatisfy { $0.count < $1.count })
    }
    #expect(try await store.fetch(artifact(server.url("/f"))).wasThere)
    #expect(server.requests.count == 1)
  }

  @Test func `a file of unknown digest and size is stored under the digest that it has`() async throws {
    let server = try LoopbackServer { request in
      request.number == 1 ? .init(body: Self.file, fault: .closeAfter(1000)) : .file(Self.file, for: request)
    }
    let stored = try await store.fetch(artifact(server.url("/"), digest: nil, size: nil))
    #expect(stored.digest == Self.digest)
    #expect(server.requests.allSatisfy { $0["range"] == nil })
    expectStored()
  }

  @Test func `an empty file can be stored`() async throws {
    let server = try LoopbackServer { _ in .init() }
    let stored = try await store.fetch(artifact(server.url("/"), digest: sha256([]), size: 0))
    #expect(stored.size == 0)
    #expect(folder.bytes("artifacts/sha256/\(sha256([]).hex)") == [])
  }

  @Test func `a local file is copied`() async throws {
    try folder.put(Self.file, "local.whl")
    let local = Artifact(
      name: "local.whl", origin: .file(folder("local.whl")), digest: Self.digest, size: Self.file.count)
    let stored = try await store.fetch(local)
    #expect(folder.bytes("artifacts/sha256/\(stored.digest.hex)") == Self.file)
    #expect(folder.bytes("local.whl") == Self.file)
  }

  @Test func `few files are fetched at a time`() async throws {
    let running = Mutex((now: 0, most: 0))
    let server = try LoopbackServer { request in
      running.withLock {
        $0.now += 1
        $0.most = max($0.most, $0.now)
      }
      usleep(20_000)
      running.withLock { $0.now -= 1 }
      return .text(request.path)
    }
    let (store, url) = (store, server.url(""))
    try await withThrowingTaskGroup(of: Void.self) { group in
      for index in 0..<20 {
        group.addTask {
          let digest = sha256("/\(index)".utf8)
          _ = try await store.fetch(
            Artifact(name: "\(index)", origin: .url("\(url)/\(index)"), digest: digest))
        }
      }
      try await group.waitForAll()
    }
    #expect(folder.files.count == 21)
    #expect(running.withLock { $0.most } <= 4)
  }

  // MARK: Going on

  @Test func `a broken download goes on where it ended`() async throws {
    let server = try LoopbackServer { request in
      var response = LoopbackServer.Response.file(Self.file, for: request)
      if request.number < 4 { response.fault = .closeAfter(50_000) }
      return response
    }
    _ = try await store.fetch(artifact(server.url("/")))
    expectStored()
    #expect(server.requests.map { $0["range"] } == [nil, "bytes=50000-", "bytes=100000-", "bytes=150000-"])
  }

  @Test func `a download goes on where an earlier run ended`() async throws {
    try leave(Self.file.prefix(150_000))
    let server = try LoopbackServer { request in .file(Self.file, for: request) }
    _ = try await store.fetch(artifact(server.url("/")))
    expectStored()
    #expect(server.requests.map { $0["range"] } == ["bytes=150000-"])
  }

  @Test func `what an earlier run had whole is not asked for`() async throws {
    try leave(Self.file)
    let server = try LoopbackServer { request in .file(Self.file, for: request) }
    _ = try await store.fetch(artifact(server.url("/")))
    expectStored()
    #expect(server.requests.isEmpty)
  }

  @Test func `what is whole and of unknown size is found whole by the server's word`() async throws {
    try leave(Self.file)
    let server = try LoopbackServer { request in .file(Self.file, for: request) }
    _ = try await store.fetch(artifact(server.url("/"), size: nil))
    expectStored()
    #expect(server.requests.map { $0["range"] } == ["bytes=200000-"])
  }

  @Test(arguments: [100_000, 200_000, 300_000, 10])
  func `a wrong beginning is thrown away, and the whole fetched`(length: Int) async throws {
    try leave([UInt8](repeating: 7, count: length))
    let server = try LoopbackServer { request in .file(Self.file, for: request) }
    _ = try await store.fetch(artifact(server.url("/")))
    expectStored()
    #expect(server.requests.last?["range"] == nil)
  }

  @Test(arguments: [100_000, 200_000, 300_000])
  func `a wrong beginning of unknown size is thrown away too`(length: Int) async throws {
    try leave([UInt8](repeating: 7, count: length))
    let server = try LoopbackServer { request in .file(Self.file, for: request) }
    _ = try await store.fetch(artifact(server.url("/"), size: nil))
    expectStored()
  }

  @Test func `a server that ignores ranges sends the whole again`() async throws {
    let server = try LoopbackServer { request in
      .init(body: Self.file, fault: request.number == 1 ? .closeAfter(50_000) : .none)
    }
    _ = try await store.fetch(artifact(server.url("/")))
    expectStored()
    #expect(server.requests.count == 2)
  }

  @Test func `a server that sends another part is asked for the whole`() async throws {
    try leave(Self.file.prefix(1000))
    let server = try LoopbackServer { request in
      guard request["range"] != nil else { return .file(Self.file, for: request) }
      return .init(
        status: 206, headers: ["Content-Range": "bytes 5-9/200000"], body: Array(Self.file[5..<10]))
    }
    _ = try await store.fetch(artifact(server.url("/")))
    expectStored()
    #expect(server.requests.map { $0["range"] } == ["bytes=1000-", nil])
  }

  @Test func `an answer without a length that is cut short is gone on with`() async throws {
    let server = try LoopbackServer { request in
      request.number == 1
        ? .init(body: Array(Self.file.prefix(70_000)), length: .absent) : .file(Self.file, for: request)
    }
    _ = try await store.fetch(artifact(server.url("/")))
    expectStored()
    #expect(server.requests.last?["range"] == "bytes=70000-")
  }

  @Test func `a server that is busy is asked again`() async throws {
    let server = try LoopbackServer { request in
      request.number == 1 ? .init(status: 503, headers: ["Retry-After": "0"]) : .file(Self.file, for: request)
    }
    _ = try await store.fetch(artifact(server.url("/")))
    expectStored()
  }

  // MARK: What fails

  @Test func `another file under the same name is refused, with both digests`() async throws {
    let other = [UInt8](repeating: 1, count: Self.file.count)
    let server = try LoopbackServer { request in .file(other, for: request) }
    let url = server.url("/f", user: "me:secret")
    let error = try #require(await failure(artifact(url)))
    #expect(error.cause == .digest(expected: Self.digest, found: sha256(other)))
    #expect(
      error.message == "some_lib-1.0-py3-none-any.whl is another file than expected: its SHA-256 differs")
    #expect(
      error.details == [
        "expected  \(Self.digest)", "found     \(sha256(other))", "from      \(redact(url))",
      ])
    #expect(!"\(error)".contains("secret"))
    #expect(error.kind == .answerIsNo)
    #expect(server.requests.count == 1)
  }

  @Test(arguments: [199_999, 200_001, 0, 10_000_000])
  func `a file of another size is refused`(size: Int) async throws {
    let server = try LoopbackServer { request in .init(filler: size) }
    let error = try #require(await failure(artifact(server.url("/"))))
    #expect(error.cause == .size(expected: 200_000, found: size, orMore: false))
  }

  @Test func `a file that states no length is cut off where it is too long`() async throws {
    let server = try LoopbackServer { request in .init(filler: 50 << 20, length: .absent) }
    let error = try #require(await failure(artifact(server.url("/"))))
    guard case .size(200_000, let found, true) = error.cause else {
      Issue.record("\(error)")
      return
    }
    #expect(found < 1 << 20)
    #expect(error.message.hasSuffix("it has \(found) bytes or more instead of 200000"))
  }

  @Test func `a server that never gets on is given up, and what came stays for later`() async throws {
    let server = try LoopbackServer { request in
      request["range"] == nil
        ? .init(body: Self.file, fault: .closeAfter(1000)) : .init(status: 500)
    }
    let error = try #require(await failure(artifact(server.url("/")), leaving: [Self.partialName]))
    #expect(error.message.contains("status 500"))
    #expect(folder.bytes(Self.partialName) == Array(Self.file.prefix(1000)))
    #expect(server.requests.count == 4)
    #expect(error.kind == .couldNotFindOut)
  }

  @Test func `a server that stays silent is given up`() async throws {
    let server = try LoopbackServer { _ in .init(body: Self.file, fault: .hangAfter(0)) }
    var options = TransferOptions()
    options.stallTimeout = 1
    let client = HTTPClient(cache: nil, options: options)
    let store = ArtifactStore(folder: folder.path, client: client, backoff: [])
    await #expect(throws: ArtifactError.self) { try await store.fetch(artifact(server.url("/"))) }
  }

  @Test func `a file that is not there is named`() async throws {
    let server = try LoopbackServer { _ in .notFound }
    let error = try #require(await failure(artifact(server.url("/f")), leaving: [Self.partialName]))
    #expect(error.cause == .notFound)
    #expect(
      error.message == "some_lib-1.0-py3-none-any.whl could not be fetched: there is no \(server.url("/f"))")
    #expect(server.requests.count == 1)
  }

  @Test func `a local file that is missing or another is named`() async throws {
    let missing = Artifact(name: "a.whl", origin: .file(folder("none.whl")), digest: Self.digest)
    let error = try #require(await failure(missing))
    #expect(
      error.message == "a.whl could not be stored: cannot read `\(folder("none.whl"))`: there is no such file"
    )
    try folder.put([1], "b.whl")
    let other = Artifact(name: "b.whl", origin: .file(folder("b.whl")), digest: Self.digest)
    #expect(
      await failure(other, leaving: ["b.whl"])?.cause == .digest(expected: Self.digest, found: sha256([1])))
  }

  @Test(.enabled(if: geteuid() == 0, "only root can make a small disk"))
  func `a full disk is told, and what came is kept`() async throws {
    guard mount("none", folder.path, "tmpfs", 0, "size=100k") == 0 else { return }
    defer { umount2(folder.path, Int32(MNT_DETACH)) }
    let server = try LoopbackServer { request in .file(Self.file, for: request) }
    let error = try #require(await failure(artifact(server.url("/")), leaving: [Self.partialName]))
    #expect(error.message.hasSuffix("the disk is full"))
    #expect(error.hints.first?.contains("ENVLOCK_CACHE_DIR") == true)
    let kept = try #require(folder.bytes(Self.partialName))
    #expect(!kept.isEmpty && Self.file.starts(with: kept))
  }

  @Test func `a store that cannot be written is told`() async throws {
    let server = try LoopbackServer { request in .file(Self.file, for: request) }
    // A file where a folder should be stops root too.
    try folder.put([], "artifacts")
    do {
      _ = try await store.fetch(artifact(server.url("/")))
      Issue.record("it was stored")
    } catch {
      #expect(error.message.contains("could not be stored"))
      #expect(server.requests.isEmpty)
    }
  }

  // MARK: Several at once

  @Test func `two at once fetch a file once`() async throws {
    let server = try LoopbackServer { request in
      var response = LoopbackServer.Response.file(Self.file, for: request)
      response.delay = .milliseconds(100)
      return response
    }
    let other = ArtifactStore(folder: folder.path, client: client)
    let (store, wanted) = (store, artifact(server.url("/")))
    async let first = store.fetch(wanted)
    async let second = other.fetch(wanted)
    let (a, b) = try await (first, second)
    #expect(a.path == b.path)
    #expect(server.requests.count == 1)
    expectStored()
  }

  @Test func `whoever waits for another that gives up goes on with what it left`() async throws {
    let server = try LoopbackServer { request in
      var response = LoopbackServer.Response.file(Self.file, for: request)
      if request.number == 1 { response.fault = .hangAfter(80_000) }
      return response
    }
    let (store, wanted) = (store, artifact(server.url("/")))
    let first = Task { try await store.fetch(wanted) }
    while folder.bytes(Self.partialName)?.count != 80_000 { try await Task.sleep(for: .milliseconds(5)) }
    let second = Task { try await store.fetch(wanted) }
    try await Task.sleep(for: .milliseconds(60))
    first.cancel()
    await #expect(throws: ArtifactError.self) { try await first.value }
    _ = try await second.value
    expectStored()
    #expect(server.requests.last?["range"] == "bytes=80000-")
  }

  @Test func `cancelling keeps what came`() async throws {
    let server = try LoopbackServer { _ in .init(body: Self.file, fault: .hangAfter(1234)) }
    let (store, wanted) = (store, artifact(server.url("/")))
    let task = Task { try await store.fetch(wanted) }
    while folder.bytes(Self.partialName)?.count != 1234 { try await Task.sleep(for: .milliseconds(5)) }
    task.cancel()
    do {
      _ = try await task.value
      Issue.record("it was stored")
    } catch let error as ArtifactError {
      #expect(error.cause == .cancelled)
    }
    #expect(folder.bytes(Self.partialName)?.count == 1234)
  }
}
