import EnvlockVersions

/// In which order packages are decided.
///
/// First by the tier that the source gives; within a tier, packages that conflicts have promoted come first;
/// last, the one that was met first. The order depends on the course of the solve alone.
struct Priorities: Sendable {
  /// By package, and so in the order in which they were met.
  private var records: [Record] = []
  /// Packages that conflicts have just demoted behind the ones that they conflict with.
  private var demoted: [PackageID] = []

  /// How often a package must be part of a conflict before its place in the order changes.
  static let conflictThreshold = 5

  /// What conflicts have made of a package's place; higher is decided earlier.
  enum Promotion: Int, Comparable, Sendable {
    case none
    /// Its versions often rule out those of others: decided after those, yet before unrelated packages.
    case culprit
    /// Its versions were often ruled out: decided before what rules them out.
    case affected

    static func < (left: Promotion, right: Promotion) -> Bool { left.rawValue < right.rawValue }
  }

  private struct Record {
    var affectedCount = 0
    var culpritCount = 0
    var promotion = Promotion.none
    /// The source's tier, and the stamp of the knowledge that it was asked for.
    var tier = 0
    var tierStamp = 0
  }

  // MARK: Conflicts

  /// Counts a conflict that ruled out a version of `affected`, because of what is chosen of `culprits`.
  mutating func count(affected: PackageID, culprits: [PackageID]) {
    guard !culprits.isEmpty else { return }
    extend(to: max(affected, culprits.max() ?? affected).rawValue + 1)
    for culprit in culprits {
      records[culprit.rawValue].culpritCount += 1
      guard records[culprit.rawValue].culpritCount == Self.conflictThreshold else { continue }
      // One that is decided early because of conflicts stays there, or two could push each other back for ever.
      if promote(culprit, to: .culprit) { demoted.append(culprit) }
    }
    records[affected.rawValue].affectedCount += 1
    if records[affected.rawValue].affectedCount == Self.conflictThreshold {
      _ = promote(affected, to: .affected)
    }
  }

  private mutating func extend(to count: Int) {
    while records.count < count { records.append(Record()) }
  }

  private mutating func promote(_ package: PackageID, to promotion: Promotion) -> Bool {
    guard records[package.rawValue].promotion < promotion else { return false }
    records[package.rawValue].promotion = promotion
    return true
  }

  /// Packages whose place changed to behind those that they conflict with, since this was last asked.
  mutating func takeDemoted() -> [PackageID] {
    defer { demoted = [] }
    return demoted
  }

  // MARK: The next package

  /// The package to decide next.
  ///
  /// - Parameters:
  ///   - solution: what is known so far.
  ///   - numbering: the packages that were met.
  ///   - source: what knows the tiers.
  /// - Returns: a package of which a version is needed and not chosen; nil when there is none.
  mutating func next(
    in solution: PartialSolution, _ numbering: Numbering, _ source: some PackageSource
  ) -> PackageID? {
    extend(to: numbering.count)
    var best: (package: PackageID, tier: Int, promotion: Promotion)?
    for place in 1..<numbering.count {
      let package = PackageID(place)
      guard let allowed = solution.choice(of: package) else { continue }
      let stamp = solution.stamp(of: package)
      if records[place].tierStamp != stamp {
        records[place].tierStamp = stamp
        records[place].tier = source.tier(of: numbering.callers(package), allowed: allowed)
      }
      let (tier, promotion) = (records[place].tier, records[place].promotion)
      if let best, (best.tier, best.promotion) >= (tier, promotion) { continue }
      best = (package, tier, promotion)
    }
    return best?.package
  }
}
