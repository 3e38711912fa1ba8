public import EnvlockModel
public import EnvlockVersions

/// Which nodes run which locks, and the smallest set of driver upgrades after which as many as possible do.
///
/// A lock is *refused* by a node when its verdict is "does not fit". Of all ways to give each node a newer driver or
/// to leave it alone, without a lock being refused that is not refused today, the plan is the one with
/// 1. the fewest refused pairs of node and lock,
/// 2. among those, the fewest nodes touched,
/// 3. among those, for each node the driver that comes first in ``Checker/candidates(for:)``: long-term and production
///    branches that still get fixes come before others that do, those before branches at their end of life, and within
///    each the lowest driver first.
///
/// A node's driver affects no other node, so the plan is made node by node. "Newer" is meant: a plan never asks for an
/// older driver, which may still be among the mends of a finding.
public struct UpgradePlan: Hashable, Sendable {
  /// The names of the locks, in the order in which they were given.
  public let locks: [String]
  /// The nodes by kind, in the order in which they were read.
  public let groups: [PlannedGroup]

  /// The verdict over all nodes and locks as they are: does not fit where a lock is refused, else unknown where too
  /// little is known, else fits; of no nodes at all, unknown.
  public var verdict: Verdict {
    if groups.contains(where: { $0.verdict == .doesNotFit }) { return .doesNotFit }
    if groups.isEmpty || groups.contains(where: { $0.verdict == .unknown }) { return .unknown }
    return .fits
  }

  /// The upgrades, by ascending driver; groups that get the same driver together.
  public var upgrades: [DriverUpgrade] {
    var upgrades: [DriverUpgrade] = []
    for (index, group) in groups.enumerated() {
      guard let choice = group.upgrade else { continue }
      if let place = upgrades.firstIndex(where: { $0.choice == choice }) {
        upgrades[place].groups.append(index)
      } else {
        upgrades.append(DriverUpgrade(choice: choice, groups: [index]))
      }
    }
    return upgrades.sorted { $0.choice.driver < $1.choice.driver }
  }

  /// How many nodes get another driver.
  public var touched: Int { groups.reduce(0) { $0 + ($1.upgrade == nil ? 0 : $1.names.count) } }
}

/// Nodes of one kind in a plan.
public struct PlannedGroup: Hashable, Sendable {
  /// The nodes' names, in the order in which they were read.
  public let names: [String]
  /// What is known of each.
  public let facts: NodeFacts
  /// What the rules say of each lock today, in the order of the locks.
  public let reports: [NodeReport]
  /// The driver that they get; nil where they need none, or none helps.
  public let upgrade: DriverChoice?
  /// What the rules say of each lock after the upgrade; the same as `reports` where there is none.
  public let reportsAfter: [NodeReport]

  /// The worst verdict of today.
  public var verdict: Verdict { Self.worst(reports) }

  /// The worst verdict after the upgrade.
  public var verdictAfter: Verdict { Self.worst(reportsAfter) }

  /// Which locks are refused after the upgrade too, by their places.
  public var refused: [Int] { reportsAfter.indices.filter { reportsAfter[$0].verdict == .doesNotFit } }

  private static func worst(_ reports: [NodeReport]) -> Verdict {
    if reports.contains(where: { $0.verdict == .doesNotFit }) { return .doesNotFit }
    return reports.contains { $0.verdict == .unknown } ? .unknown : .fits
  }
}

/// A driver that a node can be given.
public struct DriverChoice: Hashable, Sendable {
  /// How a branch is doing, the best first.
  public enum Standing: Int, Hashable, Comparable, CaseIterable, Sendable {
    /// A long-term or production branch that gets fixes.
    case supported
    /// Another branch that gets fixes, as far as is known.
    case other
    /// A branch that gets none any more.
    case ended

    /// The better is the lesser.
    public static func < (one: Standing, other: Standing) -> Bool { one.rawValue < other.rawValue }
  }

  /// The lowest driver that will do; a bare branch, such as 580, stands for its lowest version.
  public let driver: DriverVersion
  /// What the matrix says of its branch; nil where it lacks it.
  public let branch: DriverBranchRow?
  /// How the branch is doing.
  public let standing: Standing
}

/// Nodes that get the same driver.
public struct DriverUpgrade: Hashable, Sendable {
  /// The driver.
  public let choice: DriverChoice
  /// The groups, by their places in the plan.
  public internal(set) var groups: [Int]
}

extension Checker {
  /// Which nodes run which locks, and the smallest set of upgrades (see ``UpgradePlan`` for what that is).
  ///
  /// - Parameters:
  ///   - locks: the locks with their names.
  ///   - groups: the nodes by kind.
  /// - Returns: the plan, its groups in the same order.
  public func plan(_ locks: [(name: String, lock: Lockfile)], on groups: [NodeGroup]) -> UpgradePlan {
    let candidates = self.candidates(for: locks.map(\.lock))
    let glances = locks.map { GlancedLock($0.lock, self) }
    return UpgradePlan(
      locks: locks.map(\.name),
      groups: groups.map { plan(locks.map(\.lock), glances, on: $0, candidates) })
  }

