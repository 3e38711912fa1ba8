public import EnvlockModel

/// What a bundle holds: all that a lock names, and what its image is made of besides.
///
/// A bundle is an OCI artifact, so that it lies in a layout as in a registry: this document is the configuration of its
/// manifest, each blob one of its layers.
///
/// Source: OCI image-spec 1.1, "Guidelines for Artifact Usage".
public struct BundleDocument: ImageDocument {
  /// What kind of artifact a bundle is.
  public static let artifactType = "application/vnd.envlock.bundle.v1"
  /// The media type of this document.
  public static let mediaType = "application/vnd.envlock.bundle.config.v1+json"
  /// The media type of a lock.
  public static let lockType = "application/vnd.envlock.lock.v1+json"
  /// The media type of wheels, packages and whatever else is taken as it is.
  public static let blobType = "application/octet-stream"

  /// Bytes under a name.
  public struct Blob: Hashable, Sendable {
    /// The name: a file's, such as "torch-2.9.1-cp311-cp311-manylinux_2_28_x86_64.whl".
    public var name: String
    /// The digest.
    public var digest: Digest
    /// How many bytes.
    public var size: Int

    /// Names bytes.
    public init(_ name: String, digest: Digest, size: Int) {
      self.name = name
      self.digest = digest
      self.size = size
    }
  }

  /// One of the user's files.
  public struct File: Hashable, Sendable {
    /// What it is.
    public enum Kind: Hashable, Sendable {
      /// A file: its digest, its bytes, and whether its owner may execute it.
      case file(Digest, size: Int, isExecutable: Bool)
      /// A folder.
      case folder
      /// A symbolic link, with its text.
      case link(String)
    }

    /// The path below the manifest's folder.
    public var path: ImagePath
    /// What it is.
    public var kind: Kind

    /// Describes a file.
    public init(_ path: ImagePath, _ kind: Kind) {
      self.path = path
      self.kind = kind
    }
  }

  /// The lock.
  public var lock: Blob
  /// The platforms whose artifacts are there, sorted.
  public var platforms: [Platform]
  /// What the manifest says of the image.
  public var image: ImageDeclaration
  /// The user's files that the image copies, by ascending path.
  public var files: [File]
  /// The files of the compatibility data, by ascending name.
  public var matrix: [Blob]
  /// Wheels, packages, interpreters and the parts of images below, by ascending name.
  public var artifacts: [Blob]

  /// Describes a bundle; everything is brought into its order.
  public init(
    lock: Blob, platforms: [Platform], image: ImageDeclaration, files: [File], matrix: [Blob],
    artifacts: [Blob]
  ) {
    self.lock = lock
    self.platforms = platforms.sorted()
    self.image = image
    self.files = files.sorted { $0.path < $1.path }
    self.matrix = Self.sorted(matrix)
    self.artifacts = Self.sorted(artifacts)
  }

  private static func sorted(_ blobs: [Blob]) -> [Blob] {
    var known: Set<Digest> = []
    return blobs.filter { known.insert($0.digest).inserted }.sorted {
      ($0.name, $0.digest) < ($1.name, $1.digest)
    }
  }

  /// What it is called in errors.
  public static let what = "bundle"

  /// Reads the value.
  ///
  /// - Throws: `JSONDecodingError` where something is missing or of another kind, and for a path that leads elsewhere.
  public init(_ json: JSONCursor) throws(JSONDecodingError) {
    func blobs(_ key: String) throws(JSONDecodingError) -> [Blob] {
      var blobs: [Blob] = []
      for element in try json.member(key).elements() { blobs.append(try Blob(element)) }
      return blobs
    }
    var (platforms, files): ([Platform], [File]) = ([], [])
    for platform in try json.member("platforms").elements() {
      platforms.append(try platform.parse { try Platform($0) })
    }
    for file in try json.member("files").elements() { files.append(try File(file)) }
    self.init(
      lock: try Blob(try json.member("lock")), platforms: platforms,
      image: try ImageDeclaration(try json.member("image")), files: files, matrix: try blobs("matrix"),
      artifacts: try blobs("artifacts"))
  }

  /// The value.
  public var json: JSONValue {
    [
      "artifacts": .array(artifacts.map(\.json)), "files": .array(files.map(\.json)), "image": image.json,
      "lock": lock.json, "matrix": .array(matrix.map(\.json)),
      "platforms": .array(platforms.map { .string($0.description) }),
    ]
  }

  /// The manifest over it: its layers in the order of `lock`, `matrix`, files and `artifacts`, each digest once.
  public var manifest: ImageManifest {
    var known: Set<Digest> = []
    var layers: [ImageDescriptor] = []
    func add(_ digest: Digest, _ size: Int, _ mediaType: String, title: String) {
      guard known.insert(digest).inserted else { return }
      layers.append(
        ImageDescriptor(
          mediaType: mediaType, digest: digest, size: size, annotations: [AnnotationKey.title: title]))
    }
    add(lock.digest, lock.size, Self.lockType, title: lock.name)
    for blob in matrix { add(blob.digest, blob.size, "application/json", title: "matrices/\(blob.name)") }
    for file in files {
      if case .file(let digest, let size, _) = file.kind {
        add(digest, size, Self.blobType, title: "files/\(file.path)")
      }
    }
    for blob in artifacts { add(blob.digest, blob.size, Self.blobType, title: "artifacts/\(blob.name)") }
    var manifest = ImageManifest(
      config: ImageDescriptor(of: bytes, mediaType: Self.mediaType), layers: layers)
    manifest.artifactType = Self.artifactType
    return manifest
  }
}

extension BundleDocument.Blob {
  fileprivate init(_ json: JSONCursor) throws(JSONDecodingError) {
    self.init(
      try json.member("name").string(), digest: try json.member("digest").digest(),
      size: try json.member("size").size())
  }

  fileprivate var json: JSONValue {
    ["digest": .string(digest.description), "name": .string(name), "size": .integer(size)]
  }
}

extension BundleDocument.File {
  fileprivate init(_ json: JSONCursor) throws(JSONDecodingError) {
    let path = try json.member("path")
    let text = try path.string()
    do throws(PathProblem) { self.path = try ImagePath(text) } catch { throw path.error(error.reason) }
    if let digest = try json.optional("digest") {
      kind = .file(
        try digest.digest(), size: try json.member("size").size(),
        isExecutable: try json.optional("executable")?.bool() ?? false)
    } else if let link = try json.optional("link") {
      kind = .link(try link.string())
    } else {
      kind = .folder
    }
  }

  fileprivate var json: JSONValue {
    var object: JSONObject = ["path": .string(path.text)]
    switch kind {
    case .file(let digest, let size, let isExecutable):
      object["digest"] = .string(digest.description)
      object["size"] = .integer(size)
      if isExecutable { object["executable"] = true }
    case .link(let text): object["link"] = .string(text)
    case .folder: break
    }
    return .object(object)
  }
}

extension JSONCursor {
  fileprivate func size() throws(JSONDecodingError) -> Int {
    let size = try integer()
    guard size >= 0 else { throw error("a size is not negative") }
    return size
  }
}
