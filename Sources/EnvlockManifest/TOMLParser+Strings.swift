extension TOMLParser {
  /// A string of any of the four kinds.
  ///
  /// - Parameter allowsLines: Whether it may be one of several lines; a key may not.
  /// - Returns: Its text.
  /// - Throws: `ManifestError` where it is not finished, or holds what a string may not.
  mutating func string(allowsLines: Bool) throws(ManifestError) -> String {
    if starts(with: "\"\"\"") || starts(with: "'''") {
      guard allowsLines else { throw fault("a key cannot be a string of several lines") }
      return try longString()
    }
    return try shortString()
  }

  private mutating func shortString() throws(ManifestError) -> String {
    let start = at
    guard let quote = byte else { return "" }
    at += 1
    var text: [UInt8] = []
    while let byte, byte != quote {
      if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") { break }
      if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
        text += try escape()
      } else {
        text.append(try plain(byte))
      }
    }
    guard take(quote) else {
      throw fault("this quote is never closed", at: start..<at, hints: closingHint(quote))
    }
    return String(decoding: text, as: UTF8.self)
  }

  private func closingHint(_ quote: UInt8) -> [String] {
    let mark = String(UnicodeScalar(quote))
    return ["end it with \(mark), or use \(mark)\(mark)\(mark) for text of several lines"]
  }

  private mutating func longString() throws(ManifestError) -> String {
    let start = at
    guard let quote = byte else { return "" }
    at += 3
    _ = takeLineBreak()
    var text: [UInt8] = []
    while let byte {
      if byte == quote {
        var count = 0
        while take(quote) { count += 1 }
        // One or two quotes are text; before the three that end it, too.
        guard count >= 3 else {
          text += Array(repeating: quote, count: count)
          continue
        }
        guard count <= 5 else { throw fault("there are too many quotes", at: (at - count)..<at) }
        text += Array(repeating: quote, count: count - 3)
        return String(decoding: text, as: UTF8.self)
      }
      if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
        if try !skipFoldedLines() { text += try escape() }
      } else if byte == UInt8(ascii: "\n") || starts(with: "\r\n") {
        text.append(UInt8(ascii: "\n"))
        _ = takeLineBreak()
      } else {
        text.append(try plain(byte))
      }
    }
    throw fault("these quotes are never closed", at: start..<(start + 3))
  }

  /// A backslash at the end of a line takes away the break and all white space that follows.
  private mutating func skipFoldedLines() throws(ManifestError) -> Bool {
    let start = at
    at += 1
    skipSpaces()
    guard takeLineBreak() else {
      at = start
      return false
    }
    repeat { skipSpaces() } while takeLineBreak()
    return true
  }

  /// A byte that stands for itself.
  private mutating func plain(_ byte: UInt8) throws(ManifestError) -> UInt8 {
    guard byte >= 0x20 && byte != 0x7F || byte == UInt8(ascii: "\t") else {
      throw fault("a control character cannot stand here", hints: ["write it as an escape, such as \\u0007"])
    }
    at += 1
    return byte
  }

  /// `\n`, `\u00e9` and their like.
  private mutating func escape() throws(ManifestError) -> [UInt8] {
    let start = at
    at += 1
    let letter = byte
    if letter != nil { at += 1 }
    switch letter {
    case UInt8(ascii: "b")?: return [0x08]
    case UInt8(ascii: "t")?: return [0x09]
    case UInt8(ascii: "n")?: return [0x0A]
    case UInt8(ascii: "f")?: return [0x0C]
    case UInt8(ascii: "r")?: return [0x0D]
    case UInt8(ascii: "\"")?: return [UInt8(ascii: "\"")]
    case UInt8(ascii: "\\")?: return [UInt8(ascii: "\\")]
    case UInt8(ascii: "u")?: return try scalar(digits: 4, from: start)
    case UInt8(ascii: "U")?: return try scalar(digits: 8, from: start)
    default:
      throw fault(
        "this escape is not known", at: start..<(start + 2),
        hints: ["write \\\\ for a backslash, or put the text in single quotes, where there are no escapes"])
    }
  }

  private mutating func scalar(digits: Int, from start: Int) throws(ManifestError) -> [UInt8] {
    var value: UInt32 = 0
    for _ in 0..<digits {
      guard let byte, let digit = Character(UnicodeScalar(byte)).hexDigitValue else {
        throw fault("\(digits) hexadecimal digits are expected here")
      }
      value = value << 4 | UInt32(digit)
      at += 1
    }
    guard let scalar = Unicode.Scalar(value) else {
      throw fault("there is no such character", at: start..<at)
    }
    return Array(String(Character(scalar)).utf8)
  }
}
