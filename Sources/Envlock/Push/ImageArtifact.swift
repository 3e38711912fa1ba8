import EnvlockImage
public import EnvlockModel
import EnvlockRegistry

/// A file about an image, such as a list of what is in it or a statement of how it was made.
public struct ImageArtifact: Hashable, Sendable {
  /// What kind of thing it is, as tools that look for it ask: a media type.
  public var artifactType: String
  /// What the file is: a media type.
  public var mediaType: String
  /// The name that tools save it by: "sbom.cdx.json".
  public var name: String
  /// The file.
  public var bytes: [UInt8]
  /// Notes.
  public var annotations: [String: String]

  /// Describes an artifact; its kind is that of its file where it is not given.
  public init(
    artifactType: String? = nil, mediaType: String, name: String, bytes: [UInt8],
    annotations: [String: String] = [:]
  ) {
    self.artifactType = artifactType ?? mediaType
    self.mediaType = mediaType
    self.name = name
    self.bytes = bytes
    self.annotations = annotations
  }
}

extension ImagePusher {
  /// Attaches files to an image that was pushed, so that whoever asks the registry what refers to it finds them.
  ///
  /// Attaching the same twice changes nothing.
  /// - Parameters:
  ///   - artifacts: The files.
  ///   - image: The image.
  ///   - target: Where it was pushed to.
  /// - Returns: The digests of the artifacts' manifests.
  /// - Throws: A `UserFacingError`.
  @discardableResult
  public func attach(
    _ artifacts: [ImageArtifact], to image: PushedImage, at target: PushTarget
  ) async throws -> [Digest] {
    let writer = try PushJob(configuration, target, progress: NoPushProgress()).writer
    let subject = ImageDescriptor(mediaType: image.mediaType, digest: image.digest, size: image.size)
    var digests: [Digest] = []
    for artifact in artifacts {
      let file = RegistryWriter.ArtifactFile(
        mediaType: artifact.mediaType, bytes: artifact.bytes,
        annotations: [AnnotationKey.title: artifact.name])
      digests.append(
        try await writer.attach(
          [file], artifactType: artifact.artifactType, to: subject, annotations: artifact.annotations
        ).digest)
    }
    return digests
  }
}
