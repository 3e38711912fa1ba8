public import EnvlockCheck
public import EnvlockDiff
public import EnvlockModel
import EnvlockNodeFacts

/// What a change of a lock means for a kind of node.
public struct Consequence: Hashable, Sendable {
  /// Which nodes.
  public enum Nodes: Hashable, Sendable {
    /// Those that a lock declares.
    case target(LockedTarget)
    /// These, by name; one empty name for a node that nobody named.
    case named([String])
  }

  /// Which nodes it is about.
  public let nodes: Nodes
  /// What the rules say of the lock before.
  public let old: NodeReport
  /// What they say of the lock after.
  public let new: NodeReport

  /// Whether it ran there and does not any more.
  public var isLoss: Bool { old.verdict != .doesNotFit && new.verdict == .doesNotFit }

  /// Whether the verdict is the same, and by the same kind of compatibility.
  fileprivate var isNone: Bool { old.verdict == new.verdict && old.compatibility == new.compatibility }
}

extension LockDifference {
  /// What the change means for the targets that either lock declares; those for which nothing changes are left out.
  ///
  /// A target of both is looked at as each lock declares it. One that was declared before and is not any more is looked
  /// at all the same: its nodes are still there.
  /// - Parameter matrix: The compatibility data.
  /// - Returns: In the order of the answers and of their targets.
  public func consequences(matrix: Matrix) -> [Consequence] {
    let checker = Checker(matrix: matrix)
    return answers.flatMap { answer -> [Consequence] in
      guard let old = answer.old, let new = answer.new else { return [] }
      let hasChanged = !answer.levels.isEmpty || !answer.targets.isEmpty
      // Which targets the new answer has is no news where nothing that they meet is another.
      guard hasChanged || scope == .levels else { return [] }
      let served = Set(
        answers.filter { $0.platform == answer.platform }.flatMap { $0.new?.targets ?? [] }.map(\.name))
      let gone = old.targets.filter { !served.contains($0.name) }
      return (new.targets + gone).compactMap { target in
        let before = old.targets.first { $0.name == target.name } ?? target
        guard let oldFacts = before.facts(on: answer.platform), let facts = target.facts(on: answer.platform)
        else { return nil }
        let consequence = Consequence(
          nodes: .target(target), old: checker.report(Stack(old), on: oldFacts),
          new: checker.report(Stack(new), on: facts))
        return consequence.isNone ? nil : consequence
      }
    }
  }
}

extension Consequence {
  /// What a change means for nodes; those for which nothing changes are left out.
  ///
  /// - Parameters:
  ///   - old: The lock before.
  ///   - new: The lock after.
  ///   - groups: The nodes by kind.
  ///   - checker: The rules, with what is asked beyond the lock.
  /// - Returns: In the order of `groups`.
  public static func all(
    from old: Lockfile, to new: Lockfile, on groups: [NodeGroup], _ checker: Checker
  ) -> [Consequence] {
    zip(checker.report(old, on: groups).groups, checker.report(new, on: groups).groups).compactMap {
      let consequence = Consequence(nodes: .named($1.names), old: $0, new: $1)
      return consequence.isNone ? nil : consequence
    }
  }
}

extension LockedTarget {
  /// The facts that are declared; nil for what cannot be read, which was refused when it was locked.
  fileprivate func facts(on platform: Platform) -> NodeFacts? {
    try? NodeFacts.declared(driver: driver?.description, gpus: gpus, platform: platform)
  }
}
