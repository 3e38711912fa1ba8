import EnvlockImage
import EnvlockModel
import EnvlockNative
import EnvlockStore
import EnvlockTestSupport
import Foundation
import Synchronization
import Testing

@testable import EnvlockRegistry

/// Blobs, manifests and referrers written to a registry that behaves, and to one that does not.
@Suite(.timeLimit(.minutes(10))) struct RegistryWriterTests {
  private let registry: PushRegistry
  private let folder: Scratch
  private static let repository = "team/app"
  private static let large = SplitMix64.bytes(300_000, seed: 7)

  init() throws {
    registry = try PushRegistry { "\(sha256($0))" }
    folder = try Scratch()
  }

  private func writer(
    _ repository: String = Self.repository, variables: [String: String] = [:], cache: String? = nil,
    stallTimeout: Int = 30, change: (inout PushSettings) -> Void = { _ in }
  ) throws -> RegistryWriter {
    var settings = PushSettings()
    settings.backoff = Array(repeating: .milliseconds(1), count: 5)
    settings.longestWait = .seconds(1)
    change(&settings)
    var options = TransferOptions()
    options.stallTimeout = stallTimeout
    return try RegistryWriter(
      ImageReference("\(registry.host)/\(repository):1"),
      http: HTTPClient(cache: cache.map { HTTPCache(folder: folder($0)) }, options: options),
      environment: ["HOME": folder("home"), "PATH": folder("bin")].merging(variables) { $1 },
      settings: settings)
  }

  /// A blob in a file, with something before and after it.
  private func file(_ bytes: [UInt8] = Self.large, _ name: String = "blob", digest: Digest? = nil) throws
    -> PushBlob
  {
    let path = try folder.put([1, 2, 3] + bytes + [4, 5], name)
    return PushBlob(
      name: "layer \(name)", digest: digest ?? sha256(bytes), size: bytes.count,
      at: LayoutReader.Place(path: path, offset: 3, size: bytes.count), isVerified: false)
  }

  private func holds(_ bytes: [UInt8], _ repository: String = Self.repository) -> Bool {
    registry.content.blobs[repository]?["\(sha256(bytes))"] == bytes
  }

  private func failure(
    sourceLocation: SourceLocation = #_sourceLocation, _ work: () async throws -> Void
  ) async throws -> PushError {
    let error = await #expect(throws: PushError.self, sourceLocation: sourceLocation) { try await work() }
    return try #require(error, sourceLocation: sourceLocation)
  }

  // MARK: Blobs

  @Test func `a blob is sent once, in one request`() async throws {
    let blob = try file()
    #expect(try await writer().put(blob) == .sent)
    #expect(holds(Self.large))
    #expect(registry.asked.map { $0.prefix(4) } == ["HEAD", "POST", "PUT "])
    #expect(try await writer().put(blob) == .present)
    #expect(registry.asked.count == 4)
    #expect(registry.content.received == Self.large.count)
    #expect(registry.server.requests.allSatisfy { $0["expect"] == nil })
  }

  @Test func `an empty blob is a blob`() async throws {
    #expect(try await writer().put(PushBlob(name: "nothing", document: [])) == .sent)
    #expect(holds([]))
  }

  @Test func `progress tells the bytes that are sent`() async throws {
    let counts = Mutex<[Int]>([])
    let writer = try writer { $0.chunkSize = 100_000 }
    try await writer.send(try file()) { count in counts.withLock { $0.append(count) } }
    let seen = counts.withLock { $0 }
    #expect(seen.last == Self.large.count)
    #expect(seen == seen.sorted())
  }

  @Test(arguments: [1, 99_999, 100_000, 300_000, 400_000])
  func `a blob goes in pieces of the size that is asked for`(size: Int) async throws {
    let bytes = size == 1 ? Array(Self.large.prefix(7)) : Self.large
    let writer = try writer { $0.chunkSize = size }
    #expect(try await writer.put(file(bytes)) == .sent)
    #expect(holds(bytes))
    let pieces = registry.server.requests.filter { $0.method == "PATCH" }
    #expect(pieces.allSatisfy { $0.body.count <= size })
    #expect(pieces.reduce(0) { $0 + $1.body.count } == (size < bytes.count ? bytes.count : 0))
  }

  @Test func `no piece is smaller than the registry allows`() async throws {
    registry.behave { $0.leastPiece = 128_000 }
    #expect(try await writer { $0.chunkSize = 1000 }.put(file()) == .sent)
    #expect(
      registry.server.requests.filter { $0.method == "PATCH" }.map(\.body.count) == [
        128_000, 128_000, 44_000,
      ])
    #expect(holds(Self.large))
  }

  @Test func `requests that are too large for a proxy get smaller`() async throws {
    let bytes = SplitMix64.bytes(3 << 20, seed: 1)
    registry.behave { $0.mostBody = 1 << 20 }
    #expect(try await writer().put(file(bytes)) == .sent)
    #expect(holds(bytes))
  }

  @Test func `what is too large altogether is said to be`() async throws {
    registry.behave { $0.mostBody = 1000 }
    let error = try await failure { _ = try await writer().put(file()) }
    #expect(error.cause == .tooLarge("layer blob", size: 300_000))
  }

  @Test func `an upload that broke goes on where the registry is`() async throws {
    let cuts = Mutex([100_000, 50_000])
    registry.cut { request in
      guard request.method == "PUT" || request.method == "PATCH", request["content-length"] != "0" else {
        return nil
      }
      return cuts.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    }
    #expect(try await writer().put(file()) == .sent)
    #expect(holds(Self.large))
    // Nothing came twice.
    #expect(registry.content.received == Self.large.count)
    let ranges = registry.server.requests.compactMap { $0["content-range"] }
    #expect(ranges == ["100000-299999", "150000-299999"])
  }

  @Test func `a registry that keeps no parts gets the blob anew`() async throws {
    registry.behave { $0.keepsParts = false }
    let isFirst = Mutex(true)
    registry.cut { request in
      guard request.method == "PUT" else { return nil }
      return isFirst.withLock { first in
        defer { first = false }
        return first ? 1000 : nil
      }
    }
    #expect(try await writer().put(file()) == .sent)
    #expect(holds(Self.large))
  }

  @Test func `a registry that takes no pieces gets the blob anew`() async throws {
    registry.behave { $0.pieces = false }
    let isFirst = Mutex(true)
    registry.cut { request in
      guard request.method == "PUT" else { return nil }
      return isFirst.withLock { first in
        defer { first = false }
        return first ? 1000 : nil
      }
    }
    #expect(try await writer().put(file()) == .sent)
    #expect(holds(Self.large))
  }

  @Test func `an answer that got lost is asked for`() async throws {
    let lost = Mutex(false)
    registry.trouble { request in
      guard request.method == "PUT" else { return .none }
      return lost.withLock { lost in
        defer { lost = true }
        return lost ? .none : .loseAnswer
      }
    }
    #expect(try await writer().put(file()) == .sent)
    #expect(registry.content.received == Self.large.count)
  }

  @Test func `a registry that wants to be left alone is, if not for too long`() async throws {
    let count = Mutex(0)
    registry.trouble { _ in
      count.withLock {
        $0 += 1; return $0 == 1 ? .status(429, retryAfter: 1) : .none
      }
    }
    let start = ContinuousClock.now
    #expect(try await writer().put(file()) == .sent)
    #expect(start.duration(to: .now) >= .seconds(1))
    registry.trouble { _ in .status(429, retryAfter: 3600) }
    let error = try await failure { _ = try await writer().put(file()) }
    #expect(error.cause == .rateLimited(seconds: 3600))
  }

  @Test func `a registry that always fails is given up`() async throws {
    registry.trouble { _ in .status(503) }
    let error = try await failure { _ = try await writer().put(file()) }
    #expect(error.cause == .failed("layer blob", status: 503))
    #expect(registry.server.requests.count == 6)
  }

  @Test func `a registry that is never reached is given up`() async throws {
    let blob = try file()
    registry.server.stop()
    let error = try await failure { _ = try await writer().put(blob) }
    guard case .transfer(.couldNotConnect) = error.cause else {
      Issue.record("\(error.cause)")
      return
    }
  }

  @Test func `a damaged file is found before anything of it is sent`() async throws {
    let other = sha256("other".utf8)
    let error = try await failure { _ = try await writer().put(file(digest: other)) }
    guard case .damaged = error.cause else {
      Issue.record("\(error.cause)")
      return
    }
    #expect(registry.content.received == 0)
  }

  @Test func `a registry that lies about what it has is not believed`() async throws {
    registry.behave { $0.claim = "\(sha256("lie".utf8))" }
    let error = try await failure { _ = try await writer().put(file()) }
    #expect(
      error.cause == .otherDigest("layer blob", expected: sha256(Self.large), found: sha256("lie".utf8)))
    registry.intercept { request in
      request.method == "HEAD" ? .init(headers: ["Docker-Content-Digest": ""], body: [1, 2]) : nil
    }
    let size = try await failure { _ = try await writer().put(file()) }
    #expect(size.cause == .otherSize("layer blob", expected: 300_000, found: 2))
  }

  @Test func `a place to upload to must be named, and be a URL`() async throws {
    for location in [nil, "ftp://127.0.0.1/"] {
      registry.intercept { request in
        request.method == "POST" ? .init(status: 202, headers: location.map { ["Location": $0] } ?? [:]) : nil
      }
      let error = try await failure { _ = try await writer().put(file()) }
      guard case .badPlace = error.cause else {
        Issue.record("\(error.cause)")
        continue
      }
    }
  }

  // MARK: Other repositories, other hosts

  @Test func `a blob of another repository is taken over`() async throws {
    #expect(try await writer("team/base", cache: "cache").put(file()) == .sent)
    #expect(try await writer(cache: "cache").put(file()) == .mounted(from: "team/base"))
    #expect(registry.content.received == Self.large.count)
    // By option, where nothing is remembered; one that does not have it does no harm.
    #expect(
      try await writer("team/b") { $0.mountSources = ["team/app"] }.put(file()) == .mounted(from: "team/app"))
    #expect(try await writer("team/c") { $0.mountSources = ["team/none"] }.put(file()) == .sent)
  }

  @Test func `a registry that does not mount is sent the blob`() async throws {
    registry.behave { $0.mounts = false }
    _ = try await writer("team/base", cache: "cache").put(file())
    #expect(try await writer(cache: "cache").put(file()) == .sent)
    // The upload that it offered instead was used.
    #expect(registry.server.requests.count { $0.method == "POST" } == 2)
  }

  @Test func `nothing secret goes along to the host that uploads go to`() async throws {
    let login = Data("me:s3cr3t".utf8).base64EncodedString()
    try folder.put(
      "{\"auths\":{\"\(registry.host)\":{\"auth\":\"\(login)\"}}}".utf8, "home/.docker/config.json")
    registry.behave { $0.uploadHost = "localhost" }
    registry.intercept { request in
      if request["host"]?.hasPrefix("localhost") == true { return nil }
      if request["authorization"] == "Basic \(login)" { return nil }
      return .init(status: 401, headers: ["WWW-Authenticate": "Basic realm=\"x\""])
    }
    #expect(try await writer { $0.chunkSize = 200_000 }.put(file()) == .sent)
    let away = registry.server.requests.filter { $0["host"]?.hasPrefix("localhost") == true }
    #expect(away.map(\.method) == ["PATCH", "PATCH", "PUT"])
    #expect(away.allSatisfy { $0["authorization"] == nil })
  }

  @Test func `an upload that is redirected to another host takes nothing secret along`() async throws {
    let login = Data("me:s3cr3t".utf8).base64EncodedString()
    try folder.put(
      "{\"auths\":{\"\(registry.host)\":{\"auth\":\"\(login)\"}}}".utf8, "home/.docker/config.json")
    let port = registry.server.port
    registry.intercept { request in
      if request["host"]?.hasPrefix("localhost") == true { return nil }
      guard request["authorization"] == "Basic \(login)" else {
        return .init(status: 401, headers: ["WWW-Authenticate": "Basic realm=\"x\""])
      }
      return request.method == "PUT"
        ? .redirect(to: "http://localhost:\(port)\(request.path)", status: 307) : nil
    }
    #expect(try await writer().put(file()) == .sent)
    #expect(holds(Self.large))
    let away = registry.server.requests.filter { $0["host"]?.hasPrefix("localhost") == true }
    #expect(away.map(\.body.count) == [Self.large.count])
    #expect(away.allSatisfy { $0["authorization"] == nil })
  }

  // MARK: Tokens

  /// A service that gives tokens, and a registry that wants those with the right scope.
  private func tokens(_ challengeScope: String) throws -> LoopbackServer {
    let service = try LoopbackServer { request in .text("{\"token\":\"\(sha256(request.path.utf8).hex)\"}") }
    let realm = service.url("/token")
    registry.intercept { request in
      if request["authorization"]?.hasPrefix("Bearer ") == true { return nil }
      return .init(
        status: 401,
        headers: ["WWW-Authenticate": "Bearer realm=\"\(realm)\",service=\"r\",scope=\"\(challengeScope)\""])
    }
    return service
  }

  @Test func `a token is for what is written, whatever the registry asks for`() async throws {
    let service = try tokens("repository:other/secret:pull,push,delete registry:catalog:*")
    #expect(try await writer().put(file()) == .sent)
    #expect(service.requests.map(\.path) == ["/token?service=r&scope=repository:team/app:pull,push"])
    #expect(registry.asked.filter { $0.hasPrefix("HEAD") }.count == 2)
  }

  @Test func `a token for a mount may also read the source, and nothing else`() async throws {
    _ = try await writer("team/base").put(file())
    let service = try tokens("")
    let writer = try writer { $0.mountSources = ["team/base"] }
    #expect(try await writer.put(file()) == .mounted(from: "team/base"))
    #expect(
      service.requests.map(\.path) == [
        "/token?service=r&scope=repository:team/app:pull,push",
        "/token?service=r&scope=repository:team/app:pull,push&scope=repository:team/base:pull",
      ])
  }

  @Test func `a token that expires on the way is renewed`() async throws {
    let service = try LoopbackServer { request in .text("{\"token\":\"t\(request.number)\"}") }
    let realm = service.url("/token")
    let used = Mutex<[String: Int]>([:])
    registry.intercept { request in
      let token = request["authorization"] ?? ""
      let count = used.withLock {
        $0[token, default: 0] += 1; return $0[token] ?? 0
      }
      if !token.isEmpty, count <= 3 { return nil }
      return .init(status: 401, headers: ["WWW-Authenticate": "Bearer realm=\"\(realm)\""])
    }
    #expect(try await writer { $0.chunkSize = 50_000 }.put(file()) == .sent)
    #expect(holds(Self.large))
    #expect(service.requests.count > 2)
  }

  @Test func `who may not push is told so`() async throws {
    registry.intercept { _ in
      .init(status: 401, headers: ["WWW-Authenticate": "Basic realm=\"x\""])
    }
    let nobody = try await failure { _ = try await writer().put(file()) }
    #expect(nobody.cause == .access(.noCredentials))
    registry.intercept { _ in
      .text("{\"errors\":[{\"code\":\"DENIED\",\"message\":\"not\\u001b[2J yours\"}]}", status: 403)
    }
    let denied = try await failure { _ = try await writer().put(file()) }
    #expect(denied.cause == .denied(hasCredentials: false))
    registry.intercept { request in
      request.method == "POST"
        ? .text("{\"errors\":[{\"code\":\"NAME_UNKNOWN\",\"message\":\"no\\u001b[2J such\"}]}", status: 404)
        : nil
    }
    let unknown = try await failure { _ = try await writer().put(file()) }
    #expect(unknown.cause == .noRepository)
    #expect(unknown.details == ["it says: NAME_UNKNOWN: no [2J such"])
  }

  // MARK: Manifests and referrers

  /// Puts an image in, and says what refers to it.
  private func image(_ writer: RegistryWriter, _ tag: String? = nil) async throws -> ImageDescriptor {
    let config = Array("{}".utf8)
    _ = try await writer.put(PushBlob(name: "configuration", document: config))
    let manifest = ImageManifest(config: ImageDescriptor(of: config, mediaType: MediaType.config), layers: [])
    try await writer.put(manifest: manifest.bytes, mediaType: MediaType.manifest, tag: tag)
    return ImageDescriptor(of: manifest.bytes, mediaType: MediaType.manifest)
  }

  @Test func `a tag stands for the manifest that was put there`() async throws {
    let writer = try writer()
    #expect(try await writer.digest(of: "1") == nil)
    let image = try await image(writer, "1")
    #expect(try await writer.digest(of: "1") == image.digest)
  }

  @Test func `a manifest whose blob is missing is refused in plain words`() async throws {
    let manifest = ImageManifest(
      config: ImageDescriptor(of: Self.large, mediaType: MediaType.config), layers: [])
    let error = try await failure {
      try await writer().put(manifest: manifest.bytes, mediaType: MediaType.manifest, tag: "1")
    }
    #expect(error.cause == .lost("manifest"))
  }

  @Test(arguments: [true, false])
  func `artifacts are attached to an image and found again`(byAPI: Bool) async throws {
    registry.behave { $0.referrers = byAPI }
    let writer = try writer()
    let image = try await image(writer)
    #expect(try await writer.referrers(of: image.digest) == [])
    let file = RegistryWriter.ArtifactFile(
      mediaType: "application/spdx+json", bytes: Array("{\"a\":1}".utf8),
      annotations: [AnnotationKey.title: "sbom.json"])
    let first = try await writer.attach([file], artifactType: "application/spdx+json", to: image)
    let second = try await writer.attach([file], artifactType: "application/vnd.in-toto+json", to: image)
    // Again: nothing changes.
    try await writer.attach([file], artifactType: "application/spdx+json", to: image)
    let found = try await writer.referrers(of: image.digest)
    #expect(Set(found.map(\.digest)) == [first.digest, second.digest])
    #expect(found.count == 2)
    #expect(
      try await writer.referrers(of: image.digest, artifactType: "application/spdx+json").map(\.digest)
        == [first.digest])
    let hasTag = registry.content.tags[Self.repository]?["sha256-\(image.digest.hex)"] != nil
    #expect(hasTag == !byAPI)
    let document = registry.content.manifests[Self.repository]?["\(first.digest)"] ?? []
    let read = try ArtifactManifest(bytes: document, name: "artifact")
    #expect(read.subject == image)
    #expect(read.files.map(\.digest) == [sha256(file.bytes)])
  }

  @Test func `what others wrote into the list stays as it is`() async throws {
    registry.behave { $0.referrers = false }
    let writer = try writer()
    let image = try await image(writer)
    let foreign = """
      {"schemaVersion":2,"mediaType":"\(MediaType.index)","annotations":{"k":"v"},"manifests":[{"mediaType":\
      "\(MediaType.manifest)","digest":"\(sha256("x".utf8))","size":1,"artifactType":"a/b","data":"eA=="}]}
      """
    registry.behave { $0.looksAtManifests = false }
    try await writer.put(
      manifest: Array(foreign.utf8), mediaType: MediaType.index, tag: "sha256-\(image.digest.hex)")
    try await writer.attach([], artifactType: "c/d", to: image)
    let digest = registry.content.tags[Self.repository]?["sha256-\(image.digest.hex)"] ?? ""
    let text = String(decoding: registry.content.manifests[Self.repository]?[digest] ?? [], as: UTF8.self)
    #expect(text.contains("\"data\": \"eA==\"") && text.contains("\"k\": \"v\"") && text.contains("c/d"))
  }
}
