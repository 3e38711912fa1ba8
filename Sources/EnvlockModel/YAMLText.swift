/// Writes JSON values as YAML 1.2 that readers of 1.1 read the same: keys in order, blocks, and every string that could
/// be taken for something else in double quotes, as JSON quotes it (YAML 1.2.2, section 7.3.1).
public enum YAMLText {
  /// The documents, each but the first behind a line of three dashes.
  public static func text(of documents: [JSONValue]) -> String {
    documents.map { document in
      var text = ""
      write(document, to: &text, indentation: 0, isAfterDash: true)
      return text
    }.joined(separator: "---\n")
  }

  /// Writes a value; the place is at the start of a line, behind a dash, or behind a colon.
  private static func write(_ value: JSONValue, to text: inout String, indentation: Int, isAfterDash: Bool) {
    let margin = String(repeating: " ", count: indentation)
    switch value {
    case .object(let object) where !object.isEmpty:
      if !isAfterDash { text += "\n" }
      for (index, member) in object.members.enumerated() {
        // Behind a dash the first key stands on the dash's own line.
        text += (index == 0 && isAfterDash ? "" : margin) + scalar(member.key) + ":"
        writeBehindColon(member.value, to: &text, indentation: indentation)
      }
    case .array(let elements) where !elements.isEmpty:
      if !isAfterDash { text += "\n" }
      for (index, element) in elements.enumerated() {
        text += (index == 0 && isAfterDash ? "" : margin) + "- "
        write(element, to: &text, indentation: indentation + 2, isAfterDash: true)
      }
    default: text += plain(value) + "\n"
    }
  }

  private static func writeBehindColon(_ value: JSONValue, to text: inout String, indentation: Int) {
    switch value {
    case .object(let object) where !object.isEmpty:
      write(value, to: &text, indentation: indentation + 2, isAfterDash: false)
    case .array(let elements) where !elements.isEmpty:
      write(value, to: &text, indentation: indentation, isAfterDash: false)
    default: text += " " + plain(value) + "\n"
    }
  }

  private static func plain(_ value: JSONValue) -> String {
    switch value {
    case .null: "null"
    case .bool(let flag): flag ? "true" : "false"
    case .integer(let number): String(number)
    case .number(let number): number.isFinite ? number.description : "null"
    case .string(let string): scalar(string)
    case .array: "[]"
    case .object: "{}"
    }
  }

  /// Words that some reader takes for a truth value or nothing (YAML 1.1, "bool" and "null").
  private static let words: Set<String> = ["true", "false", "yes", "no", "on", "off", "y", "n", "null"]

  /// A string: bare where nobody can take it for anything else, else in double quotes.
  private static func scalar(_ string: String) -> String {
    let isSafe =
      string.utf8.allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "_-./".utf8.contains(byte)
      }
    // What begins with a letter or slash is no number, date or list; ".inf" and "~" do not.
    let isBare =
      isSafe
      && (string.utf8.first.map { ($0 | 0x20) >= UInt8(ascii: "a") || $0 == UInt8(ascii: "/") } ?? false)
    if isBare, !words.contains(string.lowercased()) { return string }
    return quoted(string)
  }

  private static func quoted(_ string: String) -> String {
    var text = "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\t": text += "\\t"
      case "\r": text += "\\r"
      // Control characters, the line separators of Unicode, and what YAML does not print as it is.
      case "\u{0}"..<" ", "\u{7F}"..."\u{A0}", "\u{2028}"..."\u{2029}", "\u{FEFF}", "\u{FFFE}"..."\u{FFFF}":
        let digits = String(scalar.value, radix: 16, uppercase: true)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }
}
