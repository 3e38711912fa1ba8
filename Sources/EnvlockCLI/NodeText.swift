import EnvlockCheck
import EnvlockModel
import EnvlockVersions

/// Nodes in words.
enum NodeText {
  /// "driver 550.54.15 with 8 × A100-SXM4-80GB", "node gpu-1 (driver 550.54.15, T4)", "3 nodes (…)".
  static func subject(_ group: NodeReport) -> String {
    let facts = group.facts
    let isNamed = group.names.contains { !$0.isEmpty }
    guard group.names.count == 1, let name = group.names.first else {
      return "\(group.names.count) nodes" + bracketed(facts)
    }
    if isNamed { return "node \(Printable.text(name))" + bracketed(facts) }
    let gpus = Self.gpus(facts, elseSay: nil)
    switch (facts.driver, gpus) {
    case (let driver?, let gpus?): return "driver \(driver) with \(gpus)"
    case (let driver?, nil): return "driver \(driver)"
    case (nil, let gpus?): return gpus
    case (nil, nil): return "a node of which nothing is known"
    }
  }

  private static func bracketed(_ facts: NodeFacts) -> String {
    let parts = [facts.driver.map { "driver \($0)" }, gpus(facts, elseSay: nil)].compactMap { $0 }
    return parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))"
  }

  /// "2 × NVIDIA A100-SXM4-80GB (MIG 7 × 1g.10gb), Tesla T4".
  static func gpus(_ facts: NodeFacts, elseSay none: String?) -> String? {
    guard !facts.gpus.isEmpty else { return none }
    return facts.kind.gpus.map { gpu in
      (gpu.count == 1 ? "" : "\(gpu.count) × ") + model(gpu) + division(gpu)
    }.joined(separator: ", ")
  }

  /// "not known", or "none" where it is known that there is none.
  static func gpus(_ facts: NodeFacts) -> String {
    let isUnknown = facts.gaps.contains { $0.subject == .gpus }
    return gpus(facts, elseSay: isUnknown ? "not known" : "none") ?? ""
  }

  /// Its name, or its compute capability where nothing else is known.
  static func model(_ gpu: GPUFacts) -> String {
    if let name = gpu.vgpuType ?? gpu.product { return Printable.text(name, limit: 80) }
    return gpu.capability.map { "compute capability \($0)" } ?? "a GPU without a name"
  }

  private static func division(_ gpu: GPUFacts) -> String {
    if let mig = gpu.mig, mig.isEnabled {
      let instances = mig.instances.map {
        ($0.count == 1 ? "" : "\($0.count) × ") + Printable.text($0.profile, limit: 40)
      }
      return instances.isEmpty ? " (MIG without instances)" : " (MIG \(instances.joined(separator: ", ")))"
    }
    guard let sharing = gpu.sharing else { return "" }
    let how = sharing.strategy == .mps ? "MPS" : "time slicing"
    return " (\(how)" + (sharing.replicas.map { ", \($0) replicas" } ?? "") + ")"
  }
}

/// The sentences of a check's outcome.
enum CheckText {
  /// Whether it fits, in a sentence: the first line of the answer.
  static func headline(_ outcome: CheckOutcome) -> String {
    guard let verdict = outcome.verdict else {
      return outcome.currency?.sentence(outcome.lock) ?? withoutGPU(outcome)
    }
    let allowed = outcome.allowedRules.map(\.rawValue)
    let trace = allowed.isEmpty ? "" : ", with \(allowed.joined(separator: " and ")) allowed"
    if outcome.groups.count == 1, let group = outcome.groups.first {
      return one(group, outcome.title) + trace
    }
    let total = outcome.nodeCount
    guard total > 0 else { return "there is no node to check \(outcome.title) against" }
    let good = outcome.count(.fits)
    let unknown = outcome.count(.unknown)
    let rest = unknown > 0 ? "; of \(unknown) too little is known" : ""
    let sentence: String
    if verdict == .fits {
      sentence = "\(outcome.title) fits all \(total) nodes"
    } else if good == 0, unknown == 0 {
      sentence = "\(outcome.title) fits none of \(total) nodes"
    } else {
      sentence = "\(outcome.title) fits \(good) of \(total) nodes" + rest
    }
    return sentence + trace
  }

