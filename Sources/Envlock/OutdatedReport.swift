public import EnvlockDiff
public import EnvlockModel
public import EnvlockVersions

/// What there is by now that a lock does not have, and what of the lock is not there any more.
public struct OutdatedReport: Hashable, Sendable {
  /// Why a wheel of a lock should not be used any more.
  public enum Withdrawal: Hashable, Sendable {
    /// Its index says so (PEP 592), with a reason where it gives one.
    case yanked(reason: String?)
    /// Its index does not have the file any more.
    case fileGone
    /// Its index does not have the project any more.
    case projectGone
    /// Its index has other bytes under the file's name.
    case otherBytes(Digest)
  }

  /// A wheel of a lock.
  public struct Wheel: Hashable, Sendable {
    /// The wheel, as the lock has it.
    public let locked: LockedWheel
    /// The newest release on its index that was not yanked, pre-releases only for a locked pre-release; nil where that
    /// could not be looked up.
    public let latest: Version?
    /// What a resolve would choose if it gave up all choices of the lock; nil where it would choose none, or has no
    /// answer.
    public let fitting: Version?
    /// Why it should not be used any more.
    public let withdrawal: Withdrawal?

    /// Puts the facts together.
    public init(locked: LockedWheel, latest: Version?, fitting: Version?, withdrawal: Withdrawal?) {
      self.locked = locked
      self.latest = latest
      self.fitting = fitting
      self.withdrawal = withdrawal
    }

    /// Whether something newer can be had.
    public var hasNewerFitting: Bool { fitting.map { $0 > locked.version } ?? false }
    /// Whether something newer is there, whether it fits or not.
    public var hasNewer: Bool { latest.map { $0 > locked.version } ?? false }
  }

  /// One of a lock's answers.
  public struct Answer: Hashable, Sendable {
    /// The answer.
    public let locked: PlatformLock
    /// Its wheels that an index can be asked about, by name.
    public let wheels: [Wheel]
    /// The packages of Debian that are newer in the archive, and what else an upgrade would change of them, by name.
    public let packages: [ArtifactDifference<LockedDebianPackage>]
    /// The image below the wheels, where its reference names another one by now: both in full, with their digests.
    public let base: Change<String>?
    /// For each framework the releases that are newer, by the compatibility data.
    public let frameworks: [FrameworkOutlook]

    /// Its wheels that no index has, and of which none tells newer ones: direct references, in the lock's order.
    public var directReferences: [LockedWheel] { locked.wheels.filter { $0.index == nil && $0.url != nil } }

    /// Puts the facts together.
    public init(
      locked: PlatformLock, wheels: [Wheel], packages: [ArtifactDifference<LockedDebianPackage>],
      base: Change<String>?, frameworks: [FrameworkOutlook]
    ) {
      self.locked = locked
      self.wheels = wheels
      self.packages = packages
      self.base = base
      self.frameworks = frameworks
    }
  }

  /// The lock's answers, in its order.
  public let answers: [Answer]
  /// Why a resolve that gives up all choices has no answer; nil where it has one.
  public let refusal: String?
  /// What the user should know, a sentence each.
  public let notes: [String]

  /// Puts a report together.
  public init(answers: [Answer], refusal: String?, notes: [String]) {
    self.answers = answers
    self.refusal = refusal
    self.notes = notes
  }

  /// Whether anything was withdrawn, or something newer can be had.
  public var isOutdated: Bool {
    answers.contains { answer in
      answer.wheels.contains { $0.withdrawal != nil || $0.hasNewerFitting }
        || answer.packages.contains { $0.change == .upgraded } || answer.base != nil
    }
  }
}

/// The releases of a framework that are newer than a lock's.
public struct FrameworkOutlook: Hashable, Sendable {
  /// A newer release, in the build for the same index as the lock's.
  public struct Release: Hashable, Sendable {
    /// Its version.
    public let version: Version
    /// The CUDA release that it brings; nil for one without, or where that is unknown.
    public let cuda: CUDAVersion?
    /// The oldest driver that runs it.
    public let driver: DriverVersion?
    /// Whether that is newer than the oldest driver of the lock.
    public let needsNewerDriver: Bool
    /// The compute capabilities that the lock's build has code for and this one has not, ascending.
    public let lostCapabilities: [ComputeCapability]
    /// The targets of the lock that do not run it, by name.
    public let unfitTargets: [String]

    /// Puts the facts together.
    public init(
      version: Version, cuda: CUDAVersion?, driver: DriverVersion?, needsNewerDriver: Bool,
      lostCapabilities: [ComputeCapability], unfitTargets: [String]
    ) {
      self.version = version
      self.cuda = cuda
      self.driver = driver
      self.needsNewerDriver = needsNewerDriver
      self.lostCapabilities = lostCapabilities
      self.unfitTargets = unfitTargets
    }
  }

  /// The framework.
  public let name: ProjectName
  /// The lock's version.
  public let locked: Version
  /// The newer releases, newest first; none of them is a pre-release.
  public let releases: [Release]

  /// Puts the facts together.
  public init(name: ProjectName, locked: Version, releases: [Release]) {
    self.name = name
    self.locked = locked
    self.releases = releases
  }
}
