import EnvlockCheck
import EnvlockModel
import EnvlockVersions

/// The outcome of a check for programs.
enum RenderCheckJSON {
  /// One object: the verdict, the nodes by kind with their findings, and what was allowed.
  static func text(_ outcome: CheckOutcome) -> String {
    var object: JSONObject = [
      "envlock-check": 1, "lock": .string(outcome.lock), "title": .string(outcome.title),
      "verdict": .string(outcome.word), "allowed": .array(outcome.allowed.map { .string($0.rawValue) }),
      "summary": .string(CheckText.summary(outcome)),
    ]
    if outcome.verdict != nil {
      object["nodes"] = [
        "total": .integer(outcome.nodeCount), "fits": .integer(outcome.count(.fits)),
        "does-not-fit": .integer(outcome.count(.doesNotFit)), "unknown": .integer(outcome.count(.unknown)),
      ]
      object["groups"] = .array(outcome.groups.map(group))
    }
    object["lock-current"] = outcome.currency.map { currency in
      [
        "manifest": .string(currency.manifest), "current": .bool(currency.isCurrent),
        "changes": .array(currency.changes.map { .string($0) }),
      ]
    }
    return plain(JSONValue.object(object).canonical())
  }

  /// JSON text with what a terminal might obey written as escapes; it means the same.
  static func plain(_ json: String) -> String {
    guard json.utf8.contains(where: { $0 >= 0x7F }) else { return json }
    var text = String.UnicodeScalarView()
    for scalar in json.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control where scalar != "\n", .format, .lineSeparator, .paragraphSeparator:
        for unit in String(scalar).utf16 {
          let digits = String(unit, radix: 16)
          text.append(
            contentsOf: ("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).unicodeScalars)
        }
      default: text.append(scalar)
      }
    }
    return String(text)
  }

  private static func group(_ group: NodeReport) -> JSONValue {
    var object: JSONObject = [
      "nodes": .array(group.names.map { .string($0) }), "verdict": .string(group.verdict.rawValue),
      "findings": .array(group.findings.map(finding)), "origin": .string(group.facts.origin.rawValue),
      "gpus": .array(group.facts.kind.gpus.map(gpu)),
    ]
    object["stack"] = group.stack.map { .string($0.title) }
    object["platform"] = (group.stack?.platform ?? group.facts.platform).map { .string($0.rawValue) }
    object["answer"] = group.answer.map { .integer($0) }
    object["compatibility"] = group.compatibility.map { .string($0.rawValue) }
    object["driver"] = group.facts.driver.map { .string($0.description) }
    if !group.facts.gaps.isEmpty {
      object["gaps"] = .array(
        group.facts.gaps.map { gap in
          [
            "subject": .string(gap.subject.rawValue), "contradiction": .bool(gap.isContradiction),
            "reason": .string(gap.reason),
          ]
        })
    }
    return .object(object)
  }

  private static func gpu(_ gpu: GPUFacts) -> JSONValue {
    var object: JSONObject = ["count": .integer(gpu.count)]
    object["product"] = gpu.product.map { .string($0) }
    object["capability"] = gpu.capability.map { .string($0.description) }
    object["memory-mib"] = gpu.memoryMiB.map { .integer($0) }
    object["vgpu"] = gpu.vgpuType.map { .string($0) }
    if let mig = gpu.mig, mig.isEnabled {
      object["mig"] = .array(
        mig.instances.map { ["profile": .string($0.profile), "count": .integer($0.count)] })
    }
    return .object(object)
  }

  /// A finding as an object.
  static func finding(_ finding: Finding) -> JSONValue {
    var object: JSONObject = [
      "rule": .string(finding.rule.rawValue), "severity": .string(finding.severity.rawValue),
      "summary": .string(finding.summary), "allowed": .bool(finding.isAllowed),
      "evidence": .array(finding.evidence.map(evidence)), "mends": .array(finding.mends.map(mend)),
    ]
    object["gpu"] = finding.gpu.map { .string($0) }
    return .object(object)
  }

  private static func evidence(_ evidence: Evidence) -> JSONValue {
    var object: JSONObject = ["label": .string(evidence.label), "text": .string(evidence.text)]
    object["source"] = evidence.source.map { source in
      [
        "file": .string("matrices/" + source.file), "row": .string(source.row),
        "texts": .array(source.texts.map { .string($0) }),
      ]
    }
    return .object(object)
  }

  private static func mend(_ mend: Mend) -> JSONValue {
    var object: JSONObject = ["text": .string(mend.text)]
    switch mend {
    case .driver(let least, let end):
      object["kind"] = "driver"
      object["at-least"] = .string(least.description)
      object["below"] = end.map { .string($0.description) }
    case .build(_, let arguments):
      object["kind"] = "build"
      object["arguments"] = .array(arguments.map { .string($0) })
    case .forwardCompatibility(let package):
      object["kind"] = "forward-compatibility"
      object["package"] = .string(package)
    case .gpu(let capabilities):
      object["kind"] = "gpu"
      object["capabilities"] = .string(capabilities)
    case .other: object["kind"] = "other"
    }
    return .object(object)
  }
}
