import EnvlockCheck
import Foundation
import Testing

/// The page on checking documents every rule in the words that the program uses.
@Suite struct RulePageTests {
  @Test(arguments: Rule.allCases)
  func `the page on checking has the rule`(rule: Rule) throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let page = try String(contentsOf: root.appendingPathComponent("docs/check.md"), encoding: .utf8)
    #expect(page.contains("| `\(rule.rawValue)` | \(rule.help) |\n"))
  }
}
