public import EnvlockModel

/// What verifying images came to.
public struct ImageVerification: Hashable, Sendable {
  /// A layer that was read.
  public struct Layer: Hashable, Sendable {
    /// What a layer turned out to be.
    public enum Outcome: String, Hashable, Sendable {
      /// Byte for byte the archive that the lock builds: every file against its hash.
      case exact
      /// Byte for byte the layer of the image below.
      case carriedOver = "carried-over"
      /// Whole in itself, but not compared, since the image is of another lock.
      case whole
      /// Something else.
      case differs
    }

    /// What it is called: by the lock where it is known there, else by its digest.
    public var title: String
    /// The digest of its bytes, as they are.
    public var digest: Digest
    /// The digest of its tar archive, as it is.
    public var diffID: Digest
    /// Bytes of the layer.
    public var size: Int
    /// Bytes of the tar archive.
    public var tarSize: Int
    /// How many files it has whose content was hashed; folders and links are not counted.
    public var files: Int
    /// What it turned out to be.
    public var outcome: Outcome
    /// What is wrong with it.
    public var faults: [ImageFault]
    /// How many further faults are not listed.
    public var omitted: Int

    /// Describes a layer.
    public init(
      title: String, digest: Digest, diffID: Digest, size: Int, tarSize: Int, files: Int, outcome: Outcome,
      faults: [ImageFault], omitted: Int
    ) {
      self.title = title
      self.digest = digest
      self.diffID = diffID
      self.size = size
      self.tarSize = tarSize
      self.files = files
      self.outcome = outcome
      self.faults = faults
      self.omitted = omitted
    }
  }

  /// The image of one platform.
  public struct Image: Hashable, Sendable {
    /// The platform: "linux/amd64".
    public var platform: Platform
    /// The digest of the manifest; nil in an archive that has none.
    public var manifest: Digest?
    /// The digest of the configuration, by which an image is known whatever its layers are compressed with.
    public var config: Digest
    /// Tags.
    public var names: [String]
    /// The layers, the lowest first.
    public var layers: [Layer]
    /// What is wrong with the image but not with one of its layers.
    public var faults: [ImageFault]

    /// Describes an image.
    public init(
      platform: Platform, manifest: Digest?, config: Digest, names: [String], layers: [Layer],
      faults: [ImageFault]
    ) {
      self.platform = platform
      self.manifest = manifest
      self.config = config
      self.names = names
      self.layers = layers
      self.faults = faults
    }

    /// Whether nothing is wrong.
    public var isExact: Bool { faults.isEmpty && layers.allSatisfy { $0.faults.isEmpty } }
    /// How many files were hashed.
    public var files: Int { layers.reduce(0) { $0 + $1.files } }
    /// Bytes of all layers.
    public var size: Int { layers.reduce(0) { $0 + $1.size } }
    /// How many faults there are, those that are not listed too.
    public var faultCount: Int {
      faults.count + layers.reduce(0) { $0 + $1.faults.count + $1.omitted }
    }
  }

  /// Where the images lie.
  public var path: String
  /// How they lie there: "oci", "oci-archive", "docker-archive".
  public var form: String
  /// The images that were verified, sorted by platform.
  public var images: [Image]
  /// What is wrong with the whole.
  public var faults: [ImageFault]

  /// Puts results together.
  public init(path: String, form: String, images: [Image], faults: [ImageFault]) {
    self.path = path
    self.form = form
    self.images = images
    self.faults = faults
  }

  /// Whether every image is what it must be.
  public var isExact: Bool { faults.isEmpty && images.allSatisfy(\.isExact) }
}

/// One way in which an image is not what it must be.
public struct ImageFault: Hashable, Sendable {
  /// What kind of fault it is.
  public enum Kind: String, Hashable, CaseIterable, Sendable {
    /// Bytes of the image are not those that it says.
    case blob
    /// A layer's archive is not the one that the configuration lists.
    case diffID = "diff-id"
    /// A layer cannot be read to its end.
    case damage
    /// A layer is missing.
    case missingLayer = "missing-layer"
    /// There is a layer that should not be.
    case extraLayer = "extra-layer"
    /// A layer stands in another place.
    case layerOrder = "layer-order"
    /// A file is missing.
    case missingFile = "missing-file"
    /// There is a file that should not be.
    case extraFile = "extra-file"
    /// A file has other content.
    case content
    /// A file is of another kind, or its mode, owner, time or link differs.
    case properties
    /// The files are right, but the archive is written in another way.
    case archive
    /// The configuration differs.
    case config
    /// The manifest differs.
    case manifest
    /// The image was built from another lock.
    case lock
    /// There is no image, or one too many, for a platform.
    case platform
  }

  /// What kind of fault it is.
  public var kind: Kind
  /// Where: a file's path, a place in a document such as "config.Env[2]"; empty for the layer or image itself.
  public var place: String
  /// What is wrong, as the end of a sentence about the place: "has other content".
  public var reason: String
  /// What should be there; nil where that says nothing.
  public var expected: String?
  /// What is there; nil where that says nothing.
  public var found: String?

  /// Describes a fault.
  public init(
    _ kind: Kind, _ place: String = "", _ reason: String, expected: String? = nil, found: String? = nil
  ) {
    self.kind = kind
    self.place = place
    self.reason = reason
    self.expected = expected
    self.found = found
  }
}
