public import EnvlockModel

/// The layers that images are made of, before any of them is.
public struct BuildPlan: Sendable {
  /// An image for each platform, sorted by platform.
  public var images: [PlannedImage]

  /// Puts a plan together.
  public init(images: [PlannedImage]) { self.images = images }
}

/// The layers of an image.
public struct PlannedImage: Sendable {
  /// The platform.
  public var platform: Platform
  /// The layers, the lowest first.
  public var layers: [PlannedLayer]

  /// Puts an image together.
  public init(platform: Platform, layers: [PlannedLayer]) {
    self.platform = platform
    self.layers = layers
  }
}

/// A layer, made or not.
public struct PlannedLayer: Sendable {
  /// What goes into a layer: a wheel, a package, an archive.
  public struct Part: Hashable, Sendable {
    /// "torch", "libc6".
    public var name: String
    /// "2.9.1"; empty where there is none.
    public var version: String
    /// Bytes of the file that it comes from; nil where they are not known.
    public var size: Int?
    /// Whether that file is in the store, or nothing has to be fetched for it.
    public var isInStore: Bool

    /// Describes a part.
    public init(name: String, version: String, size: Int?, isInStore: Bool) {
      self.name = name
      self.version = version
      self.size = size
      self.isInStore = isInStore
    }
  }

  /// What it belongs to.
  public var stratum: LayerStratum
  /// What it is called: "torch 2.9.1", "7 wheels", "bookworm, 41 packages".
  public var title: String
  /// What goes into it, by ascending name.
  public var parts: [Part]
  /// The layer, where the store has it already, or the image below brings it.
  public var made: BuiltLayer?

  /// Describes a layer.
  public init(stratum: LayerStratum, title: String, parts: [Part], made: BuiltLayer?) {
    self.stratum = stratum
    self.title = title
    self.parts = parts
    self.made = made
  }
}

/// A layer that is made.
public struct BuiltLayer: Hashable, Sendable {
  /// What it is, as its descriptor calls it.
  public var mediaType: String
  /// The digest of its bytes.
  public var digest: Digest
  /// The digest of the tar archive that it holds.
  public var diffID: Digest
  /// Bytes of the layer.
  public var size: Int
  /// Bytes of the tar archive; nil for a layer of the image below.
  public var tarSize: Int?
  /// Notes of its descriptor.
  public var annotations: [String: String]

  /// Describes a layer.
  public init(
    mediaType: String, digest: Digest, diffID: Digest, size: Int, tarSize: Int?,
    annotations: [String: String] = [:]
  ) {
    self.mediaType = mediaType
    self.digest = digest
    self.diffID = diffID
    self.size = size
    self.tarSize = tarSize
    self.annotations = annotations
  }
}

/// Images that are made; nothing is written yet but the layers in the store.
public struct BuiltImages: Sendable {
  /// The image of one platform.
  public struct Image: Sendable {
    /// The platform.
    public var platform: Platform
    /// The digest of its manifest.
    public var manifest: Digest
    /// The digest of its configuration.
    public var config: Digest
    /// The layers with what they are called, the lowest first; each is made.
    public var layers: [PlannedLayer]
    /// Bytes of all layers.
    public var size: Int { layers.reduce(0) { $0 + ($1.made?.size ?? 0) } }

    /// Describes an image.
    public init(platform: Platform, manifest: Digest, config: Digest, layers: [PlannedLayer]) {
      self.platform = platform
      self.manifest = manifest
      self.config = config
      self.layers = layers
    }
  }

  /// The digest of the index over the platforms, by which an image is known.
  public var digest: Digest
  /// The images, sorted by platform.
  public var images: [Image]
  /// How long it took, in seconds.
  public var seconds: Double
  /// What the user should know about it, a sentence each.
  public var notes: [String]
  /// The documents, for whoever writes a layout.
  package var contents: ImageContents

  /// Puts images together.
  package init(
    digest: Digest, images: [Image], seconds: Double, notes: [String], contents: ImageContents
  ) {
    self.digest = digest
    self.images = images
    self.seconds = seconds
    self.notes = notes
    self.contents = contents
  }
}
