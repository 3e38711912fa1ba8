public import EnvlockModel

/// A reference to a document or layer of an image: what it is, its digest and its size.
///
/// Source: OCI image-spec 1.1, "Content descriptors". Only SHA-256 is known; every registry computes it.
public struct ImageDescriptor: ImageDocument {
  /// What it refers to, as `MediaType` calls it.
  public var mediaType: String
  /// The SHA-256 of the bytes.
  public var digest: Digest
  /// How many bytes.
  public var size: Int
  /// For what system a manifest is.
  public var platform: ImagePlatform?
  /// What kind of artifact it is that is no image.
  public var artifactType: String?
  /// Notes.
  public var annotations: [String: String]
  /// Other places of the bytes.
  public var urls: [String]

  /// Refers to bytes.
  public init(
    mediaType: String, digest: Digest, size: Int, platform: ImagePlatform? = nil,
    annotations: [String: String] = [:]
  ) {
    self.mediaType = mediaType
    self.digest = digest
    self.size = size
    self.platform = platform
    artifactType = nil
    self.annotations = annotations
    urls = []
  }

  /// Refers to a document.
  public init(
    of document: [UInt8], mediaType: String, platform: ImagePlatform? = nil,
    annotations: [String: String] = [:]
  ) {
    self.init(
      mediaType: mediaType, digest: SmallSHA256.of(document), size: document.count, platform: platform,
      annotations: annotations)
  }

  /// What it is called in errors.
  public static let what = "descriptor"

  /// Reads the value.
  ///
  /// - Throws: `JSONDecodingError` where the type, a SHA-256 digest or a size is missing.
  public init(_ json: JSONCursor) throws(JSONDecodingError) {
    mediaType = try json.member("mediaType").string()
    digest = try json.member("digest").digest()
    let size = try json.member("size")
    self.size = try size.integer()
    guard self.size >= 0 else { throw size.error("a size is not negative") }
    platform = nil
    if let cursor = try json.optional("platform") { platform = try ImagePlatform(cursor) }
    artifactType = try json.optional("artifactType")?.string()
    annotations = try json.texts("annotations")
    urls = try json.optional("urls")?.strings() ?? []
  }

  /// The value.
  public var json: JSONValue {
    var object: JSONObject = [
      "digest": .string(digest.description), "mediaType": .string(mediaType), "size": .integer(size),
    ]
    object["platform"] = platform?.json
    object.set("artifactType", artifactType)
    object.set("annotations", annotations)
    object.set("urls", urls)
    return .object(object)
  }
}

/// The system that an image is for.
///
/// Source: OCI image-spec 1.1, "Image Index", `platform`.
public struct ImagePlatform: ImageDocument {
  /// The operating system: "linux".
  public var os: String
  /// The architecture, as Go calls it: "amd64".
  public var architecture: String
  /// Which one of that architecture: "v8".
  public var variant: String?

  /// Names a system.
  public init(os: String, architecture: String, variant: String? = nil) {
    self.os = os
    self.architecture = architecture
    self.variant = variant
  }

  /// The system of a lock.
  public init(_ platform: Platform) { self.init(os: "linux", architecture: platform.architecture) }

  /// What it is called in errors.
  public static let what = "platform"

  /// Reads the value.
  ///
  /// - Throws: `JSONDecodingError` where system or architecture is missing.
  public init(_ json: JSONCursor) throws(JSONDecodingError) {
    os = try json.member("os").string()
    architecture = try json.member("architecture").string()
    variant = try json.optional("variant")?.string()
  }

  /// The value.
  public var json: JSONValue {
    var object: JSONObject = ["architecture": .string(architecture), "os": .string(os)]
    object.set("variant", variant)
    return .object(object)
  }

  /// Whether an image for this system runs on that of a lock. arm64 means v8, said or not.
  public func runs(on platform: Platform) -> Bool {
    os == "linux" && architecture == platform.architecture
      && (variant == nil || variant == (platform == .linuxARM64 ? "v8" : "v1"))
  }
}
