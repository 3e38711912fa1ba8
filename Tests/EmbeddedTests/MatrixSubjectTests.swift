import EnvlockData
import EnvlockModel
import Testing

@Suite struct MatrixSubjectTests {
  let matrix = Matrix.embedded

  @Test func `lists every file with its tables, and every row with its source`() throws {
    #expect(matrix.subjects.map(\.file) == matrix.fileNames)
    for subject in matrix.subjects {
      #expect(
        !subject.about.isEmpty && subject.collected != nil && !subject.tables.isEmpty, "\(subject.file)")
      for table in subject.tables {
        let rows = matrix.rows(file: subject.file, table: table.name)
        #expect(rows.count == table.count && table.count > 0, "\(subject.file) \(table.name)")
        for row in rows {
          #expect(!row.source.row.isEmpty && !row.source.texts.isEmpty, "\(subject.file) \(table.name)")
          // A confidence is of a field that is there.
          for field in row.fields["confidence"]?.objectValue?.keys ?? [] {
            #expect(row.fields[field] != nil, "\(row.source): \(field)")
          }
        }
      }
    }
  }

  @Test func `names rows as queries do`() throws {
    let toolkits = matrix.rows(file: "cuda.json", table: "toolkits")
    #expect(toolkits.contains { $0.source.description == "matrices/cuda.json, 12.8.1" })
    let builds = matrix.rows(file: "torch.json", table: "builds")
    #expect(builds.first?.fields["version"] == "2.15.0" && builds.first?.index == 0)
    #expect(matrix.rows(file: "torch.json", table: "none").isEmpty)
    #expect(matrix.rows(file: "none.json", table: "builds").isEmpty)
    // A list of texts is no table of rows.
    #expect(matrix.rows(file: "indexes.json", table: "packages").isEmpty)
  }

  @Test func `knows rules by name, each once`() throws {
    let names = matrix.rules.map(\.name)
    #expect(Set(names).count == names.count && names.count == 28)
    for name in ["minor-version", "forward-compatibility", "open-modules", "profile-name", "pairing"] {
      let rule = try #require(matrix.rule(named: name))
      #expect(rule.source.row == "rule \(name)" && !rule.text.hasSuffix("."))
    }
    #expect(
      matrix.rule(named: "minor-version")?.source.description == "matrices/cuda.json, rule minor-version")
    #expect(matrix.rule(named: "none") == nil)
  }
}
