import EnvlockImage
import EnvlockModel
import EnvlockStore
import EnvlockTestSupport
import Foundation
import Glibc
import Testing

/// A small image with its documents.
private struct Sample {
  var layers: [[UInt8]] = [Array("first layer".utf8), Array("second layer".utf8)]
  var config = ImageConfig(platform: ImagePlatform(os: "linux", architecture: "amd64"))
  var platform: ImagePlatform? = ImagePlatform(os: "linux", architecture: "amd64")

  var manifest: ImageManifest {
    ImageManifest(
      config: ImageDescriptor(of: config.bytes, mediaType: MediaType.config),
      layers: layers.map { ImageDescriptor(of: $0, mediaType: MediaType.layer) })
  }

  var blobs: [LayoutBlob] { ([config.bytes, manifest.bytes] + layers).map { LayoutBlob(document: $0) } }

  var descriptor: ImageDescriptor {
    ImageDescriptor(of: manifest.bytes, mediaType: MediaType.manifest, platform: platform)
  }
}

@Suite struct LayoutReaderTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func error<Value>(_ body: () throws -> Value) -> LayoutReadError? {
    do {
      _ = try body()
      return nil
    } catch {
      return error as? LayoutReadError
    }
  }

  /// An archive of these files, however named.
  private func tar(_ files: [(String, [UInt8])], _ kind: TarEntry.Kind? = nil) throws -> [UInt8] {
    var bytes: [UInt8] = []
    for (name, content) in files {
      let placeholder = try ImagePath(String(repeating: "n", count: name.utf8.count))
      var header = TarEntry(placeholder, .file(size: content.count), mode: 0o644).header
      header.replaceSubrange(0..<name.utf8.count, with: Array(name.utf8))
      header.replaceSubrange(148..<156, with: Array(repeating: 0x20, count: 8))
      let digits = String(header.reduce(0) { $0 + Int($1) }, radix: 8)
      let sum = String(repeating: "0", count: 6 - digits.count) + digits + "\0 "
      header.replaceSubrange(148..<156, with: Array(sum.utf8))
      bytes += header + content + [UInt8](repeating: 0, count: TarEntry.padding(after: content.count))
    }
    return bytes + [UInt8](repeating: 0, count: 1024)
  }

  private func expectSample(_ reader: LayoutReader, _ sample: Sample) throws {
    let images = try reader.images()
    #expect(images.count == 1)
    let image = try #require(images.first)
    #expect(image.config == sample.config)
    #expect(image.configBytes == sample.config.bytes)
    #expect(image.configDigest == sha256(sample.config.bytes))
    for (layer, bytes) in zip(image.layers, sample.layers) {
      let place = try #require(layer.place)
      let file = try #require(FileManager.default.contents(atPath: place.path))
      #expect(Array(file[place.offset..<place.offset + place.size]) == bytes)
      #expect(layer.digest == sha256(bytes))
    }
    #expect(image.layers.count == sample.layers.count)
  }

  @Test func `opens an image in a folder, in an archive and as docker writes it`() throws {
    let sample = Sample()
    let index = ImageIndex(manifests: [sample.descriptor])
    try LayoutFolder.write(index, blobs: sample.blobs, to: folder("folder"))
    let inFolder = try LayoutReader(folder("folder"))
    #expect(inFolder.form == .folder)
    try expectSample(inFolder, sample)
    #expect(try inFolder.images().first?.manifestBytes == sample.manifest.bytes)

    try LayoutArchive.write(LayoutArchive.layout(index, blobs: sample.blobs), to: folder("oci.tar"))
    let inArchive = try LayoutReader(folder("oci.tar"))
    #expect(inArchive.form == .archive)
    try expectSample(inArchive, sample)

    let layers = sample.layers.map { LayoutBlob(document: $0) }
    try LayoutArchive.write(
      LayoutArchive.docker(
        config: LayoutBlob(document: sample.config.bytes), layers: layers, tags: ["lab/resnet:1"]),
      to: folder("docker.tar"))
    let docker = try LayoutReader(folder("docker.tar"))
    #expect(docker.form == .docker)
    try expectSample(docker, sample)
    #expect(try docker.images().first?.names == ["lab/resnet:1"])
    #expect(try docker.images().first?.manifest == nil)
  }

  @Test func `an archive that tar wrote of a folder is read too`() throws {
    let sample = Sample()
    try LayoutFolder.write(
      ImageIndex(manifests: [sample.descriptor]), blobs: sample.blobs, to: folder("folder"))
    let bytes = try LayerFixture.run("tar", ["-C", folder("folder"), "-c", "."])
    try folder.put(bytes, "image.tar")
    try expectSample(try LayoutReader(folder("image.tar")), sample)
    try folder.put(try LayerFixture.run("gzip", ["-c"], input: bytes), "image.tar.gz")
    let compressed = error { try LayoutReader(folder("image.tar.gz")) }
    #expect(compressed?.message == "`\(folder("image.tar.gz"))` is compressed with gzip as a whole")
    #expect(compressed?.kind == .badInput)
  }

  @Test func `follows indexes in indexes, and leaves out what is no image`() throws {
    let (amd, statement) = (Sample(), LayoutBlob(document: Array("{}".utf8)))
    var arm = Sample(layers: [Array("arm".utf8)])
    arm.config.platform.architecture = "arm64"
    arm.platform = nil
    let unknown = ImageDescriptor(
      of: Array("{}".utf8), mediaType: MediaType.manifest,
      platform: ImagePlatform(os: "unknown", architecture: "unknown"))
    let other = ImageDescriptor(of: Array("{}".utf8), mediaType: "application/vnd.example+json")
    let nested = ImageIndex(manifests: [amd.descriptor, arm.descriptor, unknown, other])
    var named = ImageDescriptor(of: nested.bytes, mediaType: MediaType.dockerIndex)
    named.annotations[AnnotationKey.refName] = "lab"
    var again = amd.descriptor
    again.annotations[AnnotationKey.refName] = "amd"
    let top = ImageIndex(manifests: [named, again])
    try LayoutFolder.write(
      top, blobs: amd.blobs + arm.blobs + [statement, LayoutBlob(document: nested.bytes)], to: folder("image")
    )
    let images = try LayoutReader(folder("image")).images()
    #expect(images.map(\.platform.architecture) == ["amd64", "arm64"])
    #expect(images.map(\.names) == [["lab", "amd"], ["lab"]])
  }

  @Test func `refuses indexes without end`() throws {
    // A digest cannot be in the document that it is of, so depth comes from many documents.
    var index = ImageIndex(manifests: [])
    var blobs: [LayoutBlob] = []
    for _ in 0..<8 {
      blobs.append(LayoutBlob(document: index.bytes))
      index = ImageIndex(manifests: [ImageDescriptor(of: index.bytes, mediaType: MediaType.index)])
    }
    try LayoutFolder.write(index, blobs: blobs, to: folder("image"))
    #expect(error { try LayoutReader(folder("image")).images() }?.cause == .tooMany)
  }

  @Test func `names the document that is damaged or missing`() throws {
    let sample = Sample()
    let index = ImageIndex(manifests: [sample.descriptor])
    try LayoutFolder.write(index, blobs: sample.blobs, to: folder("image"))
    let names = [sample.manifest.bytes, sample.config.bytes].map { "blobs/sha256/\(sha256($0).hex)" }
    for name in names {
      let bytes = try #require(folder.bytes("image/\(name)"))
      var flipped = bytes
      flipped[bytes.count / 2] ^= 1
      try folder.put(flipped, "image/\(name)")
      let other = try #require(error { try LayoutReader(folder("image")).images() })
      #expect(other.message.contains(name))
      #expect(other.kind == .answerIsNo)
      try folder.put(Array(bytes.dropLast()), "image/\(name)")
      let short = try #require(error { try LayoutReader(folder("image")).images() })
      #expect(short.cause == .size(name, expected: bytes.count, found: bytes.count - 1))
      unlink(folder("image/\(name)"))
      let missing = try #require(error { try LayoutReader(folder("image")).images() })
      #expect(missing.cause == .missing(name))
      mkdir(folder("image/\(name)"), 0o755)
      #expect(
        error { try LayoutReader(folder("image")).images() }?.cause == .notAFile(name, what: "is no file"))
      rmdir(folder("image/\(name)"))
      try folder.put(bytes, "image/\(name)")
    }
    // A layer that is missing is for whoever reads the layers.
    unlink(folder("image/blobs/sha256/\(sha256(sample.layers[1]).hex)"))
    #expect(try LayoutReader(folder("image")).images().first?.layers[1].place == nil)
  }

  @Test func `refuses what is no image`() throws {
    let missing = try #require(error { try LayoutReader(folder("nothing")) })
    #expect(missing.kind == .badInput)
    mkdir(folder("empty"), 0o755)
    try folder.put([], "zero")
    try folder.put(Array("not an archive, but text that goes on for a while".utf8), "text")
    try folder.put(try tar([("hello", [1])]), "other.tar")
    for name in ["empty", "zero", "text", "other.tar"] {
      let error = try #require(error { try LayoutReader(folder(name)) })
      #expect(error.message.contains("is no image"), "\(name): \(error.message)")
      #expect(error.kind == .badInput)
    }
    for (layout, index) in [
      ("{}", "{}"), ("{\"imageLayoutVersion\":\"2.0.0\"}", "{}"),
      ("{\"imageLayoutVersion\":\"1.0.0\"}", "[]"),
      ("{\"imageLayoutVersion\":\"1.0.0\"}", "{\"schemaVersion\":2,\"manifests\":[{}]}"), ("\u{1}", "\u{2}"),
    ] {
      try folder.put(
        try tar([("oci-layout", Array(layout.utf8)), ("index.json", Array(index.utf8))]), "bad.tar")
      let error = try #require(error { try LayoutReader(folder("bad.tar")).images() })
      #expect(error.kind == .badInput)
    }
    for text in ["{}", "[1]", "[{}]", "[{\"Config\":\"x\",\"Layers\":[]}]", "nothing"] {
      try folder.put(try tar([("manifest.json", Array(text.utf8)), ("c.json", [])]), "docker.tar")
      #expect(error { try LayoutReader(folder("docker.tar")).images() } != nil)
    }
  }

  @Test(arguments: ["../blobs/x", "/etc/passwd", "a/../../b", "blobs//x", "a/./b", "x\u{7}y"])
  func `refuses members whose paths lead elsewhere`(name: String) throws {
    try folder.put(try tar([("oci-layout", ImageLayout().bytes), (name, [1])]), "image.tar")
    let error = try #require(error { try LayoutReader(folder("image.tar")) })
    #expect(error.kind == .badInput)
    #expect(error.message.contains("is not read"))
    #expect(!error.message.contains("\u{7}"))
  }

  @Test func `follows no links, and takes no file that comes twice`() throws {
    let sample = Sample()
    let layers = sample.layers.map { LayoutBlob(document: $0) }
    let members = LayoutArchive.docker(
      config: LayoutBlob(document: sample.config.bytes), layers: layers, tags: [])
    try LayoutArchive.write(members, to: folder("good.tar"))
    let good = try #require(folder.bytes("good.tar")).dropLast(1024)
    let name = "\(sha256(sample.layers[1]).hex).tar"
    // In place of the last member, which has one block of content.
    let link = TarEntry(try ImagePath(name), .symbolicLink(try LinkTarget("/etc/passwd")), mode: 0o777)
    try folder.put(good.dropLast(1024) + link.header + [UInt8](repeating: 0, count: 1024), "link.tar")
    let linked = try #require(error { try LayoutReader(folder("link.tar")).images() })
    #expect(linked.cause == .notAFile(name, what: "is a link, which is not followed"))
    try folder.put(good + good.suffix(1024) + [UInt8](repeating: 0, count: 1024), "twice.tar")
    let twice = try #require(error { try LayoutReader(folder("twice.tar")).images() })
    #expect(twice.cause == .notAFile(name, what: "comes more than once"))
    // Links that nobody asks for do not matter: some programs add them for readers of long ago.
    let extra = TarEntry(try ImagePath("old/layer.tar"), .symbolicLink(try LinkTarget("../x")), mode: 0o777)
    try folder.put(Array(good) + extra.header + [UInt8](repeating: 0, count: 1024), "old.tar")
    try expectSample(try LayoutReader(folder("old.tar")), sample)
    // Cut off in the middle of a layer.
    try folder.put(Array(good.dropLast(600)), "cut.tar")
    let cut = try #require(error { try LayoutReader(folder("cut.tar")) })
    #expect(cut.message.contains("cut off"))
  }

  @Test func `never traps on damaged archives`() throws {
    let sample = Sample()
    try LayoutArchive.write(
      LayoutArchive.layout(ImageIndex(manifests: [sample.descriptor]), blobs: sample.blobs),
      to: folder("image.tar"))
    let good = try #require(folder.bytes("image.tar"))
    var random = SplitMix64(seed: 12)
    for _ in 0..<150 {
      var bytes = good
      for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        if Int.random(in: 0..<8, using: &random) == 0 {
          bytes.removeLast(bytes.count - place)
        } else {
          bytes[place] = UInt8.random(in: 0...255, using: &random)
        }
      }
      try folder.put(bytes, "image.tar")
      let error = error { try LayoutReader(folder("image.tar")).images() }
      if let error { #expect(!error.message.isEmpty) }
    }
  }
}
