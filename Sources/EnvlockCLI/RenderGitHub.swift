import EnvlockCheck
import EnvlockModel

/// The outcome of a check as workflow commands, which GitHub shows as annotations.
///
/// Source: GitHub, "Workflow commands for GitHub Actions"; the escapes are those of `actions/toolkit`.
enum RenderGitHub {
  /// A command for each finding, then the verdict as an ordinary line of the log.
  static func text(_ outcome: CheckOutcome) -> String {
    var lines: [String] = []
    for finding in outcome.findings {
      let what = finding.finding
      let message = [Printable.text(what.summary)] + CheckText.details(finding, in: outcome)
      lines.append(
        command(
          what.severity, file: outcome.lock, title: "envlock: \(what.rule.title) (\(what.rule.rawValue))",
          message))
    }
    if let currency = outcome.currency, !currency.isCurrent {
      let message = [currency.sentence(outcome.lock)] + currency.changes + ["mend: " + LockCurrency.mend]
      lines.append(
        command(
          .error, file: outcome.lock, title: "envlock: \(LockCurrency.title) (\(LockCurrency.rule))", message)
      )
    }
    if outcome.verdict == .unknown, outcome.findings.allSatisfy({ $0.finding.severity != .error }) {
      lines.append(command(.error, file: outcome.lock, title: "envlock", [CheckText.headline(outcome)]))
    }
    if !outcome.allowed.isEmpty {
      lines.append("allowed: " + outcome.allowed.map(\.rawValue).joined(separator: ", "))
    }
    // A line of the log: it must not begin like a command.
    lines.append("envlock: " + CheckText.summary(outcome))
    return lines.joined(separator: "\n") + "\n"
  }

  private static func command(_ severity: Severity, file: String, title: String, _ message: [String])
    -> String
  {
    let name: String
    switch severity {
    case .error: name = "error"
    case .warning: name = "warning"
    case .note: name = "notice"
    }
    return
      "::\(name) file=\(property(file)),title=\(property(title))::\(data(message.joined(separator: "\n")))"
  }

  /// The text behind the second `::`.
  static func data(_ text: String) -> String { escaped(text, ["%", "\r", "\n"]) }

  /// The value of a property.
  static func property(_ text: String) -> String { escaped(text, ["%", "\r", "\n", ":", ","]) }

  /// Scalar by scalar: as a character, CR and LF together are neither of them.
  private static func escaped(_ text: String, _ reserved: Set<UnicodeScalar>) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      if reserved.contains(scalar) {
        escaped += (scalar.value < 0x10 ? "%0" : "%") + String(scalar.value, radix: 16, uppercase: true)
      } else {
        escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
