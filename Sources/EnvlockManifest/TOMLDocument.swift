import TOMLKit

/// A value of a TOML document and where it stands.
struct TOMLNode: Sendable {
  /// What the value is.
  enum Content: Sendable {
    case string(String)
    case integer(Int)
    case number(Double)
    case boolean(Bool)
    /// A date or time, as it was written.
    case time(String)
    case array([TOMLNode])
    case table([TOMLMember])
  }

  let content: Content
  /// UTF-8 offsets of the value, or of the header of a table; nil where it could not be located.
  let range: Range<Int>?

  /// What the value is, in a person's words, with an article.
  var typeName: String {
    switch content {
    case .string: "a string"
    case .integer, .number: "a number"
    case .boolean: "a boolean"
    case .time: "a date or time"
    case .array: "an array"
    case .table: "a table"
    }
  }
}

/// One key of a table.
struct TOMLMember: Sendable {
  let key: String
  /// UTF-8 offsets of the key; nil where it could not be located.
  let keyRange: Range<Int>?
  let value: TOMLNode
}

extension TOMLNode {
  /// Parses a document; its members are in the order in which they stand in the text.
  ///
  /// - Throws: `ManifestError` with the place where `source` is not TOML 1.0.
  init(parsing source: SourceText) throws(ManifestError) {
    if let nul = source.bytes.firstIndex(of: 0) {
      // TOMLKit hands the text on as a C string, which would end there.
      throw ManifestError("a file of text cannot contain NUL bytes", at: nul..<(nul + 1), in: source)
    }
    guard let text = String(validating: source.bytes, as: UTF8.self) else {
      throw ManifestError("\(source.name): this is not UTF-8 text", hints: ["save the file as UTF-8"])
    }
    do {
      self = Builder(locator: TOMLLocator(source.bytes), bytes: source.bytes).node(
        try TOMLTable(string: text), path: [])
    } catch let error as TOMLParseError {
      let start = source.offset(line: error.source.begin.line, column: error.source.begin.column)
      throw ManifestError(
        "not valid TOML: " + error.description.plainWords, at: start..<(start + 1), in: source)
    } catch {
      throw ManifestError("\(source.name): not valid TOML: \(error)")
    }
  }
}

extension String {
  /// A message of the TOML parser without its opening words about the parser's own state.
  fileprivate var plainWords: String {
    let opening = "Error while parsing "
    guard hasPrefix(opening), let colon = firstRange(of: ": ") else { return self }
    return String(self[colon.upperBound...])
  }
}

/// Turns TOMLKit's objects into values with places.
private struct Builder {
  let locator: TOMLLocator
  let bytes: [UInt8]

  func node(_ value: any TOMLValueConvertible, path: [TOMLStep]) -> TOMLNode {
    let range = locator.values[path] ?? locator.keys[path]
    return TOMLNode(content: content(value, path: path, range: range), range: range)
  }

  private func content(
    _ value: any TOMLValueConvertible, path: [TOMLStep], range: Range<Int>?
  ) -> TOMLNode.Content {
    if let table = value.table { return .table(members(table, path: path)) }
    if let array = value.array {
      return .array((0..<array.count).map { node(array[$0], path: path + [.index($0)]) })
    }
    if let text = value.string { return .string(text) }
    switch value.type {
    case .bool: return .boolean(value.bool ?? false)
    case .int: return .integer(value.int ?? 0)
    case .double: return .number(value.double ?? 0)
    default: return .time(range.map { String(decoding: bytes[$0], as: UTF8.self) } ?? value.debugDescription)
    }
  }

  private func members(_ table: TOMLTable, path: [TOMLStep]) -> [TOMLMember] {
    // TOMLTable's own iterator traps on a key with an escaped NUL, which it cuts there.
    let members = table.keys.compactMap { key -> TOMLMember? in
      guard let value = table[key] else { return nil }
      let path = path + [.key(key)]
      return TOMLMember(key: key, keyRange: locator.keys[path], value: node(value, path: path))
    }
    return members.sorted { ($0.keyRange?.lowerBound ?? 0, $0.key) < ($1.keyRange?.lowerBound ?? 0, $1.key) }
  }
}
