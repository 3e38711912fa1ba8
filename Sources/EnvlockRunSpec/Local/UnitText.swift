import EnvlockModel

/// Writes a unit for podman's quadlet of its sections (systemd.syntax(7), podman-systemd.unit(5)).
///
/// The value holds texts as they are meant: `{"Container": {"Exec": ["python", "it's"], …}}`. Quadlet splits and unquotes
/// some keys, takes others whole, and writes both into one `ExecStart=`, in which systemd then reads percent and dollar
/// signs (systemd.unit(5), "Specifiers"; systemd.service(5), "Command lines").
struct UnitText: SpecText {
  /// Sections in the order in which people look for them.
  private static let order = ["Unit", "Container", "Service", "Install"]

  func text(of document: JSONValue) throws(RunSpecError) -> String {
    guard case .object(let sections) = document else { throw RunSpecError("a unit is an object of sections") }
    let names = Self.order.filter { sections[$0] != nil } + sections.keys.filter { !Self.order.contains($0) }
    var blocks: [String] = []
    for name in names {
      guard case .object(let keys)? = sections[name] else {
        throw RunSpecError("the section \(name) of a unit is an object of keys")
      }
      var block = "[\(try Self.checkedName(name))]\n"
      for member in keys.members {
        for line in try Self.lines(member.value, section: name, key: member.key) {
          block += "\(try Self.checkedName(member.key))=\(line)\n"
        }
      }
      blocks.append(block)
    }
    return blocks.joined(separator: "\n")
  }

  /// What stands behind the equals sign, for each line that the key has.
  private static func lines(_ value: JSONValue, section: String, key: String) throws(RunSpecError) -> [String]
  {
    let isCommand = section == "Container"
    switch (value, key) {
    case (.object(let variables), "Environment") where isCommand:
      var lines: [String] = []
      for variable in variables.members {
        lines.append(try word("\(variable.key)=\(try scalar(variable.value, key))", key, isCommand: true))
      }
      return lines
    case (.array(let words), "Exec") where isCommand, (.array(let words), "PodmanArgs") where isCommand:
      var line: [String] = []
      for element in words { line.append(try word(try scalar(element, key), key, isCommand: true)) }
      return [line.joined(separator: " ")]
    case (.array(let values), _):
      var lines: [String] = []
      for element in values { lines.append(try whole(try scalar(element, key), key, isCommand: isCommand)) }
      return lines
    default: return [try whole(try scalar(value, key), key, isCommand: isCommand)]
    }
  }

  private static func scalar(_ value: JSONValue, _ key: String) throws(RunSpecError) -> String {
    switch value {
    case .string(let text): return text
    case .bool(let flag): return flag ? "true" : "false"
    case .integer(let number): return String(number)
    default: throw RunSpecError("\(key) of a unit takes a text, a number or a truth value")
    }
  }

  private static func checkedName(_ name: String) throws(RunSpecError) -> String {
    let isName =
      !name.isEmpty
      && name.utf8.allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || (48...57).contains(byte)
          || byte == UInt8(ascii: "-")
      }
    guard isName else { throw RunSpecError("“\(name)” cannot be a section or key of a unit") }
    return name
  }

  /// A value that is taken whole: no quotes, so no line ends and nothing at its ends that would be cut off.
  private static func whole(_ text: String, _ key: String, isCommand: Bool) throws(RunSpecError) -> String {
    let hasControl = text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
    guard !hasControl, !text.hasPrefix(" "), !text.hasSuffix(" "), !text.hasSuffix("\\") else {
      throw RunSpecError(
        "\(key) of a unit cannot be “\(text)”",
        hints: ["it cannot have line ends, begin or end with a space, or end with a backslash"])
    }
    return literal(text, isCommand: isCommand)
  }

  /// A word of a line that is split at spaces.
  private static func word(_ text: String, _ key: String, isCommand: Bool) throws(RunSpecError) -> String {
    // Quadlet forgets an empty word and all that follow; a semicolon of its own begins another command of systemd's.
    guard !text.isEmpty, text != ";" else {
      throw RunSpecError(
        text.isEmpty
          ? "quadlet cannot hand an empty argument over"
          : "quadlet cannot hand a semicolon over as an argument of its own",
        hints: ["`envlock spec podman` can"], kind: .answerIsNo)
    }
    let isBare = text.utf8.allSatisfy { byte in
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || (48...57).contains(byte)
        || "_-./:=,@+".utf8.contains(byte)
    }
    guard !isBare else { return text }
    var quoted = "\""
    for scalar in literal(text, isCommand: isCommand).unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\r": quoted += "\\r"
      case "\t": quoted += "\\t"
      case "\u{0}"..<" ", "\u{7F}":
        let digits = String(scalar.value, radix: 16)
        quoted += "\\x" + String(repeating: "0", count: 2 - digits.count) + digits
      case "\u{80}":
        // Quadlet writes it as a single byte, which is no text any more.
        throw RunSpecError("\(key) of a unit cannot have the character U+0080", hints: ["leave it out"])
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }

  private static func literal(_ text: String, isCommand: Bool) -> String {
    func doubled(_ text: String, _ sign: Character) -> String {
      text.split(separator: sign, omittingEmptySubsequences: false).joined(separator: "\(sign)\(sign)")
    }
    let percent = doubled(text, "%")
    return isCommand ? doubled(percent, "$") : percent
  }
}
