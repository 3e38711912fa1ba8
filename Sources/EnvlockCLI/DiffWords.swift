import Envlock
import EnvlockCheck
import EnvlockDiff
import EnvlockModel
import EnvlockVersions

/// A fact of a lock before and after, in words.
struct DiffRow: Hashable, Sendable {
  let label: String
  let old: String
  let new: String

  init(_ label: String, _ old: String, _ new: String) {
    self.label = Printable.text(label)
    self.old = Printable.text(old)
    self.new = Printable.text(new)
  }

  /// A row where something differs; nil elsewhere.
  init?<Value: CustomStringConvertible>(_ label: String, _ change: Change<Value?>?) {
    guard let change else { return nil }
    self.init(label, change.old?.description ?? "none", change.new?.description ?? "none")
  }

  /// "2.9.1 → 2.10.0".
  var text: String { "\(old) → \(new)" }
}

/// A wheel or package that differs, in words.
struct DiffArtifact: Hashable, Sendable {
  let change: ArtifactChange
  let name: String
  /// What was, and what is; empty where it was not there.
  let old: String
  let new: String

  init(_ difference: ArtifactDifference<LockedWheel>) {
    self.init(
      difference, version: { $0.version.description }, sha256: { $0.sha256 }, file: { $0.fileName },
      place: { $0.index ?? $0.url ?? "" })
  }

  init(_ difference: ArtifactDifference<LockedDebianPackage>) {
    self.init(
      difference, version: { $0.version.description }, sha256: { $0.sha256 },
      file: { "\($0.name)_\($0.version)_\($0.architecture)" }, place: { $0.archive.rawValue })
  }

  private init<Artifact>(
    _ difference: ArtifactDifference<Artifact>, version: (Artifact) -> String,
    sha256: (Artifact) -> Digest, file: (Artifact) -> String, place: (Artifact) -> String
  ) {
    func what(_ artifact: Artifact) -> String {
      switch difference.change {
      case .added, .removed, .upgraded, .downgraded, .otherFacts: version(artifact)
      case .otherBytes: "\(version(artifact)) sha256:\(sha256(artifact).hex.prefix(12))…"
      case .otherFile: file(artifact)
      case .otherSource: "\(version(artifact)) of \(place(artifact))"
      }
    }
    change = difference.change
    name = Printable.text(difference.name)
    old = difference.old.map { Printable.text(what($0)) } ?? ""
    new = difference.new.map { Printable.text(what($0)) } ?? ""
  }

  /// "2.9.1 → 2.10.0", "1.0: other bytes, sha256:… → sha256:…".
  var text: String {
    switch change {
    case .added: new
    case .removed: old
    case .upgraded, .downgraded: "\(old) → \(new)"
    case .otherBytes, .otherFile, .otherSource: "\(change.words): \(old) → \(new)"
    case .otherFacts: "\(new): \(change.words)"
    }
  }

  /// The line of a list without columns: "+ numpy 2.3.5".
  var line: String {
    switch change {
    case .added: "+ \(name) \(text)"
    case .removed: "- \(name) \(text)"
    default: "\(name) \(text)"
    }
  }
}

extension ArtifactChange {
  /// What happened, in a word or two.
  var words: String {
    switch self {
    case .otherBytes: "other bytes under the same name"
    case .added: "added"
    case .removed: "removed"
    case .upgraded: "upgraded"
    case .downgraded: "downgraded"
    case .otherFile: "another file"
    case .otherSource: "from another place"
    case .otherFacts: "needs something else"
    }
  }

  /// A mark of one character.
  var sign: String {
    switch self {
    case .otherBytes: "!"
    case .added: "+"
    case .removed: "-"
    case .upgraded: "↑"
    case .downgraded: "↓"
    case .otherFile, .otherSource, .otherFacts: "~"
    }
  }
}

/// What tells two locks apart, in words that all formats for people share.
enum DiffWords {
  /// The levels below the wheels.
  static func levels(_ answer: AnswerDifference) -> [DiffRow] {
    let levels = answer.levels
    var rows = levels.frameworks.map(framework)
    rows += [
      DiffRow("CUDA", levels.cuda), DiffRow("cuDNN", levels.cudnn), DiffRow("NCCL", levels.nccl),
      DiffRow("driver minimum", levels.lowestDriver), DiffRow("driver in full", levels.fullDriver),
    ].compactMap { $0 }
    if let glibc = levels.glibc {
      rows.append(DiffRow("glibc of the wheels", glibc.old.description, glibc.new.description))
    }
    if let python = levels.python { rows.append(DiffRow("Python", "\(python.old)", "\(python.new)")) }
    if let interpreter = levels.interpreter {
      rows.append(
        DiffRow("interpreter", self.interpreter(interpreter.old), self.interpreter(interpreter.new)))
    }
    if let base = answer.base { rows.append(DiffRow("base", system(base.old), system(base.new))) }
    // How it runs there is told with the nodes.
    for target in answer.targets where self.target(target.old) != self.target(target.new) {
      rows.append(DiffRow("target \(target.name)", self.target(target.old), self.target(target.new)))
    }
    return rows
  }

  /// "compute capability 7.0 is lost".
  static func losses(_ answer: AnswerDifference) -> [String] {
    capabilities(answer, \.lostCapabilities, "lost")
  }

  /// "compute capability 12.1 is new".
  static func gains(_ answer: AnswerDifference) -> [String] {
    capabilities(answer, \.gainedCapabilities, "new")
  }

