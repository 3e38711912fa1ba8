package import EnvlockImage
package import EnvlockModel

/// What a reference stands for in a registry: the manifest of an image, or an index over several. Documents are byte for
/// byte as they came.
package struct RegistryCatalog: Sendable {
  /// The reference.
  package let reference: ImageReference
  /// The document that it names.
  package let root: ImageDescriptor
  /// That document.
  package let rootBytes: [UInt8]
  /// The indexes below it, each once.
  package fileprivate(set) var indexes: [[UInt8]] = []
  /// The manifests, in the order in which the indexes name them, each once; without an index the one of the image.
  package fileprivate(set) var manifests: [ImageDescriptor] = []
  /// What the indexes name that is neither a manifest nor an index.
  package fileprivate(set) var unknown: [ImageDescriptor] = []
  /// Whether indexes lie deeper in indexes than is looked.
  package fileprivate(set) var isTooDeep = false

  /// Whether it is an index.
  package var isIndex: Bool { MediaType.standard(root.mediaType) == MediaType.index }

  /// Refuses a catalog that is not all there is.
  ///
  /// - Throws: `RegistryError`.
  package func requireWhole() throws(RegistryError) {
    if isTooDeep { throw RegistryError(reference, .tooDeep) }
  }
}

/// A manifest with the configuration that it names.
package struct RegistryManifest: Sendable {
  /// What refers to it; the platform is what the index says.
  package let descriptor: ImageDescriptor
  /// The manifest as it is.
  package let bytes: [UInt8]
  /// What it says.
  package let manifest: ImageManifest
  /// The configuration; nil where the manifest is of no image, but of a statement about one, say.
  package let config: ImageConfig?
  /// The configuration as it is; empty where there is none.
  package let configBytes: [UInt8]
}

extension ImagePlatform {
  /// "linux/arm64/v8".
  package var name: String { ([os, architecture] + (variant.map { [$0] } ?? [])).joined(separator: "/") }
}

/// Collects what indexes name, down to the manifests.
struct CatalogWalk {
  let documents: RegistryDocuments
  private(set) var catalog: RegistryCatalog

  /// How deep indexes may lie in indexes, and how many documents are named at most.
  private static let depthLimit = 3
  private static let documentLimit = 128

  private var seen: Set<Digest>

  init(_ documents: RegistryDocuments, _ root: RegistryDocument) {
    self.documents = documents
    catalog = RegistryCatalog(
      reference: documents.reference,
      root: ImageDescriptor(mediaType: root.mediaType, digest: root.digest, size: root.bytes.count),
      rootBytes: root.bytes)
    seen = [root.digest]
  }

  /// - Throws: `RegistryError` for what cannot be read, or is no image.
  mutating func collect() async throws(RegistryError) {
    switch MediaType.standard(catalog.root.mediaType) {
    case MediaType.index: try await collect(try documents.parse(catalog.rootBytes, catalog.root), depth: 1)
    case MediaType.manifest: catalog.manifests = [catalog.root]
    case RegistryDocuments.schema1, "application/vnd.docker.distribution.manifest.v1+prettyjws":
      throw documents.failure(.schema1)
    default: throw documents.failure(.notAnImage(mediaType: catalog.root.mediaType))
    }
  }

  private mutating func collect(_ index: ImageIndex, depth: Int) async throws(RegistryError) {
    for descriptor in index.manifests where seen.insert(descriptor.digest).inserted {
      guard seen.count <= Self.documentLimit else {
        catalog.isTooDeep = true
        return
      }
      switch MediaType.standard(descriptor.mediaType) {
      case MediaType.manifest: catalog.manifests.append(descriptor)
      case MediaType.index:
        guard depth < Self.depthLimit else {
          catalog.isTooDeep = true
          continue
        }
        let bytes = try await documents.manifest(digest: descriptor.digest, size: descriptor.size).bytes
        catalog.indexes.append(bytes)
        // The descriptor says what it is; what the document says of itself must be the same.
        try await collect(try documents.parse(bytes, descriptor), depth: depth + 1)
      default: catalog.unknown.append(descriptor)
      }
    }
  }
}

extension RegistryDocuments {
  /// Reads a document.
  func parse<Document: ImageDocument>(
    _ bytes: [UInt8], _ descriptor: ImageDescriptor
  ) throws(RegistryError) -> Document {
    do { return try Document(bytes: bytes, name: "\(descriptor.digest)") } catch {
      throw failure(.unreadable(error))
    }
  }
}
