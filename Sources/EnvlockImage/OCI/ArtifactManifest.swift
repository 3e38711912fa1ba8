public import EnvlockModel

/// Something that belongs to an image and is none, such as a list of what is in it: files, with the manifest that they
/// are about.
///
/// Source: OCI image-spec 1.1, "Image Manifest" (`subject`, `artifactType`) and "Guidelines for Artifact Usage".
public struct ArtifactManifest: ImageDocument {
  /// What kind of thing it is: a media type.
  public var artifactType: String
  /// The files.
  public var files: [ImageDescriptor]
  /// The manifest or index that it is about.
  public var subject: ImageDescriptor
  /// Notes.
  public var annotations: [String: String]

  /// The configuration of what has none: an empty object.
  public static let emptyConfig = Array("{}".utf8)

  /// Describes an artifact.
  public init(
    artifactType: String, files: [ImageDescriptor], subject: ImageDescriptor,
    annotations: [String: String] = [:]
  ) {
    self.artifactType = artifactType
    self.files = files
    self.subject = subject
    self.annotations = annotations
  }

  /// What it is called in errors.
  public static let what = "artifact"

  /// Reads the value.
  ///
  /// - Throws: `JSONDecodingError` unless it is an OCI manifest with a type and a subject.
  public init(_ json: JSONCursor) throws(JSONDecodingError) {
    try json.expect(mediaTypes: [MediaType.manifest])
    artifactType = try json.member("artifactType").string()
    files = []
    for file in try json.member("layers").elements() { files.append(try ImageDescriptor(file)) }
    subject = try ImageDescriptor(try json.member("subject"))
    annotations = try json.texts("annotations")
  }

  /// The value.
  public var json: JSONValue {
    let config = ImageDescriptor(of: Self.emptyConfig, mediaType: MediaType.empty)
    // What it is for, and notes about it, say nothing about the subject itself.
    let subject = ImageDescriptor(mediaType: subject.mediaType, digest: subject.digest, size: subject.size)
    var object: JSONObject = [
      "artifactType": .string(artifactType), "config": config.json, "layers": .array(files.map(\.json)),
      "mediaType": .string(MediaType.manifest), "schemaVersion": 2, "subject": subject.json,
    ]
    object.set("annotations", annotations)
    return .object(object)
  }
}
