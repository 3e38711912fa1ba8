import EnvlockModel
import EnvlockTestSupport
import Testing

@Suite struct MatrixSchemaTests {
  private func schema(_ name: String) throws -> JSONValue {
    try JSONValue(parsing: Repository.bytes("matrices/schema/\(name).schema.json"))
  }

  @Test func `has a schema for every file, and every row fits it`() throws {
    for path in Repository.files(in: "matrices") {
      let name = String(path.dropFirst("matrices/".count).dropLast(".json".count))
      var validator = JSONSchema(try schema(name))
      validator.validate(try JSONValue(parsing: Repository.bytes(path)))
      #expect(validator.faults.isEmpty, "\(path): \(validator.faults.prefix(5).joined(separator: "; "))")
    }
  }

  @Test(
    arguments: [
      (#""version": "12.8.1""#, #""version": "12.8""#, "toolkits[0].version: “12.8” does not match"),
      (#""branch": 570"#, #""branch": 57"#, "toolkits[0].branch: is too small"),
      (#", "source": "a""#, "", "toolkits[0]: lacks source"),
      (#""source": "a""#, #""source": ["a"]"#, "toolkits[0].source: fits no choice"),
      (#""preview": true"#, #""preview": false"#, "toolkits[0].preview: is not"),
      (#""preview": true"#, #""previev": true"#, "toolkits[0].previev: is not allowed"),
      (#"["7.5", "8.0"]"#, #"["7.5", "7.5"]"#, "targets[0].sm: has an element twice"),
      (#""about": "x""#, #""about": """#, "about: is too short"),
      (#""a": "x""#, #""A": "x""#, "sources.A: “A” does not match"),
    ])
  func `finds faults`(old: String, new: String, expected: String) throws {
    let document = """
      {"about": "x", "collected": "2026-11-24", "sources": {"a": "x"},
       "toolkits": [{"version": "12.8.1", "branch": 570, "preview": true, "source": "a"}],
       "targets": [{"cuda": "12.8", "sm": ["7.5", "8.0"], "specific": [], "source": "a"}],
       "minor_compatibility": [{"cuda_major": 12, "driver": "525.60.13", "source": "a"}],
       "forward_compatibility": [{"cuda": "13.0", "package": "p", "over": [], "never_over": [], "gpus": ["jetson"],
        "source": "a"}]}
      """
    var whole = JSONSchema(try schema("cuda"))
    whole.validate(try JSONValue(parsing: document))
    #expect(whole.faults.isEmpty)
    var changed = document
    changed.replaceSubrange(try #require(changed.firstRange(of: old)), with: new)
    var broken = JSONSchema(try schema("cuda"))
    broken.validate(try JSONValue(parsing: changed))
    #expect(broken.faults.first?.hasPrefix(expected) == true, "\(broken.faults)")
  }
}
