import EnvlockCheck
import EnvlockTestSupport
import Foundation
import Testing

@testable import EnvlockCLI
@testable import EnvlockModel

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite struct CheckRenderTests {
  private static func samples() throws -> [(name: String, outcome: CheckOutcome)] {
    let reports = try SampleReports()
    return [
      ("fit", try reports.fit()), ("misfit", try reports.misfit()), ("allowed", try reports.allowed()),
      ("unknown", try reports.unknown()), ("fleet", try reports.fleet()),
      ("without GPU", try reports.withoutGPU()),
      ("out of date", try reports.outOfDate()), ("hostile", try reports.hostile()),
    ]
  }

  @Test(arguments: CheckFormat.allCases)
  func `every outcome is written in every format`(format: CheckFormat) throws {
    var text = ""
    for (name, outcome) in try Self.samples() {
      text += "=== \(name), exit \(outcome.exitCode)\n"
      text += format.text(outcome, Style(isColoured: false), isBrief: false)
    }
    try expectGolden(text, "check-\(format.rawValue).txt")
  }

  @Test func `a quiet check is the verdict alone`() throws {
    var text = ""
    for (_, outcome) in try Self.samples() {
      text += CheckFormat.text.text(outcome, Style(isColoured: false), isBrief: true)
    }
    try expectGolden(text, "check-quiet.txt")
  }

  @Test func `severities have their colours`() throws {
    let fleet = try SampleReports().fleet()
    let coloured = CheckFormat.text.text(fleet, Style(isColoured: true), isBrief: false)
    try expectGolden(coloured.replacing("\u{1B}", with: "ESC"), "check-coloured.txt")
  }

  @Test(arguments: CheckFormat.allCases)
  func `nothing of a node steers a terminal`(format: CheckFormat) throws {
    let text = format.text(try SampleReports().hostile(), Style(isColoured: false), isBrief: false)
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control: #expect(scalar == "\n")
      case .format, .lineSeparator, .paragraphSeparator: Issue.record("U+\(String(scalar.value, radix: 16))")
      default: break
      }
    }
  }

  @Test func `JSON reads back`() throws {
    for (name, outcome) in try Self.samples() {
      let json = try JSONValue(parsing: Array(RenderCheckJSON.text(outcome).utf8))
      #expect(json["verdict"]?.stringValue == outcome.word, "\(name)")
      let names = (json["groups"]?.arrayValue ?? []).flatMap { $0["nodes"]?.arrayValue ?? [] }
      #expect(Set(names.compactMap(\.stringValue)) == Set(outcome.groups.flatMap(\.names)), "\(name)")
    }
  }

  @Test func `SARIF has a rule for each result, and says of all or of none whether they are suppressed`()
    throws
  {
    for (_, outcome) in try Self.samples() {
      let log = try JSONValue(parsing: Array(RenderSARIF.text(outcome).utf8))
      #expect(log["version"] == "2.1.0")
      let run = try #require(log["runs"]?.arrayValue?.first)
      let rules = try #require(run["tool"]?["driver"]?["rules"]?.arrayValue)
      #expect(rules.count == Rule.allCases.count + 1)
      for rule in rules {
        #expect(rule["help"]?["text"]?.stringValue?.isEmpty == false)
        #expect(rule["name"]?.stringValue?.contains("-") == false)
      }
      let results = try #require(run["results"]?.arrayValue)
      #expect(Set(results.map { $0["suppressions"] == nil }).count <= 1)
      for result in results {
        let index = try #require(result["ruleIndex"]?.integerValue)
        #expect(rules[index]["id"] == result["ruleId"])
        #expect(["error", "warning", "note"].contains(result["level"]?.stringValue ?? ""))
        #expect(result["message"]?["text"]?.stringValue?.isEmpty == false)
        let place = result["locations"]?.arrayValue?.first?["physicalLocation"]?["artifactLocation"]
        #expect(place?["uri"]?.stringValue?.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } == true)
      }
    }
    #expect(RenderSARIF.uri("/a b/é.lock") == "file:///a%20b/%C3%A9.lock")
    #expect(RenderSARIF.uri("a:b\n") == "a%3Ab%0A")
  }

  @Test func `JUnit is XML, with a test for each node`() throws {
    for (name, outcome) in try Self.samples() {
      let counter = ElementCounter()
      let parser = XMLParser(data: Data(RenderJUnit.text(outcome).utf8))
      parser.delegate = counter
      #expect(parser.parse(), "\(name)")
      #expect(
        counter.counts["testcase"] == max(1, outcome.nodeCount + (outcome.currency == nil ? 0 : 1)), "\(name)"
      )
      let wrong = outcome.count(.doesNotFit) + (outcome.currency?.isCurrent == false ? 1 : 0)
      #expect(counter.counts["failure", default: 0] == wrong, "\(name)")
      #expect(counter.counts["error", default: 0] == outcome.count(.unknown), "\(name)")
      #expect(
        counter.attributes["failures"] == "\(wrong)"
          && counter.attributes["errors"] == "\(outcome.count(.unknown))")
    }
  }

  @Test func `a workflow command is one line, and its values end where they should`() throws {
    for (_, outcome) in try Self.samples() {
      let lines = RenderGitHub.text(outcome).split(separator: "\n")
      let commands = lines.filter { $0.hasPrefix("::") }
      let wanted = outcome.findings.count + (outcome.currency?.isCurrent == false ? 1 : 0)
      #expect(commands.count == wanted)
      for command in commands {
        let head = command.dropFirst(2).prefix { $0 != ":" }
        #expect(head.split(separator: ",").count == 2)
      }
    }
    #expect(RenderGitHub.data("50%\r\n") == "50%25%0D%0A")
    #expect(RenderGitHub.property("a:b,c%\n") == "a%3Ab%2Cc%25%0A")
  }

  @Test func `text stays text in Markdown`() {
    #expect(
      RenderMarkdown.escaped("a|b*c_d_ _e <x> & `y` [z](w)")
        == #"a\|b\*c_d_ \_e &lt;x&gt; &amp; \`y\` \[z\](w)"#)
    #expect(
      RenderMarkdown.escaped("@me #1 http://x www.x")
        == "@<!-- -->me #<!-- -->1 http:<!-- -->//x www<!-- -->.x")
    #expect(RenderMarkdown.code("gpu-[1-3]") == "`gpu-[1-3]`")
    #expect(RenderMarkdown.code("a|`b") == "<code>a&#124;&#96;b</code>")
  }

  @Test func `a fleet of which every node is different stays readable`() throws {
    let reports = try SampleReports()
    let groups = (0..<1000).map { number in
      NodeReport(
        names: ["n-\(number)-x"],
        facts: NodeFacts(origin: .probe, gpus: [GPUFacts(product: "GPU \(number)")]),
        stack: nil, answer: nil, verdict: .unknown, compatibility: nil,
        findings: [Finding(rule: .unknownGPU, severity: .error, summary: "GPU \(number) is not known")])
    }
    let outcome = CheckOutcome(
      lock: reports.torch, path: "envlock.lock", allowed: [], report: CheckReport(groups: groups))
    let text = RenderFindings.text(outcome, Style(isColoured: false))
    #expect(text.contains("… and 800 more findings; `--json` gives all of them\n"))
    #expect(text.contains("… and 800 more kinds of nodes\n"))
    #expect(RenderMarkdown.text(outcome).utf8.count < 65_536)
    #expect(RenderCheckJSON.text(outcome).contains("GPU 999 is not known"))
  }

  @Test func `what several GPUs of a node have in common is said once`() throws {
    let reports = try SampleReports()
    let finding = try SampleReports.ptxTooNew()
    let node = try facts(driver: "535.104.05")
    let group = { (names: [String]) in
      NodeReport(
        names: names, facts: node, stack: nil, answer: nil, verdict: .doesNotFit, compatibility: nil,
        findings: [finding, finding])
    }
    let outcome = CheckOutcome(
      lock: reports.torch, path: "envlock.lock", allowed: [],
      report: CheckReport(groups: [group([""]), group([""]), group(["a", "b"])]))
    #expect(outcome.findings == [FleetFinding(finding: finding, nodes: ["", "", "a", "b"])])
    #expect(outcome.groups.allSatisfy { $0.findings == [finding] })
    #expect(CheckText.nodes(outcome.findings[0], in: outcome) == "a, b, 2 nodes without a name")
  }

  @Test func `verdicts have their exit codes`() throws {
    let reports = try SampleReports()
    #expect(try reports.fit().exitCode == 0)
    #expect(try reports.allowed().exitCode == 0)
    #expect(try reports.withoutGPU().exitCode == 0)
    #expect(try reports.misfit().exitCode == 1)
    #expect(try reports.fleet().exitCode == 1)
    #expect(try reports.outOfDate().exitCode == 1)
    #expect(try reports.unknown().exitCode == 3)
    let none = CheckOutcome(lock: reports.torch, path: "", allowed: [], report: CheckReport(groups: []))
    #expect(none.exitCode == 3)
    for format in CheckFormat.allCases {
      #expect(!format.text(none, Style(isColoured: false), isBrief: false).isEmpty)
    }
  }
}

