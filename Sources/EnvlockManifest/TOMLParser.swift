/// Reads TOML 1.0, remembering where everything stands.
///
/// TOMLKit, the library for it, keeps no places, ends the process on some malformed documents, and brings a C++ parser
/// with it.
struct TOMLParser {
  /// Deeper documents are refused; nothing real is half as deep.
  static let deepest = 64

  let source: SourceText
  var at = 0
  private let top: TOMLTable
  private var current: TOMLTable

  private init(_ source: SourceText) {
    self.source = source
    top = TOMLTable(.header, range: 0..<0)
    current = top
  }

  /// Reads a whole document.
  ///
  /// - Parameter source: The text.
  /// - Returns: The table at the top.
  /// - Throws: `ManifestError` with the place where `source` is not TOML.
  static func parse(_ source: SourceText) throws(ManifestError) -> TOMLNode {
    guard String(validating: source.bytes, as: UTF8.self) != nil else {
      throw ManifestError("\(source.name): this is not UTF-8 text", hints: ["save the file as UTF-8"])
    }
    var parser = TOMLParser(source)
    try parser.document()
    return parser.top.node
  }

  private mutating func document() throws(ManifestError) {
    while true {
      try skipBlankLines()
      guard let byte else { return }
      if byte == UInt8(ascii: "[") { try header() } else { try pair(into: current) }
      try endOfLine()
    }
  }

  // MARK: Tables

  /// `[a.b]` or `[[a.b]]`.
  private mutating func header() throws(ManifestError) {
    let start = at
    at += 1
    let isArray = take(UInt8(ascii: "["))
    let keys = try dottedKey()
    guard take(UInt8(ascii: "]")) else { throw fault("a closing ] is missing") }
    if isArray, !take(UInt8(ascii: "]")) { throw fault("a second closing ] is missing") }
    guard let last = keys.last else { return }
    var table = top
    for key in keys.dropLast() { table = try step(into: table, key, by: .implied) }
    let range = start..<at
    switch table.entry(last.text) {
    case nil:
      let new = TOMLTable(.header, range: range)
      table.set(last, isArray ? .tables([new]) : .table(new))
      current = new
    case .tables(let tables)? where isArray:
      let new = TOMLTable(.header, range: range)
      table.set(last, .tables(tables + [new]))
      current = new
    case .table(let old)? where !isArray && old.origin == .implied:
      old.origin = .header
      old.range = range
      current = old
    default:
      throw ManifestError("`\(last.text)` is defined twice", at: range, in: source)
    }
  }

  /// `a.b = value`.
  mutating func pair(into table: TOMLTable, depth: Int = 0) throws(ManifestError) {
    let keys = try dottedKey()
    guard let last = keys.last else { return }
    skipSpaces()
    guard take(UInt8(ascii: "=")) else { throw fault("an = is expected behind the key") }
    skipSpaces()
    var table = table
    for key in keys.dropLast() { table = try step(into: table, key, by: .dotted) }
    guard table.entry(last.text) == nil else {
      throw ManifestError("`\(last.text)` is defined twice", at: last.range, in: source)
    }
    table.set(last, .value(try value(depth: depth)))
  }

  /// The table that one step of a key leads to; made where it is not there.
  private func step(
    into table: TOMLTable, _ key: TOMLKey, by origin: TOMLTable.Origin
  ) throws(ManifestError) -> TOMLTable {
    switch table.entry(key.text) {
    case nil:
      let new = TOMLTable(origin, range: key.range)
      table.set(key, .table(new))
      return new
    case .table(let next)? where origin == .implied || next.origin != .header:
      if origin == .dotted { next.origin = .dotted }
      return next
    case .tables(let tables)? where origin == .implied:
      guard let last = tables.last else { break }
      return last
    default: break
    }
    throw ManifestError("`\(key.text)` is complete and cannot be added to", at: key.range, in: source)
  }

  /// Keys joined by dots; at least one.
  private mutating func dottedKey() throws(ManifestError) -> [TOMLKey] {
    var keys: [TOMLKey] = []
    repeat {
      skipSpaces()
      keys.append(try key())
      skipSpaces()
      guard keys.count <= Self.deepest else { throw fault("the key has too many parts") }
    } while take(UInt8(ascii: "."))
    return keys
  }

  private mutating func key() throws(ManifestError) -> TOMLKey {
    let start = at
    switch byte {
    case UInt8(ascii: "\"")?, UInt8(ascii: "'")?:
      let text = try string(allowsLines: false)
      return TOMLKey(text: text, range: start..<at)
    default:
      while let byte, Self.isBare(byte) { at += 1 }
      guard at > start else {
        throw fault(
          byte.map { $0 > 0x7F } == true ? "a key with such letters needs quotes" : "a key is expected")
      }
      return TOMLKey(text: String(decoding: source.bytes[start..<at], as: UTF8.self), range: start..<at)
    }
  }

  private static func isBare(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }

  // MARK: Bytes

  var byte: UInt8? { at < source.bytes.count ? source.bytes[at] : nil }

  /// Whether the text goes on with these bytes.
  func starts(with text: StaticString) -> Bool {
    text.withUTF8Buffer { source.bytes[at...].starts(with: $0) }
  }

  /// Goes on if the next byte is this one.
  mutating func take(_ expected: UInt8) -> Bool {
    guard byte == expected else { return false }
    at += 1
    return true
  }

  mutating func skipSpaces() {
    while byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") { at += 1 }
  }

  /// Skips white space, line breaks and comments.
  mutating func skipBlankLines() throws(ManifestError) {
    while true {
      skipSpaces()
      if byte == UInt8(ascii: "#") { try comment() }
      guard takeLineBreak() else { return }
    }
  }

  mutating func takeLineBreak() -> Bool {
    if take(UInt8(ascii: "\n")) { return true }
    guard starts(with: "\r\n") else { return false }
    at += 2
    return true
  }

  private mutating func endOfLine() throws(ManifestError) {
    skipSpaces()
    if byte == UInt8(ascii: "#") { try comment() }
    guard byte != nil, !takeLineBreak() else { return }
    throw fault("the line should end here")
  }

  private mutating func comment() throws(ManifestError) {
    while let byte, byte != UInt8(ascii: "\n"), !starts(with: "\r\n") {
      guard byte >= 0x20 && byte != 0x7F || byte == UInt8(ascii: "\t") else {
        throw fault("a control character cannot stand here")
      }
      at += 1
    }
  }

  /// An error about what stands at the current place, or at `range`.
  func fault(_ reason: String, at range: Range<Int>? = nil, hints: [String] = []) -> ManifestError {
    ManifestError("not valid TOML: " + reason, at: range ?? at..<(at + 1), in: source, hints: hints)
  }
}
