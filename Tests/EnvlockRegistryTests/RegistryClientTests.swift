import EnvlockImage
import EnvlockModel
import EnvlockNative
import EnvlockRegistry
import EnvlockStore
import EnvlockTestSupport
import Foundation
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(10))) struct RegistryClientTests {
  private let registry: RegistryFixture
  private static let layers = [Array("lower layer".utf8), Array("upper layer".utf8)]

  init() throws { registry = try RegistryFixture() }

  private func lock(
    _ rest: String = ":1", _ platform: Platform = .linuxAMD64
  ) async throws -> LockedImage {
    try await registry.client().client.lock(registry.reference(rest), platform: platform)
  }

  private func failure(
    _ rest: String = ":1", _ platform: Platform = .linuxAMD64
  ) async -> RegistryError? {
    do {
      _ = try await lock(rest, platform)
      Issue.record("it was locked")
    } catch let error as RegistryError {
      return error
    } catch { Issue.record("\(error)") }
    return nil
  }

  // MARK: locking

  @Test(arguments: [MediaType.manifest, MediaType.dockerManifest])
  func `an image is locked by digests`(type: String) async throws {
    let manifest = registry.put(image: Self.layers, tag: "1", type: type)
    let image = try await lock()
    #expect(image.reference == "\(registry.host)/team/app:1")
    #expect(image.manifest.digest == manifest.digest)
    #expect(image.manifest.size == manifest.size)
    #expect(image.manifest.mediaType == type)
    #expect(image.layers.map(\.blob.digest) == Self.layers.map { sha256($0) })
    #expect(image.layers.map(\.diffID) == Self.layers.map { sha256($0) })
    #expect(registry.asked == ["manifests/1", "blobs/\(image.config.digest)"])
    let accept = registry.server.requests.first?["accept"] ?? ""
    for type in [MediaType.index, MediaType.manifest, MediaType.dockerIndex, MediaType.dockerManifest] {
      #expect(accept.contains(type))
    }
  }

  @Test func `of an index the image for the platform is locked`() async throws {
    let intel = registry.put(image: [Self.layers[0]])
    let arm = registry.put(image: [Self.layers[1]], architecture: "arm64")
    var attestation = registry.put(image: [])
    attestation.platform = ImagePlatform(os: "unknown", architecture: "unknown")
    let index = ImageIndex(manifests: [attestation, intel, arm])
    let inner = registry.put(manifest: index.bytes, type: MediaType.index, tag: "1")
    registry.put(manifest: ImageIndex(manifests: [inner]).bytes, type: MediaType.index, tag: "nested")
    #expect(try await lock(":1").manifest.digest == intel.digest)
    #expect(try await lock(":1", .linuxARM64).manifest.digest == arm.digest)
    #expect(try await lock(":nested", .linuxARM64).manifest.digest == arm.digest)
    #expect(try await lock("@\(inner.digest)").layers.map(\.diffID) == [sha256(Self.layers[0])])
  }

  @Test func `an index that does not name platforms is looked through`() async throws {
    var manifests = ["arm64", "amd64"].map { registry.put(image: Self.layers, architecture: $0) }
    for place in manifests.indices { manifests[place].platform = nil }
    registry.put(manifest: ImageIndex(manifests: manifests).bytes, type: MediaType.index, tag: "1")
    #expect(try await lock().manifest.digest == manifests[1].digest)
  }

  @Test func `what the image is for is said where it is for another platform`() async throws {
    let arm = registry.put(image: Self.layers, architecture: "arm64", tag: "arm")
    var power = registry.put(image: [], architecture: "ppc64le")
    power.platform = ImagePlatform(os: "linux", architecture: "ppc64le")
    registry.put(manifest: ImageIndex(manifests: [power, arm]).bytes, type: MediaType.index, tag: "1")
    #expect(await failure(":arm")?.cause == .noPlatform(.linuxAMD64, found: ["linux/arm64"]))
    let error = await failure(":1")
    #expect(error?.cause == .noPlatform(.linuxAMD64, found: ["linux/ppc64le", "linux/arm64"]))
    #expect(
      error?.message
        == "\(registry.host)/team/app:1 is not for linux/amd64: it is for linux/ppc64le, linux/arm64")
    #expect(error?.kind == .answerIsNo)
  }

  @Test func `indexes within indexes come to an end`() async throws {
    var descriptor = registry.put(image: Self.layers)
    for _ in 0..<6 {
      descriptor.platform = nil
      descriptor = registry.put(
        manifest: ImageIndex(manifests: [descriptor]).bytes, type: MediaType.index, tag: "1")
    }
    #expect(await failure()?.cause == .tooDeep)
    #expect(registry.server.requests.count < 8)
  }

  @Test func `documents are read once`() async throws {
    registry.put(image: Self.layers, tag: "1")
    let first = try await registry.client(cache: true).client.lock(
      registry.reference(), platform: .linuxAMD64)
    #expect(registry.server.requests.count == 2)
    let again = try await registry.client(cache: true).client.lock(
      registry.reference(), platform: .linuxAMD64)
    // A tag may have moved.
    #expect(registry.server.requests.count == 3)
    let offline = registry.client(cache: true, offline: true).client
    #expect(try await offline.lock(registry.reference(), platform: .linuxAMD64) == first)
    let pinned = try registry.reference("@\(first.manifest.digest)")
    #expect(try await offline.lock(pinned, platform: .linuxAMD64).layers == first.layers)
    #expect(try await offline.configuration(of: first).platform.architecture == "amd64")
    #expect(registry.server.requests.count == 3)
    #expect(again == first)
    await #expect(throws: RegistryError.self) {
      try await offline.lock(registry.reference(":2"), platform: .linuxAMD64)
    }
  }

  // MARK: refusing

  @Test func `what is not there is told apart`() async throws {
    registry.put(image: Self.layers, tag: "3.11-slim")
    let tag = await failure(":3.11-slm")
    #expect(tag?.cause == .noManifest(nearest: "3.11-slim"))
    #expect(tag?.hints == ["the nearest tag there is `3.11-slim`"])
    #expect(tag?.kind == .answerIsNo)
    #expect(await failure("@\(sha256([]))")?.cause == .noManifest(nearest: nil))
    #expect(await failure("2:1")?.cause == .noRepository)
  }

  @Test func `a manifest of another digest is refused`() async throws {
    let real = registry.put(image: Self.layers)
    let other = ImageManifest(
      config: ImageDescriptor(mediaType: MediaType.config, digest: sha256([1]), size: 1), layers: []
    ).bytes
    registry.content.withLock { $0.manifests["\(real.digest)"] = (MediaType.manifest, other) }
    let cause = RegistryError.Cause.wrongDigest("the manifest", expected: real.digest, found: sha256(other))
    #expect(await failure("@\(real.digest)")?.cause == cause)
    registry.put(manifest: ImageIndex(manifests: [real]).bytes, type: MediaType.index, tag: "1")
    registry.content.withLock { $0.manifests["\(real.digest)"] = (MediaType.manifest, other) }
    #expect(await failure()?.cause == cause)
  }

  @Test func `a tag whose manifest was changed on its way is refused`() async throws {
    let manifest = registry.put(image: Self.layers, tag: "1")
    registry.intercept { request in
      guard request.path.hasSuffix("/manifests/1") else { return nil }
      return .init(
        headers: ["Content-Type": MediaType.manifest, "Docker-Content-Digest": "\(manifest.digest)"],
        body: Array("{\"schemaVersion\":2}".utf8))
    }
    let cause = await failure()?.cause
    guard case .wrongDigest("the manifest", manifest.digest, _)? = cause else {
      Issue.record("\(String(describing: cause))")
      return
    }
  }

  @Test func `a configuration of another digest or size is refused`() async throws {
    registry.put(image: Self.layers, tag: "1")
    let config = try await lock().config
    let text = Array("{\"architecture\":\"amd64\"}".utf8)
    registry.content.withLock { $0.blobs[config.digest] = text }
    #expect(
      await failure()?.cause
        == .wrongDigest("the configuration", expected: config.digest, found: sha256(text)))
    registry.content.withLock { _ = $0.blobs.removeValue(forKey: config.digest) }
    #expect(await failure()?.cause == .noPart("the configuration"))
  }

  @Test func `what is no image, or no longer one, is refused`() async throws {
    let old = Array("{\"schemaVersion\":1,\"name\":\"a\",\"tag\":\"b\",\"fsLayers\":[]}".utf8)
    registry.put(manifest: old, type: "application/vnd.docker.distribution.manifest.v1+prettyjws", tag: "old")
    #expect(await failure(":old")?.cause == .schema1)
    registry.put(manifest: old, type: "application/json", tag: "older")
    #expect(await failure(":older")?.cause == .schema1)
    registry.put(manifest: Array("hello".utf8), type: "text/plain", tag: "text")
    #expect(await failure(":text")?.cause == .notAnImage(mediaType: "text/plain"))
    let chart = ImageManifest(
      config: ImageDescriptor(of: [1], mediaType: "application/vnd.cncf.helm.config.v1+json"), layers: [])
    registry.put(manifest: chart.bytes, type: MediaType.manifest, tag: "chart")
    #expect(
      await failure(":chart")?.cause == .notAnImage(mediaType: "application/vnd.cncf.helm.config.v1+json"))
    registry.put(manifest: Array("{\"schemaVersion\":2}".utf8), type: MediaType.manifest, tag: "bare")
    let bare = await failure(":bare")
    #expect(bare?.message.hasSuffix("is no image manifest: the key `config` is missing") == true)
  }

  @Test(arguments: [
    MediaType.layer, MediaType.layerGzip, MediaType.layerZstd, MediaType.dockerLayer,
    MediaType.dockerLayerGzip,
    MediaType.dockerLayerZstd,
  ])
  func `layers of every kind are carried over under their own name`(type: String) async throws {
    registry.put(image: Self.layers, tag: "1", layerType: type)
    #expect(try await lock().layers.map(\.blob.mediaType) == [type, type])
    #expect(MediaType.compression(of: MediaType.standard(type)) == MediaType.compression(of: type))
  }

  @Test func `layers that cannot be carried over are refused`() async throws {
    registry.put(image: Self.layers, tag: "count", diffIDs: 1)
    #expect(await failure(":count")?.cause == .layerCount(manifest: 2, config: 1))
    let foreign = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
    registry.put(image: Self.layers, tag: "foreign", layerType: foreign)
    #expect(await failure(":foreign")?.cause == .foreignLayer(foreign))
    registry.put(image: Self.layers, tag: "odd", layerType: "application/vnd.oci.image.layer.v1.tar+odd")
    #expect(await failure(":odd")?.cause == .unknownLayer("application/vnd.oci.image.layer.v1.tar+odd"))
  }

  @Test func `a registry that is asked too often is let alone, and the person told`() async throws {
    registry.intercept { _ in
      RegistryFixture.refusal(429, "TOOMANYREQUESTS", headers: ["Retry-After": "1200"])
    }
    let error = await failure()
    #expect(error?.cause == .rateLimited(seconds: 1200, hasCredentials: false))
    #expect(error?.hints.first?.contains("docker login") == true)
    #expect(registry.server.requests.count == 1)
  }

  @Test(arguments: [500, 502, 503])
  func `a registry that fails is asked again`(status: Int) async throws {
    registry.put(image: Self.layers, tag: "1")
    registry.intercept { $0.number < 3 ? .init(status: status) : nil }
    _ = try await lock()
    registry.intercept { _ in .init(status: status) }
    let error = await failure()
    #expect(error?.message.contains("(status \(status))") == true)
    #expect(error?.kind == .couldNotFindOut)
  }

  @Test func `a manifest without end is not taken`() async throws {
    registry.intercept { _ in .init(headers: ["Content-Type": MediaType.manifest], filler: 100 << 20) }
    let error = await failure()
    #expect(error?.message.contains("larger than 4 MiB") == true)
  }

  // MARK: fetching

  @Test func `the parts of an image are fetched into the store`() async throws {
    registry.put(image: Self.layers, tag: "1", type: MediaType.dockerManifest)
    let image = try await lock()
    let (client, store) = registry.client()
    for blob in [image.manifest, image.config] + image.layers.map(\.blob) {
      let stored = try await store.fetch(client.artifact(blob, of: image))
      #expect(stored.digest == blob.digest)
    }
    let artifact = try await client.artifact(image.layers[0].blob, of: image)
    #expect(
      artifact.name == "layer \(sha256(Self.layers[0]).hex.prefix(12)) of \(registry.host)/team/app:1")
    let manifest = registry.server.requests.last { $0.path.contains("/manifests/sha256") }
    #expect(manifest?["accept"] == MediaType.dockerManifest)
  }

  @Test func `a layer that is cut short goes on, and a damaged one is refused`() async throws {
    let layer = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    registry.put(image: [layer], tag: "1")
    let image = try await lock()
    registry.intercept { request in
      guard request.path.contains("/blobs/"), request["range"] == nil else { return nil }
      return .init(body: layer, fault: .closeAfter(60_000))
    }
    let (client, store) = registry.client()
    let artifact = try await client.artifact(image.layers[0].blob, of: image)
    #expect(try await store.fetch(artifact).size == layer.count)
    #expect(registry.server.requests.last?["range"] == "bytes=60000-")

    var other = layer
    other[5] ^= 1
    registry.put(image: [other + [0]], tag: "2")
    registry.intercept { _ in nil }
    let second = try await lock(":2")
    let bad = other + [1]
    let path = "/blobs/\(second.layers[0].blob.digest)"
    registry.intercept { $0.path.hasSuffix(path) ? .init(body: bad) : nil }
    await #expect(throws: ArtifactError.self) {
      try await store.fetch(client.artifact(second.layers[0].blob, of: second))
    }
    #expect(!store.contains(sha256(bad)))
  }

  @Test func `a mirror stands in for a registry`() async throws {
    registry.put(image: Self.layers, tag: "1")
    let mirror = ["ENVLOCK_REGISTRY_MIRROR_EXAMPLE_ORG": "\(registry.host)/team"]
    let (client, store) = registry.client(mirror)
    let reference = try ImageReference("example.org/app:1")
    let image = try await client.lock(reference, platform: .linuxAMD64)
    #expect(image.reference == "example.org/app:1")
    _ = try await store.fetch(client.artifact(image.layers[0].blob, of: image))
    do {
      _ = try await client.lock(ImageReference("example.org/app:none"), platform: .linuxAMD64)
      Issue.record("it was locked")
    } catch let error as RegistryError {
      #expect(error.details == ["\(registry.host) stands in for example.org"])
    }
    for (value, reason) in [
      ("anna:geheim@\(registry.host)", "credentials are not taken from here"),
      ("", nil), ("https://", "it is no host, and no URL"), ("a/../b", "its path is no part of a name"),
    ] as [(String, String?)] where reason != nil {
      let (client, _) = registry.client(["ENVLOCK_REGISTRY_MIRROR_EXAMPLE_ORG": value])
      do {
        _ = try await client.lock(reference, platform: .linuxAMD64)
        Issue.record("it was locked")
      } catch let error as RegistryError {
        #expect(error.message.hasSuffix(reason ?? ""))
        #expect(!error.message.contains("geheim"))
        #expect(error.kind == .badInput)
      }
    }
  }
}
