/// A TOML table as values, in the order in which it is written.
struct TOMLTable: Hashable, Sendable {
  /// A value.
  indirect enum Value: Hashable, Sendable {
    case string(String)
    case integer(Int)
    case array([Value])
    /// A table on one line.
    case inline([Member])
  }

  /// A key and its value.
  struct Member: Hashable, Sendable {
    let key: String
    let value: Value

    init(_ key: String, _ value: Value) {
      self.key = key
      self.value = value
    }
  }

  /// The values, which stand before all tables.
  var members: [Member] = []
  /// The tables below, in their order.
  var parts: [Part] = []

  /// A table below.
  struct Part: Hashable, Sendable {
    /// The parts of its name: `tool`, `envlock`.
    let name: [String]
    /// Whether it is one of an array, `[[packages]]`.
    let isElement: Bool
    let members: [Member]
  }
}

extension TOMLTable {
  /// The document (TOML 1.0.0).
  var text: String {
    var text = Self.lines(members)
    for part in parts {
      let name = part.name.map(Self.key).joined(separator: ".")
      text += part.isElement ? "\n[[\(name)]]\n" : "\n[\(name)]\n"
      text += Self.lines(part.members)
    }
    return text
  }

  private static func lines(_ members: [Member]) -> String {
    members.map { "\(key($0.key)) = \(text($0.value))\n" }.joined()
  }

  private static func text(_ value: Value) -> String {
    switch value {
    case .string(let string): quoted(string)
    case .integer(let number): String(number)
    case .array(let values) where values.contains(where: \.isTable):
      // A table in an array has a line of its own, so that diffs read well.
      "[\n" + values.map { "  \(text($0)),\n" }.joined() + "]"
    case .array(let values): "[" + values.map(text).joined(separator: ", ") + "]"
    case .inline(let members):
      "{ " + members.map { "\(key($0.key)) = \(text($0.value))" }.joined(separator: ", ") + " }"
    }
  }

  private static func key(_ key: String) -> String {
    let isBare =
      !key.isEmpty
      && key.utf8.allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
          || byte == UInt8(ascii: "_")
      }
    return isBare ? key : quoted(key)
  }

  private static func quoted(_ string: String) -> String {
    var text = "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\u{0}"..<" ", "\u{7F}":
        let digits = String(scalar.value, radix: 16, uppercase: true)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }
}

extension TOMLTable.Value {
  fileprivate var isTable: Bool {
    guard case .inline = self else { return false }
    return true
  }
}
