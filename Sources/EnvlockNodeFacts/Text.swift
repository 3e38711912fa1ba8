/// Whether a byte is an ASCII digit.
@inline(__always)
func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") <= 9 }

/// Whether a byte separates the words of a name.
func isSeparator(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "-") || byte == UInt8(ascii: " ") }

extension Substring {
  /// Without white space at both ends.
  var trimmed: Substring {
    var text = self
    while text.first?.isWhitespace == true { text = text.dropFirst() }
    while text.last?.isWhitespace == true { text = text.dropLast() }
    return text
  }

  /// Without '-' or ' ' and then `suffix` at the end; nil where that is not its end.
  func without(suffix: String) -> Substring? {
    guard hasSuffix(suffix) else { return nil }
    let rest = dropLast(suffix.count)
    guard let last = rest.utf8.last, isSeparator(last), rest.utf8.count > 1 else { return nil }
    return rest.dropLast()
  }
}
