extension JSONReader {
  /// Scans from the opening quote to behind the closing one.
  mutating func scanString() throws(JSONError) -> Slice {
    let start = position + 1
    var index = start
    var isEscaped = false
    while true {
      // Eight bytes at a time while none of them is a quote, a backslash or a control character.
      while count - index >= 8 {
        let word = UnsafeRawPointer(bytes + index).loadUnaligned(as: UInt64.self)
        let quote = word ^ 0x2222_2222_2222_2222
        let backslash = word ^ 0x5C5C_5C5C_5C5C_5C5C
        let hit =
          (quote &- 0x0101_0101_0101_0101) & ~quote | (backslash &- 0x0101_0101_0101_0101) & ~backslash
          | (word &- 0x2020_2020_2020_2020) & ~word
        if hit & 0x8080_8080_8080_8080 != 0 { break }
        index += 8
      }
      while index < count, bytes[index] >= 0x20, bytes[index] != UInt8(ascii: "\""),
        bytes[index] != UInt8(ascii: "\\")
      {
        index += 1
      }
      guard index < count else {
        throw failure("the string that begins here has no end", at: start - 1)
      }
      switch bytes[index] {
      case UInt8(ascii: "\""):
        position = index + 1
        return Slice(start: start, end: index, isEscaped: isEscaped)
      case UInt8(ascii: "\\"):
        isEscaped = true
        index = try scanEscape(at: index)
      default:
        throw failure("a control character in a string must be escaped", at: index)
      }
    }
  }

  /// Checks the escape at `index` and returns the offset behind it.
  private func scanEscape(at index: Int) throws(JSONError) -> Int {
    guard index + 1 < count else { throw failure("the string has no end", at: index) }
    switch bytes[index + 1] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
      UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      return index + 2
    case UInt8(ascii: "u"):
      guard let code = hex(at: index + 2) else {
        throw failure("expected four hexadecimal digits after `\\u`", at: index)
      }
      guard code & 0xF800 == 0xD800 else { return index + 6 }
      guard code < 0xDC00, index + 7 < count, bytes[index + 6] == UInt8(ascii: "\\"),
        bytes[index + 7] == UInt8(ascii: "u"), let low = hex(at: index + 8), low & 0xFC00 == 0xDC00
      else { throw failure("half of a surrogate pair", at: index) }
      return index + 12
    default:
      throw failure("unknown escape in a string", at: index)
    }
  }

  func hex(at index: Int) -> UInt32? {
    guard index <= count - 4 else { return nil }
    var code: UInt32 = 0
    for offset in 0..<4 {
      let byte = bytes[index + offset]
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
      default: return nil
      }
      code = code << 4 | UInt32(digit)
    }
    return code
  }

  private mutating func skipDigits() -> Bool {
    let start = position
    while position < count, bytes[position] &- UInt8(ascii: "0") <= 9 { position += 1 }
    return position > start
  }

  mutating func scanNumber() throws(JSONError) -> (range: Range<Int>, isInteger: Bool) {
    skipSpace()
    let start = position
    var isInteger = true
    if position < count, bytes[position] == UInt8(ascii: "-") { position += 1 }
    if position < count, bytes[position] == UInt8(ascii: "0") {
      position += 1
      if skipDigits() { throw failure("a number may not begin with 0", at: start) }
    } else if !skipDigits() {
      throw failure("expected a number, found \(found)")
    }
    if position < count, bytes[position] == UInt8(ascii: ".") {
      position += 1
      isInteger = false
      if !skipDigits() { throw failure("expected a digit after the point, found \(found)") }
    }
    if position < count, bytes[position] | 0x20 == UInt8(ascii: "e") {
      position += 1
      isInteger = false
      if position < count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
        position += 1
      }
      if !skipDigits() { throw failure("expected a digit in the exponent, found \(found)") }
    }
    return (start..<position, isInteger)
  }

  /// The integer that the digits in `range` write; nil when it does not fit.
  func integer(in range: Range<Int>) -> Int? {
    let isNegative = bytes[range.lowerBound] == UInt8(ascii: "-")
    var value = 0
    for index in range.lowerBound + (isNegative ? 1 : 0)..<range.upperBound {
      let digit = Int(bytes[index] &- UInt8(ascii: "0"))
      let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
      // Counted downwards, since the least Int has no positive counterpart.
      let (next, overflow2) = tens.subtractingReportingOverflow(digit)
      if overflow || overflow2 { return nil }
      value = next
    }
    if isNegative { return value }
    return value == Int.min ? nil : -value
  }
}

/// The byte that two hexadecimal digits write, in either case; nil for anything else.
@inline(__always)
func hexByte(_ high: UInt8, _ low: UInt8) -> UInt8? {
  @inline(__always)
  func isDigit(_ byte: UInt8) -> Bool {
    byte &- UInt8(ascii: "0") <= 9 || (byte | 0x20) &- UInt8(ascii: "a") <= 5
  }
  guard isDigit(high), isDigit(low) else { return nil }
  // The low four bits of a digit are its value, of a letter 9 less.
  return (high & 15 &+ (high >> 6) &* 9) << 4 | (low & 15 &+ (low >> 6) &* 9)
}
