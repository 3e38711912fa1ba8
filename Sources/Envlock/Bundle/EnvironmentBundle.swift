import EnvlockImage
public import EnvlockModel
import EnvlockStore

/// A bundle on the disk: a lock with all that it names, so that its image can be built without a network.
///
/// Opening reads the documents and verifies them; every other byte is held against its digest when it is used.
public struct EnvironmentBundle: Sendable {
  /// Where it lies.
  public let path: String
  /// The digest of its manifest, by which a registry knows it.
  public let digest: Digest
  /// The lock.
  public let lock: Lockfile
  /// The platforms whose artifacts are in it, sorted.
  public var platforms: [Platform] { document.platforms }
  /// What the manifest said of the image when the bundle was made.
  public var image: ImageDeclaration { document.image }

  let document: BundleDocument
  private let reader: LayoutReader

  /// Opens a bundle.
  ///
  /// - Parameter path: The file, or a folder with an OCI layout.
  /// - Throws: A `UserFacingError` for what is no bundle, damaged, or made by a newer version.
  public init(_ path: String) throws {
    self.path = path
    reader = try LayoutReader(path)
    let (descriptor, manifest) = try Self.manifest(in: reader)
    digest = descriptor.digest
    document = try BundleDocument(
      bytes: try reader.document(manifest.config), name: "\(manifest.config.digest)")
    // What registries keep is what the manifest names: the two have to agree.
    guard document.manifest.layers.map(\.digest) == manifest.layers.map(\.digest) else {
      throw BadRequest(
        "`\(path)` is no bundle that envlock wrote: its manifest names other parts than it lists")
    }
    let bytes = try reader.document(
      ImageDescriptor(
        mediaType: BundleDocument.lockType, digest: document.lock.digest, size: document.lock.size))
    lock = try Lockfile(parsing: bytes)
  }

  private static func manifest(in reader: LayoutReader) throws -> (ImageDescriptor, ImageManifest) {
    let family = "application/vnd.envlock.bundle."
    var other: String?
    let index = reader.form == .docker ? nil : try reader.index().index
    for descriptor in index?.manifests ?? [] {
      guard MediaType.standard(descriptor.mediaType) == MediaType.manifest else { continue }
      let manifest = try ImageManifest(bytes: try reader.document(descriptor), name: "\(descriptor.digest)")
      if manifest.artifactType == BundleDocument.artifactType { return (descriptor, manifest) }
      if manifest.artifactType?.hasPrefix(family) ?? false { other = manifest.artifactType }
    }
    if let other {
      throw BadRequest(
        "`\(reader.path)` is a bundle of another version: \(other)", hints: ["use a newer envlock"])
    }
    throw BadRequest(
      "`\(reader.path)` is no bundle", hints: ["`envlock bundle` writes one"])
  }

  /// Where the bytes of an artifact lie; nil where the bundle does not have it.
  ///
  /// - Throws: `LayoutReadError` where it should have it.
  func place(of digest: Digest) throws -> LayoutReader.Place? {
    guard document.has(digest) else { return nil }
    return try reader.place(of: digest)
  }
}

extension BundleDocument {
  /// Whether artifacts or files of the user have this digest.
  fileprivate func has(_ digest: Digest) -> Bool {
    artifacts.contains { $0.digest == digest }
      || files.contains { file in
        if case .file(digest, _, _) = file.kind { true } else { false }
      }
  }
}
