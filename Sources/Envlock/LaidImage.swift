import EnvlockImage
public import EnvlockModel
public import EnvlockRunSpec
import EnvlockStore

/// What an image on the disk says of itself: an OCI layout in a folder, or an archive.
public struct LaidImage: Hashable, Sendable {
  /// Where it lies, as it was given.
  public let path: String
  /// Which of its images is meant.
  public let platform: Platform
  /// Whether it is a folder.
  public let isFolder: Bool
  /// The digest of the index over its platforms; nil for a docker-archive, which has none.
  public let digest: Digest?
  /// The digest of the platform's manifest; nil for a docker-archive.
  public let manifest: Digest?
  /// The digest of the lock that it was built from; nil where it does not say.
  public let lock: Digest?
  /// How it starts.
  public let process: ImageProcess

  /// Reads the documents of an image, not its layers.
  ///
  /// - Parameters:
  ///   - path: A folder or file.
  ///   - platform: Which of its images is meant.
  /// - Throws: A `UserFacingError` where there is no image for the platform, or its documents are damaged.
  public init(_ path: String, platform: Platform) throws {
    let reader = try LayoutReader(path)
    guard let image = try reader.imagesUnlessBundle().first(where: { $0.platform.runs(on: platform) }) else {
      throw ImageLabelError(
        path: path, message: "there is no image for \(platform)",
        hints: ["`envlock build --platform \(platform)` builds one"])
    }
    self.path = path
    self.platform = platform
    isFolder = reader.form == .folder
    digest = try reader.indexDigest()
    manifest = image.descriptor?.digest
    lock = image.config.process.labels[EnvironmentLabels.lockKey].flatMap { try? Digest($0) }
    let process = image.config.process
    self.process = ImageProcess(
      entrypoint: process.entrypoint ?? [], cmd: process.cmd ?? [], env: process.env,
      workdir: process.workingDirectory, user: process.user)
  }
}
