extension TOMLParser {
  /// Any value.
  mutating func value(depth: Int) throws(ManifestError) -> TOMLNode {
    let start = at
    guard depth < Self.deepest else { throw fault("the value is nested too deeply") }
    let content: TOMLNode.Content
    switch byte {
    case UInt8(ascii: "\"")?, UInt8(ascii: "'")?: content = .string(try string(allowsLines: true))
    case UInt8(ascii: "[")?: content = .array(try array(depth: depth))
    case UInt8(ascii: "{")?: content = try inlineTable(depth: depth)
    case nil, UInt8(ascii: "\n")?, UInt8(ascii: "\r")?, UInt8(ascii: "#")?: throw fault("a value is missing")
    default: content = try bareValue()
    }
    return TOMLNode(content: content, range: start..<at)
  }

  private mutating func array(depth: Int) throws(ManifestError) -> [TOMLNode] {
    let start = at
    at += 1
    var elements: [TOMLNode] = []
    while true {
      try skipBlankLines()
      guard byte != nil else { throw fault("this bracket is never closed", at: start..<(start + 1)) }
      if take(UInt8(ascii: "]")) { return elements }
      elements.append(try value(depth: depth + 1))
      try skipBlankLines()
      guard byte != UInt8(ascii: "]"), !take(UInt8(ascii: ",")) else { continue }
      guard byte != nil else { throw fault("this bracket is never closed", at: start..<(start + 1)) }
      throw fault("a comma or a closing ] is expected here")
    }
  }

  private mutating func inlineTable(depth: Int) throws(ManifestError) -> TOMLNode.Content {
    let start = at
    at += 1
    let table = TOMLTable(.dotted, range: start..<at)
    skipSpaces()
    if take(UInt8(ascii: "}")) { return table.node.content }
    while true {
      try pair(into: table, depth: depth + 1)
      skipSpaces()
      if take(UInt8(ascii: "}")) { return table.node.content }
      guard take(UInt8(ascii: ",")) else {
        if byte == nil { throw fault("this brace is never closed", at: start..<(start + 1)) }
        throw fault("a comma or a closing } is expected here")
      }
      skipSpaces()
    }
  }

  /// A number, a boolean, a date or a time.
  private mutating func bareValue() throws(ManifestError) -> TOMLNode.Content {
    let start = at
    while let byte, !",]}#\r\n".utf8.contains(byte) { at += 1 }
    while at > start, source.bytes[at - 1] == UInt8(ascii: " ") || source.bytes[at - 1] == UInt8(ascii: "\t")
    {
      at -= 1
    }
    let range = start..<at
    let text = String(decoding: source.bytes[range], as: UTF8.self)
    switch text {
    case "true": return .boolean(true)
    case "false": return .boolean(false)
    default: break
    }
    if TOMLTime.isValid(text) { return .time(text) }
    switch TOMLNumber(text) {
    case .integer(let number)?: return .integer(number)
    case .number(let number)?: return .number(number)
    case .tooLarge?: throw fault("the number is too large", at: range)
    case nil: throw notAValue(text, range)
    }
  }

  private func notAValue(_ text: String, _ range: Range<Int>) -> ManifestError {
    guard !text.isEmpty else { return fault("a value is missing") }
    if ["True", "False", "TRUE", "FALSE", "yes", "no"].contains(text) {
      return fault("`\(text)` is no value", at: range, hints: ["a boolean is written true or false"])
    }
    guard !text.contains("\""), !text.contains("'"), !text.contains("=") || !text.contains(" ") else {
      return fault("this is no value", at: range)
    }
    return fault("`\(text)` is no value", at: range, hints: ["put text in quotes: \"\(text)\""])
  }
}

/// A number as TOML writes it.
enum TOMLNumber {
  case integer(Int)
  case number(Double)
  case tooLarge

