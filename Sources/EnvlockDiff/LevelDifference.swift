public import EnvlockModel
public import EnvlockVersions

/// What tells the levels below the wheels of two answers apart; a level that is the same is nil.
public struct LevelDifference: Hashable, Sendable {
  /// The frameworks that came, went or changed, by name.
  public let frameworks: [FrameworkDifference]
  /// The Python that the wheels were chosen for.
  public let python: Change<PythonVersion>?
  /// The interpreter of the image.
  public let interpreter: Change<LockedInterpreter?>?
  /// The CUDA release that the wheels bring.
  public let cuda: Change<CUDAVersion?>?
  /// The cuDNN.
  public let cudnn: Change<Version?>?
  /// The NCCL.
  public let nccl: Change<Version?>?
  /// The oldest driver that has everything of the CUDA release.
  public let fullDriver: Change<DriverVersion?>?
  /// The oldest driver that runs it at all: by minor-version compatibility, where that reaches further down.
  public let lowestDriver: Change<DriverVersion?>?
  /// The oldest glibc that the wheels may meet.
  public let glibc: Change<Version>?

  /// Whether all levels are the same.
  public var isEmpty: Bool { self == LevelDifference() }

  /// No difference.
  init() {
    (frameworks, python, interpreter, cuda, cudnn, nccl) = ([], nil, nil, nil, nil, nil)
    (fullDriver, lowestDriver, glibc) = (nil, nil, nil)
  }

  /// Compares two answers.
  init(from old: PlatformLock, to new: PlatformLock, _ scope: LockDifference.Scope) {
    let (before, after) = (old.strata, new.strata)
    frameworks = FrameworkDifference.all(from: before.frameworks, to: after.frameworks)
    switch scope {
    case .everything:
      python = Change(old.python, new.python)
      interpreter = Change(old.base?.interpreter, new.base?.interpreter)
    case .levels:
      python = old.python.isLike(new.python) ? nil : Change(old.python, new.python)
      interpreter = nil
    }
    cuda = Change(before.cuda, after.cuda)
    cudnn = Change(before.cudnn, after.cudnn)
    nccl = Change(before.nccl, after.nccl)
    fullDriver = Change(before.driver?.full, after.driver?.full)
    lowestDriver = Change(before.driver?.lowest, after.driver?.lowest)
    glibc = Change(before.glibc, after.glibc)
  }
}

extension DriverFloor {
  /// The oldest driver that runs the release by any kind of compatibility.
  public var lowest: DriverVersion? { [full, minorCompatibility].compactMap { $0 }.min() }
}

extension PythonVersion {
  /// Whether an image's interpreter, which says its patch release and nothing of threads, may be the Python of a lock.
  fileprivate func isLike(_ other: PythonVersion) -> Bool {
    guard (major, minor) == (other.major, other.minor) else { return false }
    guard let patch, let otherPatch = other.patch else { return true }
    return patch == otherPatch
  }
}

/// A framework that came, went, or is another build.
public struct FrameworkDifference: Hashable, Sendable {
  /// The project, such as torch.
  public let name: ProjectName
  /// The old lock's; nil where it has none.
  public let old: FrameworkStratum?
  /// The new lock's; nil where it has none any more.
  public let new: FrameworkStratum?
  /// The compute capabilities that had code and have none any more, ascending; empty where that of one is unknown.
  public let lostCapabilities: [ComputeCapability]
  /// The compute capabilities that had no code and have some now, ascending; empty where that of one is unknown.
  public let gainedCapabilities: [ComputeCapability]

  static func all(from old: [FrameworkStratum], to new: [FrameworkStratum]) -> [FrameworkDifference] {
    Set((old + new).map(\.name)).sorted().compactMap { name in
      let before = old.first { $0.name == name }
      let after = new.first { $0.name == name }
      return before == after ? nil : FrameworkDifference(name, from: before, to: after)
    }
  }

  private init(_ name: ProjectName, from old: FrameworkStratum?, to new: FrameworkStratum?) {
    self.name = name
    self.old = old
    self.new = new
    guard let old, let new, old.hasKnownCode, new.hasKnownCode else {
      (lostCapabilities, gainedCapabilities) = ([], [])
      return
    }
    let named = Set(old.kernels + new.kernels + (old.ptx ?? []) + (new.ptx ?? [])).sorted()
    lostCapabilities = named.filter { old.hasCode(for: $0) && !new.hasCode(for: $0) }
    gainedCapabilities = named.filter { !old.hasCode(for: $0) && new.hasCode(for: $0) }
  }
}

extension FrameworkStratum {
  /// Whether anything is known of its code.
  public var hasKnownCode: Bool { !kernels.isEmpty || ptx?.isEmpty == false }

  /// Whether it runs on GPUs of a compute capability.
  ///
  /// Code compiled for X.Y runs on X.Y and on higher minors of X; PTX for p runs on p and everything newer. Unknown PTX
  /// counts as none (CUDA C++ Programming Guide, "Compute Capabilities").
  public func hasCode(for capability: ComputeCapability) -> Bool {
    kernels.contains { $0.major == capability.major && $0.minor <= capability.minor }
      || (ptx ?? []).contains { $0 <= capability }
  }
}
