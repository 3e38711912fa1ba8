import EnvlockImage
import EnvlockModel

/// The image that was chosen.
struct ChosenImage {
  let document: RegistryDocument
  let manifest: ImageManifest
  let config: ImageConfig
}

/// Goes from whatever a reference names to the manifest for one platform.
struct PlatformChooser {
  let documents: RegistryDocuments
  let platform: Platform
  /// The platforms that were found instead, in the order in which they were met, each once.
  private(set) var found: [String] = []
  /// Whether more indexes than these would have had to be read.
  private(set) var isTooDeep = false

  /// How deep indexes may lie in indexes, and how many documents are read at most.
  private static let depthLimit = 3
  private static let documentLimit = 24

  private var read = 0

  init(documents: RegistryDocuments, platform: Platform) {
    self.documents = documents
    self.platform = platform
  }

  /// - Returns: nil where there is none for the platform.
  /// - Throws: `RegistryError` for what cannot be read, or is no image.
  mutating func choose(_ document: RegistryDocument, depth: Int) async throws(RegistryError) -> ChosenImage? {
    switch MediaType.standard(document.mediaType) {
    case MediaType.index: return try await choose(try parse(document, ImageIndex.self), depth)
    case MediaType.manifest: return try await image(document)
    case RegistryDocuments.schema1, "application/vnd.docker.distribution.manifest.v1+prettyjws":
      throw documents.failure(.schema1)
    default: throw documents.failure(.notAnImage(mediaType: document.mediaType))
    }
  }

  private mutating func choose(
    _ index: ImageIndex, _ depth: Int
  ) async throws(RegistryError) -> ChosenImage? {
    func isIndex(_ descriptor: ImageDescriptor) -> Bool {
      MediaType.standard(descriptor.mediaType) == MediaType.index
    }
    let known = index.manifests.filter {
      isIndex($0) || MediaType.standard($0.mediaType) == MediaType.manifest
    }
    // First what says that it is for the platform, then what does not say, and only then what lies deeper.
    let said = known.filter { !isIndex($0) && $0.platform?.runs(on: platform) == true }
    let unsaid = known.filter { !isIndex($0) && $0.platform == nil && $0.artifactType == nil }
    let deeper = known.filter { isIndex($0) && ($0.platform.map { $0.runs(on: platform) } ?? true) }
    for descriptor in said + unsaid + deeper {
      guard read < Self.documentLimit, depth < Self.depthLimit || !isIndex(descriptor) else {
        isTooDeep = true
        continue
      }
      read += 1
      let document = try await documents.manifest(digest: descriptor.digest, size: descriptor.size)
      // The descriptor says what it is; what the document says of itself must be the same.
      let child = RegistryDocument(mediaType: descriptor.mediaType, bytes: document.bytes)
      if let chosen = try await choose(child, depth: depth + 1) { return chosen }
    }
    for platform in known.compactMap(\.platform) where platform.os != "unknown" { note(platform) }
    return nil
  }

  private mutating func image(_ document: RegistryDocument) async throws(RegistryError) -> ChosenImage? {
    let manifest = try parse(document, ImageManifest.self)
    guard MediaType.standard(manifest.config.mediaType) == MediaType.config else {
      throw documents.failure(.notAnImage(mediaType: manifest.artifactType ?? manifest.config.mediaType))
    }
    let bytes = try await documents.configuration(manifest.config).bytes
    let config: ImageConfig
    do { config = try ImageConfig(bytes: bytes, name: "\(manifest.config.digest)") } catch {
      throw documents.failure(.unreadable(error))
    }
    guard config.platform.runs(on: platform) else {
      note(config.platform)
      return nil
    }
    return ChosenImage(document: document, manifest: manifest, config: config)
  }

  private mutating func note(_ platform: ImagePlatform) {
    let name = ([platform.os, platform.architecture] + (platform.variant.map { [$0] } ?? [])).joined(
      separator: "/")
    if !found.contains(name) { found.append(name) }
  }

  private func parse<Document: ImageDocument>(
    _ document: RegistryDocument, _: Document.Type
  ) throws(RegistryError) -> Document {
    do { return try Document(bytes: document.bytes, name: "\(document.digest)") } catch {
      throw documents.failure(.unreadable(error))
    }
  }
}
