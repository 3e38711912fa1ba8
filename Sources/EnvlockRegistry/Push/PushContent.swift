import EnvlockImage
package import EnvlockModel
package import EnvlockStore

/// What makes up an image, or images for several platforms: documents, and the blobs that they refer to.
package struct PushContent: Sendable {
  /// A manifest or index.
  package struct Document: Sendable {
    /// Its bytes.
    package var bytes: [UInt8]
    /// What it is.
    package var mediaType: String
    /// The SHA-256 of its bytes.
    package var digest: Digest

    /// Takes a document.
    package init(bytes: [UInt8], mediaType: String) {
      self.bytes = bytes
      self.mediaType = mediaType
      digest = sha256(bytes)
    }
  }

  /// Manifests and indexes, each after those that it refers to; the last is the one that is tagged.
  package var documents: [Document]
  /// The blobs, each digest once.
  package var blobs: [PushBlob]

  /// Puts it together.
  package init(documents: [Document], blobs: [PushBlob]) {
    self.documents = documents
    self.blobs = blobs
  }
}

extension PushContent {
  /// Takes what lies in an OCI layout: its one image or index as it is, or an index over those for some platforms.
  ///
  /// What an index refers to beside images, such as the statements of how they were made, belongs to it. Bytes of layers
  /// that are missing may be in the registry, and are not looked for here.
  /// - Parameters:
  ///   - layout: the layout.
  ///   - platforms: the platforms that are wanted; nil for the whole.
  ///   - reference: where it is pushed to, for errors.
  /// - Throws: `LayoutReadError`; `PushError` for what cannot be pushed as it is.
  package init(
    _ layout: LayoutReader, platforms: [Platform]?, for reference: ImageReference
  ) throws {
    func fault(_ reason: String) -> PushError {
      PushError(reference, .noImage(path: layout.path, reason: reason))
    }
    guard layout.form != .docker else {
      throw fault(
        "it is what `docker save` writes, which has no manifest: `skopeo copy` makes an OCI layout of it")
    }
    var walk = Walk(layout: layout, fault: fault)
    if let platforms {
      let images = try layout.images().compactMap { image in
        image.descriptor.flatMap { descriptor in
          platforms.contains { image.platform.runs(on: $0) } ? (image.platform, descriptor) : nil
        }
      }
      for platform in platforms where !images.contains(where: { $0.0.runs(on: platform) }) {
        throw fault("it has no image for \(platform)")
      }
      let index = ImageIndex(
        manifests: images.map { platform, descriptor in
          var descriptor = descriptor
          descriptor.platform = platform
          return descriptor
        })
      for descriptor in index.manifests { try walk.add(descriptor, depth: 0) }
      walk.documents.append(Document(bytes: index.bytes, mediaType: MediaType.index))
    } else {
      let (bytes, index) = try layout.index()
      guard !index.manifests.isEmpty else { throw fault("it has no image") }
      let names = Set(index.manifests.compactMap { $0.annotations[AnnotationKey.refName] })
      guard names.count < 2 else {
        throw fault("it has several images: \(names.sorted().prefix(5).joined(separator: ", "))")
      }
      for descriptor in index.manifests { try walk.add(descriptor, depth: 0) }
      // One that stands alone is what the layout is about; the index above it only names it.
      if index.manifests.count > 1 {
        walk.documents.append(Document(bytes: bytes, mediaType: MediaType.index))
      }
    }
    self.init(documents: walk.documents, blobs: walk.blobs)
  }

  /// Follows references, each once.
  private struct Walk {
    let layout: LayoutReader
    let fault: (String) -> PushError
    var documents: [Document] = []
    var blobs: [PushBlob] = []
    private var seen: Set<Digest> = []

    private static let depthLimit = 5
    private static let countLimit = 1000

    init(layout: LayoutReader, fault: @escaping (String) -> PushError) {
      self.layout = layout
      self.fault = fault
    }

    mutating func add(_ descriptor: ImageDescriptor, depth: Int) throws {
      guard seen.insert(descriptor.digest).inserted else { return }
      guard depth < Self.depthLimit, seen.count <= Self.countLimit else {
        throw fault("it refers to more indexes and images than are read")
      }
      let name = "\(descriptor.digest)"
      switch MediaType.standard(descriptor.mediaType) {
      case MediaType.index:
        let bytes = try layout.document(descriptor)
        for child in try ImageIndex(bytes: bytes, name: name).manifests { try add(child, depth: depth + 1) }
        documents.append(Document(bytes: bytes, mediaType: descriptor.mediaType))
      case MediaType.manifest:
        let bytes = try layout.document(descriptor)
        let manifest = try ImageManifest(bytes: bytes, name: name)
        try add(blob: manifest.config, "configuration")
        for layer in manifest.layers {
          // Artifacts name their files.
          let title = layer.annotations[AnnotationKey.title] ?? String(layer.digest.hex.prefix(12))
          try add(blob: layer, "layer \(title)")
        }
        documents.append(Document(bytes: bytes, mediaType: descriptor.mediaType))
      default: throw fault("it refers to something of the unknown type `\(descriptor.mediaType)`")
      }
    }

    private mutating func add(blob: ImageDescriptor, _ name: String) throws {
      guard seen.insert(blob.digest).inserted else { return }
      let place = try layout.present(blob)
      blobs.append(
        PushBlob(name: name, digest: blob.digest, size: blob.size, at: place, isVerified: false))
    }
  }
}
