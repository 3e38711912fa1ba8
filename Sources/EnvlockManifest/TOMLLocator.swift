/// One step into a TOML document.
enum TOMLStep: Hashable {
  case key(String)
  case index(Int)
}

/// Where keys and values of a TOML document stand.
///
/// TOMLKit, which reads the values, does not say. This walks a text that TOMLKit has accepted, so it checks nothing;
/// what it does not understand has no place, and an error about it names the file alone.
struct TOMLLocator {
  /// The key that names the value at a path, as UTF-8 offsets.
  private(set) var keys: [[TOMLStep]: Range<Int>] = [:]
  /// The value at a path.
  private(set) var values: [[TOMLStep]: Range<Int>] = [:]

  private let bytes: [UInt8]
  private var at = 0
  private var tableCounts: [[TOMLStep]: Int] = [:]

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    document()
  }

  private var byte: UInt8? { at < bytes.count ? bytes[at] : nil }

  private mutating func document() {
    var table: [TOMLStep] = []
    while true {
      skipBlank()
      guard let byte else { return }
      let start = at
      if byte == UInt8(ascii: "[") { table = header() } else { keyValue(in: table) }
      if at == start { at += 1 }
    }
  }

  /// `[a.b]` or `[[a.b]]`; gives the path of the table that follows.
  private mutating func header() -> [TOMLStep] {
    let start = at
    at += 1
    let isArray = byte == UInt8(ascii: "[")
    if isArray { at += 1 }
    var path: [TOMLStep] = []
    let names = dottedKey()
    for (depth, name) in names.enumerated() {
      path.append(.key(name.text))
      guard depth < names.count - 1 else { break }
      if let count = tableCounts[path] { path.append(.index(count - 1)) }
    }
    while byte == UInt8(ascii: "]") { at += 1 }
    if isArray {
      let count = tableCounts[path, default: 0]
      tableCounts[path] = count + 1
      if count == 0 { keys[path] = start..<at }
      path.append(.index(count))
    }
    keys[path] = start..<at
    return path
  }

  private mutating func keyValue(in table: [TOMLStep]) {
    var path = table
    for name in dottedKey() {
      path.append(.key(name.text))
      if keys[path] == nil { keys[path] = name.range }
    }
    skipSpaces()
    guard byte == UInt8(ascii: "=") else { return }
    at += 1
    skipSpaces()
    value(path)
  }

  private mutating func value(_ path: [TOMLStep]) {
    let start = at
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "'"): _ = string()
    case UInt8(ascii: "["): array(path)
    case UInt8(ascii: "{"): inlineTable(path)
    default:
      while let byte, !",]}#\r\n".utf8.contains(byte) { at += 1 }
      while at > start, bytes[at - 1] == UInt8(ascii: " ") || bytes[at - 1] == UInt8(ascii: "\t") { at -= 1 }
    }
    values[path] = start..<at
  }

  private mutating func array(_ path: [TOMLStep]) {
    at += 1
    var index = 0
    while true {
      skipBlank()
      guard let byte else { return }
      if byte == UInt8(ascii: "]") {
        at += 1
        return
      }
      let start = at
      if byte == UInt8(ascii: ",") {
        at += 1
      } else {
        value(path + [.index(index)])
        index += 1
      }
      if at == start { at += 1 }
    }
  }

  private mutating func inlineTable(_ path: [TOMLStep]) {
    at += 1
    while true {
      skipBlank()
      guard let byte else { return }
      if byte == UInt8(ascii: "}") {
        at += 1
        return
      }
      let start = at
      if byte == UInt8(ascii: ",") { at += 1 } else { keyValue(in: path) }
      if at == start { at += 1 }
    }
  }

  private mutating func dottedKey() -> [(text: String, range: Range<Int>)] {
    var names: [(String, Range<Int>)] = []
    while true {
      skipSpaces()
      let start = at
      let text: String
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
        text = string()
      } else {
        while let byte, !" \t.=]\r\n".utf8.contains(byte) { at += 1 }
        text = String(decoding: bytes[start..<at], as: UTF8.self)
      }
      names.append((text, start..<at))
      skipSpaces()
      guard byte == UInt8(ascii: ".") else { return names }
      at += 1
    }
  }

  /// A string of one or more lines; gives its text with the simple escapes resolved, which is enough for keys.
  private mutating func string() -> String {
    guard let quote = byte else { return "" }
    let isTriple = bytes[at...].prefix(3).elementsEqual([quote, quote, quote])
    at += isTriple ? 3 : 1
    var text: [UInt8] = []
    while let byte {
      if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\""), at + 1 < bytes.count {
        text.append(bytes[at + 1])
        at += 2
      } else if byte == quote, !isTriple {
        at += 1
        break
      } else if byte == quote, bytes[at...].prefix(3).elementsEqual([quote, quote, quote]) {
        // Up to two quotes may stand before the three that end it.
        at += 3
        while self.byte == quote { at += 1 }
        break
      } else {
        text.append(byte)
        at += 1
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  private mutating func skipSpaces() {
    while byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") { at += 1 }
  }

  /// Skips white space, line breaks and comments.
  private mutating func skipBlank() {
    while let byte {
      switch byte {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"): at += 1
      case UInt8(ascii: "#"): while let byte = self.byte, byte != UInt8(ascii: "\n") { at += 1 }
      default: return
      }
    }
  }
}
