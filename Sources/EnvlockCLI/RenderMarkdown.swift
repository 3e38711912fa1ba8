import EnvlockCheck
import EnvlockModel

/// The outcome of a check as GitHub Flavored Markdown, for a comment or the summary of a workflow.
enum RenderMarkdown {
  /// How many findings are written out, and how many lines a table has: GitHub takes comments of 65,536 characters.
  private static let limit = 40

  /// A heading, the findings, and the table of a fleet.
  static func text(_ outcome: CheckOutcome) -> String {
    var blocks: [String] = []
    let sign: String
    switch outcome.verdict {
    case .fits: sign = "✅"
    case .doesNotFit: sign = "❌"
    case .unknown: sign = "❔"
    case nil: sign = outcome.exitCode == 0 ? "✅" : "❌"
    }
    blocks.append("### \(sign) " + escaped(CheckText.headline(outcome)))
    if outcome.verdict != nil, let currency = outcome.currency {
      blocks.append((currency.isCurrent ? "✅ " : "❌ ") + escaped(currency.sentence(outcome.lock)))
    }
    if let currency = outcome.currency, !currency.isCurrent {
      let lines = currency.changes.map { "- " + escaped($0) } + ["- mend: \(LockCurrency.mend)"]
      blocks.append(lines.joined(separator: "\n"))
    }
    for finding in outcome.findings.prefix(limit) { blocks.append(block(finding, outcome)) }
    if outcome.findings.count > limit {
      blocks.append(
        "… and \(outcome.findings.count - limit) more findings; `--format json` gives all of them")
    }
    if outcome.nodeCount > 1 {
      blocks.append(table(outcome))
      blocks.append(escaped(CheckText.counts(outcome)))
    }
    if !outcome.allowed.isEmpty {
      blocks.append("Allowed: " + outcome.allowed.map { "`\($0.rawValue)`" }.joined(separator: ", "))
    }
    return blocks.joined(separator: "\n\n") + "\n"
  }

  private static func block(_ finding: FleetFinding, _ outcome: CheckOutcome) -> String {
    let what = finding.finding
    var lines = [
      "**\(what.severity.rawValue)** `\(what.rule.rawValue)`\(what.isAllowed ? " (allowed)" : ""): "
        + escaped(Printable.text(what.summary)), "",
    ]
    for evidence in what.evidence {
      let source = evidence.source.map { " <sub>\(escaped(Printable.text($0.description)))</sub>" } ?? ""
      lines.append(
        "- \(escaped(Printable.text(evidence.label))): \(escaped(Printable.text(evidence.text)))" + source)
    }
    for mend in what.mends { lines.append("- mend: " + self.mend(mend)) }
    if let nodes = CheckText.nodes(finding, in: outcome) { lines.append("- nodes: " + code(nodes)) }
    return lines.joined(separator: "\n")
  }

  private static func mend(_ mend: Mend) -> String {
    guard case .build(let title, let arguments) = mend else { return escaped(Printable.text(mend.text)) }
    return escaped(Printable.text(title)) + ": "
      + code(Printable.text("envlock resolve \(arguments.joined(separator: " "))"))
  }

  private static func table(_ outcome: CheckOutcome) -> String {
    let rows = RenderFleet.rows(outcome)
    var lines = [
      "| verdict | nodes | names | driver | GPUs | why |", "| --- | ---: | --- | --- | --- | --- |",
    ]
    for row in rows.prefix(limit) {
      let cells = [
        row.verdict.words, String(row.nodes), code(row.names), escaped(row.driver), escaped(row.gpus),
        escaped(row.why),
      ]
      lines.append("| " + cells.joined(separator: " | ") + " |")
    }
    if rows.count > limit {
      lines.append("\n… and \(rows.count - limit) more kinds of nodes")
    }
    return lines.joined(separator: "\n")
  }

  /// Text that stays text: no markup, no mention of a person or an issue, no link.
  static func escaped(_ text: String) -> String {
    var escaped = ""
    var previous: UnicodeScalar = " "
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\\", "`", "*", "[", "]", "|", "~": escaped += "\\" + String(scalar)
      // Inside of a word it means nothing.
      case "_": escaped += isWord(previous) ? "_" : "\\_"
      // A mention or a reference has to follow at once.
      case "@", "#": escaped += "\(scalar)<!-- -->"
      case "/" where previous == ":": escaped += "<!-- -->/"
      case "." where escaped.hasSuffix("www") || escaped.hasSuffix("WWW"): escaped += "<!-- -->."
      default: escaped.unicodeScalars.append(scalar)
      }
      previous = scalar
    }
    return escaped
  }

  private static func isWord(_ scalar: UnicodeScalar) -> Bool {
    scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
  }

  /// Text in a code span, where there are neither mentions nor links; also in a table.
  static func code(_ text: String) -> String {
    guard !text.contains("`"), !text.contains("|"), !text.isEmpty else {
      // A code span could end early, or the cell could: entities do neither.
      var entities = ""
      for scalar in text.unicodeScalars {
        let isPlain = scalar.value >= 0x80 || isWord(scalar) || scalar == " "
        if isPlain { entities.unicodeScalars.append(scalar) } else { entities += "&#\(scalar.value);" }
      }
      return "<code>\(entities)</code>"
    }
    return "`\(text)`"
  }
}
