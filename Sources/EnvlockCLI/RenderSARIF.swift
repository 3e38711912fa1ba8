import EnvlockCheck
import EnvlockModel

/// The outcome of a check in the Static Analysis Results Interchange Format.
///
/// Source: OASIS, SARIF version 2.1.0 with errata 01.
enum RenderSARIF {
  /// The log: one run with every rule, and a result for each finding.
  static func text(_ outcome: CheckOutcome) -> String {
    // Where one result says whether it is suppressed, all have to.
    let saysSuppressed = outcome.findings.contains { $0.finding.isAllowed }
    var results = outcome.findings.map { result($0, outcome, saysSuppressed) }
    if let currency = outcome.currency, !currency.isCurrent {
      results.append(self.result(currency, outcome, saysSuppressed))
    }
    let run: JSONObject = [
      "tool": ["driver": .object(driver())], "results": .array(results), "columnKind": "utf16CodeUnits",
      "artifacts": [["location": ["uri": .string(uri(outcome.lock))]]],
      "invocations": [
        [
          "executionSuccessful": true, "exitCode": .integer(Int(outcome.exitCode)),
          "exitCodeDescription": .string(outcome.word),
        ]
      ],
      "properties": [
        "title": .string(outcome.title), "verdict": .string(outcome.word),
        "summary": .string(CheckText.summary(outcome)),
        "allowed": .array(outcome.allowed.map { .string($0.rawValue) }),
      ],
    ]
    let log: JSONObject = [
      "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
      "version": "2.1.0", "runs": [.object(run)],
    ]
    return RenderCheckJSON.plain(JSONValue.object(log).canonical())
  }

  private static func driver() -> JSONObject {
    var rules = Rule.allCases.map { rule in
      self.rule(rule.rawValue, rule.title, rule.help, rule.isAboutKnowledge ? "correctness" : "compatibility")
    }
    rules.append(rule(LockCurrency.rule, LockCurrency.title, LockCurrency.help, "correctness"))
    return [
      "name": "envlock", "version": .string(EnvlockCommand.version),
      "semanticVersion": .string(EnvlockCommand.version), "rules": .array(rules),
    ]
  }

  private static func rule(_ id: String, _ title: String, _ help: String, _ tag: String) -> JSONValue {
    let name = id.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    return [
      "id": .string(id), "name": .string(name),
      "shortDescription": ["text": .string(sentence(title))], "fullDescription": ["text": .string(help)],
      "help": ["text": .string(help)], "defaultConfiguration": ["level": "error"],
      "properties": ["tags": [.string(tag)]],
    ]
  }

  private static func result(
    _ finding: FleetFinding, _ outcome: CheckOutcome, _ saysSuppressed: Bool
  ) -> JSONValue {
    let what = finding.finding
    let message = [sentence(Printable.text(what.summary))] + CheckText.details(finding, in: outcome)
    var result = self.result(
      what.rule.rawValue, index: Rule.allCases.firstIndex(of: what.rule) ?? 0, level(what.severity), message,
      outcome)
    // The same finding gets the same mark, whatever else the fleet holds.
    result["partialFingerprints"] = [
      "finding/v1": .string([what.rule.rawValue, what.summary, what.gpu ?? ""].joined(separator: " | "))
    ]
    result["properties"] = [
      "nodes": .array(finding.nodes.filter { !$0.isEmpty }.prefix(nodeLimit).map { .string($0) }),
      "nodeCount": .integer(finding.nodes.count), "finding": RenderCheckJSON.finding(what),
    ]
    if saysSuppressed {
      result["suppressions"] =
        what.isAllowed
        ? [["kind": "external", "justification": .string("--allow \(what.rule.rawValue)")]] : []
    }
    return .object(result)
  }

  /// How many names of nodes a result lists.
  private static let nodeLimit = 1000

  private static func result(
    _ currency: LockCurrency, _ outcome: CheckOutcome, _ saysSuppressed: Bool
  ) -> JSONValue {
    let message =
      [sentence(currency.sentence(outcome.lock))] + currency.changes + ["mend: " + LockCurrency.mend]
    var result = self.result(LockCurrency.rule, index: Rule.allCases.count, "error", message, outcome)
    if saysSuppressed { result["suppressions"] = [] }
    return .object(result)
  }

  private static func result(
    _ rule: String, index: Int, _ level: String, _ message: [String], _ outcome: CheckOutcome
  ) -> JSONObject {
    [
      "ruleId": .string(rule), "ruleIndex": .integer(index), "level": .string(level),
      "message": ["text": .string(message.joined(separator: "\n"))],
      "locations": [
        [
          "physicalLocation": [
            "artifactLocation": ["uri": .string(uri(outcome.lock)), "index": 0], "region": ["startLine": 1],
          ]
        ]
      ],
    ]
  }

  private static func level(_ severity: Severity) -> String {
    switch severity {
    case .error: "error"
    case .warning: "warning"
    case .note: "note"
    }
  }

  private static func sentence(_ clause: String) -> String {
    clause.prefix(1).uppercased() + clause.dropFirst() + (clause.hasSuffix(".") ? "" : ".")
  }

  /// A path as a URI reference (RFC 3986): everything but unreserved characters and slashes is percent-encoded.
  static func uri(_ path: String) -> String {
    var text = ""
    for byte in path.utf8 {
      let character = Character(UnicodeScalar(byte))
      let isPlain = byte < 0x80 && (character.isLetter || character.isNumber || "-._~/".contains(character))
      if isPlain {
        text.append(character)
      } else {
        text += (byte < 0x10 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
      }
    }
    return text.hasPrefix("/") ? "file://" + text : text
  }
}
