import EnvlockImage
public import EnvlockModel
import EnvlockStore

/// A bundle on the disk or in a registry: a lock with all that it names, so that its image can be built when nothing of it
/// can be had elsewhere.
///
/// Opening reads the documents and verifies them; every other byte is held against its digest when it is used.
public struct EnvironmentBundle: Sendable {
  /// A file that the lock names.
  public struct Part: Hashable, Sendable {
    /// Its name.
    public var name: String
    /// The SHA-256 of its bytes.
    public var digest: Digest
    /// How many bytes it has.
    public var size: Int
  }

  /// Where it lies: its path, or what its registry calls it.
  public let name: String
  /// The digest of its manifest, by which a registry knows it.
  public let digest: Digest
  /// The lock.
  public let lock: Lockfile
  /// The digest of the lock's text.
  public var lockDigest: Digest { document.lock.digest }
  /// The platforms whose artifacts are in it, sorted.
  public var platforms: [Platform] { document.platforms }
  /// What the manifest said of the image when the bundle was made.
  public var image: ImageDeclaration { document.image }
  /// The paths of the user's files, folders and links in it, ascending.
  public var files: [String] { document.files.map(\.path.text) }
  /// Wheels, packages, interpreters and the parts of images below, by ascending name.
  public var artifacts: [Part] {
    document.artifacts.map { Part(name: $0.name, digest: $0.digest, size: $0.size) }
  }
  /// Bytes of all that is in it, but the documents that tell what that is.
  public let size: Int

  let document: BundleDocument
  /// The document as it is.
  let documentBytes: [UInt8]
  let source: BundleSource

  /// Opens a bundle on the disk.
  ///
  /// - Parameter path: The file, or a folder with an OCI layout.
  /// - Throws: A `UserFacingError` for what is no bundle, damaged, or made by a newer version.
  public init(_ path: String) throws {
    let reader = try LayoutReader(path)
    guard let bundle = try EnvironmentBundle(reader) else {
      throw BadRequest("`\(path)` is no bundle", hints: ["`envlock bundle` writes one"])
    }
    self = bundle
  }

  /// Opens a bundle on the disk; nil for what is none.
  init?(_ reader: LayoutReader) throws {
    let index = reader.form == .docker ? nil : try reader.index().index
    for descriptor in index?.manifests ?? [] {
      guard MediaType.standard(descriptor.mediaType) == MediaType.manifest else { continue }
      let manifest = try ImageManifest(bytes: try reader.document(descriptor), name: "\(descriptor.digest)")
      guard try Self.isBundle(manifest, "`\(reader.path)`") else { continue }
      try self.init(
        "`\(reader.path)`", reader.path, descriptor.digest, manifest,
        document: try reader.document(manifest.config), source: .disk(reader)
      ) { try reader.document($0) }
      return
    }
    return nil
  }

  /// Whether a manifest is that of a bundle which is known here.
  ///
  /// - Throws: `BadRequest` for one of another version.
  static func isBundle(_ manifest: ImageManifest, _ shown: String) throws(BadRequest) -> Bool {
    guard let type = manifest.artifactType, type.hasPrefix("application/vnd.envlock.bundle.") else {
      return false
    }
    guard type == BundleDocument.artifactType else {
      throw BadRequest("\(shown) is a bundle of another version: \(type)", hints: ["use a newer envlock"])
    }
    return true
  }

  /// Puts it together.
  ///
  /// - Parameters:
  ///   - shown: What it is called in errors.
  ///   - name: Where it lies.
  ///   - digest: That of its manifest.
  ///   - manifest: The manifest.
  ///   - bytes: The document that it names.
  ///   - source: Where everything else is.
  ///   - read: Brings the lock.
  /// - Throws: A `UserFacingError` for what contradicts itself or cannot be read, and what `read` throws.
  init(
    _ shown: String, _ name: String, _ digest: Digest, _ manifest: ImageManifest, document bytes: [UInt8],
    source: BundleSource, lock read: (ImageDescriptor) throws -> [UInt8]
  ) throws {
    let document = try BundleDocument(bytes: bytes, name: "\(manifest.config.digest)")
    // What registries keep is what the manifest names: the two have to agree.
    guard document.manifest.layers.map(\.digest) == manifest.layers.map(\.digest) else {
      throw BadRequest(
        "\(shown) is no bundle that envlock wrote: its manifest names other parts than it lists")
    }
    lock = try Lockfile(parsing: try read(document.lockDescriptor))
    size = manifest.layers.reduce(0) { $0 + $1.size }
    (self.name, self.digest, self.source) = (name, digest, source)
    (self.document, documentBytes) = (document, bytes)
  }

  /// How an artifact, or a file of the user, comes into the store.
  ///
  /// - Parameters:
  ///   - name: Its name, for people.
  ///   - digest: Its digest.
  /// - Returns: The artifact.
  /// - Throws: `BadRequest` where the bundle does not have it; `LayoutReadError` where it should.
  func artifact(_ name: String, _ digest: Digest) throws -> Artifact {
    guard let size = document.size(of: digest) else {
      throw BadRequest(
        "\(name) is not in `\(self.name)`",
        hints: ["the bundle has \(platforms.map(\.description).joined(separator: ", "))"], kind: .answerIsNo)
    }
    var artifact = try source.artifact(digest, size: size)
    artifact.name = name
    return artifact
  }
}

extension ImageDescriptor {
  /// What a part of a bundle is called, for people.
  var bundledName: String {
    let title = annotations[AnnotationKey.title] ?? "\(digest)"
    let folder = "artifacts/"
    return title.hasPrefix(folder) ? String(title.dropFirst(folder.count)) : title
  }
}

extension BundleDocument {
  /// The reference to the lock.
  var lockDescriptor: ImageDescriptor {
    ImageDescriptor(mediaType: Self.lockType, digest: lock.digest, size: lock.size)
  }

  /// Bytes of an artifact or a file of the user; nil where none has this digest.
  fileprivate func size(of digest: Digest) -> Int? {
    if let artifact = artifacts.first(where: { $0.digest == digest }) { return artifact.size }
    for file in files {
      if case .file(digest, let size, _) = file.kind { return size }
    }
    return nil
  }
}
