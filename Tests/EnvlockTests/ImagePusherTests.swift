import Envlock
import EnvlockImage
import EnvlockModel
import EnvlockStore
import EnvlockTestSupport
import EnvlockVersions
import Foundation
import Synchronization
import Testing

/// Images pushed from a lock and from the disk, to a registry that behaves, and to one that does not.
@Suite(.timeLimit(.minutes(10))) struct ImagePusherTests {
  private let place: BuildPlace
  private let registry: PushRegistry
  private static let repository = "lab/resnet"

  init() throws {
    place = try BuildPlace()
    registry = try PushRegistry { "\(sha256($0))" }
  }

  private func target(
    _ rest: String = ":1", repository: String = Self.repository, tags: [String] = []
  ) throws -> PushTarget {
    PushTarget(try ImageReference("\(registry.host)/\(repository)\(rest)"), tags: tags)
  }

  private func pusher(_ store: String = "store") -> ImagePusher {
    ImagePusher(
      Configuration(
        cacheDirectory: place.folder(store), indexURL: place.mirror.server.url("/simple/"),
        debianMirror: place.mirror.server.url("/debian"),
        debianSecurityMirror: place.mirror.server.url("/debian-security"), environment: [:]))
  }

  private func request(_ wheels: (String, String)...) throws -> BuildRequest {
    BuildRequest(lock: try place.mirror.lock(wheels.map { try place.mirror.wheel($0.0, $0.1) }))
  }

  private var tags: [String: String] { registry.content.tags[Self.repository] ?? [:] }

  /// The bytes of blobs and manifests that the registry has, by digest.
  private var held: [String: [UInt8]] {
    (registry.content.blobs[Self.repository] ?? [:]).merging(
      registry.content.manifests[Self.repository] ?? [:]
    ) { $1 }
  }

  // MARK: From a lock

  @Test func `what is pushed from a lock is what is built from it`() async throws {
    let request = try request(("alpha", "1.0"), ("beta", "2.0"))
    let pushed = try await pusher().push(request, to: target(tags: ["latest"]))
    #expect(tags == ["1": "\(pushed.digest)", "latest": "\(pushed.digest)"])
    #expect(registry.content.halfTags == [])
    let built = try await place.build(request, store: "other")
    #expect(built.digest == pushed.digest)
    // Every blob of the layout is in the registry, and nothing else.
    let layout = place.folder.files(in: "out/image").filter { $0.hasPrefix("blobs/sha256/") }
    #expect(Set(layout.map { "sha256:" + $0.dropFirst(13) }) == Set(held.keys))
    #expect(pushed.parts.count == 8)
    #expect(pushed.parts.allSatisfy { $0.arrival == .sent })
    // The last that happened is a tag.
    #expect(registry.asked.suffix(2) == ["PUT manifests/1", "PUT manifests/latest"].suffix(2).map { $0 })
  }

  @Test func `an unchanged push is one question`() async throws {
    let request = try request(("alpha", "1.0"))
    let first = try await pusher().push(request, to: target())
    let before = registry.asked.count
    let second = try await pusher().push(request, to: target())
    #expect(second.isUnchanged && !first.isUnchanged)
    #expect(second.digest == first.digest)
    #expect(second.requests == 1)
    #expect(registry.asked.dropFirst(before) == ["HEAD manifests/1"])
  }

  @Test func `a layer that is known and there is not made again`() async throws {
    let request = try request(("alpha", "1.0"))
    let first = try await pusher().push(request, to: target())
    // The bytes of all layers go; what is remembered of them stays.
    try FolderTree.remove(place.folder("store/layers/sha256"))
    let second = try await pusher().push(request, to: target(":2"))
    #expect(second.digest == first.digest)
    #expect(second.parts.allSatisfy { $0.arrival == .present })
    #expect(!FileManager.default.fileExists(atPath: place.folder("store/layers/sha256")))
    // To a registry that lacks them they are made.
    let other = try PushRegistry { "\(sha256($0))" }
    let third = try await pusher().push(
      request, to: PushTarget(try ImageReference("\(other.host)/lab/resnet:1")))
    #expect(third.digest == first.digest)
    #expect(other.content.tags["lab/resnet"] == ["1": "\(first.digest)"])
  }

  @Test func `of another release of a wheel its layer is sent, and the lock's`() async throws {
    try await _ = pusher().push(request(("alpha", "1.0"), ("beta", "1.0")), to: target())
    let second = try await pusher().push(request(("alpha", "1.0"), ("beta", "1.1")), to: target(":2"))
    #expect(
      second.parts.filter { $0.arrival == .sent }.map(\.name) == [
        "layer beta 1.1", "layer lock", "configuration",
      ])
  }

  @Test func `another repository of the registry gets the layers without their being sent`() async throws {
    let request = try request(("alpha", "1.0"))
    _ = try await pusher().push(request, to: target(repository: "team/base"))
    let before = registry.content.received
    let second = try await pusher().push(request, to: target())
    #expect(second.parts.allSatisfy { $0.arrival == .mounted(from: "team/base") })
    let manifests = registry.content.manifests[Self.repository] ?? [:]
    // The index goes twice: by its digest, and by its tag.
    #expect(registry.content.received - before <= 2 * manifests.values.reduce(0) { $0 + $1.count })
  }

  @Test func `a dry run says what would become of each blob, and changes nothing`() async throws {
    let first = try request(("alpha", "1.0"))
    _ = try await pusher().push(first, to: target(repository: "team/base"))
    let second = try request(("alpha", "1.0"), ("beta", "2.0"))
    var dry = try target()
    dry.isDry = true
    let before = (registry.content.received, registry.asked.count, registry.content.uploads.count)
    let looked = try await pusher().push(second, to: dry)
    #expect(looked.isDry && tags.isEmpty && held.isEmpty)
    #expect(registry.content.received == before.0 && registry.content.uploads.count == before.2)
    #expect(registry.asked.dropFirst(before.1).allSatisfy { $0.hasPrefix("HEAD ") })
    #expect(
      looked.parts.filter { $0.arrival == .absent }.map(\.name) == [
        "layer beta 2.0", "layer lock", "configuration",
      ])
    #expect(looked.parts.filter { $0.arrival == .mounted(from: "team/base") }.count == looked.parts.count - 3)
    let pushed = try await pusher().push(second, to: target())
    #expect(pushed.digest == looked.digest)
    #expect(pushed.parts.filter { $0.arrival == .sent }.count == 3)
    #expect(try await pusher().push(second, to: dry).isUnchanged)
    // From the disk, likewise.
    try await place.build(second)
    dry.reference = try target(":2", repository: "lab/new").reference
    let laid = try await pusher().push(imageAt: place.out("image"), to: dry)
    #expect(laid.digest == pushed.digest && registry.content.tags["lab/new"] == nil)
    #expect(laid.parts.allSatisfy { $0.arrival != .sent })
  }

  @Test func `a push is watched`() async throws {
    let events = Watcher()
    _ = try await pusher().push(try request(("alpha", "1.0")), to: target(), progress: events)
    let seen = events.seen.withLock { $0 }
    #expect(seen.contains("made alpha 1.0") && seen.contains("arrived layer alpha 1.0"))
    #expect(seen.contains("sending layer alpha 1.0"))
  }

  @Test(arguments: [true, false])
  func `files are attached to what was pushed`(byAPI: Bool) async throws {
    registry.behave { $0.referrers = byAPI }
    let target = try target()
    let image = try await pusher().push(try request(("alpha", "1.0")), to: target)
    let artifact = ImageArtifact(
      mediaType: "application/vnd.cyclonedx+json", name: "sbom.cdx.json", bytes: Array("{}\n".utf8))
    let digests = try await pusher().attach([artifact], to: image, at: target)
    let again = try await pusher().attach([artifact], to: image, at: target)
    #expect(digests == again)
    let document = String(decoding: held["\(digests[0])"] ?? [], as: UTF8.self)
    #expect(document.contains("sbom.cdx.json") && document.contains("\(image.digest)"))
    #expect(tags.keys.contains("sha256-\(image.digest.hex)") == !byAPI)
  }

  // MARK: From the disk

  @Test(arguments: [ImageFormat.oci, .ociArchive])
  func `an image on the disk is pushed as it is`(format: ImageFormat) async throws {
    let images = try await place.build(try request(("alpha", "1.0")))
    try images.write(to: place.out("other"), as: format)
    let pushed = try await pusher().push(imageAt: place.out("other"), to: target())
    #expect(pushed.digest == images.digest)
    #expect(tags == ["1": "\(images.digest)"])
    #expect(registry.content.halfTags == [])
    let again = try await pusher().push(imageAt: place.out("other"), to: target())
    #expect(again.isUnchanged)
  }

  @Test func `one platform is pushed as an index of one`() async throws {
    let images = try await place.build(try request(("alpha", "1.0")))
    let pushed = try await pusher().push(
      imageAt: place.out("image"), platforms: [.linuxAMD64], to: target())
    #expect(pushed.digest == images.digest)
    let error = try await failure {
      _ = try await pusher().push(imageAt: place.out("image"), platforms: [.linuxARM64], to: target())
    }
    #expect(error.message.hasSuffix("it has no image for linux/arm64"))
  }

  @Test func `an image of another digest than the reference's is not pushed`() async throws {
    let images = try await place.build(try request(("alpha", "1.0")))
    let other = sha256("other".utf8)
    let error = try await failure {
      _ = try await pusher().push(imageAt: place.out("image"), to: target("@\(other)"))
    }
    #expect(error.details == ["expected  \(other)", "found     \(images.digest)"])
    #expect(registry.asked == [])
    _ = try await pusher().push(imageAt: place.out("image"), to: target("@\(images.digest)"))
    #expect(tags == [:])
    #expect(held["\(images.digest)"] != nil)
  }

  @Test func `a damaged layer is not sent, and no tag is set`() async throws {
    let images = try await place.build(try request(("alpha", "1.0")))
    let layer = try #require(images.images.first?.layers.first?.made)
    let path = place.out("image/blobs/sha256/\(layer.digest.hex)")
    var bytes = try #require(FileManager.default.contents(atPath: path))
    bytes[100] ^= 1
    try FileManager.default.removeItem(atPath: path)
    try bytes.write(to: URL(fileURLWithPath: path))
    let error = try await failure { _ = try await pusher().push(imageAt: place.out("image"), to: target()) }
    #expect(error.message.contains("has another SHA-256"))
    #expect(tags == [:])
    // One that is missing is no fault where the registry has it.
    try FileManager.default.removeItem(atPath: path)
    let missing = try await failure { _ = try await pusher().push(imageAt: place.out("image"), to: target()) }
    #expect(missing.message.contains("is neither here nor in"))
    registry.change {
      $0.blobs[Self.repository, default: [:]]["\(layer.digest)"] = Array(
        FileManager.default.contents(atPath: place.folder("store/layers/sha256/\(layer.digest.hex)"))
          ?? Data())
    }
    #expect(try await pusher().push(imageAt: place.out("image"), to: target()).digest == images.digest)
  }

  private func failure(_ work: () async throws -> Void) async throws -> any UserFacingError {
    let error = await #expect(throws: (any Error).self) { try await work() }
    return try #require(error as? any UserFacingError)
  }

  // MARK: A registry that does not behave

  /// Whatever a registry does, the push ends right or says why, and no tag ever stands for half an image.
  @Test(arguments: 0..<24)
  func `no tag ever stands for half an image`(seed: Int) async throws {
    let images = try await place.build(try request(("alpha", "1.0"), ("beta", "1.0")))
    let chaos = Chaos(seed: UInt64(seed))
    registry.behave { $0 = chaos.manners }
    registry.trouble { _ in chaos.mischief() }
    registry.cut { chaos.cut($0) }
    do {
      var target = try target()
      target.chunkSize = seed % 3 == 0 ? 3000 : nil
      target.backoff = Array(repeating: .milliseconds(1), count: 5)
      let pushed = try await pusher().push(imageAt: place.out("image"), to: target)
      #expect(tags == ["1": "\(pushed.digest)"])
      for (digest, bytes) in held { #expect("\(sha256(bytes))" == digest) }
    } catch let error as any UserFacingError {
      #expect(!error.message.isEmpty)
    }
    #expect(registry.content.halfTags == [])
    // When it behaves again, what is missing is sent.
    registry.trouble(nil)
    registry.cut(nil)
    registry.behave { $0.claim = nil }
    let pushed = try await pusher().push(imageAt: place.out("image"), to: target())
    #expect(pushed.digest == images.digest)
    #expect(tags == ["1": "\(images.digest)"])
    #expect(registry.content.halfTags == [])
  }
}

