/// A file of the matrix, for a list of what it holds.
public struct MatrixSubject: Hashable, Sendable {
  /// One of its tables.
  public struct Table: Hashable, Sendable {
    /// Its name: "toolkits".
    public let name: String
    /// How many rows it has.
    public let count: Int
  }

  /// The file's name: "cuda.json".
  public let file: String
  /// What it is about, in its own words; empty where it does not say.
  public let about: String
  /// The day on which its facts were collected: "2026-11-24"; nil where it does not say.
  public let collected: String?
  /// Its tables, in the order of the file.
  public let tables: [Table]
}

/// A row of the matrix as it stands in its file, whatever it is about.
public struct MatrixGenericRow: Hashable, Sendable {
  /// All its fields, `source` and `confidence` included.
  public let fields: JSONObject
  /// Where it is from.
  public let source: MatrixSource
  /// Its place in its table, from 0.
  public let index: Int
}

extension Matrix {
  /// What every file is about, by ascending name; a file that cannot be read has no tables.
  public var subjects: [MatrixSubject] {
    fileNames.map { file in
      guard let document = try? document(file) else {
        return MatrixSubject(file: file, about: "", collected: nil, tables: [])
      }
      return MatrixSubject(
        file: file, about: document.texts["about"] ?? "", collected: document.texts["collected"],
        tables: document.rowTables.map { MatrixSubject.Table(name: $0, count: document.count($0)) })
    }
  }

  /// The rows of a table, in the order of their file.
  ///
  /// - Parameters:
  ///   - file: the file's name: "cuda.json".
  ///   - table: the table's name: "toolkits".
  /// - Returns: none where there is no such table.
  public func rows(file: String, table: String) -> [MatrixGenericRow] {
    guard let document = try? document(file), document.rowTables.contains(table) else { return [] }
    var rows: [MatrixGenericRow] = []
    for index in 0..<document.count(table) {
      guard let row = try? document.row(table, at: index), let fields = try? row.cursor.object(),
        let source = try? row.source(named: Self.name(of: fields))
      else { continue }
      rows.append(MatrixGenericRow(fields: fields, source: source, index: index))
    }
    return rows
  }

  /// The fields that say what a row is about, whatever its table; the first words of its name.
  private static let names = [
    "package", "wheel", "family", "families", "torch", "suite", "name", "prefix", "series", "constant",
    "rule",
    "version", "versions", "release", "releases", "extra", "variant",
  ]

  private static func name(of fields: JSONObject) -> String {
    if let rule = fields["rule"]?.stringValue { return "rule \(rule)" }
    func words(_ keys: [String]) -> [String] {
      keys.flatMap { key -> [String] in
        switch fields[key] {
        case .string(let text): [text]
        case .integer(let number): ["\(number)"]
        case .array(let texts): texts.compactMap(\.stringValue)
        default: []
        }
      }
    }
    var name = words(names)
    if name.isEmpty { name = words(["branch"]).map { "R\($0)" } }
    if name.isEmpty { name = words(["cuda", "cuda_major"]).prefix(1).map { "CUDA \($0)" } }
    if name.isEmpty, let first = fields["first"]?.stringValue, let last = fields["last"]?.stringValue {
      name = [first == last ? first : "\(first) to \(last)"]
    }
    return (name + words(["arch", "field"])).joined(separator: " ")
  }
}
