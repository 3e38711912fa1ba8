import EnvlockCheck
import EnvlockModel

/// The outcome of a check for people.
enum RenderFindings {
  /// Where the source of a statement stands, in characters from the left.
  private static let sourceColumn = 54
  /// How many findings are written out; who has more kinds of faults than that begins with the first ones.
  private static let limit = 200
  /// Mends that are longer together get a line each.
  private static let width = 100

  /// The answer: whether it fits, the findings, and the table of a fleet.
  static func text(_ outcome: CheckOutcome, _ style: Style) -> String {
    var blocks: [String] = [headline(outcome, style)]
    for finding in outcome.findings.prefix(limit) { blocks.append(block(finding, outcome, style)) }
    if outcome.findings.count > limit {
      blocks.append("… and \(outcome.findings.count - limit) more findings; `--json` gives all of them\n")
    }
    if outcome.verdict != nil, let currency = outcome.currency {
      blocks.append(self.currency(currency, outcome, style))
    }
    if !outcome.allowed.isEmpty {
      blocks.append("allowed: " + outcome.allowed.map(\.rawValue).joined(separator: ", ") + "\n")
    }
    if outcome.nodeCount > 1 {
      blocks.append("\n" + RenderFleet.text(outcome, style) + "\n" + CheckText.counts(outcome) + "\n")
    }
    return blocks.joined()
  }

  /// The first line alone, with a second one where the lock is out of date.
  static func verdict(_ outcome: CheckOutcome, _ style: Style) -> String {
    guard outcome.verdict != nil, let currency = outcome.currency, !currency.isCurrent else {
      return style.strong(CheckText.headline(outcome)) + "\n"
    }
    return style.strong(CheckText.headline(outcome)) + "\n" + currency.sentence(outcome.lock) + "\n"
  }

  private static func headline(_ outcome: CheckOutcome, _ style: Style) -> String {
    guard outcome.verdict == nil, let currency = outcome.currency else {
      return style.strong(CheckText.headline(outcome)) + "\n"
    }
    return self.currency(currency, outcome, style)
  }

  private static func currency(_ currency: LockCurrency, _ outcome: CheckOutcome, _ style: Style) -> String {
    guard !currency.isCurrent else { return currency.sentence(outcome.lock) + "\n" }
    let rows =
      currency.changes.map { change in
        let parts = change.split(separator: ":", maxSplits: 1).map(String.init)
        return Row(parts[0], String(parts[parts.count - 1].drop { $0 == " " }))
      } + [Row("mend", LockCurrency.mend)]
    return style.error("error[\(LockCurrency.rule)]:") + " " + style.strong(currency.sentence(outcome.lock))
      + "\n"
      + lines(rows)
  }

  private static func block(_ finding: FleetFinding, _ outcome: CheckOutcome, _ style: Style) -> String {
    let what = finding.finding
    let label = "\(what.severity.rawValue)[\(what.rule.rawValue)\(what.isAllowed ? ", allowed" : "")]:"
    let coloured: String
    switch what.severity {
    case .error: coloured = style.error(label)
    case .warning: coloured = style.warning(label)
    case .note: coloured = style.note(label)
    }
    var rows = what.evidence.map {
      Row(
        Printable.text($0.label), Printable.text($0.text), source: $0.source.map { Printable.text("(\($0))") }
      )
    }
    rows += mends(what.mends.map { Printable.text($0.text) })
    if let nodes = CheckText.nodes(finding, in: outcome) { rows.append(Row("nodes", nodes)) }
    return coloured + " " + style.strong(Printable.text(what.summary)) + "\n" + lines(rows)
  }

  /// On one line where they fit it.
  private static func mends(_ texts: [String]) -> [Row] {
    let joined = texts.joined(separator: "; or ")
    if joined.count <= width { return texts.isEmpty ? [] : [Row("mend", joined)] }
    return texts.enumerated().map {
      Row($0.offset == 0 ? "mend" : "", ($0.offset == 0 ? "" : "or ") + $0.element)
    }
  }

  private struct Row {
    let label: String
    let text: String
    let source: String?

    init(_ label: String, _ text: String, source: String? = nil) {
      self.label = label
      self.text = text
      self.source = source
    }
  }

  private static func lines(_ rows: [Row]) -> String {
    let width = max(6, rows.map(\.label.count).max() ?? 0) + 2
    return rows.map { row in
      let left = "  " + row.label.padded(to: width) + row.text
      guard let source = row.source else { return left + "\n" }
      if left.count + 2 <= sourceColumn { return left.padded(to: sourceColumn) + source + "\n" }
      return left + "\n" + String(repeating: " ", count: sourceColumn) + source + "\n"
    }.joined()
  }
}

extension String {
  /// With spaces behind, to a number of characters.
  func padded(to width: Int) -> String {
    self + String(repeating: " ", count: Swift.max(0, width - count))
  }
}
