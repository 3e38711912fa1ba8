import EnvlockModel

/// Changes to the text of a matrix file that leave every other byte as it is.
public struct MatrixEdit: Sendable {
  /// Why a file cannot be edited in place.
  public struct Unfit: Error, Hashable, Sendable {
    /// What is missing: "the table `builds` has not one row a line".
    public let reason: String
  }

  private let survey: Survey
  private var lines: [String]
  private let endsWithNewline: Bool

  /// Takes a file's bytes.
  ///
  /// - Throws: `Unfit` for bytes that are no text.
  public init(_ bytes: [UInt8], of survey: Survey) throws(Unfit) {
    self.survey = survey
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Unfit(reason: "the file is no text in UTF-8")
    }
    lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    endsWithNewline = lines.last == ""
    if endsWithNewline { lines.removeLast() }
  }

  /// The bytes as they stand now.
  public var bytes: [UInt8] { Array((lines.joined(separator: "\n") + (endsWithNewline ? "\n" : "")).utf8) }

  /// Puts what the wheels say into the file: new rows where they belong, changed fields, and for each of these a row in
  /// `conflicts` that keeps what stood there.
  ///
  /// - Throws: `Unfit` for a file that does not have one row a line.
  public mutating func apply(_ outcomes: [RowOutcome]) throws(Unfit) {
    for outcome in outcomes {
      switch outcome.state {
      case .agrees: continue
      case .missing: try insert(outcome.row)
      case .differs(let differences):
        // What the makers' table says of builds that nobody looked at does not overrule a row.
        if outcome.row.isHearsay { continue }
        try change(outcome.row, differences)
      }
    }
  }

  // MARK: rows

  private mutating func insert(_ row: SurveyedRow) throws(Unfit) {
    for source in row.sources { try note(source) }
    let range = try table(row.table)
    guard let ours = object(row.line) else { throw Unfit(reason: "a new row is no JSON") }
    let place = range.first { line in object(lines[line]).map { survey.precedes(ours, $0) } ?? false }
    put(row.line, at: place ?? range.upperBound, in: range)
  }

  private mutating func change(_ row: SurveyedRow, _ differences: [Disagreement]) throws(Unfit) {
    let range = try table(row.table)
    guard let place = range.first(where: { object(lines[$0]).map { row.isAbout($0) } ?? false }) else {
      throw Unfit(reason: "the row of \(row.name) does not stand on a line of its own")
    }
    let old = object(lines[place]) ?? JSONObject()
    for difference in differences {
      lines[place] = try RowLine.setting(
        difference.field.name, to: difference.field.value, in: lines[place], like: row)
    }
    for source in row.sources { try note(source) }
    for difference in differences where difference.matrix != nil { try keep(difference, old, row) }
  }

  /// Records what stood in the matrix.
  private mutating func keep(_ difference: Disagreement, _ old: JSONObject, _ row: SurveyedRow) throws(Unfit)
  {
    guard let range = try? table("conflicts"), let documented = difference.matrix,
      let version = row["version"]
    else { return }
    var keys: [JSONValue] = old["source"].map { $0.arrayValue ?? [$0] } ?? []
    for source in row.sources where !keys.contains(.string(source.key)) { keys.append(.string(source.key)) }
    var members: [(String, JSONValue)] = []
    if let package = row["package"] { members.append(("package", package)) }
    members.append(("versions", [version]))
    if let arch = row["arch"], arch.stringValue != nil { members.append(("arch", arch)) }
    members += [
      ("field", .string(difference.field.name)), ("documented", documented),
      ("found", difference.field.value),
      ("source", keys.count == 1 ? keys[0] : .array(keys)),
      ("note", .string("stood in the matrix until the wheel was read: \(difference.field.evidence)")),
    ]
    put(RowText.line(members), at: range.lowerBound, in: range)
  }

  // MARK: lines

  /// The lines of the rows of a table.
  private func table(_ name: String) throws(Unfit) -> Range<Int> {
    guard let start = lines.firstIndex(of: "  \"\(name)\": ["),
      let end = lines[start...].firstIndex(where: { $0 == "  ]" || $0 == "  ]," })
    else { throw Unfit(reason: "the table `\(name)` does not have one row a line") }
    return start + 1..<end
  }

  private func object(_ line: String) -> JSONObject? {
    var text = line[...]
    if text.hasSuffix(",") { text.removeLast() }
    return (try? JSONValue(parsing: Array(text.utf8)))?.objectValue
  }

  private mutating func put(_ text: String, at place: Int, in range: Range<Int>) {
    if place == range.upperBound {
      if !range.isEmpty { lines[place - 1] += "," }
      lines.insert("    " + text, at: place)
    } else {
      lines.insert("    " + text + ",", at: place)
    }
  }

  /// Adds a source to the file's table of them, behind the last one.
  private mutating func note(_ source: SurveyedRow.Source) throws(Unfit) {
    guard let start = lines.firstIndex(of: "  \"sources\": {"),
      let end = lines[start...].firstIndex(where: { $0 == "  }" || $0 == "  }," })
    else { throw Unfit(reason: "the table `sources` does not have one source a line") }
    let key = RowText.text(.string(source.key)) + ": "
    guard !lines[start..<end].contains(where: { $0.hasPrefix("    " + key) }) else { return }
    put(key + RowText.text(.string(source.text)), at: end, in: start + 1..<end)
  }
}

/// A row on one line, of which one field is replaced.
enum RowLine {
  /// The line with a field's new value, or with the field at its place where it had none; the other bytes stay.
  ///
  /// - Parameters:
  ///   - name: the field.
  ///   - value: what it shall hold.
  ///   - line: the row.
  ///   - row: has the fields in the order of the file.
  /// - Returns: the row with that value.
  /// - Throws: `Unfit` for a line that is no JSON object.
  static func setting(
    _ name: String, to value: JSONValue, in line: String, like row: SurveyedRow
  ) throws(MatrixEdit.Unfit) -> String {
    var bytes = Array(line.utf8)
    let members: [(key: String, start: Int, value: Range<Int>)]
    do {
      members = try Self.members(bytes)
    } catch {
      throw MatrixEdit.Unfit(reason: "a row is no JSON object on one line")
    }
    let text = Array(RowText.text(value).utf8)
    if let member = members.first(where: { $0.key == name }) {
      bytes.replaceSubrange(member.value, with: text)
    } else {
      // Before the first member that comes later in a row; every row has a source, which comes behind all fields.
      let later = row.fields.drop { $0.name != name }.dropFirst().map(\.name) + ["source"]
      guard let next = members.first(where: { later.contains($0.key) }) else {
        throw MatrixEdit.Unfit(reason: "a row has no source")
      }
      bytes.insert(contentsOf: Array("\"\(name)\": ".utf8) + text + Array(", ".utf8), at: next.start)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Where the members of an object on one line are: the quote before each key, and its value.
  private static func members(_ line: [UInt8]) throws -> [(key: String, start: Int, value: Range<Int>)] {
    var rest = line
    if rest.last == UInt8(ascii: ",") { rest.removeLast() }
    return try JSONReader.read(rest) { (reader) throws(JSONError) in
      var members: [(key: String, start: Int, value: Range<Int>)] = []
      try reader.beginObject()
      while let key = try reader.nextKey() {
        _ = try reader.peek()
        let start = reader.position
        try reader.skipValue()
        members.append((reader.decode(key), key.start - 1, start..<reader.position))
      }
      return members
    }
  }
}