/// Trouble at random, the same for the same seed as far as requests come in the same order.
private final class Chaos: Sendable {
  private let generator: Mutex<SplitMix64>
  let manners: PushRegistry.Manners
  /// How many of a hundred requests go wrong.
  private let rate: Int

  init(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    var manners = PushRegistry.Manners()
    manners.mounts = Bool.random(using: &generator)
    manners.pieces = Bool.random(using: &generator)
    manners.keepsParts = Bool.random(using: &generator)
    manners.looksAtManifests = Bool.random(using: &generator)
    manners.uploadHost = Bool.random(using: &generator) ? "localhost" : nil
    manners.leastPiece = Bool.random(using: &generator) ? 5000 : nil
    if Int.random(in: 0..<8, using: &generator) == 0 { manners.claim = "\(sha256("lie".utf8))" }
    self.manners = manners
    rate = [5, 15, 30, 60].randomElement(using: &generator) ?? 5
    self.generator = Mutex(generator)
  }

  func mischief() -> PushRegistry.Mischief {
    generator.withLock { generator in
      guard Int.random(in: 0..<100, using: &generator) < rate else { return .none }
      switch Int.random(in: 0..<6, using: &generator) {
      case 0: return .status(429, retryAfter: 0)
      case 1: return .status(500)
      case 2: return .status(503)
      case 3: return .reset
      case 4: return .status(404)
      default: return .loseAnswer
      }
    }
  }

  func cut(_ request: PushRegistry.Request) -> Int? {
    generator.withLock { generator in
      guard let length = request["content-length"].flatMap({ Int($0) }), length > 0,
        Int.random(in: 0..<100, using: &generator) < rate
      else { return nil }
      return Int.random(in: 0..<length, using: &generator)
    }
  }
}

/// Remembers what happened.
private final class Watcher: PushProgress {
  let seen = Mutex<Set<String>>([])

  func report(_ event: BuildEvent) {
    if case .made(_, let layer, _, false) = event { _ = seen.withLock { $0.insert("made \(layer.title)") } }
  }

  func report(_ event: PushEvent) {
    let line =
      switch event {
      case .sending(let name, _, _): "sending \(name)"
      case .arrived(let part, _): "arrived \(part.name)"
      }
    _ = seen.withLock { $0.insert(line) }
  }
}
