extension JSONValue {
  /// The one text of this value, over which digests are taken.
  ///
  /// Keys by ascending UTF-8 bytes, two spaces of indentation, LF, a newline at the end. An array of plain values
  /// stands on one line where that line has at most 100 bytes; everything else has a line for each member, so
  /// that diffs and merges read well. Characters outside ASCII are written as they are. A number that is no integer
  /// is written with the fewest digits that read back as the same `Double`; one that JSON cannot
  /// express (infinite, not a number) is written as `null`.
  public func canonical() -> String {
    var writer = CanonicalWriter()
    writer.write(self, indentation: 0, column: 0)
    writer.text.append(UInt8(ascii: "\n"))
    return String(decoding: writer.text, as: UTF8.self)
  }
}

/// Writes canonical JSON into a buffer.
private struct CanonicalWriter {
  /// The widest line, in bytes, that an array is put on.
  static let lineLimit = 100

  var text: [UInt8] = []

  /// Writes `value`; `column` is how many bytes stand before it on its line.
  mutating func write(_ value: JSONValue, indentation: Int, column: Int) {
    switch value {
    case .null: append("null")
    case .bool(let flag): append(flag ? "true" : "false")
    case .integer(let number): append(String(number))
    case .number(let number): append(number.isFinite ? number.description : "null")
    case .string(let string): write(string)
    case .array(let elements): write(elements, indentation: indentation, column: column)
    case .object(let object):
      if object.isEmpty { return append("{}") }
      text.append(UInt8(ascii: "{"))
      for (index, member) in object.members.enumerated() {
        if index > 0 { text.append(UInt8(ascii: ",")) }
        startLine(indentation + 2)
        let start = text.count
        write(member.key)
        append(": ")
        write(
          member.value, indentation: indentation + 2, column: indentation + 2 + text.count - start)
      }
      startLine(indentation)
      text.append(UInt8(ascii: "}"))
    }
  }

  private mutating func write(_ elements: [JSONValue], indentation: Int, column: Int) {
    if writeOnOneLine(elements, column: column) { return }
    text.append(UInt8(ascii: "["))
    for (index, element) in elements.enumerated() {
      if index > 0 { text.append(UInt8(ascii: ",")) }
      startLine(indentation + 2)
      write(element, indentation: indentation + 2, column: indentation + 2)
    }
    startLine(indentation)
    text.append(UInt8(ascii: "]"))
  }

  /// Writes a short array of plain values; false, with nothing written, when it is not such an array.
  private mutating func writeOnOneLine(_ elements: [JSONValue], column: Int) -> Bool {
    let start = text.count
    text.append(UInt8(ascii: "["))
    for (index, element) in elements.enumerated() {
      if index > 0 { append(", ") }
      switch element {
      case .array(let inner) where !inner.isEmpty: return giveUp(start)
      case .object(let inner) where !inner.isEmpty: return giveUp(start)
      default: write(element, indentation: 0, column: 0)
      }
      // One byte each for the closing bracket and a comma behind it.
      if column + text.count - start + 2 > CanonicalWriter.lineLimit, elements.count > 1 {
        return giveUp(start)
      }
    }
    text.append(UInt8(ascii: "]"))
    return true
  }

  private mutating func giveUp(_ start: Int) -> Bool {
    text.removeLast(text.count - start)
    return false
  }

  private mutating func startLine(_ indentation: Int) {
    text.append(UInt8(ascii: "\n"))
    text.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indentation))
  }

  private mutating func append(_ string: String) { text.append(contentsOf: string.utf8) }

  private mutating func write(_ string: String) {
    text.append(UInt8(ascii: "\""))
    for byte in string.utf8 {
      switch byte {
      case UInt8(ascii: "\""): append("\\\"")
      case UInt8(ascii: "\\"): append("\\\\")
      case 0x08: append("\\b")
      case 0x09: append("\\t")
      case 0x0A: append("\\n")
      case 0x0C: append("\\f")
      case 0x0D: append("\\r")
      case 0..<0x20:
        append(byte < 0x10 ? "\\u000" : "\\u00")
        append(String(byte, radix: 16))
      default: text.append(byte)
      }
    }
    text.append(UInt8(ascii: "\""))
  }
}
