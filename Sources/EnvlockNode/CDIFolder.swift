import EnvlockModel

/// The files of the Container Device Interface, which name the devices that a runtime can hand to a container.
///
/// Folders and form: the CDI specification, SPEC.md (cncf-tags/container-device-interface).
struct CDIFolder {
  let files: NodeFiles

  private static let folders = ["/etc/cdi", "/var/run/cdi", "/run/cdi"]

  /// The files, sorted by path.
  func read() -> [SystemFacts.CDIFile] {
    var seen: Set<String> = []
    var found: [SystemFacts.CDIFile] = []
    // "/var/run" is mostly a link to "/run".
    for folder in Self.folders where seen.insert(files.identity(folder)).inserted {
      for name in files.list(folder) ?? [] {
        let path = "\(folder)/\(name)"
        if name.hasSuffix(".json") {
          found.append(read(path) { Self.fill(&$0, json: $1) })
        } else if name.hasSuffix(".yaml") || name.hasSuffix(".yml") {
          found.append(
            read(path) { file, bytes in
              // JSON is YAML, too.
              if bytes.first(where: { $0 > 0x20 }) == UInt8(ascii: "{") {
                Self.fill(&file, json: bytes)
              } else {
                CDIText.fill(&file, yaml: String(decoding: bytes, as: UTF8.self))
              }
            })
        }
      }
    }
    return found.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
  }

  private func read(_ path: String, _ fill: (inout SystemFacts.CDIFile, [UInt8]) -> Void)
    -> SystemFacts.CDIFile
  {
    var file = SystemFacts.CDIFile(path: path)
    guard let bytes = files.bytes(path, limit: 4 << 20) else {
      file.fault = "cannot be read"
      return file
    }
    fill(&file, bytes)
    if file.fault == nil {
      if file.kind == nil {
        file.fault = "has no kind"
      } else if file.devices.isEmpty {
        file.fault = "has no devices"
      }
    }
    return file
  }

  static func fill(_ file: inout SystemFacts.CDIFile, json bytes: [UInt8]) {
    let json: JSONValue
    do throws(JSONError) {
      json = try JSONValue(parsing: bytes)
    } catch {
      file.fault = "is not JSON: \(error)"
      return
    }
    file.kind = json["kind"]?.stringValue
    file.devices = (json["devices"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue }
  }
}

/// Reads `kind` and the devices' names from CDI files in YAML as `nvidia-ctk` writes them: keys in a block, each on a
/// line of its own. Anything that could mean something else is a fault, never a guess.
enum CDIText {
  static func fill(_ file: inout SystemFacts.CDIFile, yaml: String) {
    var reader = Reader()
    for line in yaml.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    where reader.fault == nil {
      reader.read(line)
    }
    file.fault = reader.fault
    guard reader.fault == nil else { return }
    file.kind = reader.kind
    file.devices = reader.devices
  }

  private struct Reader {
    var kind: String?
    var devices: [String] = []
    var fault: String?
    private var isInDevices = false
    private var hasContent = false
    /// Where the dashes of the devices stand, and where the keys behind them.
    private var dash: Int?
    private var keys: Int?

    private static let hard = "is YAML of a kind that is not read: "

    mutating func read(_ line: Substring) {
      let indent = line.utf8.prefix { $0 == 0x20 }.count
      let rest = line.dropFirst(indent)
      if rest.isEmpty || rest.hasPrefix("#") { return }
      if rest.hasPrefix("\t") { return fault = Self.hard + "a tab indents a line" }
      if line.hasPrefix("---") {
        if hasContent { fault = Self.hard + "it holds several documents" }
        return
      }
      hasContent = true
      if indent == 0 && !isItem(rest) { return readTop(rest) }
      if isInDevices { readDevice(rest, at: indent) }
    }

    private func isItem(_ text: Substring) -> Bool { text == "-" || text.hasPrefix("- ") }

    private mutating func readTop(_ line: Substring) {
      isInDevices = false
      if let value = value(of: "kind", in: line) {
        kind = scalar(value)
        if kind == nil { fault = Self.hard + "the kind is \(value)" }
      } else if let value = value(of: "devices", in: line) {
        isInDevices = value.isEmpty
        if !value.isEmpty && value != "[]" { fault = Self.hard + "the devices stand on one line" }
      } else if let first = line.utf8.first, "{[&*!|>%\"'?".utf8.contains(first) {
        fault = Self.hard + "it begins with “\(line.prefix(1))”"
      }
    }

    private mutating func readDevice(_ text: Substring, at indent: Int) {
      var text = text
      var column = indent
      if isItem(text), dash == nil || indent == dash {
        dash = indent
        let spaces = text.dropFirst().utf8.prefix { $0 == 0x20 }.count
        column = indent + 1 + spaces
        text = text.dropFirst(1 + spaces)
        if text.isEmpty { return keys = nil }
        if let first = text.utf8.first, "{[&*!".utf8.contains(first) {
          return fault = Self.hard + "a device stands on one line"
        }
        keys = column
      } else if keys == nil, let dash, indent > dash {
        keys = indent
      }
      guard column == keys, let value = value(of: "name", in: text) else { return }
      guard let name = scalar(value) else { return fault = Self.hard + "a device's name is \(value)" }
      devices.append(name)
    }

    private func value(of key: String, in line: Substring) -> String? {
      for spelled in [key, "\"\(key)\""] where line.hasPrefix(spelled + ":") {
        let rest = line.dropFirst(spelled.utf8.count + 1)
        if rest.isEmpty || rest.hasPrefix(" ") { return String(rest).trimmed }
      }
      return nil
    }

    /// The text of a scalar: plain, or quoted and without an escape.
    private func scalar(_ text: String) -> String? {
      guard let first = text.first else { return nil }
      if first == "\"" || first == "'" {
        let inner = text.dropFirst().prefix { $0 != first }
        let rest = String(text.dropFirst(1 + inner.count)).dropFirst()
        let isWhole = inner.count + 1 < text.count && (rest.isEmpty || String(rest).trimmed.hasPrefix("#"))
        return isWhole && !inner.contains("\\") && !rest.hasPrefix("'") ? String(inner) : nil
      }
      if "[{&*!|>%@`".contains(first) { return nil }
      // A comment begins with " #".
      var plain = text
      for index in text.indices where text[index...].hasPrefix(" #") {
        plain = String(text[..<index]).trimmed
        break
      }
      return plain.isEmpty ? nil : plain
    }
  }
}
