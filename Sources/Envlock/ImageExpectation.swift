public import EnvlockImage
public import EnvlockModel

/// What an image of one platform must be, whatever its layers are compressed with.
///
/// It follows from a lock and the artifacts that the lock names, without any layer being written.
public struct ImageExpectation: Sendable {
  /// What a layer must be.
  public enum Content: Sendable {
    /// These files, as `LayerPlan` takes them: in any order, without the folders that it adds, their content by CRC and
    /// hash where it lies elsewhere. Which source a splice numbers does not count.
    case entries([LayerEntry])
    /// The layer of another image, byte for byte.
    case carriedOver(ImageDescriptor, diffID: Digest)
  }

  /// A layer.
  public struct Layer: Sendable {
    /// What it is called: "torch 2.9.1", "7 wheels", "bookworm, 41 packages".
    public var title: String
    /// What it must be.
    public var content: Content
    /// The notes of its descriptor, without those that eStargz adds.
    public var annotations: [String: String]

    /// Describes a layer.
    public init(title: String, content: Content, annotations: [String: String] = [:]) {
      self.title = title
      self.content = content
      self.annotations = annotations
    }
  }

  /// The platform.
  public var platform: Platform
  /// The layers, the lowest first.
  public var layers: [Layer]
  /// When all files were changed, in seconds since 1970: the `mtime` of the layers' plans.
  public var mtime: UInt32
  /// The configuration. Its `diffIDs` do not count: they follow from the layers.
  public var config: ImageConfig
  /// The notes of the manifest.
  public var annotations: [String: String]
  /// The label that holds the digest of the lock, and that digest; an image with another is of another lock.
  public var lock: (label: String, digest: Digest)

  /// Describes an image.
  public init(
    platform: Platform, layers: [Layer], mtime: UInt32 = 0, config: ImageConfig,
    annotations: [String: String] = [:], lock: (label: String, digest: Digest)
  ) {
    self.platform = platform
    self.layers = layers
    self.mtime = mtime
    self.config = config
    self.annotations = annotations
    self.lock = lock
  }
}
