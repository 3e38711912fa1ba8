public import EnvlockModel

/// What tells two locks' answers for the same nodes apart.
public struct AnswerDifference: Hashable, Sendable {
  /// The old lock's answer; nil where it has none for these nodes.
  public let old: PlatformLock?
  /// The new lock's answer; nil where it has none any more.
  public let new: PlatformLock?
  /// The levels below the wheels.
  public let levels: LevelDifference
  /// The system below the wheels, unless it is the same suite of Debian: then ``packages`` tells all.
  public let base: Change<LockedBase.System?>?
  /// The nodes that were declared, by name: those that differ.
  public let targets: [TargetDifference]
  /// The wheels that differ, by name.
  public let wheels: [ArtifactDifference<LockedWheel>]
  /// The packages of Debian that differ, by name.
  public let packages: [ArtifactDifference<LockedDebianPackage>]
  /// What is to be fetched, in bytes, as far as sizes are known.
  public let bytes: Change<Int>?
  /// Whether something differs that none of the others tells, such as the size of a file.
  public let hasOtherChanges: Bool

  /// The platform.
  public var platform: Platform { (new ?? old)?.platform ?? .linuxAMD64 }

  /// Whether nothing differs of what was compared.
  public var isEmpty: Bool {
    old != nil && new != nil && levels.isEmpty && base == nil && targets.isEmpty && wheels.isEmpty
      && packages.isEmpty && bytes == nil && !hasOtherChanges
  }

  /// Compares two answers.
  init(from old: PlatformLock?, to new: PlatformLock?, _ scope: LockDifference.Scope) {
    self.old = old
    self.new = new
    guard let old, let new else {
      (levels, base, targets, wheels, packages, bytes, hasOtherChanges) = (
        LevelDifference(), nil, [], [], [], nil, false
      )
      return
    }
    levels = LevelDifference(from: old, to: new, scope)
    guard scope == .everything else {
      (base, targets, wheels, packages, bytes, hasOtherChanges) = (nil, [], [], [], nil, false)
      return
    }
    base = Self.base(from: old.base?.system, to: new.base?.system)
    targets = TargetDifference.all(from: old.targets, to: new.targets)
    wheels = ArtifactDifference.all(from: old.wheels, to: new.wheels)
    packages = ArtifactDifference.all(from: old.packages, to: new.packages)
    bytes = Change(old.downloadBytes, new.downloadBytes)
    hasOtherChanges =
      old != new && levels.isEmpty && base == nil && targets.isEmpty && wheels.isEmpty && packages.isEmpty
      && bytes == nil
  }

  /// Pairs the answers of two locks.
  ///
  /// An old answer may stand against several new ones: where targets were split, each of them had it.
  static func all(
    from old: Lockfile, to new: Lockfile, _ scope: LockDifference.Scope
  ) -> [AnswerDifference] {
    var differences: [AnswerDifference] = []
    var used: [PlatformLock] = []
    for answer in new.platforms {
      let before = counterpart(of: answer, in: old, new)
      if let before { used.append(before) }
      differences.append(AnswerDifference(from: before, to: answer, scope))
    }
    for answer in old.platforms where !used.contains(answer) {
      differences.append(AnswerDifference(from: answer, to: nil, scope))
    }
    return differences
  }

  private static func counterpart(
    of answer: PlatformLock, in old: Lockfile, _ new: Lockfile
  ) -> PlatformLock? {
    let candidates = old.answers(for: answer.platform)
    if candidates.count <= 1 { return candidates.first }
    let names = answer.targets.map(\.name)
    return candidates.first { $0.targets.map(\.name) == names }
      ?? candidates.first { $0.targets.contains { names.contains($0.name) } }
      ?? (new.answers(for: answer.platform).count == 1 ? candidates.first : nil)
  }

  private static func base(
    from old: LockedBase.System?, to new: LockedBase.System?
  ) -> Change<LockedBase.System?>? {
    if case .debian(let before)? = old, case .debian(let after)? = new,
      (before.suite, before.security) == (after.suite, after.security)
    {
      return nil
    }
    return Change(old, new)
  }
}

extension PlatformLock {
  /// The packages of Debian below the wheels.
  public var packages: [LockedDebianPackage] {
    guard case .debian(let debian)? = base?.system else { return [] }
    return debian.packages
  }

  /// The sum of the sizes of wheels, packages and layers in bytes, as far as they are known; a build of an interpreter
  /// tells none.
  public var downloadBytes: Int {
    switch base?.system {
    case .debian(let debian): bytes + debian.bytes
    case .image(let image): bytes + image.bytes
    case nil: bytes
    }
  }
}

/// A declared node that came, went or changed.
public struct TargetDifference: Hashable, Sendable {
  /// What it is called.
  public let name: String
  /// The old lock's; nil where it has none of this name.
  public let old: LockedTarget?
  /// The new lock's; nil where it has none of this name any more.
  public let new: LockedTarget?

  static func all(from old: [LockedTarget], to new: [LockedTarget]) -> [TargetDifference] {
    Set((old + new).map(\.name)).sorted().compactMap { name in
      let before = old.first { $0.name == name }
      let after = new.first { $0.name == name }
      return before == after ? nil : TargetDifference(name: name, old: before, new: after)
    }
  }
}
