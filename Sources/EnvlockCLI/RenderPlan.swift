import EnvlockCheck
import EnvlockModel
import EnvlockVersions

/// Which nodes run which locks and which upgrades let them, for people and for programs.
enum RenderPlan {
  /// How many lines the table of nodes has at most; the others are counted.
  static let limit = 200

  /// The headline, the table of nodes and locks, the upgrades, and what no driver mends.
  static func text(_ plan: UpgradePlan, _ style: Style) -> String {
    var lines = [style.strong(headline(plan))]
    guard !plan.groups.isEmpty else { return lines.joined() + "\n" }
    lines += [""] + table(plan)
    lines += upgrades(plan, style) + remaining(plan, style) + unknown(plan)
    return lines.joined(separator: "\n") + "\n"
  }

  private static func headline(_ plan: UpgradePlan) -> String {
    let total = plan.groups.reduce(0) { $0 + $1.names.count }
    guard total > 0 else { return "there is no node to plan for" }
    return sentence(count(plan) { $0.verdict == .fits }, of: total, plan, isPlanned: false)
  }

  /// "3 of 5 nodes run both locks"; of what is planned "then all 5 nodes run them".
  private static func sentence(_ good: Int, of total: Int, _ plan: UpgradePlan, isPlanned: Bool) -> String {
    let locks: String
    switch plan.locks.count {
    case 1: locks = Printable.text(plan.locks[0])
    case 2: locks = "both locks"
    default: locks = "all \(plan.locks.count) locks"
    }
    let (then, already) = isPlanned ? ("then ", "") : ("", " already")
    if total == 1 {
      return then + (good == 1 ? "the node runs \(locks)\(already)" : "the node does not run \(locks)")
    }
    if good == total { return then + "all \(total) nodes run \(locks)\(already)" }
    return then
      + "\(good == 0 ? "none" : String(good)) of \(total) nodes \(good == 1 ? "runs" : "run") \(locks)"
  }

  private static func count(_ plan: UpgradePlan, _ isCounted: (PlannedGroup) -> Bool) -> Int {
    plan.groups.reduce(0) { $0 + (isCounted($1) ? $1.names.count : 0) }
  }

  // MARK: the table

  private static func table(_ plan: UpgradePlan) -> [String] {
    var rows: [[String]] = []
    var names: [[String]] = []
    var places: [[String]: Int] = [:]
    // Kinds that no column tells apart share a line.
    for group in plan.groups {
      let cells =
        [group.facts.driver?.description ?? "not known", NodeText.gpus(group.facts)]
        + group.reports.map(verdict)
      if let place = places[cells] {
        names[place] += group.names
      } else {
        places[cells] = rows.count
        rows.append(cells)
        names.append(group.names)
      }
    }
    let header = ["nodes", "names", "driver", "GPUs"] + plan.locks.map { Printable.text($0) }
    let cells = zip(names, rows).map { [String($0.count), Self.names($0)] + $1 }
    var lines = TextTable.lines(header, Array(cells.prefix(limit)))
    if cells.count > limit { lines.append("… and \(cells.count - limit) more kinds of nodes") }
    return lines
  }

  private static func verdict(_ report: NodeReport) -> String {
    switch report.verdict {
    case .fits: "fits"
    case .unknown: "unknown"
    case .doesNotFit:
      "no: "
        + report.findings.filter { $0.severity == .error }.map(\.rule.rawValue).removingRepetition()
        .joined(separator: ", ")
    }
  }

  private static func names(_ names: [String]) -> String {
    let named = names.filter { !$0.isEmpty }
    return named.isEmpty ? "-" : NodeNames.text(named, limit: 3)
  }

  // MARK: upgrades

  private static func upgrades(_ plan: UpgradePlan, _ style: Style) -> [String] {
    guard !plan.upgrades.isEmpty else { return [] }
    var lines = ["", style.strong("upgrade \(Quantity.count(plan.touched, "node")):")]
    for upgrade in plan.upgrades {
      lines.append("  driver \(upgrade.choice.driver) or newer" + branch(upgrade.choice))
      let groups = upgrade.groups.map { plan.groups[$0] }
      for group in groups.prefix(limit) {
        let from = group.facts.driver.map { " from \($0)" } ?? ""
        lines.append("    \(subject(group))\(from)")
      }
      if groups.count > limit { lines.append("    … and \(groups.count - limit) more kinds of nodes") }
    }
    let total = plan.groups.reduce(0) { $0 + $1.names.count }
    lines.append(sentence(count(plan) { $0.verdictAfter == .fits }, of: total, plan, isPlanned: true))
    return lines
  }

  /// ", of branch 580 (lts, until 2028-06; newest seen 580.178.04)".
  private static func branch(_ choice: DriverChoice) -> String {
    guard let branch = choice.branch else { return "" }
    var words = [branch.kind].compactMap { $0 }
    if let end = branch.endOfLife {
      words.append(choice.standing == .ended ? "ended \(end)" : "until \(end)")
    }
    if let latest = branch.latestSeen { words.append("newest seen \(latest)") }
    return " of branch \(branch.branch)" + (words.isEmpty ? "" : " (\(words.joined(separator: ", ")))")
  }

  /// Some kinds of nodes on one line, the others counted.
  private static func subjects(_ groups: [PlannedGroup]) -> String {
    let shown = groups.prefix(NodeNames.pieces).map(subject).joined(separator: "; ")
    let left = groups.dropFirst(NodeNames.pieces).reduce(0) { $0 + $1.names.count }
    return left > 0 ? "\(shown) and \(Quantity.count(left, "more node"))" : shown
  }

