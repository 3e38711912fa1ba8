/// A rule that holds for many rows, in words.
public struct MatrixRuleRow: Hashable, Sendable {
  /// Its name: "forward-compatibility".
  public let name: String
  /// What it says, in a sentence without a trailing period.
  public let text: String
  /// Where it is from.
  public let source: MatrixSource
}

extension Matrix {
  /// The files that have a table of rules.
  private static let ruleFiles = ["cuda.json", "drivers.json", "mig.json", "vgpu.json", "sharing.json"]

  /// The rules of cuda.json, drivers.json, mig.json, vgpu.json and sharing.json, in this order.
  public var rules: [MatrixRuleRow] {
    ruleMemo.value {
      Self.ruleFiles.flatMap { file in
        (try? document(file).decoded("rules") { (row) throws(MatrixError) in try MatrixRuleRow(row) }) ?? []
      }
    }
  }

  /// The rule of this name: "open-modules", "forward-compatibility", "minor-version", "pairing".
  public func rule(named name: String) -> MatrixRuleRow? { rules.first { $0.name == name } }

  /// Reads the rules of the files that have some.
  ///
  /// - Throws: `MatrixError` for the first row that is broken.
  func checkRules() throws(MatrixError) {
    for file in Self.ruleFiles where fileNames.contains(file) {
      let document = try document(file)
      guard document.tableNames.contains("rules") else { continue }
      _ = try document.decoded("rules") { (row) throws(MatrixError) in try MatrixRuleRow(row) }
    }
  }
}

extension MatrixRuleRow {
  /// Reads a row of a table of rules.
  ///
  /// - Throws: `MatrixError` for a field that is missing, unknown or broken.
  fileprivate init(_ row: MatrixRow) throws(MatrixError) {
    try row.allow(["rule", "text"])
    name = try row.required("rule", row.text("rule"))
    text = try row.required("text", row.text("text"))
    source = try row.source(named: "rule \(name)")
  }
}
