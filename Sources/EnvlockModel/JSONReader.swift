/// A pull parser over UTF-8 bytes, for documents of many megabytes: it builds no tree, allocates nothing for a
/// token and hands strings out as slices that are decoded only on request.
///
/// It checks what it passes over, also what is skipped, as strictly as RFC 8259 asks; only duplicate keys are left to
/// the caller. A reader is used inside the closure of ``read(_:_:)``, and never kept.
package struct JSONReader {
  /// How deep arrays and objects may nest.
  package static let depthLimit = 200

  /// What the next value is.
  package enum Kind: Hashable, Sendable {
    case null, bool, number, string, array, object
  }

  /// A string of the document, still encoded: the bytes between its quotes.
  package struct Slice: Hashable, Sendable {
    /// The offset of the first byte after the opening quote.
    package let start: Int
    /// The offset of the closing quote.
    package let end: Int
    /// Whether it holds a backslash, so that it must be decoded.
    package let isEscaped: Bool
  }

  // Every access is checked against `count`.
  let bytes: UnsafePointer<UInt8>
  let count: Int
  /// The offset of the next byte.
  package internal(set) var position = 0
  private var depth = 0
  /// Whether the last thing read was an opening bracket, so that no comma is due.
  private var isFresh = false

  private init(_ bytes: UnsafePointer<UInt8>, _ count: Int) {
    self.bytes = bytes
    self.count = count
  }

  /// Reads one document: `body` reads exactly one value, and nothing but white space may follow it.
  ///
  /// - Throws: `JSONError` when the bytes are no UTF-8 or no JSON, and what `body` throws.
  package static func read<Result>(
    _ document: [UInt8], _ body: (inout JSONReader) throws(JSONError) -> Result
  ) throws(JSONError) -> Result {
    try document.withUnsafeBufferPointer { (buffer) throws(JSONError) in try read(buffer, body) }
  }

  /// Reads one document that lies somewhere in memory, such as a mapped file, as ``read(_:_:)`` reads an array. The
  /// bytes must stay the same until `body` has returned.
  ///
  /// - Throws: `JSONError` when the bytes are no UTF-8 or no JSON, and what `body` throws.
  package static func read<Result>(
    _ document: UnsafeBufferPointer<UInt8>, _ body: (inout JSONReader) throws(JSONError) -> Result
  ) throws(JSONError) -> Result {
    guard let base = document.baseAddress, !document.isEmpty else {
      throw JSONError(reason: "the document is empty", line: 1, column: 1)
    }
    var reader = JSONReader(base, document.count)
    do throws(UTF8.ValidationError) {
      _ = try UTF8Span(validating: document.span)
    } catch {
      throw reader.failure("not valid UTF-8", at: error.byteOffsets.lowerBound)
    }
    let result = try body(&reader)
    guard reader.isAtEnd() else {
      throw reader.failure("expected the end of the document, found \(reader.found)")
    }
    return result
  }

  /// Whether nothing but white space is left, which it passes over. So a body can read several values that follow
  /// each other.
  package mutating func isAtEnd() -> Bool {
    skipSpace()
    return position == count
  }

  // MARK: values

  /// What kind of value comes next.
  ///
  /// - Throws: `JSONError` when no value begins here.
  package mutating func peek() throws(JSONError) -> Kind {
    skipSpace()
    guard position < count else { throw failure("expected a value, found \(found)") }
    switch bytes[position] {
    case UInt8(ascii: "\""): return .string
    case UInt8(ascii: "{"): return .object
    case UInt8(ascii: "["): return .array
    case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
    case UInt8(ascii: "n"): return .null
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
    default: throw failure("expected a value, found \(found)")
    }
  }

  /// Enters an object; call ``nextKey()`` until it returns nil.
  ///
  /// - Throws: `JSONError` when no object begins here, or nesting is too deep.
  package mutating func beginObject() throws(JSONError) { try open(UInt8(ascii: "{"), "an object") }

  /// Enters an array; call ``nextElement()`` until it returns false.
  ///
  /// - Throws: `JSONError` when no array begins here, or nesting is too deep.
  package mutating func beginArray() throws(JSONError) { try open(UInt8(ascii: "["), "an array") }

  /// The next key of the object; nil at its end. The value must be read or skipped before the next call.
  ///
  /// - Throws: `JSONError` when neither a key nor the end of the object comes next.
  package mutating func nextKey() throws(JSONError) -> Slice? {
    guard try advance(to: UInt8(ascii: "}"), "a key or `}`") else { return nil }
    guard position < count, bytes[position] == UInt8(ascii: "\"") else {
      throw failure("expected a key in quotes, found \(found)")
    }
    let key = try scanString()
    skipSpace()
    guard position < count, bytes[position] == UInt8(ascii: ":") else {
      throw failure("expected `:` after the key, found \(found)")
    }
    position += 1
    return key
  }

  /// Whether another element follows in the array; it must be read or skipped before the next call.
  ///
  /// - Throws: `JSONError` when neither a value nor the end of the array comes next.
  package mutating func nextElement() throws(JSONError) -> Bool {
    try advance(to: UInt8(ascii: "]"), "a value or `]`")
  }

  /// Reads a string without decoding it.
  ///
  /// - Throws: `JSONError` when no string comes next, or a broken one.
  package mutating func slice() throws(JSONError) -> Slice {
    skipSpace()
    guard position < count, bytes[position] == UInt8(ascii: "\"") else {
      throw failure("expected a string, found \(found)")
    }
    return try scanString()
  }

  /// Reads a string.
  ///
  /// - Throws: `JSONError` when no string comes next, or a broken one.
  package mutating func string() throws(JSONError) -> String { decode(try slice()) }

  /// Reads `true` or `false`.
  ///
  /// - Throws: `JSONError` when neither comes next.
  package mutating func bool() throws(JSONError) -> Bool {
    skipSpace()
    if take("true") { return true }
    if take("false") { return false }
    throw failure("expected `true` or `false`, found \(found)")
  }

  /// Reads `null` where it comes next; otherwise reads nothing and returns false.
  package mutating func null() -> Bool {
    skipSpace()
    return take("null")
  }

  /// Reads a number: an `Int` where it is written as one and fits, else a `Double`.
  ///
  /// - Throws: `JSONError` when no number comes next, or one beyond the range of `Double`.
  package mutating func number() throws(JSONError) -> JSONValue {
    let (range, isInteger) = try scanNumber()
    if isInteger, let integer = integer(in: range) { return .integer(integer) }
    let text = String(decoding: UnsafeBufferPointer(rebasing: buffer[range]), as: UTF8.self)
    guard let number = Double(text), number.isFinite else {
      throw failure("the number is out of range", at: range.lowerBound)
    }
    return .number(number)
  }

  /// Reads an integer.
  ///
  /// - Throws: `JSONError` when no integer comes next, or one beyond the range of `Int`.
  package mutating func integer() throws(JSONError) -> Int {
    let (range, isInteger) = try scanNumber()
    guard isInteger else { throw failure("expected an integer", at: range.lowerBound) }
    guard let integer = integer(in: range) else {
      throw failure("the number is out of range", at: range.lowerBound)
    }
    return integer
  }

  /// Passes over one value of any kind, checking it.
  ///
  /// - Throws: `JSONError` when it is broken.
  package mutating func skipValue() throws(JSONError) {
    switch try peek() {
    case .string: _ = try scanString()
    case .number: _ = try scanNumber()
    case .bool: _ = try bool()
    case .null:
      guard null() else { throw failure("expected `null`, found \(found)") }
    case .array:
      try beginArray()
      while try nextElement() { try skipValue() }
    case .object:
      try beginObject()
      while try nextKey() != nil { try skipValue() }
    }
  }

  // MARK: slices

  /// The text of a string.
  package func decode(_ slice: Slice) -> String {
    let raw = UnsafeBufferPointer(rebasing: buffer[slice.start..<slice.end])
    if !slice.isEscaped { return String(decoding: raw, as: UTF8.self) }
    var text: [UInt8] = []
    appendDecoded(slice, to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// Appends the UTF-8 bytes of a string's text.
  package func appendDecoded(_ slice: Slice, to text: inout [UInt8]) {
    if !slice.isEscaped {
      text.append(contentsOf: UnsafeBufferPointer(rebasing: buffer[slice.start..<slice.end]))
      return
    }
    var index = slice.start
    while index < slice.end {
      let byte = bytes[index]
      guard byte == UInt8(ascii: "\\") else {
        text.append(byte)
        index += 1
        continue
      }
      // The escape was checked when the string was scanned.
      let escape = bytes[index + 1]
      index += 2
      switch escape {
      case UInt8(ascii: "n"): text.append(0x0A)
      case UInt8(ascii: "t"): text.append(0x09)
      case UInt8(ascii: "r"): text.append(0x0D)
      case UInt8(ascii: "b"): text.append(0x08)
      case UInt8(ascii: "f"): text.append(0x0C)
      case UInt8(ascii: "u"):
        var code = hex(at: index) ?? 0xFFFD
        index += 4
        if code & 0xFC00 == 0xD800, let low = hex(at: index + 2) {
          code = 0x10000 + (code & 0x3FF) << 10 + low & 0x3FF
          index += 6
        }
        text.append(contentsOf: String(Unicode.Scalar(code) ?? "\u{FFFD}").utf8)
      default: text.append(escape)
      }
    }
  }

  /// Whether the string is `text`, which must be ASCII; no allocation.
  package func matches(_ slice: Slice, _ text: StaticString) -> Bool {
    let length = text.utf8CodeUnitCount
    if slice.isEscaped { return decode(slice) == text.description }
    guard slice.end - slice.start == length else { return false }
    let wanted = text.utf8Start
    for index in 0..<length where bytes[slice.start + index] != wanted[index] { return false }
    return true
  }

  /// Whether the string begins with `text`, which must be ASCII; no allocation. A string that holds escapes does not.
  package func hasPrefix(_ slice: Slice, _ text: StaticString) -> Bool {
    let length = text.utf8CodeUnitCount
    guard !slice.isEscaped, slice.end - slice.start >= length else { return false }
    let wanted = text.utf8Start
    for index in 0..<length where bytes[slice.start + index] != wanted[index] { return false }
    return true
  }

  /// The digest that a string of 64 hexadecimal digits writes; nil for any other string.
  package func digest(_ slice: Slice) -> Digest? {
    guard slice.end - slice.start == 64, !slice.isEscaped else { return nil }
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 32) { decoded in
      for index in 0..<32 {
        let place = slice.start + 2 * index
        guard let byte = hexByte(bytes[place], bytes[place + 1]) else { return nil }
        decoded.initializeElement(at: index, to: byte)
      }
      return Digest(bytes: UnsafeBufferPointer(decoded))
    }
  }

  // MARK: errors

  /// An error at the reader's place, or at `offset`.
  package func failure(_ reason: String, at offset: Int? = nil) -> JSONError {
    var line = 1
    var column = 1
    for index in 0..<min(offset ?? position, count) {
      switch bytes[index] {
      case 0x0A:
        line += 1
        column = 1
      case 0x80...0xBF: break  // continuation bytes are no column of their own
      default: column += 1
      }
    }
    return JSONError(reason: reason, line: line, column: column)
  }

  /// The next byte in words.
  var found: String {
    guard position < count else { return "the end of the document" }
    let byte = bytes[position]
    if byte == 0xEF, position == 0 { return "a byte order mark" }
    let isPrintable = (0x21...0x7E).contains(byte)
    if isPrintable { return "`\(Character(Unicode.Scalar(byte)))`" }
    return byte < 0x80 ? "a control character" : "a character outside ASCII"
  }

  // MARK: scanning

  private var buffer: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: bytes, count: count) }

  @inline(__always)
  mutating func skipSpace() {
    // Compact documents have none.
    guard position < count, bytes[position] <= 0x20 else { return }
    skipSpaces()
  }

  private mutating func skipSpaces() {
    while position < count {
      switch bytes[position] {
      case 0x0A:
        position += 1
        // What follows the end of a line is indentation: eight spaces at a time.
        while count - position >= 8,
          UnsafeRawPointer(bytes + position).loadUnaligned(as: UInt64.self) == 0x2020_2020_2020_2020
        {
          position += 8
        }
      case 0x20, 0x0D, 0x09: position += 1
      default: return
      }
    }
  }

  private mutating func take(_ word: StaticString) -> Bool {
    let length = word.utf8CodeUnitCount
    guard count - position >= length else { return false }
    let wanted = word.utf8Start
    for index in 0..<length where bytes[position + index] != wanted[index] { return false }
    position += length
    return true
  }

  private mutating func open(_ bracket: UInt8, _ what: String) throws(JSONError) {
    skipSpace()
    guard position < count, bytes[position] == bracket else {
      throw failure("expected \(what), found \(found)")
    }
    guard depth < JSONReader.depthLimit else {
      throw failure("nested more than \(JSONReader.depthLimit) levels deep")
    }
    position += 1
    depth += 1
    isFresh = true
  }

  /// Moves to the next member or element; false when `close` ended the object or array.
  @inline(__always)
  private mutating func advance(to close: UInt8, _ expected: StaticString) throws(JSONError) -> Bool {
    skipSpace()
    guard position < count else { throw failure("expected \(expected), found \(found)") }
    if bytes[position] == close {
      position += 1
      depth -= 1
      isFresh = false
      return false
    }
    if isFresh {
      isFresh = false
      return true
    }
    guard bytes[position] == UInt8(ascii: ",") else {
      throw failure("expected `,` or `\(Character(Unicode.Scalar(close)))`, found \(found)")
    }
    position += 1
    skipSpace()
    if position < count, bytes[position] == close { throw failure("a comma before the end") }
    return true
  }
}
