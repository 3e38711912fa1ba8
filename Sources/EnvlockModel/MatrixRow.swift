import EnvlockVersions

/// A row of the matrix that is being read; every error names the file, the row and the field.
struct MatrixRow {
  let file: String
  let table: String
  let index: Int
  let isTrusted: Bool
  let cursor: JSONCursor
  let sources: [String: String]

  /// An error about a field of this row, or about the row.
  func error(_ reason: String, at field: String = "") -> MatrixError {
    MatrixError(file: file, place: "\(table)[\(index)]\(field.isEmpty ? "" : ".\(field)")", reason: reason)
  }

  /// Checks that the row has no other fields than these and those of every row, unless that is known.
  ///
  /// - Throws: `MatrixError` that names an unknown field and the nearest known one.
  func allow(_ known: [String]) throws(MatrixError) {
    if isTrusted { return }
    do throws(JSONDecodingError) {
      try cursor.allow(known + ["source", "confidence", "note"])
    } catch {
      throw self.error(error.reason, at: error.path)
    }
  }

  /// Reads a field; nil where it is missing.
  ///
  /// - Throws: `MatrixError` when `read` does.
  func field<Value>(
    _ key: String, _ read: (JSONCursor) throws(JSONDecodingError) -> Value
  ) throws(MatrixError) -> Value? {
    do throws(JSONDecodingError) {
      guard let member = try cursor.optional(key) else { return nil }
      return try read(member)
    } catch {
      throw self.error(error.reason, at: error.path)
    }
  }

  /// Insists on a field that was read.
  ///
  /// - Throws: `MatrixError` where it is nil.
  func required<Value>(_ key: String, _ value: Value?) throws(MatrixError) -> Value {
    guard let value else { throw error("the field is missing", at: key) }
    return value
  }

  // MARK: kinds of fields; nil where the field is missing

  func text(_ key: String) throws(MatrixError) -> String? {
    try field(key) { (value) throws(JSONDecodingError) in try value.string() }
  }

  func texts(_ key: String) throws(MatrixError) -> [String]? {
    try field(key) { (value) throws(JSONDecodingError) in try value.strings() }
  }

  func integer(_ key: String) throws(MatrixError) -> Int? {
    try field(key) { (value) throws(JSONDecodingError) in try value.integer() }
  }

  func bool(_ key: String) throws(MatrixError) -> Bool? {
    try field(key) { (value) throws(JSONDecodingError) in try value.bool() }
  }

  func parsed<Value>(_ key: String, _ make: (String) throws -> Value) throws(MatrixError) -> Value? {
    try field(key) { (value) throws(JSONDecodingError) in try value.parse(make) }
  }

  func parsedList<Value>(_ key: String, _ make: (String) throws -> Value) throws(MatrixError) -> [Value]? {
    try field(key) { (value) throws(JSONDecodingError) in
      var list: [Value] = []
      for element in try value.elements() { list.append(try element.parse(make)) }
      return list
    }
  }

  func version(_ key: String) throws(MatrixError) -> Version? { try parsed(key) { try Version($0) } }

  func cuda(_ key: String) throws(MatrixError) -> CUDAVersion? { try parsed(key) { try CUDAVersion($0) } }

  func driver(_ key: String) throws(MatrixError) -> DriverVersion? {
    try parsed(key) { try DriverVersion($0) }
  }

  func capabilities(_ key: String) throws(MatrixError) -> [ComputeCapability]? {
    try parsedList(key) { try ComputeCapability($0) }
  }

  func versions(_ key: String) throws(MatrixError) -> [Version]? {
    try parsedList(key) { try Version($0) }
  }

  func specifiers(_ key: String) throws(MatrixError) -> SpecifierSet? {
    try parsed(key) { try SpecifierSet($0) }
  }

  func capability(_ key: String) throws(MatrixError) -> ComputeCapability? {
    try parsed(key) { try ComputeCapability($0) }
  }

  func integers(_ key: String) throws(MatrixError) -> [Int]? {
    try field(key) { (value) throws(JSONDecodingError) in
      var list: [Int] = []
      for element in try value.elements() { list.append(try element.integer()) }
      return list
    }
  }

  // MARK: where the row comes from

  /// The row's sources and confidence.
  ///
  /// - Parameter name: what the row is about.
  /// - Returns: them, with the words of the file's table of sources.
  /// - Throws: `MatrixError` when the row has no source, an unknown one, or an unknown confidence.
  func source(named name: String) throws(MatrixError) -> MatrixSource {
    let keys = try field("source") { (value) throws(JSONDecodingError) in
      if case .string(let key) = value.value { return [key] }
      return try value.strings()
    }
    guard let keys, !keys.isEmpty else { throw error("the row has no source", at: "source") }
    var texts: [String] = []
    for key in keys {
      guard let text = sources[key] else {
        throw error("`\(key)` is not in the table of sources", at: "source")
      }
      texts.append(text)
    }
    let weakFields = try field("confidence") { (value) throws(JSONDecodingError) in
      var fields: [String: MatrixConfidence] = [:]
      for (field, confidence) in try value.members() {
        guard let known = MatrixConfidence(rawValue: try confidence.string()) else {
          throw confidence.error("expected secondary or derived")
        }
        fields[field] = known
      }
      return fields
    }
    return MatrixSource(file: file, row: name, texts: texts, weakFields: weakFields ?? [:])
  }
}
