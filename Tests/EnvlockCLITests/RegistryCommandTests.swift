import Envlock
import EnvlockImage
import EnvlockModel
import EnvlockStore
import EnvlockTestSupport
import Foundation
import Testing

@testable import EnvlockCLI

/// A registry on loopback with an image that envlock built for two systems, and one of somebody else.
private final class Registry: Sendable {
  private typealias Documents = [String: (type: String, bytes: [UInt8])]

  let server: LoopbackServer
  var host: String { "127.0.0.1:\(server.port)" }

  init(lock: Digest = sha256("lock".utf8)) throws {
    var documents = Documents()
    let own = try ["amd64", "arm64"].map { architecture in
      try Self.put(
        architecture,
        [
          ("envlock: bookworm, 41 packages", 31_000_000), ("envlock: torch 2.9.1", 858_000_000),
          ("envlock: lock", 812),
        ], labels: Self.labels(lock), command: ["python", "my train.py"], &documents)
    }
    var statement = try Self.put("unknown", [(nil, 10)], &documents)
    statement.platform = ImagePlatform(os: "unknown", architecture: "unknown")
    let index = ImageIndex(manifests: own + [statement]).bytes
    documents["manifests/1"] = (MediaType.index, index)
    let foreign = try Self.put(
      "amd64",
      [("/bin/sh -c #(nop) ADD file:abc in / ", 28_000_000), ("RUN apt-get  install -y git # buildkit", 2)],
      labels: ["maintainer": "some\u{1B}body"], env: ["CUDA_VERSION=12.4.1", "PATH=/bin"], &documents)
    documents["manifests/foreign"] = documents["manifests/\(foreign.digest)"]
    var sbom = ImageDescriptor(mediaType: MediaType.manifest, digest: sha256("sbom".utf8), size: 700)
    sbom.artifactType = "application/vnd.cyclonedx+json"
    documents["referrers/\(sha256(index))"] = (MediaType.index, ImageIndex(manifests: [sbom]).bytes)
    let all = documents
    server = try LoopbackServer { request in
      guard let document = all[request.path.replacing("/v2/lab/resnet/", with: "")] else {
        return .text(
          #"{"errors":[{"code":"MANIFEST_UNKNOWN","message":"no"}]}"#, type: "application/json", status: 404)
      }
      return .init(headers: ["Content-Type": document.type], body: document.bytes)
    }
  }

  private static func labels(_ lock: Digest) -> [String: String] {
    [
      "dev.envlock.lock": "\(lock)", "dev.envlock.base": "debian bookworm",
      "dev.envlock.python": "3.11.2", "dev.envlock.glibc": "2.28", "dev.envlock.cuda": "12.8",
      "dev.envlock.cudnn": "9.10.2.21", "dev.envlock.driver.full": "570.26",
      "dev.envlock.driver.minor-version": "525.60.13", "dev.envlock.frameworks": "torch",
      "dev.envlock.torch.version": "2.9.1", "dev.envlock.torch.cuda": "12.8",
      "dev.envlock.torch.kernels": "7.0 7.5 8.0 8.6 9.0 10.0 12.0", "dev.envlock.torch.ptx": "none",
      "org.example.team": "vision",
    ]
  }

  private static func put(
    _ architecture: String, _ layers: [(made: String?, size: Int)], labels: [String: String] = [:],
    env: [String] = [], command: [String] = [], _ documents: inout Documents
  ) throws -> ImageDescriptor {
    var config = ImageConfig(
      platform: ImagePlatform(os: "linux", architecture: architecture),
      diffIDs: layers.indices.map { sha256("\($0)".utf8) },
      history: layers.map { ImageConfig.History(createdBy: $0.made) })
    config.process.labels = labels
    config.process.env = env
    config.process.cmd = command
    documents["blobs/\(sha256(config.bytes))"] = (MediaType.config, config.bytes)
    let manifest = ImageManifest(
      config: ImageDescriptor(of: config.bytes, mediaType: MediaType.config),
      layers: layers.map { layer in
        ImageDescriptor(
          mediaType: MediaType.layerGzip, digest: sha256("\(layer.size)".utf8), size: layer.size)
      })
    documents["manifests/\(sha256(manifest.bytes))"] = (MediaType.manifest, manifest.bytes)
    return ImageDescriptor(of: manifest.bytes, mediaType: MediaType.manifest, platform: config.platform)
  }
}

@Suite(.timeLimit(.minutes(10))) struct RegistryCommandTests {
  private let registry: Registry

  init() throws { registry = try Registry() }

  /// A world with the real registry client; ports differ from run to run.
  private func run(_ words: [String], _ variables: [String: String] = [:]) async -> String {
    let cache = FileManager.default.temporaryDirectory.appending(path: "envlock-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: cache) }
    let world = World { _, _, _, _, _ in throw Refused() }
    let text = await world.run(words, ["ENVLOCK_CACHE_DIR": cache].merging(variables) { $1 })
    return text.replacing(registry.host, with: "registry.example.com")
  }

  @Test func `an image in a registry is described`() async throws {
    var text = await run(["inspect", "\(registry.host)/lab/resnet:1"])
    text += await run(["inspect", "\(registry.host)/lab/resnet:foreign"])
    text += await run(["inspect", "\(registry.host)/lab/resnet:1", "--platform", "all", "--offline"])
    text += await run(["inspect", "\(registry.host)/lab/resnet:none"])
    try expectGolden(text, "inspect.txt")
  }

  @Test func `the description is there for programs`() async throws {
    try expectGolden(await run(["inspect", "\(registry.host)/lab/resnet:1", "--json"]), "inspect-json.txt")
  }

  @Test func `an image in a registry is checked without pulling it`() async throws {
    let image = "\(registry.host)/lab/resnet"
    var text = await run(["check", image + ":1", "--driver", "580.95.05", "--gpu", "A100-SXM4-80GB"])
    text += await run(["check", image + ":1", "--driver", "450.80.02", "--gpu", "A100-SXM4-80GB"])
    text += await run(["check", image + ":1", "--driver", "580.95.05"])
    text += await run(["check", image + ":foreign", "--gpu", "T4"])
    text += await run(["check", image + ":1", "--gpu", "T4", "--lock-current"])
    try expectGolden(text, "check-reference.txt")
    #expect(registry.server.requests.allSatisfy { !$0.path.contains("\(sha256("858000000".utf8))") })
  }

  @Test func `a tag is written as the digest that it stands for now`() async throws {
    let text = try lock([try torchAnswer().onDebian()]).canonicalText()
    let registry = try Registry(lock: sha256(text.utf8))
    let world = World(["envlock.lock": text]) { _, _, _, _, _ in throw Refused() }
    let image = "\(registry.host)/lab/resnet"
    let spec = await world.run(["spec", "docker", "--image", image + ":1", "--resolve-tag"])
    #expect(spec.contains("  \(image):1@sha256:"))
    #expect(spec.hasSuffix("--- exit 0\n"))
    // No blob but the configuration, and nobody is asked what refers to it.
    #expect(registry.server.requests.count == 3)
    let other = await world.run(["spec", "docker", "--image", image + ":foreign", "--resolve-tag"])
    #expect(other.contains("error: \(image):foreign is not the image of envlock.lock\n"))
    #expect(other.hasSuffix("--- exit 1\n"))
    let none = await world.run(["spec", "docker", "--resolve-tag"])
    #expect(none.hasSuffix("--- exit 2\n"))
  }

  @Test func `wrong use of pull and inspect is said`() async throws {
    var text = ""
    for words in [
      ["pull"], ["pull", "./image"], ["pull", "Lab/x"], ["pull", "a", "-o", "-"],
      ["pull", "a", "--format", "ocj"], ["pull", "a", "--platform", "windows"],
      ["pull", "a", "--platform", "all", "--platform", "amd64"],
      ["pull", "a", "--format", "docker-archive", "--platform", "amd64", "--platform", "arm64"],
      ["inspect", "a b"], ["inspect", "./none"], ["inspect", "none.tar"], ["check", "A/b", "--gpu", "T4"],
    ] {
      text += await run(words) + "\n"
    }
    text += await run(["pull", "a"], ["ENVLOCK_IMAGE_FORMAT": "zip"])
    try expectGolden(text, "pull-usage.txt")
  }
}

@Suite struct PullTests {
  private static let digest = sha256("image".utf8)

  /// A world in which a pull brings what is given.
  private func world(source: Digest = digest) -> World {
    var images = ImageReading.live
    let layers = [
      PulledBlob(digest: sha256([1]), size: 31_000_000, title: "bookworm, 41 packages"),
      PulledBlob(digest: sha256([2]), size: 858_000_000, title: "torch 2.9.1"),
    ]
    images.registry = RegistryReading(
      lock: { _, _ in throw Refused() }, inspect: { _, _, _ in throw Refused() },
      pull: { invocation, _, progress in
        progress.report(.planned(layers))
        progress.report(.here(layers[0], seconds: 0, wasThere: true))
        progress.report(.fetching(layers[1], count: 400_000_000))
        progress.report(.here(layers[1], seconds: 4.25, wasThere: false))
        return PulledImage(
          digest: Self.digest, source: source, path: invocation.output, format: invocation.format,
          images: [
            PulledImage.Image(
              platform: "linux/amd64", manifest: sha256([3]), config: sha256([4]), layers: layers)
          ], fetchedBytes: 858_000_000, seconds: 5.5, notes: ["something is left out"])
      })
    return World(images: images) { _, _, _, _, _ in throw Refused() }
  }

  @Test func `the digest stands alone, and each layer on a line beside it`() async throws {
    var text = await world().run(["pull", "registry.example.com/lab/resnet:1"])
    text += await world(source: sha256("index".utf8)).run(
      ["pull", "registry.example.com/lab/resnet:1", "--platform", "amd64", "--format", "oci-archive"])
    text += await world().run(["pull", "registry.example.com/lab/resnet:1", "--json", "-q"])
    try expectGolden(text, "pull.txt")
  }

  @Test func `what is in work stands below what is finished`() {
    var meter = PullMeter()
    #expect(meter.lines(at: 0, columns: 80) == [])
    let layers = (1...11).map { number in
      PulledBlob(digest: sha256([UInt8(number)]), size: number * 100_000_000, title: "layer \(number)")
    }
    #expect(meter.note(.planned(layers), at: 0) == nil)
    let there = meter.note(.here(layers[0], seconds: 0, wasThere: true), at: 0)
    #expect(there == "  layer 1                                100 MB   in store")
    for layer in layers.dropFirst() { _ = meter.note(.fetching(layer, count: 10_000_000), at: 1) }
    _ = meter.note(.fetching(layers[1], count: 20_000_000), at: 2.5)
    // Events may overtake each other.
    _ = meter.note(.fetching(layers[1], count: 15_000_000), at: 2.6)
    let lines = meter.lines(at: 3, columns: 72)
    #expect(lines.count == 10)
    #expect(lines[0] == "  fetching   layer 2                                    20 MB of 200 MB")
    #expect(lines[8] == "  … and 2 more")
    #expect(lines[9].hasPrefix("  total      1 of 11 layers, 110 MB of 6.5 GB fetched, "))
    let came = meter.note(.here(layers[1], seconds: 2, wasThere: false), at: 4)
    #expect(came == "  layer 2                                200 MB   fetched 2.0 s")
  }
}

@Suite struct ImagePlaceTests {
  private func place(_ text: String, there: Bool = false) throws(UsageError) -> ImagePlace {
    var images = ImageReading.live
    images.exists = { _ in there }
    return try ImagePlace(text, images)
  }

  @Test func `a path is told from a reference`() throws {
    for text in ["./image", "../image", "/image", ".", "image.tar", "resnet.bundle"] {
      #expect(try place(text) == .path(text))
    }
    let reference = try ImageReference("lab/resnet:1")
    #expect(try place("lab/resnet:1") == .reference(reference))
    #expect(try place("lab/resnet:1", there: true) == .path("lab/resnet:1"))
    #expect(throws: UsageError.self) { try place("Lab/x") }
    #expect(try place("Lab/x", there: true) == .path("Lab/x"))
  }

  @Test func `nothing is written to a registry that is not named`() throws {
    var images = ImageReading.live
    images.exists = { $0 == "old" }
    for text in ["old", "resnet.bundle", "./resnet", "dist/resnet.tar"] {
      #expect(try ImagePlace(explicit: text, images) == .path(text))
    }
    let text = "registry.example.com/lab/resnet-bundle:1"
    #expect(try ImagePlace(explicit: text, images) == .reference(try ImageReference(text)))
    for text in ["resnet", "dist/resnet", "Resnet", "a b"] {
      let error = #expect(throws: UsageError.self) { try ImagePlace(explicit: text, images) }
      #expect(error?.hints.first?.contains("./\(text)") == true)
    }
  }

  @Test func `what fails under a short name may have been meant as a path`() async throws {
    await #expect {
      try await ImagePlace.asking("imagee") { () async throws -> Int in throw Refused() }
    } throws: { error in
      (error as? HintedError)?.hints.last?.contains("`imagee`") == true
    }
    await #expect(throws: Refused.self) {
      try await ImagePlace.asking("lab/imagee") { () async throws -> Int in throw Refused() }
    }
  }
}
