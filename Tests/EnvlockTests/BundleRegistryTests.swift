import Envlock
import EnvlockImage
import EnvlockModel
import EnvlockStore
import EnvlockTestSupport
import Foundation
import Testing

/// Bundles in a registry: pushed out of the store, built from, pulled and described.
@Suite(.timeLimit(.minutes(10))) struct BundleRegistryTests {
  private let place: BuildPlace
  private let registry: PushRegistry
  private static let repository = "lab/resnet-bundle"

  init() throws {
    place = try BuildPlace()
    registry = try PushRegistry { "\(sha256($0))" }
  }

  private func reference(_ rest: String = ":1") throws -> ImageReference {
    try ImageReference("\(registry.host)/\(Self.repository)\(rest)")
  }

  /// What nobody has but the registry.
  private func configuration(_ store: String, offline: Bool = false) -> Configuration {
    Configuration(cacheDirectory: place.folder(store), offline: offline, environment: [:])
  }

  private func request(_ wheels: (String, String)...) throws -> BuildRequest {
    try place.folder.put(Array("print('hi')\n".utf8), "project/train.py")
    return BuildRequest(
      lock: try place.mirror.lock(
        wheels.map { try place.mirror.wheel($0.0, $0.1) }, platforms: [.linuxAMD64, .linuxARM64]),
      image: ImageDeclaration(copy: ["train.py"], workdir: "/app"), folder: place.folder("project"))
  }

  @discardableResult
  private func push(_ request: BuildRequest, _ rest: String = ":1") async throws -> PushedImage {
    try await ImagePusher(configuration("store")).push(
      try await place.builder().bundle(request), to: PushTarget(try reference(rest)))
  }

  /// Builds what the registry has, with nothing else at hand.
  private func build(
    store: String, platforms: [Platform]? = nil, offline: Bool = false
  ) async throws -> BuiltImages {
    let configuration = configuration(store, offline: offline)
    let bundle = try await EnvironmentBundle(try reference(), configuration)
    return try await ImageBuilder(configuration).build(
      BuildRequest(
        lock: bundle.lock, platforms: platforms, image: bundle.image, folder: "/nowhere", bundle: bundle))
  }

  private var blobs: [String: [UInt8]] { registry.content.blobs[Self.repository] ?? [:] }

  // MARK: Pushing

  @Test func `a bundle is one artifact, and what is there is not sent`() async throws {
    let request = try request(("alpha", "1.0"), ("beta", "2.0"))
    let pushed = try await push(request)
    #expect(registry.content.tags[Self.repository] == ["1": "\(pushed.digest)"])
    #expect(registry.content.halfTags == [])
    #expect(pushed.parts.allSatisfy { $0.arrival == .sent })
    #expect(pushed.parts.map(\.name).contains("files/train.py"))
    let received = registry.content.received
    #expect(try await push(request).parts.allSatisfy { $0.arrival == .present })
    // The manifest goes twice: by its digest, and by its tag.
    let manifest = registry.content.manifests[Self.repository]?["\(pushed.digest)"]
    #expect(registry.content.received - received == 2 * (manifest?.count ?? 0))
    let next = try await push(try self.request(("alpha", "1.0"), ("beta", "2.1")), ":2")
    #expect(
      next.parts.filter { $0.arrival == .sent }.map(\.name) == [
        "configuration", "envlock.lock", "beta-2.1-py3-none-any.whl",
      ])
  }

  @Test func `a file of yours that changed since is not sent under the old digest`() async throws {
    let made = try await place.builder().bundle(try request(("alpha", "1.0")))
    try place.folder.put(Array("print('ho')\n".utf8), "project/train.py")
    let error = await #expect(throws: (any Error).self) {
      _ = try await ImagePusher(configuration("store")).push(made, to: PushTarget(try reference()))
    }
    #expect((error as? any UserFacingError)?.message.contains("files/train.py") == true)
    #expect(registry.content.tags[Self.repository] == nil)
  }

  // MARK: Building

  @Test func `an image is built of a bundle in a registry alone, byte for byte`() async throws {
    let request = try request(("alpha", "1.0"), ("beta", "2.0"))
    let image = try await place.build(request)
    try await push(request)
    let asked = place.mirror.paths.count
    let again = try await build(store: "other")
    #expect(again.digest == image.digest)
    #expect(place.mirror.paths.count == asked)
    #expect(try place.faults(of: "other") == [])
    // What it took is here now.
    registry.server.stop()
    #expect(try await build(store: "other", offline: true).digest == image.digest)
  }

  @Test func `of a bundle only what is needed is fetched`() async throws {
    let (mirror, wheels) = (place.mirror, [try place.mirror.wheel("alpha")])
    var request = try request(("alpha", "1.0"))
    request.lock = try BuildMirror.lock([
      BuildMirror.answer(wheels, over: mirror.base([mirror.package("microcode")])),
      BuildMirror.answer(wheels, over: mirror.base(), platform: .linuxARM64),
    ])
    let pushed = try await push(request)
    let before = registry.asked.count
    _ = try await build(store: "other", platforms: [.linuxARM64])
    let asked = registry.asked.dropFirst(before).filter { $0.hasPrefix("GET blobs/") }
    let names = Dictionary(uniqueKeysWithValues: pushed.parts.map { ("GET blobs/\($0.digest)", $0.name) })
    let found = Set(asked.compactMap { names[$0] })
    #expect(found.count == asked.count)
    #expect(found.isSuperset(of: ["configuration", "envlock.lock", "files/train.py"]))
    #expect(found.contains("libc6_2.36-9_all.deb") && !found.contains("microcode_1.0-1_all.deb"))
    #expect(pushed.parts.map(\.name).contains("microcode_1.0-1_all.deb"))
    #expect(!found.contains { $0.hasPrefix("matrices/") })
  }

  @Test func `every changed byte in the registry is noticed`() async throws {
    let request = try request(("alpha", "1.0"))
    try await push(request)
    let digest = try #require(registry.content.tags[Self.repository]?["1"])
    let bytes = try #require(registry.content.manifests[Self.repository]?[digest])
    let manifest = try ImageManifest(bytes: bytes, name: "it")
    let parts = [manifest.config] + manifest.layers.filter { $0.mediaType != "application/json" }
    for (number, part) in parts.enumerated() {
      let good = try #require(blobs["\(part.digest)"])
      var bad = good
      bad[bad.count / 2] ^= 1
      registry.change { $0.blobs[Self.repository]?["\(part.digest)"] = bad }
      let error = await #expect(throws: (any Error).self, "\(part.annotations)") {
        _ = try await build(store: "bad\(number)")
      }
      #expect(error is any UserFacingError)
      // What came of others while one was refused may stay.
      #expect(try !place.faults(of: "bad\(number)").contains { $0.hasSuffix("another file") })
      registry.change { $0.blobs[Self.repository]?["\(part.digest)"] = good }
    }
  }

  @Test func `a part that the registry has lost is named`() async throws {
    let request = try request(("alpha", "1.0"))
    try await push(request)
    let wheel = try #require(
      try await EnvironmentBundle(try reference(), configuration("other")).artifacts.first {
        $0.name.hasSuffix(".whl")
      })
    registry.change { $0.blobs[Self.repository]?["\(wheel.digest)"] = nil }
    let error = await #expect(throws: (any Error).self) { _ = try await build(store: "other") }
    let shown = try #require(error as? any UserFacingError)
    #expect(shown.message.contains(wheel.name))
    #expect(
      shown.hints == [
        "the registry has lost a part of the bundle: `envlock bundle -o \(try reference())` brings it back"
      ])
    let again = try await push(request)
    #expect(again.parts.filter { $0.arrival == .sent }.map(\.name) == [wheel.name])
    _ = try await build(store: "other")
  }

  @Test func `what is no bundle is told`() async throws {
    try await place.build(try request(("alpha", "1.0")))
    let image = try await ImagePusher(configuration("store")).push(
      imageAt: place.out("image"), to: PushTarget(try reference(":image")))
    for rest in [":image", "@\(image.digest)"] {
      let error = await #expect(throws: (any Error).self) {
        try await EnvironmentBundle(try reference(rest), configuration("other"))
      }
      let shown = try #require(error as? any UserFacingError)
      #expect(shown.message == "\(try reference(rest)) is no bundle")
      #expect(shown.hints.count == 1)
    }
    var manifest = ImageManifest(config: ImageDescriptor(of: [], mediaType: "x/y"), layers: [])
    manifest.artifactType = "application/vnd.envlock.bundle.v2"
    let (bytes, digest) = (manifest.bytes, "\(sha256(manifest.bytes))")
    registry.change { content in
      content.manifests[Self.repository]?[digest] = bytes
      content.types[digest] = MediaType.manifest
      content.tags[Self.repository]?["new"] = digest
    }
    let error = await #expect(throws: (any Error).self) {
      try await EnvironmentBundle(try reference(":new"), configuration("other"))
    }
    #expect((error as? any UserFacingError)?.hints == ["use a newer envlock"])
  }

  // MARK: Pulling and looking

  @Test func `a pulled bundle is the file that would have been written, byte for byte`() async throws {
    let made = try await place.builder().bundle(try request(("alpha", "1.0")))
    try made.write(to: place.out("written"))
    _ = try await ImagePusher(configuration("store")).push(made, to: PushTarget(try reference()))
    let puller = try ImagePuller(configuration("other"))
    let pulled = try await puller.pull(
      try reference(), to: "/nowhere", as: .oci, bundle: (place.out("pulled"), .ociArchive))
    #expect(pulled.digest == made.digest && pulled.images.isEmpty && pulled.path == place.out("pulled"))
    #expect(
      try Data(contentsOf: URL(filePath: place.out("written")))
        == Data(contentsOf: URL(filePath: place.out("pulled"))))
    let again = try await puller.pull(try reference(), to: place.out("folder"), as: .oci)
    #expect(again.fetchedBytes == 0)
    #expect(try EnvironmentBundle(place.out("folder")).digest == made.digest)
    for (platforms, format) in [([Platform.linuxARM64], ImageFormat.oci), (nil, .dockerArchive)] {
      let error = await #expect(throws: (any Error).self) {
        try await puller.pull(try reference(), platforms: platforms, to: place.out("no"), as: format)
      }
      #expect((error as? any UserFacingError)?.hints.isEmpty == false)
    }
  }

  @Test func `a bundle says what it is, in a registry and on the disk`() async throws {
    let made = try await place.builder().bundle(try request(("alpha", "1.0")))
    try made.write(to: place.out("it.bundle"))
    _ = try await ImagePusher(configuration("store")).push(made, to: PushTarget(try reference()))
    let before = registry.asked.count
    let there = try await ImageInspector(configuration("other")).inspect(
      try reference(), asksForReferrers: false)
    #expect(registry.asked.count - before == 3)
    let here = try ImageInspector.inspect(path: place.out("it.bundle"))
    for inspection in [there, here] {
      let bundle = try #require(inspection.bundle)
      #expect(inspection.digest == made.digest && inspection.images.isEmpty && inspection.others.isEmpty)
      #expect(bundle.artifacts.count == made.count)
      #expect(bundle.files == ["train.py"])
    }
  }

  @Test func `who wants an image is told that it is a bundle, before anything is fetched`() async throws {
    let path = place.out("it.bundle")
    let made = try await place.builder().bundle(try request(("alpha", "1.0")))
    try made.write(to: path)
    _ = try await ImagePusher(configuration("store")).push(made, to: PushTarget(try reference()))
    for read in [
      { _ = try ImageVerifier(path) }, { _ = try LaidImage(path, platform: .linuxAMD64) },
      { _ = try ImageInventory.read(path, platform: nil) },
    ] as [() throws -> Void] {
      let error = #expect(throws: (any Error).self) { try read() }
      let shown = try #require(error as? any UserFacingError)
      #expect(shown.message == "`\(path)`: it is a bundle, and no image")
      #expect(shown.hints == ["`envlock build --bundle \(path)` builds the image"])
    }
    let before = registry.asked.count
    let error = await #expect(throws: (any Error).self) {
      try await ImagePuller(configuration("other")).withLayout(of: try reference()) { _ in }
    }
    let hint = "it is a bundle: `envlock build --bundle \(try reference())` builds the image"
    #expect((error as? any UserFacingError)?.hints == [hint])
    #expect(registry.asked.count - before == 1)
  }
}
