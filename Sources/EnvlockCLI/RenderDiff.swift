import Envlock
import EnvlockCheck
import EnvlockDiff
import EnvlockModel

/// What `envlock diff` found out, whatever it is then written as.
struct DiffOutcome: Sendable {
  /// What the two sides are called.
  let titles: (old: String, new: String)
  let locks: (old: Lockfile, new: Lockfile)
  let difference: LockDifference
  /// What it means for declared targets and for the nodes that were named.
  let consequences: [Consequence]

  /// Whether there is nothing to show.
  var isEmpty: Bool { difference.isEmpty && consequences.isEmpty }

  /// What the answers are called.
  func title(_ answer: AnswerDifference) -> String {
    Printable.text(answer.title(from: locks.old, to: locks.new))
  }

  /// The wheels and packages of an answer that are not what they were under the same name.
  static func alarms(_ answer: AnswerDifference) -> [DiffArtifact] {
    (answer.wheels.map { DiffArtifact($0) } + answer.packages.map { DiffArtifact($0) }).filter {
      $0.change == .otherBytes
    }
  }
}

/// What tells two locks apart, for people.
enum RenderDiff {
  /// The levels, what they mean for nodes, every wheel and package that differs, and what is asked for.
  static func text(_ outcome: DiffOutcome, _ style: Style) -> String {
    var lines = [style.strong("\(outcome.titles.old) → \(outcome.titles.new)")]
    for answer in outcome.difference.answers where !answer.isEmpty {
      lines += self.lines(answer, outcome, style)
    }
    if !outcome.consequences.isEmpty {
      lines.append(style.strong("nodes"))
      for consequence in outcome.consequences { lines += self.lines(consequence, style) }
    }
    let request = outcome.difference.request.flatMap { DiffWords.lines($0) }
    if !request.isEmpty { lines += [style.strong("asked for")] + request.map { "  " + $0 } }
    lines += DiffWords.others(outcome.difference)
    if outcome.difference.scope == .levels {
      lines.append("An image tells its levels alone: wheels and packages were not compared.")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func lines(_ answer: AnswerDifference, _ outcome: DiffOutcome, _ style: Style) -> [String] {
    let title = outcome.title(answer)
    guard let old = answer.old else { return [style.strong("+ \(title)")] + summary(answer.new) }
    guard let new = answer.new else { return [style.strong("- \(title)")] + summary(answer.old) }
    var lines = [style.strong(title)]
    lines += table(DiffWords.levels(answer) + [DiffWords.size(answer)].compactMap { $0 })
    lines += DiffWords.losses(answer).map { "  " + style.error($0) }
    lines += DiffWords.gains(answer).map { "  " + $0 }
    lines += artifacts(
      "wheels", answer.wheels.map { DiffArtifact($0) }, old.wheels.count, new.wheels.count, style)
    lines += artifacts(
      "Debian packages", answer.packages.map { DiffArtifact($0) }, old.packages.count, new.packages.count,
      style)
    if answer.hasOtherChanges { lines.append("  what is known of it has changed in a detail") }
    return lines
  }

  /// What an answer that came or went holds.
  private static func summary(_ answer: PlatformLock?) -> [String] {
    guard let answer else { return [] }
    return RenderStrata.rows(answer).map { "  \(Printable.text($0.label))  \(Printable.text($0.text))" }
      + [
        "  \(Quantity.count(answer.wheels.count, "wheel")), \(Quantity.bytes(answer.downloadBytes)) to fetch"
      ]
  }

  private static func table(_ rows: [DiffRow]) -> [String] {
    let width = rows.map(\.label.count).max() ?? 0
    return rows.map { "  \($0.label.padded(to: width))  \($0.text)" }
  }

  private static func artifacts(
    _ title: String, _ artifacts: [DiffArtifact], _ old: Int, _ new: Int, _ style: Style
  ) -> [String] {
    guard !artifacts.isEmpty else { return [] }
    let count = old == new ? "\(new)" : "\(old) → \(new)"
    var lines = ["  \(title)  \(count): \(DiffWords.counts(artifacts))"]
    let width = artifacts.map(\.name.count).max() ?? 0
    // What nobody would expect comes first, as in the summary; the others by name.
    for artifact in artifacts.filter({ $0.change == .otherBytes })
      + artifacts.filter({ $0.change != .otherBytes })
    {
      let line = "\(artifact.change.sign) \(artifact.name.padded(to: width))  \(artifact.text)"
      lines.append("    " + coloured(line, artifact.change, style))
    }
    return lines
  }

  private static func coloured(_ line: String, _ change: ArtifactChange, _ style: Style) -> String {
    switch change {
    case .otherBytes: style.error(line)
    case .downgraded, .removed: style.warning(line)
    case .added, .upgraded: style.hint(line)
    case .otherFile, .otherSource, .otherFacts: line
    }
  }

  private static func lines(_ consequence: Consequence, _ style: Style) -> [String] {
    let line = "\(DiffWords.nodes(consequence)): \(DiffWords.verdicts(consequence))"
    return ["  " + (consequence.isLoss ? style.error(line) : line)]
      + DiffWords.reasons(consequence).map { "    " + Printable.text($0.description) }
  }
}
