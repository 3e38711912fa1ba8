import EnvlockModel
import EnvlockVersions
import Testing

@Suite struct PythonVersionTests {
  @Test(arguments: [("3.11", "3.11.0"), ("3.8.20", "3.8.20"), ("3.13t", "3.13.0"), ("3.14.1t", "3.14.1")])
  func `is written as it was read, and complete for Requires-Python`(text: String, full: String) throws {
    let python = try PythonVersion(text)
    #expect(python.description == text)
    #expect(python.fullVersion.description == full)
    #expect(python.freeThreaded == text.hasSuffix("t"))
  }

  @Test(arguments: [
    "", "3", "3.", ".11", "3..11", "2.7", "4.0", "3.11.1.1", "3.12t", "3.14.0rc1", "cp311", "3.1111", "3.11 ",
    "3.99999999999999999999", "t", "3.-1",
  ])
  func `refuses what is no Python it knows`(text: String) {
    #expect(throws: MalformedText.self) { try PythonVersion(text) }
  }

  @Test func `orders by number`() throws {
    let texts = ["3.9", "3.10", "3.10.0", "3.10.2", "3.13", "3.13t", "3.13.1"]
    #expect(try texts.reversed().map { try PythonVersion($0) }.sorted().map(\.description) == texts)
    #expect(try PythonVersion("3.13.1t").withoutPatch == PythonVersion("3.13t"))
  }
}