  private static func one(_ group: NodeReport, _ title: String) -> String {
    let title = group.stack?.title ?? title
    let subject = NodeText.subject(group)
    switch group.verdict {
    case .fits:
      guard let compatibility = group.compatibility, compatibility != .full else {
        return "\(title) fits \(subject)"
      }
      return "\(title) fits \(subject), \(compatibility.words)"
    case .doesNotFit: return "\(title) does not fit \(subject)"
    case .unknown: return "too little is known to say whether \(title) fits \(subject)"
    }
  }

  /// Of a lock that needs no GPU.
  static func withoutGPU(_ outcome: CheckOutcome) -> String {
    let platforms = outcome.platforms.map(\.description).joined(separator: " or ")
    return "\(outcome.title) needs no GPU: it fits any node of \(platforms)"
  }

  /// The headline, and that the lock is out of date where it is.
  static func summary(_ outcome: CheckOutcome) -> String {
    guard outcome.verdict != nil, let currency = outcome.currency, !currency.isCurrent else {
      return headline(outcome)
    }
    return headline(outcome) + "; " + currency.sentence(outcome.lock)
  }

  /// "14 nodes: 10 fit, 3 do not fit, 1 not known; 2 errors, 1 warning".
  static func counts(_ outcome: CheckOutcome) -> String {
    let (good, bad) = (outcome.count(.fits), outcome.count(.doesNotFit))
    let nodes = [
      (good, good == 1 ? "fits" : "fit"), (bad, bad == 1 ? "does not fit" : "do not fit"),
      (outcome.count(.unknown), "not known"),
    ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
    let severities = outcome.findings.map(\.finding.severity)
    let findings = [(Severity.error, "error"), (.warning, "warning"), (.note, "note")].compactMap {
      severity, noun in
      let count = severities.filter { $0 == severity }.count
      return count == 0 ? nil : Quantity.count(count, noun)
    }
    return "\(Quantity.count(outcome.nodeCount, "node")): " + nodes.joined(separator: ", ")
      + (findings.isEmpty ? "" : "; " + findings.joined(separator: ", "))
  }

  /// The mends as one clause: "driver 555.42.02 or newer; or a GPU with …".
  static func mends(_ finding: Finding) -> String? {
    guard !finding.mends.isEmpty else { return nil }
    return finding.mends.map { Printable.text($0.text) }.joined(separator: "; or ")
  }

  /// "gpu-[1-32], login"; nil where the nodes have no names, or there is but one.
  static func nodes(_ finding: FleetFinding, in outcome: CheckOutcome) -> String? {
    guard outcome.nodeCount > 1 else { return nil }
    let names = finding.nodes.filter { !$0.isEmpty }
    let nameless = finding.nodes.count - names.count
    let more = nameless == 0 ? "" : (nameless == 1 ? "a node" : "\(nameless) nodes") + " without a name"
    return [names.isEmpty ? "" : NodeNames.text(names), more].filter { !$0.isEmpty }.joined(separator: ", ")
  }

  /// A finding as lines of plain text, for formats that have one field for it: the statements and the mends.
  static func details(_ finding: FleetFinding, in outcome: CheckOutcome) -> [String] {
    var lines = finding.finding.evidence.map { "\(Printable.text($0.label)): \(Printable.text($0.line))" }
    if let mends = mends(finding.finding) { lines.append("mend: \(mends)") }
    if let nodes = nodes(finding, in: outcome) { lines.append("nodes: \(nodes)") }
    if finding.finding.isAllowed { lines.append("allowed: by --allow \(finding.finding.rule.rawValue)") }
    return lines
  }
}
