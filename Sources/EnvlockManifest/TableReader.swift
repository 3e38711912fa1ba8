import EnvlockModel
import EnvlockVersions

/// A string of a TOML document and where it stands.
struct LocatedText {
  let text: String
  /// UTF-8 offsets of the value with its quotes.
  let range: Range<Int>
  let source: SourceText

  /// An error about this value.
  func error(_ message: String, hints: [String] = []) -> ManifestError {
    ManifestError(message, at: range, in: source, hints: hints)
  }

  /// The same for a value that may hold a password.
  func errorWithoutExcerpt(_ message: String) -> ManifestError {
    ManifestError(error(message).message)
  }

  /// What `read` makes of the text.
  ///
  /// - Throws: `ManifestError` that points at the fault inside the string.
  func parsed<Value>(
    hints: [String] = [], _ read: (String) throws(MalformedText) -> Value
  ) throws(ManifestError) -> Value {
    do {
      return try read(text)
    } catch {
      throw ManifestError(error.description, at: place(of: error.offset), in: source, hints: hints)
    }
  }

  /// "envlock.toml:6".
  var origin: String { "\(source.name):\(source.position(of: range.lowerBound).line)" }

  /// The place of a fault at an offset of the text: offsets of the file count the quote and every escape.
  private func place(of offset: Int?) -> Range<Int> {
    guard let offset, offset >= 0, range.count == text.utf8.count + 2,
      source.bytes[range].dropFirst().dropLast().elementsEqual(text.utf8)
    else { return range }
    let start = min(range.lowerBound + 1 + offset, range.upperBound - 1)
    return start..<(start + 1)
  }
}

/// A table of a TOML document whose keys are asked for by name and type.
struct TableReader {
  let source: SourceText
  /// The table as errors call it: "[environment]".
  let title: String
  /// UTF-8 offsets of the table's header.
  let range: Range<Int>
  let members: [TOMLMember]

  func member(_ key: String) -> TOMLMember? { members.first { $0.key == key } }

  /// Fails on the first key that is not among `known`.
  ///
  /// - Parameters:
  ///   - known: The keys of this table.
  ///   - elsewhere: Keys of other tables, with the table's title.
  /// - Throws: `ManifestError` that names the nearest known key.
  func expectOnly(_ known: [String], elsewhere: [String: String] = [:]) throws(ManifestError) {
    guard let member = members.first(where: { !known.contains($0.key) }) else { return }
    let hint: String
    if let table = elsewhere[member.key] {
      hint = "`\(member.key)` belongs in \(table)"
    } else if let near = NearestName.of(member.key, among: known) {
      hint = "did you mean `\(near)`?"
    } else {
      hint = "known keys: " + known.sorted().joined(separator: ", ")
    }
    throw ManifestError("\(title) has no key `\(member.key)`", at: member.keyRange, in: source, hints: [hint])
  }

  func string(_ key: String) throws(ManifestError) -> LocatedText? {
    guard let member = member(key) else { return nil }
    return try string(member.value, called: "`\(key)`")
  }

  func strings(_ key: String) throws(ManifestError) -> [LocatedText] {
    guard let member = member(key) else { return [] }
    guard case .array(let elements) = member.value.content else {
      throw wrongType(
        member.value, called: "`\(key)`", expected: "an array of strings", hint: arrayHint(member))
    }
    var strings: [LocatedText] = []
    for element in elements {
      strings.append(try string(element, called: "an element of `\(key)`"))
    }
    return strings
  }

  func boolean(_ key: String) throws(ManifestError) -> Bool? {
    guard let member = member(key) else { return nil }
    guard case .boolean(let flag) = member.value.content else {
      throw wrongType(member.value, called: "`\(key)`", expected: "true or false")
    }
    return flag
  }

  /// The table under `key`.
  func table(_ key: String, title: String) throws(ManifestError) -> TableReader? {
    guard let member = member(key) else { return nil }
    guard case .table(let members) = member.value.content else {
      let hint = "write \(title) on a line of its own, and its keys below"
      throw wrongType(member.value, called: "`\(key)`", expected: "a table", hint: hint)
    }
    return TableReader(
      source: source, title: title, range: member.value.range, members: members)
  }

  /// The array of tables under `key`.
  func tables(_ key: String, title: String) throws(ManifestError) -> [TableReader] {
    guard let member = member(key) else { return [] }
    let hint = "write \(title) with two brackets: there can be several"
    guard case .array(let elements) = member.value.content else {
      throw wrongType(member.value, called: "`\(key)`", expected: "an array of tables", hint: hint)
    }
    var tables: [TableReader] = []
    for element in elements {
      guard case .table(let members) = element.content else {
        throw wrongType(element, called: "an element of `\(key)`", expected: "a table", hint: hint)
      }
      tables.append(TableReader(source: source, title: title, range: element.range, members: members))
    }
    return tables
  }

  /// The string under `key`.
  ///
  /// - Throws: `ManifestError` also when the key is missing.
  func requiredString(_ key: String) throws(ManifestError) -> LocatedText {
    guard let text = try string(key) else {
      throw ManifestError("\(title) needs a `\(key)`", at: range, in: source)
    }
    return text
  }

  private func string(_ node: TOMLNode, called name: String) throws(ManifestError) -> LocatedText {
    switch node.content {
    case .string(let text):
      return LocatedText(text: text, range: node.range, source: source)
    case .integer, .number, .time, .boolean:
      let hint = "put it in quotes: \"\(String(decoding: source.bytes[node.range], as: UTF8.self))\""
      throw wrongType(node, called: name, expected: "a string", hint: hint)
    case .array, .table:
      throw wrongType(node, called: name, expected: "a string")
    }
  }

  private func arrayHint(_ member: TOMLMember) -> String? {
    guard case .string = member.value.content else { return nil }
    return
      "put it in brackets: \(member.key) = [\(String(decoding: source.bytes[member.value.range], as: UTF8.self))]"
  }

  func wrongType(
    _ node: TOMLNode, called name: String, expected: String, hint: String? = nil
  ) -> ManifestError {
    ManifestError(
      "\(name) has to be \(expected), and is \(node.typeName)", at: node.range, in: source,
      hints: hint.map { [$0] } ?? [])
  }
}
