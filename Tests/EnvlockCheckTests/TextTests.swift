import EnvlockCheck
import EnvlockData
import EnvlockModel
import EnvlockTestSupport
import EnvlockVersions
import Testing

@Suite struct TextTests {
  private func text(_ report: NodeReport) -> String {
    var text = "\(report.stack?.title ?? "nothing") \(report.verdict.words)"
    if let compatibility = report.compatibility { text += ", \(compatibility.words)" }
    text += "\n"
    for finding in report.findings {
      text += "\(finding)\n"
      if let gpu = finding.gpu { text += "  about \(gpu)\n" }
      for evidence in finding.evidence { text += "  \(evidence.label): \(evidence.line)\n" }
      for mend in finding.mends { text += "  mend: \(mend.text)\n" }
    }
    return text
  }

  @Test(arguments: [
    ("design.txt", "tensorflow 2.21.0", "535.104.05", "H100 PCIe"),
    ("driver-too-old.txt", "torch 2.15.0", "570.124.06", "A100-SXM4-40GB"),
    ("volta-on-cuda-13.txt", "torch 2.15.0", "580.65.06", "V100"),
    ("volta-on-590.txt", "torch 2.9.1", "590.48.01", "V100"),
    ("minor-version.txt", "torch 2.9.1", "525.85.12", "T4"),
    ("derived-kernels.txt", "torch 1.8.1 cu111", "525.60.13", "H100 PCIe"),
    ("ambiguous.txt", "tensorflow 2.15.0", "525.60.13", "RTX 6000"),
    ("unknown-gpu.txt", "torch 2.9.1", "570.26", "H10 PCIe"),
  ])
  func `reads well`(_ file: String, _ build: String, _ driver: String, _ gpu: String) throws {
    try expectGolden(text(Checker(matrix: .embedded).report(try stack(build), on: node(driver, gpu))), file)
  }

  @Test func `reads well where the facts are of all kinds`() throws {
    var all = ""
    for one in CaseTable.memory + CaseTable.vgpu + CaseTable.facts + CaseTable.forward {
      all += "# \(one.testDescription)\n" + text(try one.report()) + "\n"
    }
    try expectGolden(all, "facts.txt")
  }

  @Test(arguments: Rule.allCases)
  func `documents every rule in a sentence`(_ rule: Rule) {
    #expect(!rule.title.isEmpty && !rule.title.hasSuffix("."))
    #expect(rule.help.hasSuffix("."))
    #expect(rule.help.count > 40)
    #expect(rule.rawValue.allSatisfy { $0 == "-" || ("a"..."z").contains($0) })
  }

  @Test func `documents the rules`() throws {
    var page = ""
    for rule in Rule.allCases { page += "\(rule.rawValue): \(rule.title)\n  \(rule.help)\n" }
    try expectGolden(page, "rules.txt")
  }

  @Test func `orders findings by severity, then by rule`() throws {
    for one in CaseTable.all {
      let findings = try one.report().findings
      for (first, second) in zip(findings, findings.dropFirst()) {
        #expect(
          first.severity > second.severity || first.severity == second.severity && first.rule <= second.rule)
      }
    }
  }
}

@Suite struct GPUCodeTests {
  @Test(arguments: [
    ("9.0a", "9.0", true), ("9.0a", "9.1", false), ("9.0a", "10.0", false), ("sm_90a", "9.0", true),
    ("10.0f", "10.0", true), ("10.0f", "10.3", true), ("10.3f", "10.0", false), ("10.0f", "12.0", false),
  ])
  func `runs code for one architecture or family nowhere else`(
    _ target: String, _ gpu: String, _ runs: Bool
  ) throws {
    let target = try #require(SpecificTarget(target))
    #expect(target.runs(on: try ComputeCapability(gpu)) == runs)
  }

  @Test(arguments: ["9.0", "a", "", "9.0b", "x.ya"])
  func `takes no other text for such a target`(_ text: String) {
    #expect(SpecificTarget(text) == nil)
  }

  @Test func `reads every specific target of the matrix`() {
    for release in Matrix.embedded.toolkitReleases {
      for target in Matrix.embedded.compilerTargets(of: release)?.specific ?? [] {
        #expect(SpecificTarget(target) != nil, "\(target)")
      }
    }
  }
}