  /// "gpu-[1-3] with A100-SXM4-80GB".
  private static func subject(_ group: PlannedGroup) -> String {
    let named = group.names.filter { !$0.isEmpty }
    let who = named.isEmpty ? Quantity.count(group.names.count, "node") : NodeNames.text(named)
    return NodeText.gpus(group.facts, elseSay: nil).map { "\(who) with \($0)" } ?? who
  }

  // MARK: what remains

  private static func remaining(_ plan: UpgradePlan, _ style: Style) -> [String] {
    let groups = plan.groups.filter { !$0.refused.isEmpty }
    guard !groups.isEmpty else { return [] }
    var lines = ["", style.strong("no newer driver mends:")]
    // What is wrong with many kinds of nodes is said once.
    var blocks: [(lock: Int, findings: [Finding], groups: [PlannedGroup])] = []
    var places: [[Finding]: [Int: Int]] = [:]
    for group in groups {
      for lock in group.refused {
        let findings = group.reportsAfter[lock].findings.filter { $0.severity == .error }
        if let place = places[findings]?[lock] {
          blocks[place].groups.append(group)
        } else {
          places[findings, default: [:]][lock] = blocks.count
          blocks.append((lock, findings, [group]))
        }
      }
    }
    for block in blocks.prefix(limit) {
      lines.append(
        "  \(Printable.text(plan.locks[block.lock])) on "
          + subjects(block.groups))
      // What mends everything is worth more than what mends one thing.
      let common = (block.findings.first?.mends ?? []).filter { mend in
        block.findings.allSatisfy { $0.mends.contains(mend) }
      }
      for finding in block.findings {
        lines.append(
          "    " + style.error("error[\(finding.rule.rawValue)]:") + " " + Printable.line(finding.summary))
        if common.isEmpty { lines += mends(finding.mends, indentation: 6) }
      }
      lines += mends(common, indentation: 4)
    }
    if blocks.count > limit { lines.append("  … and \(blocks.count - limit) more") }
    return lines
  }

  private static func mends(_ mends: [Mend], indentation: Int) -> [String] {
    mends.enumerated().map { place, mend in
      String(repeating: " ", count: indentation) + (place == 0 ? "mend" : "or  ") + "  "
        + Printable.line(mend.text)
    }
  }

  private static func unknown(_ plan: UpgradePlan) -> [String] {
    let groups = plan.groups.filter { $0.verdict == .unknown }
    guard !groups.isEmpty else { return [] }
    var lines = ["", "too little is known of:"]
    for group in groups.prefix(limit) {
      let summaries = group.reports.filter { $0.verdict == .unknown }.flatMap(\.findings)
        .filter { $0.severity == .error }.map(\.summary).removingRepetition()
      lines.append("  \(subject(group)): \(Printable.line(summaries.joined(separator: "; ")))")
    }
    if groups.count > limit { lines.append("  … and \(groups.count - limit) more kinds of nodes") }
    return lines
  }

  // MARK: JSON

  /// The plan for programs.
  static func json(_ plan: UpgradePlan) -> String {
    let object: JSONObject = [
      "envlock-plan": 1, "locks": .array(plan.locks.map { .string($0) }),
      "verdict": .string(plan.verdict.rawValue), "groups": .array(plan.groups.map { group($0, plan) }),
      "nodes-to-upgrade": .integer(plan.touched),
      "upgrades": .array(
        plan.upgrades.map { upgrade in
          var object: JSONObject = [
            "driver": .string(upgrade.choice.driver.description),
            "standing": .string("\(upgrade.choice.standing)"),
            "groups": .array(upgrade.groups.map { .integer($0) }),
            "nodes": .array(upgrade.groups.flatMap { plan.groups[$0].names }.map { .string($0) }),
          ]
          if let branch = upgrade.choice.branch {
            object["branch"] = .integer(branch.branch)
            object["kind"] = branch.kind.map { .string($0) }
            object["end-of-life"] = branch.endOfLife.map { .string($0) }
            object["newest-seen"] = branch.latestSeen.map { .string($0.description) }
          }
          return .object(object)
        }),
    ]
    return RenderCheckJSON.plain(JSONValue.object(object).canonical())
  }

  private static func group(_ group: PlannedGroup, _ plan: UpgradePlan) -> JSONValue {
    var object: JSONObject = [
      "nodes": .array(group.names.map { .string($0) }), "verdict": .string(group.verdict.rawValue),
      "verdict-after": .string(group.verdictAfter.rawValue),
      "gpus": .array(group.facts.kind.gpus.map { .string(NodeText.model($0)) }),
      "locks": .array(
        zip(plan.locks, zip(group.reports, group.reportsAfter)).map { lock, reports in
          var object: JSONObject = [
            "lock": .string(lock), "verdict": .string(reports.0.verdict.rawValue),
            "verdict-after": .string(reports.1.verdict.rawValue),
            "findings": .array(reports.0.findings.map(RenderCheckJSON.finding)),
          ]
          object["compatibility"] = reports.0.compatibility.map { .string($0.rawValue) }
          return .object(object)
        }),
    ]
    object["driver"] = group.facts.driver.map { .string($0.description) }
    object["upgrade"] = group.upgrade.map { .string($0.driver.description) }
    return .object(object)
  }
}
