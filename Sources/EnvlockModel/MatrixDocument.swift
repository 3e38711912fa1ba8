/// One file of the matrix: its sources, and its tables as rows that are still text, so that a row costs nothing
/// until it is asked for.
struct MatrixDocument: Sendable {
  /// The file's name.
  let file: String
  private let bytes: [UInt8]
  private let isTrusted: Bool
  private let sources: [String: String]
  private let tables: [String: [Range<Int>]]
  /// The names of the tables, in the order of the file.
  private let order: [String]
  /// What the file says of itself: "about", "collected".
  let texts: [String: String]

  /// Finds the rows.
  ///
  /// - Parameters:
  ///   - file: the file's name.
  ///   - bytes: its contents.
  ///   - isTrusted: whether rows are known to have no unknown fields.
  /// - Throws: `MatrixError` with line and column unless the bytes are a JSON object of tables.
  init(_ file: String, _ bytes: [UInt8], isTrusted: Bool) throws(MatrixError) {
    self.file = file
    self.bytes = bytes
    self.isTrusted = isTrusted
    do throws(JSONError) {
      let found = try JSONReader.read(bytes) { (reader) throws(JSONError) in try Self.scan(&reader) }
      (sources, tables, order, texts) = (found.sources, found.tables, found.order, found.texts)
    } catch {
      throw MatrixError(file: file, place: "line \(error.line), column \(error.column)", reason: error.reason)
    }
  }

  private struct Scan {
    var sources: [String: String] = [:]
    var tables: [String: [Range<Int>]] = [:]
    var order: [String] = []
    var texts: [String: String] = [:]
  }

  private static func scan(_ reader: inout JSONReader) throws(JSONError) -> Scan {
    var found = Scan()
    try reader.beginObject()
    while let key = try reader.nextKey() {
      if reader.matches(key, "sources") {
        try reader.beginObject()
        while let name = try reader.nextKey() { found.sources[reader.decode(name)] = try reader.string() }
      } else if try reader.peek() == .array {
        var rows: [Range<Int>] = []
        try reader.beginArray()
        while try reader.nextElement() {
          _ = try reader.peek()
          let start = reader.position
          try reader.skipValue()
          rows.append(start..<reader.position)
        }
        let name = reader.decode(key)
        if found.tables[name] == nil { found.order.append(name) }
        found.tables[name] = rows
      } else if try reader.peek() == .string {
        found.texts[reader.decode(key)] = try reader.string()
      } else {
        try reader.skipValue()
      }
    }
    return found
  }

  /// The names of the tables, sorted.
  var tableNames: [String] { tables.keys.sorted() }

  /// The names of the tables of rows, in the order of the file; not those of mere texts.
  var rowTables: [String] {
    order.filter { table in
      guard let first = tables[table]?.first else { return true }
      return bytes[first.lowerBound] == UInt8(ascii: "{")
    }
  }

  /// How many rows a table has; 0 where it does not exist.
  func count(_ table: String) -> Int { tables[table]?.count ?? 0 }

  /// A row.
  ///
  /// - Throws: `MatrixError` when there is no such row, or it is no JSON object.
  func row(_ table: String, at index: Int) throws(MatrixError) -> MatrixRow {
    MatrixRow(
      file: file, table: table, index: index, isTrusted: isTrusted, cursor: try cursor(table, at: index),
      sources: sources)
  }

  /// All rows of a table.
  ///
  /// - Throws: `MatrixError` when there is no such table, or a row is no JSON object.
  func rows(_ table: String) throws(MatrixError) -> [MatrixRow] {
    guard tables[table] != nil else {
      throw MatrixError(file: file, place: "", reason: "the table `\(table)` is missing")
    }
    var rows: [MatrixRow] = []
    for index in 0..<count(table) { rows.append(try row(table, at: index)) }
    return rows
  }

  /// A table that is a list of texts.
  ///
  /// - Throws: `MatrixError` when there is no such table, or an element is no text.
  func texts(_ table: String) throws(MatrixError) -> [String] {
    var texts: [String] = []
    for index in 0..<count(table) {
      guard let text = try cursor(table, at: index).value.stringValue else {
        throw MatrixError(file: file, place: "\(table)[\(index)]", reason: "expected a string")
      }
      texts.append(text)
    }
    return texts
  }

  /// The texts of two members of each row, without reading the rest of the row; nil where one is missing.
  ///
  /// - Throws: `MatrixError` when a row is no JSON object.
  func members(
    _ first: StaticString, _ second: StaticString, of table: String
  ) throws(MatrixError) -> [(first: String?, second: String?)] {
    var texts: [(first: String?, second: String?)] = []
    for (index, range) in (tables[table] ?? []).enumerated() {
      do throws(JSONError) {
        texts.append(
          try JSONReader.read([UInt8](bytes[range])) { (reader) throws(JSONError) in
            var row: (first: String?, second: String?)
            try reader.beginObject()
            while let name = try reader.nextKey() {
              if reader.matches(name, first) {
                row.first = try reader.string()
              } else if reader.matches(name, second) {
                row.second = try reader.string()
              } else {
                try reader.skipValue()
              }
            }
            return row
          })
      } catch {
        throw MatrixError(file: file, place: "\(table)[\(index)]", reason: error.reason)
      }
    }
    return texts
  }

  private func cursor(_ table: String, at index: Int) throws(MatrixError) -> JSONCursor {
    let place = "\(table)[\(index)]"
    guard let rows = tables[table], rows.indices.contains(index) else {
      throw MatrixError(file: file, place: place, reason: "there is no such row")
    }
    do throws(JSONError) {
      return JSONCursor(try JSONValue(parsing: [UInt8](bytes[rows[index]])))
    } catch {
      throw MatrixError(file: file, place: place, reason: error.reason)
    }
  }
}
