package import EnvlockModel
package import EnvlockVersions

/// What one solve is asked: one platform of a manifest, with nothing left to guess.
package struct Question: Sendable {
  /// A node the answer must run on, with its GPUs known to the matrix.
  package struct Target: Hashable, Sendable {
    /// One GPU of a target.
    package struct GPU: Hashable, Sendable {
      /// The model as the user wrote it, such as "A100".
      package let label: String
      /// What kernels it runs.
      package let capability: ComputeCapability

      package init(label: String, capability: ComputeCapability) {
        self.label = label
        self.capability = capability
      }
    }

    /// The table's name in the manifest, or "command line".
    package let name: String
    /// The node's driver, where it is known.
    package let driver: DriverVersion?
    /// The node's GPUs, in the order of the manifest.
    package let gpus: [GPU]

    package init(name: String, driver: DriverVersion?, gpus: [GPU]) {
      self.name = name
      self.driver = driver
      self.gpus = gpus
    }
  }

  /// What an earlier lock chose, to be kept where it still fits.
  package struct Preference: Hashable, Sendable {
    /// The chosen version.
    package let version: Version
    /// The chosen wheel, so that a re-upload with a higher build number does not slip in unasked.
    package let fileName: String?

    package init(version: Version, fileName: String?) {
      self.version = version
      self.fileName = fileName
    }
  }

  package let platform: Platform
  package let python: PythonVersion
  /// The libc of the base image; decides which manylinux wheels may be used.
  package let glibc: Version
  /// What the user asks for, sorted by project name so that the order of a file never matters.
  package let roots: [SourcedRequirement]
  /// Bounds on projects that something else brings in.
  package let constraints: [SourcedRequirement]
  package let cuda: CUDARequest?
  package let targets: [Target]
  /// Files uploaded at or after this instant do not exist; "YYYY-MM-DDTHH:MM:SSZ".
  package let excludeNewer: String?
  package let prerelease: PrereleaseMode
  package let preferences: [ProjectName: Preference]
  /// The files of a project that may be used, by their SHA-256; a project that is not named may use any.
  package let files: [ProjectName: Set<Digest>]

  package init(
    platform: Platform, python: PythonVersion, glibc: Version, roots: [SourcedRequirement],
    constraints: [SourcedRequirement] = [], cuda: CUDARequest? = nil, targets: [Target] = [],
    excludeNewer: String? = nil, prerelease: PrereleaseMode = .ifNecessary,
    preferences: [ProjectName: Preference] = [:], files: [ProjectName: Set<Digest>] = [:]
  ) {
    self.platform = platform
    self.python = python
    self.glibc = glibc
    self.roots = roots.sorted { ($0.requirement.name, $0.origin) < ($1.requirement.name, $1.origin) }
    self.constraints = constraints
    self.cuda = cuda
    self.targets = targets
    self.excludeNewer = excludeNewer
    self.prerelease = prerelease
    self.preferences = preferences
    self.files = files
  }
}
