public import EnvlockModel
public import EnvlockVersions

/// How bad a finding is.
public enum Severity: String, Hashable, Comparable, CaseIterable, Sendable {
  /// Good to know.
  case note
  /// It runs, but not as well as one would expect; or the statement behind it is not well enough founded.
  case warning
  /// It does not run; of the rules about what is known (``Rule/isAboutKnowledge``), nobody can say.
  case error

  /// `note` is the least.
  public static func < (one: Severity, other: Severity) -> Bool { one.rank < other.rank }

  private var rank: Int {
    switch self {
    case .note: 0
    case .warning: 1
    case .error: 2
    }
  }
}

/// One result of a check: what, how bad, why, and how to mend it.
public struct Finding: Hashable, Sendable {
  /// The rule that was broken.
  public let rule: Rule
  /// How bad that is, after `--allow`.
  public let severity: Severity
  /// What is wrong, a clause without a trailing period.
  public let summary: String
  /// The GPU that it is about, as the node names it; nil where it is about the node.
  public let gpu: String?
  /// The facts and rows that it rests on, in the order of the argument.
  public let evidence: [Evidence]
  /// Everything that would mend it, the easiest first; empty where nothing would.
  public let mends: [Mend]
  /// Whether it was an error that the user allowed.
  public let isAllowed: Bool

  /// Puts a finding together.
  public init(
    rule: Rule, severity: Severity, summary: String, gpu: String? = nil, evidence: [Evidence] = [],
    mends: [Mend] = [], isAllowed: Bool = false
  ) {
    self.rule = rule
    self.severity = severity
    self.summary = summary
    self.gpu = gpu
    self.evidence = evidence
    self.mends = mends
    self.isAllowed = isAllowed
  }
}

/// A statement that a finding rests on.
public struct Evidence: Hashable, Sendable {
  /// What it is about, one or two words: "kernels", "driver".
  public let label: String
  /// The statement, a clause.
  public let text: String
  /// The row that says it; nil for a fact of the node or the lock.
  public let source: MatrixSource?

  /// A statement.
  public init(_ label: String, _ text: String, source: MatrixSource? = nil) {
    self.label = label
    self.text = text
    self.source = source
  }
}

/// Something that would mend a finding.
public enum Mend: Hashable, Sendable {
  /// Install this driver or a newer one, below the second where that is given.
  case driver(atLeast: DriverVersion, below: DriverVersion?)
  /// Lock the build for another CUDA release, or another release of the framework: with these arguments of `resolve`.
  case build(title: String, arguments: [String])
  /// Put NVIDIA's forward-compatibility package into the image.
  case forwardCompatibility(package: String)
  /// Use a GPU with one of these compute capabilities, in words: "8.0 to 8.9".
  case gpu(String)
  /// Something else, as an instruction: "restart the node, so that the new kernel module is loaded".
  case other(String)
}

/// What a check says of a node.
public enum Verdict: String, Hashable, CaseIterable, Sendable {
  /// It runs there.
  case fits
  /// It does not.
  case doesNotFit = "does-not-fit"
  /// Not enough is known of the node to say.
  case unknown
}
