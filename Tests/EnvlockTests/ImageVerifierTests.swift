import Envlock
import EnvlockImage
import EnvlockModel
import EnvlockStore
import EnvlockTestSupport
import EnvlockVersions
import Foundation
import Testing

@Suite(.timeLimit(.minutes(10))) struct ImageVerifierTests {
  private let folder: TemporaryFolder
  private var image: MadeImage

  init() throws {
    folder = try TemporaryFolder()
    image = try MadeImage(folder)
  }

  private static let lib = "opt/env/lib/"

  // MARK: What is as it must be

  @Test(arguments: MadeImage.Format.allCases, LayerForm.allCases)
  func `an image is what its lock builds, however it is written`(
    format: MadeImage.Format, form: LayerForm
  ) async throws {
    try await image.write("image", as: format, form: form)
    let result = try await image.verify("image", image.expectation)
    #expect(result.lines == [])
    #expect(result.isExact)
    let found = try #require(result.images.first)
    #expect(found.layers.map(\.outcome) == [.carriedOver, .exact, .exact])
    #expect(found.layers.map(\.title) == ["the base", "torch 2.9.1", "2 wheels"])
    // A layer that is carried over is not looked into.
    #expect(found.files == 6)
    #expect((found.manifest == nil) == (format == .docker))
  }

  @Test func `layers for lazy pulling are compared with their tables`() async throws {
    try await image.write("image", hasTables: true)
    let result = try await image.verify("image", image.expectation)
    #expect(result.lines == [])
    #expect(result.images.first?.layers.map(\.outcome) == [.carriedOver, .exact, .exact])
    // A file whose SHA-256 nobody knew beforehand is in the table all the same.
    var known = image.expectation
    guard case .entries(var entries) = known.layers[1].content, case .splice(var splice) = entries[0].content
    else { return }
    splice.expected = nil
    entries[0].content = .splice(splice)
    known.layers[1].content = .entries(entries)
    #expect(try await image.verify("image", known).lines == [])
    // Such a layer of other files is told by those.
    var other = image
    other.layers[0][2].mode = 0o600
    try await other.write("other", hasTables: true)
    #expect(
      try await image.verify("other", image.expectation).lines.filter { !$0.hasPrefix("manifest") } == [
        "torch 2.9.1: properties: \(Self.lib)torch/RECORD has another mode"
      ])
  }

  @Test func `counts what it reads`() async throws {
    try await image.write("image")
    let last = Counter()
    _ = try await ImageVerifier(folder("image")).verify([image.expectation]) { last.note($0, $1) }
    #expect(last.values.0 == last.values.1)
    #expect(last.values.0 > 200_000)
  }

  // MARK: Other files

  private func lines(_ change: (inout MadeImage) throws -> Void) async throws -> [String] {
    var other = image
    try change(&other)
    try await other.write("other")
    let result = try await image.verify("other", image.expectation)
    #expect(!result.isExact)
    return result.lines
  }

  @Test func `names the file that differs, and how`() async throws {
    let lib = Self.lib
    #expect(
      try await lines { $0.layers[0][2].content = .bytes(Array("Generated\n".utf8)) } == [
        "torch 2.9.1: content: \(lib)torch/RECORD has other content"
      ])
    #expect(
      try await lines { $0.layers[0][2].content = .bytes(Array("more than it was\n".utf8)) } == [
        "torch 2.9.1: content: \(lib)torch/RECORD has another size"
      ])
    #expect(
      try await lines { $0.layers[0][1].content = .bytes(Array("v = '2.9.0'\n".utf8)) } == [
        "torch 2.9.1: content: \(lib)torch/version.py has other content"
      ])
    #expect(
      try await lines { $0.layers[1][2].mode = 0o755 } == [
        "2 wheels: properties: \(lib)b/owned has another mode"
      ])
    #expect(
      try await lines { $0.layers[1][2].uid = 0 } == [
        "2 wheels: properties: \(lib)b/owned belongs to somebody else"
      ])
    #expect(
      try await lines { $0.layers[1][2].attributes = [] } == [
        "2 wheels: properties: \(lib)b/owned has other extended attributes"
      ])
    #expect(
      try await lines { $0.layers[1][1].content = .symbolicLink(try LinkTarget("../b")) } == [
        "2 wheels: properties: \(lib)b/link links elsewhere"
      ])
    #expect(
      try await lines { $0.layers[1][1].content = .directory } == [
        "2 wheels: properties: \(lib)b/link is something else"
      ])
    #expect(
      try await lines { $0.layers[0].remove(at: 3) } == [
        "torch 2.9.1: missing-file: \(lib)torch/empty is missing"
      ])
    #expect(
      try await lines {
        $0.layers[0].append(LayerEntry(try ImagePath("etc/backdoor"), .bytes([1]), mode: 0o755))
      } == [
        "torch 2.9.1: extra-file: etc should not be there",
        "torch 2.9.1: extra-file: etc/backdoor should not be there",
      ])
  }

  @Test func `verifies content by whichever hash the RECORD has`() async throws {
    var other = image
    guard case .splice(var splice) = other.layers[0][1].content else { return }
    // The hash of this content as another program computed it.
    let digits =
      "7176a681f95392daadcc7ba6c0e930c905b158eef724dce20167986048238df6"
      + "3ad3477d6b6bc56ae3936e94696934b4d9d211dbaa63557724f3f63efcc5141d"
    let hash = stride(from: 0, to: 128, by: 2).compactMap { place in
      UInt8(digits.dropFirst(place).prefix(2), radix: 16)
    }
    splice.expected = .sha512(hash)
    other.layers[0][1].content = .splice(splice)
    try await other.write("image")
    #expect(try await other.verify("image", other.expectation).lines == [])
    splice.expected = .sha512([UInt8](repeating: 1, count: 64))
    other.layers[0][1].content = .splice(splice)
    #expect(
      try await other.verify("image", other.expectation).lines == [
        "torch 2.9.1: content: \(Self.lib)torch/version.py has other content"
      ])
    // Without any hash the CRC tells.
    splice.expected = nil
    splice.crc = 7
    other.layers[0][1].content = .splice(splice)
    #expect(try await other.verify("image", other.expectation).lines.count == 1)
  }

  // MARK: Other layers

  @Test func `tells layers that stand in another order, are missing or too many`() async throws {
    try await image.write("image", order: [0, 2, 1])
    #expect(
      try await image.verify("image", image.expectation).lines == [
        "layer-order: 2 wheels stands in the place of another layer",
        "layer-order: torch 2.9.1 stands in the place of another layer",
      ])
    try await image.write("image", order: [0, 1])
    #expect(
      try await image.verify("image", image.expectation).lines == ["missing-layer: 2 wheels is missing"])
    try await image.write("image", order: [0, 1, 2, 0])
    let more = try await image.verify("image", image.expectation)
    #expect(more.lines.count == 1)
    #expect(more.lines.first?.hasSuffix("extra-layer:  should not be there") == true)
    try await image.write("image", order: [1, 2])
    #expect(
      try await image.verify("image", image.expectation).lines == ["missing-layer: the base is missing"])
  }

  @Test func `tells another layer of the image below`() async throws {
    var other = image
    other.base = GzipMember.stored(
      try LayerPlan([LayerEntry(try ImagePath("bin/sh"), .bytes(Array("b shell".utf8)), mode: 0o755)])
        .literals)
    try await other.write("other")
    #expect(
      try await image.verify("other", image.expectation).lines == [
        "the base: content:  is another layer than that of the image below"
      ])
  }

  // MARK: Other documents

  @Test func `tells where configuration and manifest differ`() async throws {
    #expect(
      try await lines { $0.config.process.env[2] = "NVIDIA_DRIVER_CAPABILITIES=all" } == [
        "config: config.Env[2] differs"
      ])
    #expect(try await lines { $0.config.process.env.removeLast() } == ["config: config.Env[2] is missing"])
    #expect(
      try await lines { $0.config.process.user = "root" } == ["config: config.User should not be there"])
    #expect(
      try await lines { $0.config.process.labels["a.b"] = "c" } == [
        "config: config.Labels[\"a.b\"] should not be there"
      ])
    #expect(
      try await lines { $0.annotations["org.opencontainers.image.title"] = "vgg" } == [
        "manifest: annotations[\"org.opencontainers.image.title\"] differs"
      ])
  }

  @Test func `an image of another lock is not compared any further`() async throws {
    var other = image
    other.config.process.labels[MadeImage.label] = "\(sha256("another lock".utf8))"
    other.layers[0].removeLast()
    try await other.write("other")
    let result = try await image.verify("other", image.expectation)
    #expect(result.lines == ["lock:  is the image of another lock"])
    #expect(result.images.first?.layers.map(\.outcome) == [.whole, .whole, .whole])
    other.config.process.labels = [:]
    try await other.write("other")
    #expect(
      try await image.verify("other", image.expectation).lines == ["lock:  does not say of which lock it is"])
  }

  @Test func `tells platforms that are missing or too many`() async throws {
    try await image.write("image")
    var arm = image.expectation
    arm.platform = .linuxARM64
    let verifier = try ImageVerifier(folder("image"))
    #expect(verifier.platforms == [.linuxAMD64])
    #expect(verifier.labels.first?.labels[MadeImage.label] == "\(MadeImage.lock)")
    let result = try await verifier.verify([arm])
    #expect(
      result.lines == [
        "platform: linux/arm64 has no image",
        "platform: linux/amd64 has an image that the lock does not build",
      ])
    #expect(try await verifier.verify([arm], isWhole: false).lines == ["platform: linux/arm64 has no image"])
  }

  @Test func `reads from an image what nodes must have`() async throws {
    var labelled = image
    let strata = Strata(
      frameworks: [], cuda: try CUDAVersion("12.8"), cudnn: nil, nccl: nil, glibc: try Version("2.28"),
      driver: DriverFloor(full: try DriverVersion("570.26"), minorCompatibility: nil))
    labelled.config.process.labels =
      EnvironmentLabels(
        lock: MadeImage.lock, base: "debian bookworm", python: try Version("3.11.2"), strata: strata,
        jax: try Version("0.7.2")
      ).labels
    for format in MadeImage.Format.allCases {
      try await labelled.write("image-\(format)", as: format)
      let lock = try ImageVerifier(folder("image-\(format)")).labelledLock()
      #expect(lock.platforms.map(\.platform) == [.linuxAMD64])
      #expect(lock.platforms.first?.strata == strata)
      #expect(lock.platforms.first?.wheels.map(\.name.text) == ["jax"])
    }
    // An image of somebody else's.
    try await image.write("other")
    #expect(
      problem("other")?.hasSuffix("other`: the image has no label `dev.envlock.lock`") == true)
    labelled.config.process.labels["dev.envlock.cuda"] = "twelve"
    try await labelled.write("broken")
    #expect(problem("broken")?.hasSuffix("has a value that cannot be read: `twelve`") == true)
  }

  /// What is said of labels that cannot be read.
  private func problem(_ name: String) -> String? {
    do {
      _ = try ImageVerifier(folder(name)).labelledLock()
      return nil
    } catch {
      return (error as? any UserFacingError)?.message
    }
  }

  // MARK: Damage

  @Test(arguments: LayerForm.allCases)
  func `every byte of a layer that is flipped is told`(form: LayerForm) async throws {
    try await image.write("image", form: form)
    let stated = try await image.verify("image", image.expectation).images.first?.layers ?? []
    var random = SplitMix64(seed: UInt64(form.rawValue.utf8.count))
    for layer in stated {
      let name = "image/blobs/sha256/\(layer.digest.hex)"
      let good = try #require(FileManager.default.contents(atPath: folder(name)))
      // The blob is another name of a file in the store, which must not change.
      try FileManager.default.removeItem(atPath: folder(name))
      for _ in 0..<12 {
        var bytes = Array(good)
        bytes[Int.random(in: 0..<bytes.count, using: &random)] ^= 1 << UInt8.random(in: 0...7, using: &random)
        try folder.put(bytes, name)
        let result = try await image.verify("image", image.expectation)
        #expect(!result.isExact)
        #expect(result.lines.contains { $0.contains("blob: \(layer.digest) has other bytes") })
        #expect(result.images.first?.layers.filter { $0.outcome == .differs }.count == 1)
      }
      try folder.put(Array(good.dropLast(1)), name)
      let short = try await image.verify("image", image.expectation)
      #expect(short.lines.contains { $0.contains("blob: \(layer.digest) has another size") })
      try FileManager.default.removeItem(atPath: folder(name))
      let missing = try await image.verify("image", image.expectation)
      #expect(missing.lines.contains { $0.contains("blob: \(layer.digest) is missing") })
      try folder.put(Array(good), name)
    }
    #expect(try await image.verify("image", image.expectation).isExact)
  }

  @Test func `names the file in which a layer breaks off`() async throws {
    try await image.write("image")
    let layer = try #require(try await image.verify("image", image.expectation).images.first?.layers[1])
    let name = "image/blobs/sha256/\(layer.digest.hex)"
    var bytes = Array(try #require(FileManager.default.contents(atPath: folder(name))))
    try FileManager.default.removeItem(atPath: folder(name))
    bytes[bytes.count / 2] ^= 0x10
    try folder.put(bytes, name)
    let lines = try await image.verify("image", image.expectation).lines
    #expect(lines.count == 2)
    #expect(
      lines.contains {
        $0.hasPrefix(
          "torch 2.9.1: damage: \(Self.lib)torch/_C.so is where the layer breaks off: it is damaged")
      })
  }

  @Test func `a layer that is not the one of the configuration is told`() async throws {
    try await image.write("image", as: .docker)
    // The same files, each layer in the name of the other.
    let reader = try LayoutReader(folder("image"))
    let layers = try #require(try reader.images().first?.layers)
    let file = Array(try #require(FileManager.default.contents(atPath: folder("image"))))
    let config = try #require(try reader.images().first?.configBytes)
    let blobs = layers.compactMap { layer in
      layer.place.map { LayoutBlob(document: Array(file[$0.offset..<$0.offset + $0.size])) }
    }
    try LayoutArchive.write(
      LayoutArchive.docker(
        config: LayoutBlob(document: config), layers: [blobs[0], blobs[2], blobs[1]], tags: []),
      to: folder("swapped"))
    let lines = try await image.verify("swapped", image.expectation).lines
    #expect(lines.filter { $0.contains("diff-id: rootfs.diff_ids[1]") }.count == 1)
    #expect(lines.filter { $0.contains("layer-order") }.count == 2)
  }

  @Test(arguments: [MadeImage.Format.archive, .docker])
  func `never traps on damaged images`(format: MadeImage.Format) async throws {
    try await image.write("image", as: format)
    let good = Array(try #require(FileManager.default.contents(atPath: folder("image"))))
    var random = SplitMix64(seed: 31)
    for _ in 0..<40 {
      var bytes = good
      for _ in 0..<Int.random(in: 1...5, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      try folder.put(bytes, "damaged")
      do {
        let result = try await image.verify("damaged", image.expectation)
        // What says nothing, such as the time of a member of the archive, may be damaged.
        #expect(result.images.allSatisfy { image in image.layers.allSatisfy { !$0.title.isEmpty } })
      } catch {
        #expect(error is any UserFacingError)
      }
    }
  }
}

/// The last values that were reported.
private final class Counter: @unchecked Sendable {
  private let lock = NSLock()
  private var pair = (0, 0)

  func note(_ count: Int, _ size: Int) { lock.withLock { pair = (count, size) } }

  var values: (Int, Int) { lock.withLock { pair } }
}
