import EnvlockCheck
import EnvlockModel

/// The subjects and rows of the matrix, for people and for programs.
enum RenderMatrixRows {
  // MARK: subjects

  /// A table of the subjects.
  ///
  /// - Parameters:
  ///   - subjects: The files.
  ///   - withWords: Whether what each says of itself stands below it.
  /// - Returns: Lines.
  static func list(_ subjects: [MatrixSubject], withWords: Bool) -> String {
    let rows = subjects.map { subject in
      let count = subject.tables.reduce(0) { $0 + $1.count }
      return [
        MatrixSelection.name(of: subject.file), String(count), subject.collected ?? "",
        subject.tables.map { "\($0.name.replacing("_", with: " ")) \($0.count)" }.joined(separator: ", "),
      ]
    }
    var lines = TextTable.lines(["subject", "rows", "collected", "tables"], rows)
    guard withWords else { return lines.joined(separator: "\n") + "\n" }
    for (place, subject) in subjects.enumerated().reversed() where !subject.about.isEmpty {
      lines.insert("  " + Printable.line(subject.about), at: place + 2)
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The subjects as JSON.
  static func json(_ subjects: [MatrixSubject]) -> String {
    let values = subjects.map { subject in
      var object: JSONObject = [
        "subject": .string(MatrixSelection.name(of: subject.file)), "file": .string(subject.file),
        "about": .string(subject.about),
        "tables": .array(
          subject.tables.map { ["name": .string($0.name), "rows": .integer($0.count)] }),
      ]
      object["collected"] = subject.collected.map { .string($0) }
      return JSONValue.object(object)
    }
    return RenderCheckJSON.plain(JSONValue.array(values).canonical())
  }

  // MARK: rows

  /// The rows as tables, each with its name where the subject has several.
  static func text(_ selection: MatrixSelection, withSources: Bool) -> String {
    var blocks: [String] = []
    for table in selection.tables {
      let columns = MatrixColumns.columns(of: selection.subject.file, table.name, table.rows)
      let shown = columns.filter { column in table.rows.contains { $0.fields[column.key] != nil } }
      let cells = table.rows.map { row in shown.map { Printable.line($0.text(row)) } }
      var lines = TextTable.lines(shown.map(\.title), cells)
      if withSources {
        for (place, row) in table.rows.enumerated().reversed() {
          lines.insert(contentsOf: sources(row), at: place + 2)
        }
      }
      if selection.subject.tables.count > 1 {
        lines.insert("\(table.name.replacing("_", with: " ")):", at: 0)
      }
      blocks.append(lines.joined(separator: "\n") + "\n")
    }
    return blocks.joined(separator: "\n")
  }

  /// What a row was read from, what of it is less sure, and its note.
  private static func sources(_ row: MatrixGenericRow) -> [String] {
    var lines = row.source.texts.map { "    from \(Printable.line($0))" }
    let weak = row.fields["confidence"]?.objectValue?.members.map { "\($0.key) \($0.value.words)" } ?? []
    if !weak.isEmpty { lines.append("    less sure: " + weak.joined(separator: ", ")) }
    if let note = row.fields["note"]?.stringValue { lines.append("    note: \(Printable.line(note))") }
    return lines
  }

  /// The rows as JSON: as they stand in the file, their sources in words.
  static func json(_ selection: MatrixSelection) -> String {
    var tables: JSONObject = [:]
    for table in selection.tables {
      tables[table.name] = .array(
        table.rows.map { row in
          var fields = row.fields
          fields["source"] = .array(row.source.texts.map { .string($0) })
          return .object(fields)
        })
    }
    var object: JSONObject = [
      "subject": .string(selection.name), "file": .string(selection.subject.file), "tables": .object(tables),
    ]
    object["collected"] = selection.subject.collected.map { .string($0) }
    return RenderCheckJSON.plain(JSONValue.object(object).canonical())
  }
}

extension Printable {
  /// A text on one line, whatever its length: words of data that the user chose.
  static func line(_ text: String) -> String {
    guard text.utf8.count > 300 else { return Printable.text(text) }
    return text.split(separator: " ", omittingEmptySubsequences: false).map { Printable.text(String($0)) }
      .joined(separator: " ")
  }
}