  private func plan(
    _ locks: [Lockfile], _ glances: [GlancedLock], on group: NodeGroup, _ candidates: [DriverChoice]
  ) -> PlannedGroup {
    let today = reports(locks, on: group.facts, names: group.names)
    func planned(_ choice: DriverChoice?, _ after: [NodeReport]) -> PlannedGroup {
      PlannedGroup(
        names: group.names, facts: group.facts, reports: today, upgrade: choice, reportsAfter: after)
    }
    guard let driver = group.facts.driver, today.contains(where: { $0.verdict == .doesNotFit }) else {
      return planned(nil, today)
    }
    func refusals(_ driver: DriverVersion) -> [Bool] {
      let node = NodeView(group.facts.after(driver, matrix), matrix: matrix)
      return glances.map { $0.isRefused(by: node, self) }
    }
    // Where a restart brings library and module together again, no other driver is needed for that.
    let restarted = refusals(driver)
    var best: DriverChoice?
    var fewest = restarted.count { $0 }
    for choice in candidates where choice.driver > driver {
      if fewest == 0 { break }
      let then = refusals(choice.driver)
      let takesAway = zip(restarted, then).contains { !$0 && $1 }
      guard !takesAway, then.count(where: { $0 }) < fewest else { continue }
      fewest = then.count { $0 }
      best = choice
    }
    guard let best else { return planned(nil, today) }
    return planned(best, reports(locks, on: group.facts.after(best.driver, matrix), names: group.names))
  }

  private func reports(_ locks: [Lockfile], on facts: NodeFacts, names: [String]) -> [NodeReport] {
    locks.flatMap { report($0, on: [NodeGroup(names: names, facts: facts)]).groups }
  }

  /// The drivers that may matter to locks, the one to be preferred first: the floors of every CUDA release, of the
  /// locks and of their cuDNN, and the first driver of every branch. Between two neighbours of them no verdict changes.
  public func candidates(for locks: [Lockfile]) -> [DriverChoice] {
    var drivers: [DriverVersion] = []
    for release in matrix.toolkitReleases {
      let need = matrix.driverNeeded(for: release)
      drivers += [need.full, need.minorCompatibility].compactMap { $0 }
    }
    for strata in locks.flatMap({ $0.platforms.map(\.strata) }) {
      drivers += [strata.driver?.full, strata.driver?.minorCompatibility].compactMap { $0 }
      for cuda in [strata.cuda] + strata.frameworks.map(\.cuda) {
        guard let cuda else { continue }
        let need = matrix.driverNeeded(for: cuda)
        drivers += [need.full, need.minorCompatibility].compactMap { $0 }
        if let driver = strata.cudnn.flatMap({ matrix.cudnnNeed($0, cuda: cuda) })?.driver {
          drivers.append(driver)
        }
      }
    }
    drivers += matrix.driverBranches.compactMap { try? DriverVersion(String($0.branch)) }
    var choices: [DriverChoice] = []
    var last: DriverVersion?
    for driver in drivers.sorted() where driver != last {
      last = driver
      let branch = matrix.driverBranch(driver.branch)
      choices.append(DriverChoice(driver: driver, branch: branch, standing: standing(of: branch)))
    }
    return choices.sorted { ($0.standing, $0.driver) < ($1.standing, $1.driver) }
  }

  private func standing(of branch: DriverBranchRow?) -> DriverChoice.Standing {
    guard let branch else { return .other }
    if let today = options.today {
      // Of a branch whose end is not known, that of a newer one tells.
      let hasEnded = matrix.driverBranches.contains { other in
        other.hasEnded(today)
          && (other.branch == branch.branch || other.branch > branch.branch && branch.endOfLife == nil)
      }
      if hasEnded { return .ended }
    }
    return branch.kind == "lts" || branch.kind == "production" ? .supported : .other
  }
}

extension DriverBranchRow {
  /// Whether its end of life lies before a day. "2029-09" lasts to the end of that month: only what both say counts.
  fileprivate func hasEnded(_ today: String) -> Bool {
    endOfLife.map { $0.utf8.lexicographicallyPrecedes(today.prefix($0.count).utf8) } ?? false
  }
}

extension NodeFacts {
  /// The facts after another driver was installed and the node restarted.
  fileprivate func after(_ driver: DriverVersion, _ matrix: Matrix) -> NodeFacts {
    var facts = self
    facts.driver = driver
    facts.driverLibrary = nil
    if driver != self.driver { facts.cudaDriver = matrix.driverBranch(driver.branch)?.cudaMax }
    facts.gaps.removeAll { $0.subject == .driver }
    return facts
  }
}
