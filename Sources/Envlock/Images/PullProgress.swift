public import EnvlockModel

/// A layer of an image that is pulled, or what a statement about the image consists of.
public struct PulledBlob: Hashable, Sendable {
  /// The SHA-256 of its bytes.
  public var digest: Digest
  /// How many bytes it has.
  public var size: Int
  /// What is in it, as far as the image says: "torch 2.9.1".
  public var title: String

  /// Describes a blob.
  public init(digest: Digest, size: Int, title: String) {
    self.digest = digest
    self.size = size
    self.title = title
  }
}

/// What happens while an image is pulled.
public enum PullEvent: Sendable {
  /// It is known what the image consists of; each digest once.
  case planned([PulledBlob])
  /// A blob is being fetched: how many bytes of it are here.
  case fetching(PulledBlob, count: Int)
  /// A blob is here, after so many seconds; or it was there.
  case here(PulledBlob, seconds: Double, wasThere: Bool)
}

/// Somebody who watches a pull; called from any thread.
public protocol PullProgress: Sendable {
  /// Something happened.
  func report(_ event: PullEvent)
}

/// Nobody watches.
public struct NoPullProgress: PullProgress {
  /// Watches nothing.
  public init() {}

  /// Does nothing.
  public func report(_ event: PullEvent) {}
}

/// An image that was pulled.
public struct PulledImage: Sendable {
  /// An image for one system.
  public struct Image: Hashable, Sendable {
    /// The system: "linux/amd64".
    public var platform: String
    /// The digest of the manifest.
    public var manifest: Digest
    /// The digest of the configuration.
    public var config: Digest
    /// The layers, the lowest first.
    public var layers: [PulledBlob]

    /// Describes an image.
    public init(platform: String, manifest: Digest, config: Digest, layers: [PulledBlob]) {
      self.platform = platform
      self.manifest = manifest
      self.config = config
      self.layers = layers
    }
  }

  /// The digest of what was written: the registry's own, unless only a part of an index was.
  public var digest: Digest
  /// What the reference stands for in the registry.
  public var source: Digest
  /// Where it was written.
  public var path: String
  /// How it was written.
  public var format: ImageFormat
  /// The images, in the order of the index; none where it is a bundle.
  public var images: [Image]
  /// What the bundle consists of; nil where it is none.
  public var bundle: [PulledBlob]?
  /// How many bytes of layers were fetched.
  public var fetchedBytes: Int
  /// How long it took.
  public var seconds: Double
  /// What the user should know about it, a sentence each.
  public var notes: [String]

  /// Describes what was pulled.
  public init(
    digest: Digest, source: Digest, path: String, format: ImageFormat, images: [Image],
    bundle: [PulledBlob]? = nil, fetchedBytes: Int, seconds: Double, notes: [String] = []
  ) {
    self.digest = digest
    self.source = source
    self.path = path
    self.format = format
    self.images = images
    self.bundle = bundle
    self.fetchedBytes = fetchedBytes
    self.seconds = seconds
    self.notes = notes
  }
}
