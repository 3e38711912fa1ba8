import EnvlockCheck
import EnvlockDiff
import EnvlockModel
import EnvlockStore

/// What `envlock check` found out, whatever it is then written as.
struct CheckOutcome: Hashable, Sendable {
  /// The lock's path, as it was given.
  let lock: String
  /// What the lock holds: "torch 2.9.1".
  let title: String
  /// The systems that it has answers for.
  let platforms: [Platform]
  /// What was allowed, in the order of the rules.
  let allowed: [Rule]
  /// Whether it fits the nodes; nil where none was asked about.
  let verdict: Verdict?
  /// The nodes by kind, those that need looking at first, else as they were met.
  let groups: [NodeReport]
  /// The findings, each once with the nodes that it concerns: errors first, then by rule, else as they were met.
  let findings: [FleetFinding]
  /// How many nodes there are.
  let nodeCount: Int
  /// Whether the lock belongs to its manifest; nil where that was not asked.
  let currency: LockCurrency?

  /// Puts an outcome together.
  ///
  /// - Parameters:
  ///   - lock: The lock.
  ///   - path: Where it was read.
  ///   - allowed: The rules whose errors count as warnings.
  ///   - report: What the nodes say; nil where none is asked about.
  ///   - currency: Whether the lock belongs to its manifest; nil where that is not asked.
  init(
    lock: Lockfile, path: String, allowed: Set<Rule>, report: CheckReport?, currency: LockCurrency? = nil
  ) {
    self.lock = Printable.text(path)
    title = lock.platforms.map { Stack($0).title }.removingRepetition().joined(separator: " or ")
    platforms = lock.platforms.map(\.platform).removingRepetition()
    self.allowed = allowed.sorted()
    self.currency = currency
    verdict = report?.verdict
    let met = (report?.groups ?? []).map(\.withoutRepetition)
    groups = [Verdict.doesNotFit, .unknown, .fits].flatMap { verdict in met.filter { $0.verdict == verdict } }
    nodeCount = met.reduce(0) { $0 + $1.names.count }
    findings = FleetFinding.all(met)
  }

  /// 1 where a node does not fit or the lock is out of date, 3 where too little is known of a node, else 0.
  var exitCode: Int32 {
    if verdict == .doesNotFit || currency?.isCurrent == false { return ErrorKind.answerIsNo.rawValue }
    return verdict == .unknown ? ErrorKind.couldNotFindOut.rawValue : 0
  }

  /// The word for the whole, for programs.
  var word: String {
    switch exitCode {
    case 0: Verdict.fits.rawValue
    case ErrorKind.answerIsNo.rawValue: verdict == .doesNotFit ? Verdict.doesNotFit.rawValue : "out-of-date"
    default: Verdict.unknown.rawValue
    }
  }

  /// How many nodes have a verdict.
  func count(_ verdict: Verdict) -> Int {
    groups.reduce(0) { $0 + ($1.verdict == verdict ? $1.names.count : 0) }
  }

  /// The rules of which something would be an error, had the user not allowed it.
  var allowedRules: [Rule] {
    Set(findings.filter(\.finding.isAllowed).map(\.finding.rule)).sorted()
  }
}

extension NodeReport {
  /// With each finding once: a node's GPUs that are alike have the same ones.
  fileprivate var withoutRepetition: NodeReport {
    guard findings.count > 1 else { return self }
    return NodeReport(
      names: names, facts: facts, stack: stack, answer: answer, verdict: verdict,
      compatibility: compatibility,
      findings: findings.removingRepetition())
  }
}

extension FleetFinding {
  /// The findings of all nodes, each once.
  fileprivate static func all(_ groups: [NodeReport]) -> [FleetFinding] {
    var findings: [FleetFinding] = []
    var places: [Finding: Int] = [:]
    for group in groups {
      for finding in group.findings {
        if let place = places[finding] {
          findings[place].nodes += group.names
        } else {
          places[finding] = findings.count
          findings.append(FleetFinding(finding: finding, nodes: group.names))
        }
      }
    }
    return findings.enumerated().sorted { one, other in
      let (left, right) = (one.element.finding, other.element.finding)
      if left.severity != right.severity { return left.severity > right.severity }
      return left.rule != right.rule ? left.rule < right.rule : one.offset < other.offset
    }.map(\.element)
  }
}

/// A finding, and the nodes that it concerns.
struct FleetFinding: Hashable, Sendable {
  let finding: Finding
  /// Their names as they were read; one empty name for a node that nobody named.
  var nodes: [String]
}

/// Whether a lock belongs to its manifest.
struct LockCurrency: Hashable, Sendable {
  /// What findings about it are called, beside the rules.
  static let rule = "lock-current"
  /// What that is about.
  static let title = "the lock is out of date"
  /// What it says, in a sentence.
  static let help =
    "A lock holds the digest of the manifest that it was made from; where the manifest says something else by now, the lock answers another question."

  /// The manifest's path.
  let manifest: String
  /// What differs; empty where nothing does.
  let changes: [String]
  let isCurrent: Bool

  /// "envlock.lock is out of date: envlock.toml asks for something else".
  func sentence(_ lock: String) -> String {
    isCurrent
      ? "\(lock) is up to date with \(manifest)"
      : "\(lock) is out of date: \(manifest) asks for something else"
  }

  /// What brings it up to date.
  static let mend = "`envlock resolve`"
}

extension LockCurrency {
  /// Compares a lock with a manifest.
  ///
  /// - Parameters:
  ///   - lock: The lock.
  ///   - manifest: The manifest that it should have been made from.
  ///   - path: The manifest's path.
  init(_ lock: Lockfile, _ manifest: Manifest, path: String) {
    self.manifest = Printable.text(path)
    isCurrent = lock.manifest == Self.digest(of: manifest)
    changes =
      isCurrent
      ? []
      : RequestDifference.all(from: lock.request, to: manifest.canonical()).flatMap { DiffWords.lines($0) }
  }

  /// What a lock says of the manifest that it was made from.
  static func digest(of manifest: Manifest) -> Digest { sha256(Array(manifest.canonical().canonical().utf8)) }
}

extension Array where Element: Hashable {
  /// Each element where it first stands.
  func removingRepetition() -> [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
