public import EnvlockModel

/// An image for one system: its configuration and its layers, from the lowest up.
///
/// Source: OCI image-spec 1.1, "Image Manifest".
public struct ImageManifest: ImageDocument {
  /// The configuration.
  public var config: ImageDescriptor
  /// The layers, the lowest first.
  public var layers: [ImageDescriptor]
  /// Notes.
  public var annotations: [String: String]
  /// What kind of artifact it is that is no image.
  public var artifactType: String?

  /// Describes an image.
  public init(config: ImageDescriptor, layers: [ImageDescriptor], annotations: [String: String] = [:]) {
    self.config = config
    self.layers = layers
    self.annotations = annotations
    artifactType = nil
  }

  /// What it is called in errors.
  public static let what = "manifest"

  /// Reads the value.
  ///
  /// - Throws: `JSONDecodingError` unless it is a manifest of schema 2, the OCI's or Docker's, with a configuration and
  ///   layers.
  public init(_ json: JSONCursor) throws(JSONDecodingError) {
    try json.expect(mediaTypes: [MediaType.manifest, MediaType.dockerManifest])
    config = try ImageDescriptor(try json.member("config"))
    layers = []
    for layer in try json.member("layers").elements() { layers.append(try ImageDescriptor(layer)) }
    annotations = try json.texts("annotations")
    artifactType = try json.optional("artifactType")?.string()
  }

  /// The value: always an OCI manifest.
  public var json: JSONValue {
    var object: JSONObject = [
      "config": config.json, "layers": .array(layers.map(\.json)), "mediaType": .string(MediaType.manifest),
      "schemaVersion": 2,
    ]
    object.set("annotations", annotations)
    object.set("artifactType", artifactType)
    return .object(object)
  }
}

/// Images for several systems, or several images of a layout.
///
/// Source: OCI image-spec 1.1, "Image Index".
public struct ImageIndex: ImageDocument {
  /// The manifests, or further indexes.
  public var manifests: [ImageDescriptor]
  /// Notes.
  public var annotations: [String: String]

  /// Describes an index.
  public init(manifests: [ImageDescriptor], annotations: [String: String] = [:]) {
    self.manifests = manifests
    self.annotations = annotations
  }

  /// What it is called in errors.
  public static let what = "index"

  /// Reads the value.
  ///
  /// - Throws: `JSONDecodingError` unless it is an index of schema 2, the OCI's or Docker's.
  public init(_ json: JSONCursor) throws(JSONDecodingError) {
    try json.expect(mediaTypes: [MediaType.index, MediaType.dockerIndex])
    manifests = []
    for manifest in try json.member("manifests").elements() {
      manifests.append(try ImageDescriptor(manifest))
    }
    annotations = try json.texts("annotations")
  }

  /// The value: always an OCI index.
  public var json: JSONValue {
    var object: JSONObject = [
      "manifests": .array(manifests.map(\.json)), "mediaType": .string(MediaType.index), "schemaVersion": 2,
    ]
    object.set("annotations", annotations)
    return .object(object)
  }
}

/// The file `oci-layout`, which marks a folder as an image layout.
///
/// Source: OCI image-spec 1.1, "Image Layout".
public struct ImageLayout: ImageDocument {
  /// The version of the layout.
  public static let version = "1.0.0"
  /// The file's name.
  public static let fileName = "oci-layout"
  /// The name of the index beside it.
  public static let indexName = "index.json"

  /// The layout that is written.
  public init() {}

  /// What it is called in errors.
  public static let what = "layout"

  /// Reads the value.
  ///
  /// - Throws: `JSONDecodingError` for another version.
  public init(_ json: JSONCursor) throws(JSONDecodingError) {
    let version = try json.member("imageLayoutVersion")
    guard try version.string() == ImageLayout.version else {
      throw version.error("only version \(ImageLayout.version) is known")
    }
  }

  /// The value.
  public var json: JSONValue { ["imageLayoutVersion": .string(ImageLayout.version)] }

  /// Where a blob lies below the layout: "blobs/sha256/e3b0…".
  public static func blobPath(_ digest: Digest) -> String { "blobs/sha256/\(digest.hex)" }
}
