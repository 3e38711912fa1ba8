import Envlock
import EnvlockImage
import EnvlockModel
import EnvlockStore
import EnvlockTestSupport
import Foundation

/// A small image that tests build, damage and verify: a layer of another image, and two of wheels.
struct MadeImage {
  /// How it is written.
  enum Format: CaseIterable { case folder, archive, docker }

  static let label = "org.example.lock"
  static let lock = sha256("the lock".utf8)

  let folder: TemporaryFolder
  var titles = ["torch 2.9.1", "2 wheels"]
  var layers: [[LayerEntry]]
  var base: [UInt8]
  var config: ImageConfig
  var annotations = ["org.opencontainers.image.title": "resnet"]
  var platform = Platform.linuxAMD64

  init(_ folder: TemporaryFolder) throws {
    self.folder = folder
    // What a zip file would hold: some members deflated, some as they are.
    var file = Array("in front".utf8)
    func splice(_ content: [UInt8], isDeflated: Bool, _ hash: ContentHash? = nil) -> LayerEntry.Content {
      let bytes = isDeflated ? storedBlocks(content) : content
      defer { file += bytes }
      return .splice(
        Splice(
          source: 0, offset: file.count, compressedSize: bytes.count, isDeflated: isDeflated,
          size: content.count, crc: CRC32.of(content), expected: hash ?? .sha256(sha256(content))))
    }
    func path(_ text: String) throws -> ImagePath { try ImagePath("opt/env/lib/" + text) }
    let big = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }
    layers = [
      [
        LayerEntry(try path("torch/_C.so"), splice(big, isDeflated: true), mode: 0o755),
        LayerEntry(
          try path("torch/version.py"), splice(Array("v = '2.9.1'\n".utf8), isDeflated: true), mode: 0o644),
        LayerEntry(try path("torch/RECORD"), .bytes(Array("generated\n".utf8)), mode: 0o644),
        LayerEntry(try path("torch/empty"), .bytes([]), mode: 0o644),
      ],
      [
        LayerEntry(
          try path("a/__init__.py"), splice(Array("import b\n".utf8), isDeflated: false), mode: 0o644),
        LayerEntry(try path("b/link"), .symbolicLink(try LinkTarget("../a")), mode: 0o777),
        LayerEntry(
          try path("b/owned"), splice(Array("owned".utf8), isDeflated: true), mode: 0o4755, uid: 3, gid: 4,
          attributes: [TarAttribute(name: "security.capability", value: [1, 2, 3])]),
        LayerEntry(try path("b/same"), .hardLink(try path("b/owned")), mode: 0o4755),
      ],
    ]
    let system = try LayerPlan([
      LayerEntry(try ImagePath("bin/sh"), .bytes(Array("a shell".utf8)), mode: 0o755)
    ])
    base = GzipMember.stored(system.literals)
    config = ImageConfig(platform: ImagePlatform(os: "linux", architecture: "amd64"))
    config.process.env = ["PATH=/opt/env/bin:/usr/bin", "LANG=C.UTF-8", "NVIDIA_DRIVER_CAPABILITIES=compute"]
    config.process.labels = [MadeImage.label: "\(MadeImage.lock)"]
    try folder.put(file, "wheel")
  }

  /// What it must be, if nothing of it was changed.
  var expectation: ImageExpectation {
    ImageExpectation(
      platform: platform,
      layers: [
        ImageExpectation.Layer(
          title: "the base",
          content: .carriedOver(
            ImageDescriptor(of: base, mediaType: MediaType.layerGzip),
            diffID: sha256(MadeImage.inflated(base))))
      ] + zip(titles, layers).map { ImageExpectation.Layer(title: $0, content: .entries($1)) },
      config: config, annotations: annotations, lock: (MadeImage.label, MadeImage.lock))
  }

  /// What a gzip file of one member with stored blocks holds.
  private static func inflated(_ gzip: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    var place = 10
    while place + 5 <= gzip.count {
      let count = Int(gzip[place + 1]) | Int(gzip[place + 2]) << 8
      bytes += gzip[place + 5..<place + 5 + count]
      if gzip[place] == 1 { break }
      place += 5 + count
    }
    return bytes
  }

  /// Builds it.
  ///
  /// - Parameters:
  ///   - name: the folder or file.
  ///   - format: how it is written.
  ///   - form: how its layers are compressed.
  ///   - hasTables: whether they are eStargz layers.
  ///   - order: which layers stand where, counted from the base.
  /// - Throws: what the store throws.
  func write(
    _ name: String, as format: Format = .folder, form: LayerForm = .spliced, hasTables: Bool = false,
    order: [Int]? = nil
  ) async throws {
    let store = LayerStore(folder: folder("cache"))
    try folder.put(base, "base")
    var stored = [
      StoredLayer(
        digest: sha256(base), diffID: sha256(MadeImage.inflated(base)), size: base.count, tarSize: 0,
        mediaType: MediaType.layerGzip)
    ]
    var blobs = [LayoutBlob(file: folder("base"), digest: sha256(base), size: base.count)]
    for entries in layers {
      let table = hasTables ? try StargzLayer(entries) : nil
      var layer = try await store.write(
        table?.plan ?? LayerPlan(entries),
        sources: [LayerSource(name: "wheel", path: folder("wheel"), digest: nil)], form: form)
      layer.annotations = table?.annotations ?? [:]
      stored.append(layer)
      blobs.append(LayoutBlob(file: store.path(of: layer.digest), digest: layer.digest, size: layer.size))
    }
    if let order {
      stored = order.map { stored[$0] }
      blobs = order.map { blobs[$0] }
    }
    var config = config
    config.diffIDs = stored.map(\.diffID)
    let document = LayoutBlob(document: config.bytes)
    guard format != .docker else {
      return try LayoutArchive.write(
        LayoutArchive.docker(config: document, layers: blobs, tags: ["resnet:1"]), to: folder(name))
    }
    let manifest = ImageManifest(
      config: ImageDescriptor(of: config.bytes, mediaType: MediaType.config),
      layers: stored.map(\.descriptor), annotations: annotations)
    let nested = ImageIndex(manifests: [
      ImageDescriptor(of: manifest.bytes, mediaType: MediaType.manifest, platform: config.platform)
    ])
    let top = ImageIndex(manifests: [ImageDescriptor(of: nested.bytes, mediaType: MediaType.index)])
    blobs += [document, LayoutBlob(document: manifest.bytes), LayoutBlob(document: nested.bytes)]
    if format == .folder {
      try LayoutFolder.write(top, blobs: blobs, to: folder(name))
    } else {
      try LayoutArchive.write(LayoutArchive.layout(top, blobs: blobs), to: folder(name))
    }
  }

  /// Verifies what was written.
  func verify(_ name: String, _ expectation: ImageExpectation) async throws -> ImageVerification {
    try await ImageVerifier(folder(name)).verify([expectation])
  }
}

extension ImageVerification {
  /// Each fault on a line, with the title of the layer where it belongs to one.
  var lines: [String] {
    func line(_ fault: ImageFault) -> String { "\(fault.kind.rawValue): \(fault.place) \(fault.reason)" }
    return faults.map(line)
      + images.flatMap { image in
        image.faults.map(line)
          + image.layers.flatMap { layer in layer.faults.map { "\(layer.title): \(line($0))" } }
      }
  }
}
