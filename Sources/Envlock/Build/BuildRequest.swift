public import EnvlockModel

/// What is to be built.
public struct BuildRequest: Sendable {
  /// How the bytes of layers are made.
  public enum Compression: String, CaseIterable, Sendable {
    /// gzip around the compressed bytes that the wheels have.
    case splice
    /// Compressed anew with zstd: smaller, and pulled faster.
    case zstd
    /// Not compressed, for images that stay on this machine.
    case none
  }

  /// The lock.
  public var lock: Lockfile
  /// The platforms to build for; nil for all that the lock has.
  public var platforms: [Platform]?
  /// The declared target whose answer is taken where the lock was split; nil where there is one answer a platform.
  public var target: String?
  /// What is in the image beside the environment.
  public var image: ImageDeclaration
  /// The indexes that the manifest declares, for wheels that have to be fetched.
  public var indexes: [IndexDeclaration]
  /// The folder that files to copy are relative to.
  public var folder: String
  /// Where artifacts and the user's files come from that are not in the store; nil: from indexes, mirrors and registries,
  /// and from `folder`. With a bundle nobody is asked but, where it lies in one, its registry.
  public var bundle: EnvironmentBundle?
  /// The projects whose wheels may be built of their sources again, where the store and the bundle do not have them.
  public var buildSdist: Set<ProjectName>
  /// How layers are compressed.
  public var compression: Compression
  /// Whether layers carry an eStargz table, for lazy pulling; goes with `splice` only.
  public var stargz: Bool

  /// A build of all that a lock has.
  public init(
    lock: Lockfile, platforms: [Platform]? = nil, target: String? = nil,
    image: ImageDeclaration = ImageDeclaration(), indexes: [IndexDeclaration] = [], folder: String = ".",
    bundle: EnvironmentBundle? = nil, buildSdist: Set<ProjectName> = [],
    compression: Compression = .splice, stargz: Bool = false
  ) {
    self.lock = lock
    self.platforms = platforms
    self.target = target
    self.image = image
    self.indexes = indexes
    self.folder = folder
    self.bundle = bundle
    self.buildSdist = buildSdist
    self.compression = compression
    self.stargz = stargz
  }
}

/// What a layer belongs to, from the lowest up.
public enum LayerStratum: String, CaseIterable, Sendable {
  /// Packages of Debian, or layers of the image below.
  case base
  /// A build of CPython.
  case interpreter
  /// The folder that the environment lives in.
  case environment
  /// Wheels.
  case wheels
  /// Compiled modules of the interpreter and the wheels.
  case bytecode
  /// The lock.
  case lock
  /// The user's files.
  case files
}
