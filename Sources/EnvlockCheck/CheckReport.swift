public import EnvlockModel

/// What a check asks beyond the lock and the nodes.
public struct CheckOptions: Hashable, Sendable {
  /// The rules whose errors count as warnings.
  public var allowed: Set<Rule>
  /// The GPU memory that the job needs, in MiB; nil where nothing was said.
  public var gpuMemoryMiB: Int?
  /// Whether the image carries the forward-compatibility package of the lock's CUDA.
  public var hasForwardCompatibility: Bool
  /// The day of the check, "2026-11-24", for drivers past their end of life; nil: that is not looked at.
  public var today: String?

  /// Options.
  public init(
    allowed: Set<Rule> = [], gpuMemoryMiB: Int? = nil, hasForwardCompatibility: Bool = false,
    today: String? = nil
  ) {
    self.allowed = allowed
    self.gpuMemoryMiB = gpuMemoryMiB
    self.hasForwardCompatibility = hasForwardCompatibility
    self.today = today
  }
}

/// What a check says of nodes of one kind.
public struct NodeReport: Hashable, Sendable {
  /// The nodes' names, in the order in which they were read; one empty name for facts that nobody named.
  public let names: [String]
  /// What is known of each.
  public let facts: NodeFacts
  /// The stack that was checked: of a lock with several answers, the one that fits best; nil where the lock has none
  /// for the nodes' platform.
  public let stack: Stack?
  /// Which of the lock's answers that is, counted from 0.
  public let answer: Int?
  /// Whether it runs there.
  public let verdict: Verdict
  /// How the driver runs the stack's CUDA; nil where it does not, or one of them is unknown.
  public let compatibility: DriverCompatibility?
  /// The findings: errors first, then by rule.
  public let findings: [Finding]

  /// Puts a report together.
  public init(
    names: [String], facts: NodeFacts, stack: Stack?, answer: Int?, verdict: Verdict,
    compatibility: DriverCompatibility?, findings: [Finding]
  ) {
    self.names = names
    self.facts = facts
    self.stack = stack
    self.answer = answer
    self.verdict = verdict
    self.compatibility = compatibility
    self.findings = findings
  }
}

/// What a check says of all nodes.
public struct CheckReport: Hashable, Sendable {
  /// The nodes by kind, in the order in which the kinds were first met.
  public let groups: [NodeReport]

  /// Puts a report together.
  public init(groups: [NodeReport]) { self.groups = groups }

  /// The verdict over all nodes: does not fit where one does not, else unknown where one is, else fits; of no nodes
  /// at all, unknown.
  public var verdict: Verdict {
    if groups.contains(where: { $0.verdict == .doesNotFit }) { return .doesNotFit }
    if groups.isEmpty || groups.contains(where: { $0.verdict == .unknown }) { return .unknown }
    return .fits
  }
}
