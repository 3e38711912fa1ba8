public import EnvlockModel
public import EnvlockRunSpec
public import EnvlockVersions

/// What images say of themselves: their manifests and configurations, and nothing of what is in their layers.
public struct ImageInspection: Sendable {
  /// A layer.
  public struct Layer: Hashable, Sendable {
    /// The SHA-256 of its bytes; nil where nothing says it.
    public var digest: Digest?
    /// The SHA-256 of the tar archive in it; nil where the configuration tells of other layers.
    public var diffID: Digest?
    /// What it is; nil where nothing says it.
    public var mediaType: String?
    /// How many bytes it has; nil where they are missing.
    public var size: Int?
    /// What is in it, or the command that made it, as far as the image says.
    public var title: String?
  }

  /// What an image that envlock built says of its environment.
  public struct Environment: Sendable {
    /// The digest of the lock's text.
    public var lock: Digest
    /// What is below the wheels: "debian bookworm".
    public var base: String?
    /// The interpreter's version.
    public var python: Version
    /// The answer of the lock, without its wheels.
    public var answer: PlatformLock
  }

  /// An image for one system.
  public struct Image: Sendable {
    /// The system: "linux/amd64", "linux/arm64/v8".
    public var platform: String
    /// The digest of its manifest; nil for what `docker save` writes, which has none.
    public var manifest: Digest?
    /// What the manifest is.
    public var mediaType: String?
    /// The digest of its configuration.
    public var config: Digest
    /// When it was made, in RFC 3339.
    public var created: String?
    /// Who made it.
    public var author: String?
    /// How it starts.
    public var process: ImageProcess
    /// Ports that it listens on.
    public var ports: [String]
    /// Folders that are kept apart.
    public var volumes: [String]
    /// What ends it.
    public var stopSignal: String?
    /// The notes of its configuration.
    public var labels: [String: String]
    /// The notes of its manifest.
    public var annotations: [String: String]
    /// What it says of its environment; nil where envlock did not build it.
    public var environment: Environment?
    /// Why what it says of its environment cannot be read; nil where it can, or there is nothing.
    public var fault: String?
    /// Its layers, the lowest first.
    public var layers: [Layer]

    /// Bytes of all layers, as far as they are known.
    public var size: Int { layers.reduce(0) { $0 + ($1.size ?? 0) } }
  }

  /// An image of the index that was not looked at.
  public struct Other: Hashable, Sendable {
    /// The system; nil where the index does not say.
    public var platform: String?
    /// The digest of its manifest.
    public var manifest: Digest
  }

  /// Something that refers to the image: a signature, a bill of materials.
  public struct Referrer: Hashable, Sendable {
    /// What it is about: the index, or the manifest of an image.
    public var subject: Digest
    /// The digest of its manifest.
    public var manifest: Digest
    /// What kind of artifact it is, or what its manifest is where that is not said.
    public var type: String
    /// How many bytes its manifest has.
    public var size: Int
    /// Its notes.
    public var annotations: [String: String]
  }

  /// The reference, in full, or the path.
  public var name: String
  /// How it lies: "registry", "oci", "oci-archive", "docker-archive".
  public var form: String
  /// The digest of what the name stands for; nil for a docker-archive, which has none.
  public var digest: Digest?
  /// What that is; nil for what lies on the disk.
  public var mediaType: String?
  /// The images that were looked at.
  public var images: [Image]
  /// Those that were not.
  public var others: [Other]
  /// How many statements about images the index itself names.
  public var statements: Int
  /// What refers to the index and the images, or to the bundle; nil where nobody was asked.
  public var referrers: [Referrer]?
  /// The bundle that it is instead of images; nil where it is none.
  public var bundle: EnvironmentBundle?
  /// What the user should know, a sentence each.
  public var notes: [String]
}
