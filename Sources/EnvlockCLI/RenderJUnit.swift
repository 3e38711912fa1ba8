import EnvlockCheck
import EnvlockModel

/// The outcome of a check as a JUnit report, a test for each node.
///
/// Source: the schema that Jenkins and GitLab read: one failure or error in a test, messages in attributes.
enum RenderJUnit {
  /// The report.
  static func text(_ outcome: CheckOutcome) -> String {
    var cases: [String] = []
    var failures = outcome.count(.doesNotFit)
    for group in outcome.groups {
      let body = body(group, outcome)
      for name in group.names { cases.append(testCase(name.isEmpty ? NodeText.subject(group) : name, body)) }
    }
    if let currency = outcome.currency {
      if !currency.isCurrent { failures += 1 }
      cases.append(testCase(LockCurrency.rule, body(currency, outcome)))
    }
    if cases.isEmpty { cases.append(testCase("nodes", body(ofNothing: outcome))) }
    let errors = outcome.count(.unknown) + (outcome.verdict == .unknown && outcome.nodeCount == 0 ? 1 : 0)
    let counts = "tests=\"\(cases.count)\" failures=\"\(failures)\" errors=\"\(errors)\""
    let allowed = outcome.allowed.map(\.rawValue).joined(separator: ", ")
    let properties =
      allowed.isEmpty
      ? ""
      : "    <properties>\n      <property name=\"allowed\" value=\"\(attribute(allowed))\"/>\n    </properties>\n"
    return """
      <?xml version="1.0" encoding="UTF-8"?>
      <testsuites name="envlock check" \(counts)>
        <testsuite name="\(attribute("\(outcome.title) (\(outcome.lock))"))" \(counts) skipped="0">
      \(properties)\(cases.joined())  </testsuite>
      </testsuites>

      """
  }

  private static func testCase(_ name: String, _ body: String) -> String {
    let start = "    <testcase classname=\"envlock.check\" name=\"\(attribute(name))\""
    return body.isEmpty ? start + "/>\n" : start + ">\n" + body + "    </testcase>\n"
  }

  private static func body(_ group: NodeReport, _ outcome: CheckOutcome) -> String {
    let errors = group.findings.filter { $0.severity == .error }
    let others = group.findings.filter { $0.severity != .error }
    var body = ""
    switch group.verdict {
    case .fits: break
    case .doesNotFit: body += fault("failure", errors, elseSay: "does not fit")
    case .unknown: body += fault("error", errors, elseSay: "too little is known of this node")
    }
    let lines = others.flatMap(lines)
    if !lines.isEmpty { body += "      <system-out>\(content(lines.joined(separator: "\n")))</system-out>\n" }
    return body
  }

  private static func body(_ currency: LockCurrency, _ outcome: CheckOutcome) -> String {
    guard !currency.isCurrent else { return "" }
    let text = (currency.changes + ["mend: " + LockCurrency.mend]).joined(separator: "\n")
    return element("failure", type: LockCurrency.rule, message: currency.sentence(outcome.lock), text)
  }

  private static func body(ofNothing outcome: CheckOutcome) -> String {
    guard outcome.verdict == .unknown else { return "" }
    return element("error", type: Rule.noFacts.rawValue, message: CheckText.headline(outcome), "")
  }

  private static func fault(_ name: String, _ findings: [Finding], elseSay message: String) -> String {
    guard let first = findings.first else { return element(name, type: "verdict", message: message, "") }
    return element(
      name, type: first.rule.rawValue, message: findings.map(\.summary).joined(separator: "; "),
      findings.flatMap(lines).joined(separator: "\n"))
  }

  private static func element(_ name: String, type: String, message: String, _ text: String) -> String {
    let start = "      <\(name) type=\"\(attribute(type))\" message=\"\(attribute(message))\""
    return text.isEmpty ? start + "/>\n" : start + ">\(content(text))</\(name)>\n"
  }

  private static func lines(_ finding: Finding) -> [String] {
    var lines = [Printable.text(finding.description)]
    lines += finding.evidence.map { "  \(Printable.text($0.label)): \(Printable.text($0.line))" }
    if let mends = CheckText.mends(finding) { lines.append("  mend: \(mends)") }
    return lines
  }

  /// The text of an element.
  static func content(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "\n": escaped += "\n"
      // XML 1.0 has no place for most of them, not even escaped.
      case _ where scalar.properties.generalCategory == .control, "\u{FFFE}", "\u{FFFF}":
        escaped += "\u{FFFD}"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }

  /// The value of an attribute.
  static func attribute(_ text: String) -> String { content(Printable.text(text)) }
}
