import Envlock
import EnvlockModel
import EnvlockSurvey

/// What wheels say against the matrix, for people and for programs.
enum RenderRefresh {
  /// "reading 26 MB of 2 libraries, after 1.4 MB of directories and small files".
  static func announcement(_ plan: RefreshPlan) -> String {
    let before = "\(Quantity.bytes(plan.bytesRead)) read for pages, directories and small files"
    guard !plan.scans.isEmpty else { return before }
    let libraries = plan.scans.count == 1 ? "1 library" : "\(plan.scans.count) libraries"
    return "\(before); reading \(Quantity.bytes(plan.bytes)) of \(libraries)"
  }

  // MARK: text

  /// A line a row, below it what differs or the row that is missing; at the end what it comes to.
  static func text(_ report: RefreshReport) -> String {
    let width = report.outcomes.map { name($0.row).count }.max() ?? 0
    var lines: [String] = []
    for outcome in report.outcomes {
      let name = Column.padded(name(outcome.row), width)
      switch outcome.state {
      case .agrees: lines.append("\(name)  agrees")
      case .missing:
        lines.append("\(name)  missing")
        lines.append("  " + outcome.row.line)
      case .differs(let differences):
        lines.append("\(name)  differs")
        lines += table(differences, outcome.row).map { "  " + $0 }
      }
    }
    lines += report.findings
    return (lines + [conclusion(report)]).map { $0 + "\n" }.joined()
  }

  private static func name(_ row: SurveyedRow) -> String {
    row.table == "builds" ? row.name : "\(row.table) \(row.name)"
  }

  private static func table(_ differences: [Disagreement], _ row: SurveyedRow) -> [String] {
    let fields = differences.map(\.field.name)
    let ours = differences.map { $0.matrix.map(plain) ?? "says nothing" }
    let theirs = differences.map { plain($0.field.value) }
    let widths = [fields, ours, theirs].map { column in column.map(\.count).max() ?? 0 }
    return differences.indices.map { place in
      [
        Column.padded(fields[place], widths[0]), "matrix " + Column.padded(ours[place], widths[1]),
        "wheel " + Column.padded(theirs[place], widths[2]), "(\(differences[place].field.evidence))",
      ].joined(separator: "  ")
    }
  }

  /// "7.5 8.0" of a list, "none" of an empty one.
  private static func plain(_ value: JSONValue) -> String {
    switch value {
    case .array(let elements):
      elements.isEmpty ? "none" : elements.map(plain).joined(separator: " ")
    case .string(let text): Printable.text(text)
    case .integer(let number): String(number)
    case .bool(let flag): flag ? "yes" : "no"
    default: value.canonical()
    }
  }

  private static func conclusion(_ report: RefreshReport) -> String {
    let rows = report.outcomes.count
    let file = "matrices/\(report.survey.file)"
    let read = "\(Quantity.bytes(report.bytesRead)) read"
    guard rows > 0 else { return "No wheel says anything about \(file); \(read)" }
    guard !report.agrees else {
      return "\(file) says what the wheels say in \(Quantity.count(rows, "row")); \(read)"
    }
    let missing = report.outcomes.count { $0.state == .missing }
    let fields = report.outcomes.reduce(0) { sum, outcome in
      if case .differs(let differences) = outcome.state { sum + differences.count } else { sum }
    }
    let parts = [
      missing > 0 ? "lacks \(Quantity.count(missing, "row"))" : nil,
      fields > 0 ? "differs from the wheels in \(Quantity.count(fields, "field"))" : nil,
    ]
    return "\(file) \(parts.compactMap { $0 }.joined(separator: " and ")); \(read)"
  }

  // MARK: JSON

  /// The same for programs.
  static func json(_ report: RefreshReport) -> String {
    JSONValue.object([
      "framework": .string(report.survey.rawValue), "file": .string(report.survey.file),
      "agrees": .bool(report.agrees), "bytes_read": .integer(report.bytesRead),
      "releases": .array(
        report.plan.releases.map { .string("\($0.project) \($0.version)") }),
      "rows": .array(report.outcomes.map(json)), "findings": .array(report.findings.map { .string($0) }),
      "notes": .array(report.notes.map { .string($0) }),
    ]).canonical()
  }

  private static func json(_ outcome: RowOutcome) -> JSONValue {
    var object: JSONObject = [
      "table": .string(outcome.row.table), "name": .string(outcome.row.name),
      "wheel": (try? JSONValue(parsing: Array(outcome.row.line.utf8))) ?? .null,
      "evidence": .object(JSONObject(outcome.row.fields.map { ($0.name, .string($0.evidence)) })),
    ]
    switch outcome.state {
    case .agrees: object["state"] = "agrees"
    case .missing: object["state"] = "missing"
    case .differs(let differences):
      object["state"] = "differs"
      object["differences"] = .array(
        differences.map { difference in
          .object([
            "field": .string(difference.field.name), "matrix": difference.matrix ?? .null,
            "wheel": difference.field.value, "evidence": .string(difference.field.evidence),
          ])
        })
    }
    return .object(object)
  }
}

/// Text in columns.
private enum Column {
  static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}
