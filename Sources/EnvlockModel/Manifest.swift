public import EnvlockVersions

/// What the user asks for: `envlock.toml`, `[tool.envlock]` of `pyproject.toml`, or a command line.
public struct Manifest: Hashable, Sendable {
  /// What the environment is called.
  public var name: String?
  /// The Python it is for; nil leaves the choice to the solve.
  public var python: PythonVersion?
  /// The framework the environment is built around.
  public var framework: SourcedRequirement?
  /// What else is required, in the order it was written.
  public var requirements: [SourcedRequirement]
  /// Bounds on projects that something else brings in, in the order they were written.
  public var constraints: [SourcedRequirement]
  /// Which CUDA; nil leaves the choice to the solve.
  public var cuda: CUDARequest?
  /// The platforms one lock holds, without repetition.
  public var platforms: [Platform]
  /// The glibc that wheels may count on, where the user says it; else that of the base counts, or the default.
  public var statedGlibc: Version?
  /// Which files are too new to exist.
  public var excludeNewer: UploadCutoff?
  /// When pre-releases may be chosen.
  public var prerelease: PrereleaseMode
  /// The projects that may be built from source distributions where no wheel of a release fits, in the order they were
  /// written.
  public var buildSdist: [ProjectName]
  /// Whether targets that cannot share one answer get one each.
  public var split: Bool
  /// The nodes it must run on; empty: any, and the lock states what it needs.
  public var targets: [Target]
  /// The named indexes, by descending priority.
  public var indexes: [IndexDeclaration]
  /// `[project].requires-python` of a `pyproject.toml`.
  public var requiresPython: SpecifierSet?
  /// What lies below the wheels; nil for a lock of wheels only.
  public var base: BaseDeclaration?
  /// What is in an image beside the environment.
  public var image: ImageDeclaration?
  /// How an image is to be started.
  public var run: RunDeclaration?

  /// The glibc that wheels may count on; decides which manylinux wheels may be used.
  public var glibc: Version { statedGlibc ?? Self.defaultGlibc }

  /// The platforms of a manifest that names none.
  public static let defaultPlatforms: [Platform] = [.linuxAMD64]
  /// The glibc of a manifest that names none: that of manylinux_2_28, which today's wheels are built for.
  public static let defaultGlibc = Version(release: [2, 28])

  /// A manifest that asks for nothing but what is given.
  public init(
    name: String? = nil, python: PythonVersion? = nil, framework: SourcedRequirement? = nil,
    requirements: [SourcedRequirement] = [], constraints: [SourcedRequirement] = [],
    cuda: CUDARequest? = nil, platforms: [Platform] = defaultPlatforms, glibc: Version? = nil,
    excludeNewer: UploadCutoff? = nil, prerelease: PrereleaseMode = .ifNecessary,
    buildSdist: [ProjectName] = [], split: Bool = false, targets: [Target] = [],
    indexes: [IndexDeclaration] = [], requiresPython: SpecifierSet? = nil, base: BaseDeclaration? = nil,
    image: ImageDeclaration? = nil, run: RunDeclaration? = nil
  ) {
    self.name = name
    self.python = python
    self.framework = framework
    self.requirements = requirements
    self.constraints = constraints
    self.cuda = cuda
    self.platforms = platforms
    statedGlibc = glibc
    self.excludeNewer = excludeNewer
    self.prerelease = prerelease
    self.buildSdist = buildSdist
    self.split = split
    self.targets = targets
    self.indexes = indexes
    self.requiresPython = requiresPython
    self.base = base
    self.image = image
    self.run = run
  }
}
