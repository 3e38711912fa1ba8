import EnvlockModel
import EnvlockTestSupport
import Testing

@testable import EnvlockExport

@Suite struct RequirementsDocumentTests {
  @Test func `every wheel is pinned with its hash`() throws {
    try expectGolden(
      RequirementsDocument(try Samples.plain(), source: "envlock.lock").text, "requirements.txt")
  }

  @Test func `hashes can be left out`() throws {
    try expectGolden(
      RequirementsDocument(try Samples.plain(), hashes: false, source: "envlock.lock").text,
      "requirements-plain.txt")
  }

  @Test func `a name cannot end the comment`() throws {
    let text = RequirementsDocument(try Samples.plain(), source: "a\r\nevil==1\u{2028}b\n").text
    #expect(text.hasPrefix("# a??evil==1?b? for linux/amd64"))
  }

  @Test func `a reference cannot end its line`() throws {
    let wheel = try Samples.wheel("a", "1", index: nil, url: "https://x.example/a b\n--pre\r/a-1.whl")
    #expect(
      RequirementsDocument.requirement(wheel)
        == "a @ https://x.example/a%20b%0A--pre%0D/a-1.whl#sha256=" + wheel.sha256.hex)
  }
}
