/// Finds the start tags of an HTML document that matter on index pages, and reads their attributes as HTML does.
///
/// It is used while the bytes are valid, and never kept. Every access is checked against their number.
struct HTMLTagScanner {
  /// What a tag is, as far as it matters.
  enum Kind {
    case anchor, base, meta
    /// A form, an input field or a script.
    case interactive
  }

  /// A start tag.
  struct Tag {
    /// What it is.
    let kind: Kind
    fileprivate let bytes: UnsafeBufferPointer<UInt8>
    fileprivate let attributes: [Attribute]

    /// The value of an attribute, decoded: of the first of that name, as HTML wants it; empty where it has none.
    ///
    /// The name has to be in lower case.
    subscript(name: StaticString) -> String? {
      for attribute in attributes where HTMLTagScanner.isCalled(name, bytes, attribute.name) {
        return HTMLTagScanner.decoded(bytes, attribute.value)
      }
      return nil
    }
  }

  fileprivate struct Attribute {
    let name: Range<Int>
    let value: Range<Int>
  }

  private let bytes: UnsafeBufferPointer<UInt8>
  private var position = 0

  /// Begins at the front of a document.
  init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  /// The next start tag that matters; nil at the end.
  mutating func nextTag() -> Tag? {
    while find(UInt8(ascii: "<")) {
      position += 1
      if skip("!--") {
        skipPast("-->")
        continue
      }
      guard let first = current, HTMLTagScanner.isLetter(first) else { continue }
      let name = readName()
      let attributes = readAttributes()
      let kind = HTMLTagScanner.kind(bytes, name)
      // The content of these is no markup.
      for (element, end) in HTMLTagScanner.rawElements where HTMLTagScanner.isCalled(element, bytes, name) {
        skipPast(end)
      }
      if let kind { return Tag(kind: kind, bytes: bytes, attributes: attributes) }
    }
    return nil
  }

  // MARK: names

  private static let rawElements: [(StaticString, StaticString)] = [
    ("script", "</script"), ("style", "</style"), ("textarea", "</textarea"), ("title", "</title"),
  ]

  private static func kind(_ bytes: UnsafeBufferPointer<UInt8>, _ name: Range<Int>) -> Kind? {
    if isCalled("a", bytes, name) { return .anchor }
    if isCalled("base", bytes, name) { return .base }
    if isCalled("meta", bytes, name) { return .meta }
    if isCalled("form", bytes, name) || isCalled("input", bytes, name) || isCalled("script", bytes, name) {
      return .interactive
    }
    return nil
  }

  /// Whether the bytes in `range` are `name`, which is in lower case, in whatever case.
  fileprivate static func isCalled(
    _ name: StaticString, _ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>
  ) -> Bool {
    guard range.count == name.utf8CodeUnitCount else { return false }
    let wanted = name.utf8Start
    for index in 0..<range.count where lowered(bytes[range.lowerBound + index]) != wanted[index] {
      return false
    }
    return true
  }

  @inline(__always)
  private static func lowered(_ byte: UInt8) -> UInt8 { byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte }

  private static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- UInt8(ascii: "a") < 26 }

  @inline(__always)
  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 || byte == 0x0C
  }

  // MARK: scanning

  private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  /// Moves to the next `byte`; to the end where there is none.
  private mutating func find(_ byte: UInt8) -> Bool {
    while position < bytes.count, bytes[position] != byte { position += 1 }
    return position < bytes.count
  }

  private mutating func skip(_ text: StaticString) -> Bool {
    let end = position + text.utf8CodeUnitCount
    guard end <= bytes.count, HTMLTagScanner.isCalled(text, bytes, position..<end) else { return false }
    position = end
    return true
  }

  /// Moves behind the next `text`, which is in lower case, in whatever case; to the end where there is none.
  private mutating func skipPast(_ text: StaticString) {
    while position < bytes.count {
      if skip(text) { return }
      position += 1
    }
  }

  private mutating func skipSpace() {
    while let byte = current, HTMLTagScanner.isSpace(byte) { position += 1 }
  }

  private mutating func readName() -> Range<Int> {
    let start = position
    while let byte = current, !HTMLTagScanner.isSpace(byte), byte != UInt8(ascii: ">"),
      byte != UInt8(ascii: "/")
    {
      position += 1
    }
    return start..<position
  }

  /// Reads up to and including the ">".
  private mutating func readAttributes() -> [Attribute] {
    var attributes: [Attribute] = []
    while let byte = current {
      if HTMLTagScanner.isSpace(byte) || byte == UInt8(ascii: "/") {
        position += 1
        continue
      }
      if byte == UInt8(ascii: ">") {
        position += 1
        break
      }
      let start = position
      // A name may begin with "=", and with nothing else that ends one.
      position += 1
      while let byte = current, !HTMLTagScanner.isSpace(byte), byte != UInt8(ascii: "="),
        byte != UInt8(ascii: ">"), byte != UInt8(ascii: "/")
      {
        position += 1
      }
      let name = start..<position
      skipSpace()
      var value = position..<position
      if current == UInt8(ascii: "=") {
        position += 1
        skipSpace()
        value = readValue()
      }
      attributes.append(Attribute(name: name, value: value))
    }
    return attributes
  }

  private mutating func readValue() -> Range<Int> {
    guard let quote = current else { return position..<position }
    if quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
      position += 1
      let start = position
      _ = find(quote)
      let end = position
      if position < bytes.count { position += 1 }
      return start..<end
    }
    let start = position
    while let byte = current, !HTMLTagScanner.isSpace(byte), byte != UInt8(ascii: ">") { position += 1 }
    return start..<position
  }

  // MARK: values

  /// The text of a value: without white space round it, character references decoded.
  fileprivate static func decoded(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> String {
    var (start, end) = (range.lowerBound, range.upperBound)
    while start < end, bytes[start] <= 0x20 { start += 1 }
    while end > start, bytes[end - 1] <= 0x20 { end -= 1 }
    let value = UnsafeBufferPointer(rebasing: bytes[start..<end])
    guard value.contains(UInt8(ascii: "&")) else { return String(decoding: value, as: UTF8.self) }
    var text: [UInt8] = []
    var index = 0
    while index < value.count {
      if value[index] == UInt8(ascii: "&"), let (scalar, length) = reference(value[index...]) {
        text.append(contentsOf: String(scalar).utf8)
        index += length
      } else {
        text.append(value[index])
        index += 1
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// The character that a reference at the front of `value` stands for, and the reference's length; nil for an
  /// ampersand that begins none. Of the named ones those that escaping produces.
  private static func reference(_ value: Slice<UnsafeBufferPointer<UInt8>>) -> (Unicode.Scalar, Int)? {
    guard let end = value.prefix(12).firstIndex(of: UInt8(ascii: ";")) else { return nil }
    let name = String(decoding: value[value.startIndex + 1..<end], as: UTF8.self)
    let length = end - value.startIndex + 1
    let scalar: Unicode.Scalar?
    switch name {
    case "amp": scalar = "&"
    case "lt": scalar = "<"
    case "gt": scalar = ">"
    case "quot": scalar = "\""
    case "apos": scalar = "'"
    case "nbsp": scalar = "\u{A0}"
    default:
      guard name.hasPrefix("#") else { return nil }
      let digits = name.dropFirst()
      let number =
        digits.hasPrefix("x") || digits.hasPrefix("X")
        ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits, radix: 10)
      scalar = number.flatMap(Unicode.Scalar.init)
    }
    return scalar.map { ($0, length) }
  }
}
