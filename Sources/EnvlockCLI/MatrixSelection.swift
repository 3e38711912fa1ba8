import EnvlockCheck
import EnvlockModel

/// The rows of a subject that meet filters.
struct MatrixSelection: Hashable, Sendable {
  /// The rows of one table, at least one.
  struct Table: Hashable, Sendable {
    let name: String
    let rows: [MatrixGenericRow]
  }

  /// "torch".
  let name: String
  let subject: MatrixSubject
  /// The tables that have such rows, in the order of the file.
  let tables: [Table]

  /// Words that people say for a subject.
  private static let otherNames = [
    "pytorch": "torch", "tf": "tensorflow", "gpu": "gpus", "driver": "drivers", "toolkit": "cuda",
    "toolkits": "cuda", "python": "python-builds", "pythons": "python-builds", "pairing": "pairings",
    "index": "indexes", "torchvision": "pairings", "torchaudio": "pairings", "cuda-compat": "cuda",
  ]

  /// Finds the rows.
  ///
  /// - Parameters:
  ///   - text: The subject, as a person says it.
  ///   - filter: What must be in a row; none: all rows.
  ///   - matrix: The data.
  /// - Throws: `UsageError` for a subject that there is not.
  init(_ text: String, _ filter: [String], of matrix: Matrix) throws(UsageError) {
    let subjects = matrix.subjects
    let names = subjects.map { Self.name(of: $0.file) }
    let lowered = text.lowercased()
    let wanted = Self.name(of: names.contains(lowered) ? lowered : Self.otherNames[lowered] ?? lowered)
    guard let place = names.firstIndex(of: wanted) else {
      let near = NearestName.of(text, among: names).map { ["did you mean `\($0)`?"] } ?? []
      throw UsageError(
        "the matrix has no subject “\(Printable.text(text))”",
        hints: near + ["it has \(names.joined(separator: ", "))"])
    }
    let subject = subjects[place]
    name = wanted
    self.subject = subject
    let words = filter.flatMap { $0.split(separator: " ").map { $0.lowercased() } }
    tables = subject.tables.compactMap { table in
      let rows = matrix.rows(file: subject.file, table: table.name)
      let found: [MatrixGenericRow]
      if words.isEmpty {
        found = rows
      } else if table.name == "gpus", !matrix.gpus(matching: filter.joined(separator: " ")).isEmpty {
        let models = matrix.gpus(matching: filter.joined(separator: " ")).map(\.name)
        found = rows.filter { row in row.fields["name"]?.stringValue.map { models.contains($0) } ?? false }
      } else {
        found = Self.rows(rows, with: words, MatrixColumns.columns(of: subject.file, table.name, rows))
      }
      return found.isEmpty ? nil : Table(name: table.name, rows: found)
    }
  }

  /// What might have been meant, where nothing was found.
  func hints(_ filter: [String], _ matrix: Matrix) -> [String] {
    guard name == "gpus" else { return ["`envlock matrix show \(name)` shows all of them"] }
    let near = matrix.gpuNames(near: filter.joined(separator: " "))
    return near.isEmpty ? [] : ["did you mean \(near.joined(separator: ", "))?"]
  }

  /// "torch" of "torch.json".
  static func name(of file: String) -> String { file.hasSuffix(".json") ? String(file.dropLast(5)) : file }

  /// Rows with all words, in what names them if possible, else anywhere.
  private static func rows(
    _ rows: [MatrixGenericRow], with words: [String], _ columns: [MatrixColumn]
  ) -> [MatrixGenericRow] {
    let named = rows.filter { row in
      let tokens = tokens(of: columns.prefix(2).map { $0.key }, row)
      return words.allSatisfy { word in tokens.contains { Self.matches($0, word) } }
    }
    guard named.isEmpty else { return named }
    return rows.filter { row in
      let keys = row.fields.keys.filter { $0 != "source" && $0 != "confidence" && $0 != "note" }
      let tokens = tokens(of: keys, row)
      return words.allSatisfy { word in tokens.contains { Self.matches($0, word) } }
    }
  }

  private static func tokens(of keys: [String], _ row: MatrixGenericRow) -> [String] {
    keys.flatMap { key in
      (row.fields[key]?.words ?? "").lowercased().split { " ,".contains($0) }.map(String.init)
    }
  }

  /// Whether a word is the token, or the beginning of it up to a dot or a dash: 2.9 of 2.9.1.
  private static func matches(_ token: String, _ word: String) -> Bool {
    guard token.hasPrefix(word) else { return false }
    guard let next = token.dropFirst(word.count).first else { return true }
    return !next.isLetter && !next.isNumber
  }
}