  private static func capabilities(
    _ answer: AnswerDifference, _ which: KeyPath<FrameworkDifference, [ComputeCapability]>, _ what: String
  ) -> [String] {
    answer.levels.frameworks.compactMap { framework in
      let capabilities = framework[keyPath: which]
      guard !capabilities.isEmpty else { return nil }
      let place = answer.levels.frameworks.count > 1 ? " for \(framework.name)" : ""
      return "compute capability \(capabilities.map(\.description).joined(separator: ", ")) \(what)\(place)"
    }
  }

  /// The size of what is to be fetched; nil where it reads the same.
  static func size(_ answer: AnswerDifference) -> DiffRow? {
    guard let bytes = answer.bytes else { return nil }
    let row = DiffRow("to fetch", Quantity.bytes(bytes.old), Quantity.bytes(bytes.new))
    return row.old == row.new ? nil : row
  }

  private static func framework(_ framework: FrameworkDifference) -> DiffRow {
    guard let old = framework.old, let new = framework.new, old.version.description == new.version.description
    else {
      return DiffRow(
        framework.name.text, framework.old?.version.description ?? "none",
        framework.new?.version.description ?? "none")
    }
    func build(_ stratum: FrameworkStratum) -> String {
      let code =
        stratum.kernels.isEmpty
        ? "" : ", kernels \(stratum.kernels.map(\.description).joined(separator: " "))"
      return (stratum.cuda.map { "built with CUDA \($0)" } ?? "CPU only") + code
    }
    return DiffRow("\(framework.name) \(new.version)", build(old), build(new))
  }

  private static func interpreter(_ interpreter: LockedInterpreter?) -> String {
    guard let interpreter else { return "none" }
    switch interpreter.origin {
    case .debian: return "\(interpreter.version) of Debian"
    case .build(let build):
      return "\(interpreter.version) of python-build-standalone \(build.release)"
    }
  }

  private static func system(_ system: LockedBase.System?) -> String {
    switch system {
    case .debian(let debian): debian.suite + (debian.security ? "" : " without security updates")
    case .image(let image): "\(image.reference) (\(short(image.manifest.digest)))"
    case nil: "none"
    }
  }

  private static func target(_ target: LockedTarget?) -> String {
    guard let target else { return "none" }
    let facts = (target.driver.map { ["driver \($0)"] } ?? []) + target.gpus
    return facts.isEmpty ? "anything" : facts.joined(separator: ", ")
  }

  private static func short(_ digest: Digest) -> String { "sha256:\(digest.hex.prefix(12))…" }

  /// How many of each kind: "1 other bytes under the same name, 3 added".
  static func counts(_ artifacts: [DiffArtifact]) -> String {
    ArtifactChange.allCases.compactMap { change in
      let count = artifacts.count { $0.change == change }
      return count == 0 ? nil : "\(count) \(change.words)"
    }.joined(separator: ", ")
  }

  // MARK: nodes

  /// "target lab (driver 550.54.15, A100)".
  static func nodes(_ consequence: Consequence) -> String {
    switch consequence.nodes {
    case .target(let target):
      let facts = (target.driver.map { ["driver \($0)"] } ?? []) + target.gpus
      let name = target.name == Request.origin ? "the declared node" : "target \(target.name)"
      return Printable.text(name + (facts.isEmpty ? "" : " (\(facts.joined(separator: ", ")))"))
    case .named(let names):
      let shown = names.filter { !$0.isEmpty }
      if shown.isEmpty { return "this node" }
      let more = shown.count > 8 ? " and \(shown.count - 8) more" : ""
      return Printable.text(shown.prefix(8).joined(separator: ", ")) + more
    }
  }

  /// "fits by minor-version compatibility → does not fit".
  static func verdicts(_ consequence: Consequence) -> String {
    "\(verdict(consequence.old)) → \(verdict(consequence.new))"
  }

  private static func verdict(_ report: NodeReport) -> String {
    guard report.verdict == .fits, let kind = report.compatibility, kind != .full else {
      return report.verdict.words
    }
    return "\(report.verdict.words) \(kind.words)"
  }

  /// Why it does not fit any more.
  static func reasons(_ consequence: Consequence) -> [Finding] {
    guard consequence.new.verdict != .fits else { return [] }
    return consequence.new.findings.filter { $0.severity == .error }
  }

  // MARK: what is asked for

  /// A line for each entry: "cuda: 12.8 → none", "requirements: + numpy".
  static func lines(_ request: RequestDifference) -> [String] {
    switch request.kind {
    case .value(let old, let new): return ["\(request.key): \(text(old)) → \(text(new))"]
    case .list(let removed, let added):
      let lines =
        removed.map { "\(request.key): - \(text($0))" } + added.map { "\(request.key): + \(text($0))" }
      return lines.isEmpty ? ["\(request.key): in another order"] : lines
    }
  }

  private static func text(_ value: JSONValue?) -> String {
    guard let value else { return "none" }
    if let text = value.stringValue { return Printable.text(text) }
    if let name = value["name"]?.stringValue, value.objectValue?.members.count == 1 {
      return Printable.text(name)
    }
    return Printable.text(
      value.canonical().split(whereSeparator: \.isWhitespace).joined(separator: " "))
  }

  /// What differs beside answers and requests, a sentence each.
  static func others(_ difference: LockDifference) -> [String] {
    var lines: [String] = []
    if let cutoff = difference.uploadedBefore {
      lines.append(
        "files count that were uploaded before \(cutoff.old ?? "any time") → \(cutoff.new ?? "any time")")
    }
    if difference.matrix != nil { lines.append("the compatibility data have changed") }
    return lines
  }
}