  /// Nil for a text that is no number.
  init?(_ text: String) {
    let bytes = Array(text.utf8)
    let hasSign = bytes.first == UInt8(ascii: "+") || bytes.first == UInt8(ascii: "-")
    let body = bytes.dropFirst(hasSign ? 1 : 0)
    if body.elementsEqual("inf".utf8) || body.elementsEqual("nan".utf8) {
      guard let number = Double(text) else { return nil }
      self = .number(number)
      return
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where body.starts(with: prefix.utf8) {
      guard !hasSign, let digits = Self.digits(body.dropFirst(2), radix: radix) else { return nil }
      self = Int(digits, radix: radix).map { .integer($0) } ?? .tooLarge
      return
    }
    let whole = body.prefix { $0 != UInt8(ascii: ".") && $0 | 0x20 != UInt8(ascii: "e") }
    guard let digits = Self.digits(whole, radix: 10),
      digits.utf8.count == 1 || digits.utf8.first != UInt8(ascii: "0")
    else { return nil }
    let sign = bytes.first == UInt8(ascii: "-") ? "-" : ""
    var rest = body.dropFirst(whole.count)
    guard !rest.isEmpty else {
      self = Int(sign + digits).map { .integer($0) } ?? .tooLarge
      return
    }
    var number = sign + digits
    if rest.first == UInt8(ascii: ".") {
      let fraction = rest.dropFirst().prefix { $0 | 0x20 != UInt8(ascii: "e") }
      guard let digits = Self.digits(fraction, radix: 10) else { return nil }
      number += "." + digits
      rest = rest.dropFirst(fraction.count + 1)
    }
    if let mark = rest.first, mark | 0x20 == UInt8(ascii: "e") {
      rest = rest.dropFirst()
      number += "e"
      if let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
        number += String(UnicodeScalar(sign))
        rest = rest.dropFirst()
      }
      guard let digits = Self.digits(rest, radix: 10) else { return nil }
      number += digits
      rest = []
    }
    guard rest.isEmpty, let value = Double(number) else { return nil }
    self = .number(value)
  }

  /// Digits with single underscores between them, without these; nil for anything else.
  private static func digits(_ bytes: ArraySlice<UInt8>, radix: Int) -> String? {
    var digits: [UInt8] = []
    var mayUnderscore = false
    for byte in bytes {
      if byte == UInt8(ascii: "_") {
        guard mayUnderscore else { return nil }
        mayUnderscore = false
      } else {
        guard let value = Character(UnicodeScalar(byte)).hexDigitValue, value < radix else { return nil }
        digits.append(byte)
        mayUnderscore = true
      }
    }
    return mayUnderscore ? String(decoding: digits, as: UTF8.self) : nil
  }
}

/// Dates and times as TOML writes them (RFC 3339, whole or in part).
enum TOMLTime {
  /// Whether `text` is a date, a time of day, or both, with or without an offset.
  static func isValid(_ text: String) -> Bool {
    var bytes = Array(text.utf8)[...]
    if day(&bytes) {
      guard let mark = bytes.first else { return true }
      guard "Tt ".utf8.contains(mark) else { return false }
      bytes.removeFirst()
      guard timeOfDay(&bytes) else { return false }
      return bytes.isEmpty || offset(&bytes) && bytes.isEmpty
    }
    return timeOfDay(&bytes) && bytes.isEmpty
  }

  private static func day(_ bytes: inout ArraySlice<UInt8>) -> Bool {
    let start = bytes
    guard let year = number(&bytes, 4), skip(&bytes, "-"), let month = number(&bytes, 2), skip(&bytes, "-"),
      let day = number(&bytes, 2), (1...12).contains(month)
    else {
      bytes = start
      return false
    }
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let length = month == 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
    return (1...length).contains(day)
  }

  private static func timeOfDay(_ bytes: inout ArraySlice<UInt8>) -> Bool {
    guard let hour = number(&bytes, 2), hour < 24, skip(&bytes, ":"), let minute = number(&bytes, 2),
      minute < 60,
      skip(&bytes, ":"), let second = number(&bytes, 2), second <= 60
    else { return false }
    guard skip(&bytes, ".") else { return true }
    let digits = bytes.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    bytes = bytes.dropFirst(digits.count)
    return !digits.isEmpty
  }

  private static func offset(_ bytes: inout ArraySlice<UInt8>) -> Bool {
    if skip(&bytes, "Z") || skip(&bytes, "z") { return true }
    guard skip(&bytes, "+") || skip(&bytes, "-"), let hour = number(&bytes, 2), skip(&bytes, ":"),
      let minute = number(&bytes, 2)
    else { return false }
    return hour < 24 && minute < 60
  }

  private static func number(_ bytes: inout ArraySlice<UInt8>, _ digits: Int) -> Int? {
    guard bytes.count >= digits else { return nil }
    var number = 0
    for byte in bytes.prefix(digits) {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
      number = number * 10 + Int(byte - UInt8(ascii: "0"))
    }
    bytes = bytes.dropFirst(digits)
    return number
  }

  private static func skip(_ bytes: inout ArraySlice<UInt8>, _ expected: Unicode.Scalar) -> Bool {
    guard let first = bytes.first, UInt32(first) == expected.value else { return false }
    bytes.removeFirst()
    return true
  }
}
