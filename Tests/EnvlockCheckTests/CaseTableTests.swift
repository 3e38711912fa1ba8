import EnvlockCheck
import EnvlockModel
import Testing

@Suite struct CaseTableTests {
  /// The reports of all cases, in their order.
  private static let reports = CaseTable.all.map { try? $0.report() }

  @Test(arguments: CaseTable.all)
  func `says what was worked out by hand`(_ one: CheckCase) throws {
    let report = try one.report()
    #expect(report.verdict == one.verdict, "\(one.source); \(report.findings)")
    #expect(report.summary == one.findings, "\(one.source)")
  }

  @Test func `holds at least sixty cases, each with its source`() {
    #expect(CaseTable.all.count >= 60)
    #expect(CaseTable.all.allSatisfy { !$0.source.isEmpty })
  }

  @Test(arguments: Rule.allCases)
  func `has a case that breaks each rule and one that does not`(_ rule: Rule) throws {
    let broken = Self.reports.filter { $0?.finding(rule) != nil }
    #expect(!broken.isEmpty)
    #expect(broken.count < Self.reports.count)
  }

  @Test func `cites rows and says nothing twice`() {
    for finding in Self.reports.flatMap({ $0?.findings ?? [] }) {
      #expect(!finding.summary.isEmpty && !finding.summary.hasSuffix("."))
      #expect(Set(finding.evidence).count == finding.evidence.count, "\(finding)")
      #expect(Set(finding.mends).count == finding.mends.count, "\(finding)")
      #expect(finding.evidence.allSatisfy { !$0.text.isEmpty && !$0.label.isEmpty })
    }
  }
}
