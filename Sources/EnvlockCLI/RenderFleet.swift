import EnvlockCheck
import EnvlockModel
import EnvlockVersions

/// The nodes of a fleet, those that are alike on one line.
enum RenderFleet {
  /// One line of the table.
  struct Row: Hashable {
    let verdict: Verdict
    let nodes: Int
    let names: String
    let driver: String
    let gpus: String
    /// The rules of the errors, or how the driver runs the CUDA release.
    let why: String
  }

  /// How many lines a table has at most; the others are counted.
  private static let limit = 200

  /// The lines: nodes that do not fit first, then those of which too little is known.
  static func rows(_ outcome: CheckOutcome) -> [Row] {
    var rows: [Row] = []
    var names: [[String]] = []
    var places: [Row: Int] = [:]
    for group in outcome.groups {
      let row = self.row(group)
      // What differs may be something that no column shows.
      let place = places[row] ?? rows.count
      if place == rows.count {
        places[row] = place
        rows.append(row)
        names.append([])
      }
      names[place] += group.names
    }
    return zip(rows, names).map { row, names in
      Row(
        verdict: row.verdict, nodes: names.count, names: self.names(names), driver: row.driver,
        gpus: row.gpus,
        why: row.why)
    }
  }

  /// The table, with a headline, or the empty text where there are no nodes.
  static func text(_ outcome: CheckOutcome, _ style: Style) -> String {
    let rows = rows(outcome)
    var table = [["verdict", "nodes", "names", "driver", "GPUs", "why"]]
    for row in rows.prefix(limit) {
      table.append([row.verdict.words, String(row.nodes), row.names, row.driver, row.gpus, row.why])
    }
    let widths = table[0].indices.map { column in table.map { $0[column].count }.max() ?? 0 }
    var lines = table.enumerated().map { index, cells in
      var line = ""
      for (column, cell) in cells.enumerated() {
        let isNumber = column == 1
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        let shown = index > 0 && column == 0 ? coloured(cell, rows[index - 1].verdict, style) : cell
        line += (column > 0 ? "  " : "") + (isNumber ? padding + shown : shown + padding)
      }
      while line.last == " " { line.removeLast() }
      return line
    }
    if rows.count > limit { lines.append("… and \(rows.count - limit) more kinds of nodes") }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func coloured(_ text: String, _ verdict: Verdict, _ style: Style) -> String {
    switch verdict {
    case .fits: text
    case .doesNotFit: style.error(text)
    case .unknown: style.warning(text)
    }
  }

  private static func row(_ group: NodeReport) -> Row {
    let errors = group.findings.filter { $0.severity == .error }.map(\.rule.rawValue).removingRepetition()
    let allowed = group.findings.filter(\.isAllowed).map { "\($0.rule.rawValue), allowed" }
      .removingRepetition()
    var why = (errors + allowed).joined(separator: ", ")
    if why.isEmpty, let compatibility = group.compatibility, compatibility != .full {
      why = compatibility.words
    }
    return Row(
      verdict: group.verdict, nodes: 0, names: "",
      driver: group.facts.driver?.description ?? "not known", gpus: NodeText.gpus(group.facts), why: why)
  }

  private static func names(_ names: [String]) -> String {
    let named = names.filter { !$0.isEmpty }
    return named.isEmpty ? "-" : NodeNames.text(named, limit: 3)
  }
}