/// Counts the elements of an XML document, and keeps the attributes of its first suite.
private final class ElementCounter: NSObject, XMLParserDelegate {
  var counts: [String: Int] = [:]
  var attributes: [String: String] = [:]

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    counts[name, default: 0] += 1
    if name == "testsuite" { self.attributes = attributes }
  }
}

@Suite struct NodeNamesTests {
  @Test(arguments: [
    (["gpu-1", "gpu-10", "gpu-2", "gpu-3"], "gpu-[1-3,10]"), (["a"], "a"), (["a", "b"], "a, b"), ([], ""),
    (["n08", "n09", "n10", "n11"], "n[08-11]"), (["n8", "n9", "n10"], "n[8-10]"), (["n9", "n09"], "n[9,09]"),
    (["n1", "n2"], "n[1,2]"), (["n1", "n1"], "n1"), (["10.0.0.1", "10.0.0.2"], "10.0.0.1, 10.0.0.2"),
    (["ip-10-0-1-7.local", "ip-10-0-1-8.local", "ip-10-0-1-9.local"], "ip-10-0-1-[7-9].local"),
    (["a1", "a3", "a5", "a7", "a9", "b"], "a[1,3,5,7] and 2 more"),
    (["a", "b", "c", "d", "e", "f"], "a, b, c, d and 2 more"),
    (["x12345678901", "x12345678902"], "x12345678901, x12345678902"),
    (["a\u{1B}[31m1", "0"], "a\u{FFFD}[31m1, 0"),
    (["n0", "n1", "n2", "n00"], "n[0,00,1,2]"),
  ])
  func `names are taken together`(names: [String], text: String) { #expect(NodeNames.text(names) == text) }

  @Test func `no name is lost or counted twice`() {
    var random = SplitMix64(seed: 7)
    for _ in 0..<300 {
      let names = (0..<Int.random(in: 1...12, using: &random)).map { _ in
        let prefix = ["a", "b-", ""].randomElement(using: &random) ?? ""
        let number = Int.random(in: 0...12, using: &random)
        return prefix + (Bool.random(using: &random) && number < 10 ? "0\(number)" : "\(number)")
      }
      #expect(Set(expanded(NodeNames.text(names, limit: 99))) == Set(names), "\(names)")
      #expect(expanded(NodeNames.text(names, limit: 99)).count == Set(names).count, "\(names)")
    }
  }

  /// What a person who reads the text would list.
  private func expanded(_ text: String) -> [String] {
    var names: [String] = []
    var rest = text[...]
    while !rest.isEmpty {
      let end = rest.firstRange(of: ", ")?.lowerBound ?? rest.endIndex
      let item = rest[..<end]
      rest = end == rest.endIndex ? "" : rest[end...].dropFirst(2)
      guard let open = item.firstIndex(of: "["), let close = item.firstIndex(of: "]") else {
        names.append(String(item))
        continue
      }
      for piece in item[item.index(after: open)..<close].split(separator: ",") {
        let ends = piece.split(separator: "-").map(String.init)
        let first = Int(ends[0]) ?? 0
        for value in first...(ends.count > 1 ? Int(ends[1]) ?? first : first) {
          let digits = String(value)
          let width = max(0, ends[0].count - digits.count)
          names.append(
            item[..<open] + String(repeating: "0", count: width) + digits + item[item.index(after: close)...])
        }
      }
    }
    return names
  }
}

@Suite struct PrintableTests {
  @Test func `only what a terminal obeys is replaced`() {
    #expect(Printable.text("a é 日本 ×") == "a é 日本 ×")
    #expect(
      Printable.text("a\tb\r\n\u{7F}\u{9B}c\u{2028}\u{200F}\u{2066}")
        == "a\u{FFFD}b\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}c\u{FFFD}\u{FFFD}\u{FFFD}")
    #expect(Printable.text(String(repeating: "x", count: 1000)).count == 401)
    #expect(Printable.text(String(repeating: "x", count: 400)).count == 400)
  }
}
