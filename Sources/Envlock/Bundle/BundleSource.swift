import EnvlockImage
import EnvlockModel
import EnvlockRegistry
import EnvlockStore

/// Where the bytes of a bundle are.
enum BundleSource: Sendable {
  /// In a layout on the disk.
  case disk(LayoutReader)
  /// In the repository of this reference.
  case registry(RegistryClient, ImageReference)

  /// Whether it takes no network to read it.
  var isLocal: Bool { if case .disk = self { true } else { false } }

  /// How a blob comes into the store.
  ///
  /// - Throws: `LayoutReadError` where it is missing on the disk; `RegistryError` where a variable makes no sense.
  func artifact(_ digest: Digest, size: Int) throws -> Artifact {
    switch self {
    case .disk(let reader):
      Artifact(name: "\(digest)", origin: .part(try reader.place(of: digest)), digest: digest, size: size)
    case .registry(let registry, let reference):
      try registry.artifact(
        ImageDescriptor(mediaType: BundleDocument.blobType, digest: digest, size: size), in: reference)
    }
  }
}

extension EnvironmentBundle {
  /// Opens a bundle in a registry. Three documents are read: its manifest, what it lists, and the lock.
  ///
  /// - Parameters:
  ///   - reference: What the registry calls it.
  ///   - configuration: How registries are asked, and where their documents are kept.
  /// - Throws: A `UserFacingError` for what is no bundle, damaged, or made by a newer version.
  public init(_ reference: ImageReference, _ configuration: Configuration) async throws {
    let cache = configuration.cacheDirectory.map { HTTPCache(folder: $0) }
    let registry = configuration.registry(
      HTTPClient(cache: cache, options: try configuration.transferOptions()))
    guard let bundle = try await EnvironmentBundle(await registry.catalog(reference), registry) else {
      throw BadRequest(
        "\(reference) is no bundle", hints: ["`envlock bundle -o \(reference)` puts one there"],
        kind: .answerIsNo)
    }
    self = bundle
  }

  /// Opens what a reference stands for; nil where that is no bundle.
  init?(_ catalog: RegistryCatalog, _ registry: RegistryClient) async throws {
    // A bundle is pushed as its manifest alone.
    guard !catalog.isIndex else { return nil }
    let reference = catalog.reference
    let manifest = try await registry.content(catalog.root, of: catalog).manifest
    guard try Self.isBundle(manifest, "\(reference)") else { return nil }
    let document = try await registry.document(manifest.config, "the list of what is in it", in: reference)
    let listed = try BundleDocument(bytes: document, name: "\(manifest.config.digest)")
    let lock = try await registry.document(listed.lockDescriptor, "the lock", in: reference)
    try self.init(
      "\(reference)", "\(reference)", catalog.root.digest, manifest, document: document,
      source: .registry(registry, reference)
    ) { _ in lock }
  }
}
