/// A value that a Python file states literally.
public indirect enum PythonValue: Hashable, Sendable {
  /// `None`.
  case none
  /// `True` or `False`.
  case bool(Bool)
  /// A whole number.
  case integer(Int)
  /// A text in quotes.
  case text(String)
  /// A list, tuple or set.
  case list([PythonValue])
  /// A dictionary, as pairs in the order of the file; `OrderedDict([(…, …)])` too.
  case pairs([Pair])

  /// A key and its value.
  public struct Pair: Hashable, Sendable {
    /// The key.
    public let key: PythonValue
    /// The value.
    public let value: PythonValue
  }

  /// The text; nil for anything else.
  public var text: String? { if case .text(let text) = self { text } else { nil } }
  /// The truth value; nil for anything else.
  public var bool: Bool? { if case .bool(let flag) = self { flag } else { nil } }
  /// The number; nil for anything else.
  public var integer: Int? { if case .integer(let number) = self { number } else { nil } }
  /// The elements; nil for anything else.
  public var elements: [PythonValue]? { if case .list(let list) = self { list } else { nil } }
  /// The pairs; nil for anything else.
  public var pairs: [Pair]? { if case .pairs(let pairs) = self { pairs } else { nil } }

  /// The value of a key that is a text; nil where there is none.
  public subscript(key: String) -> PythonValue? { pairs?.first { $0.key.text == key }?.value }
}

/// A Python file of which literal assignments are wanted; nothing is run.
public struct PythonFile: Sendable {
  private let bytes: [UInt8]

  /// Takes the file's bytes.
  public init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The value that a line `name = …` or `name: … = …` at the top level gives; nil where there is none, or it is no
  /// literal. The first such line counts.
  public func value(of name: String) -> PythonValue? {
    var line = 0
    while line < bytes.count {
      let end = bytes[line...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
      if bytes[line..<end].starts(with: name.utf8) {
        let rest = bytes[line..<end].dropFirst(name.utf8.count)
        // What follows a longer name is another's.
        let next = rest.first { $0 != UInt8(ascii: " ") }
        if next == UInt8(ascii: "=") || next == UInt8(ascii: ":"),
          let equals = rest.firstIndex(of: UInt8(ascii: "="))
        {
          var parser = PythonParser(bytes: bytes, place: equals + 1)
          return parser.value()
        }
      }
      line = end + 1
    }
    return nil
  }
}

/// Reads one literal.
private struct PythonParser {
  /// Deeper nesting is not followed.
  private static let depthLimit = 32

  let bytes: [UInt8]
  var place: Int
  private var depth = 0

  init(bytes: [UInt8], place: Int) {
    self.bytes = bytes
    self.place = place
  }

  private var next: UInt8? { place < bytes.count ? bytes[place] : nil }

  mutating func value() -> PythonValue? {
    skipBlanks()
    guard let byte = next, depth < PythonParser.depthLimit else { return nil }
    depth += 1
    defer { depth -= 1 }
    switch byte {
    case UInt8(ascii: "'"), UInt8(ascii: "\""): return quoted(byte)
    case UInt8(ascii: "["): return list(until: UInt8(ascii: "]"))
    case UInt8(ascii: "("): return list(until: UInt8(ascii: ")"))
    case UInt8(ascii: "{"): return braces()
    case UInt8(ascii: "-"), 0x30...0x39: return number()
    default: return word()
    }
  }

  /// White space, line ends and comments.
  private mutating func skipBlanks() {
    while let byte = next {
      if byte == UInt8(ascii: "#") {
        while let byte = next, byte != UInt8(ascii: "\n") { place += 1 }
      } else if [0x20, 0x09, 0x0A, 0x0D].contains(byte) {
        place += 1
      } else {
        return
      }
    }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    skipBlanks()
    guard next == byte else { return false }
    place += 1
    return true
  }

  private mutating func quoted(_ quote: UInt8) -> PythonValue? {
    place += 1
    var text: [UInt8] = []
    while let byte = next, byte != UInt8(ascii: "\n") {
      place += 1
      if byte == quote { return .text(String(decoding: text, as: UTF8.self)) }
      if byte == UInt8(ascii: "\\") {
        guard let escaped = next else { return nil }
        place += 1
        text.append(escaped)
      } else {
        text.append(byte)
      }
    }
    return nil
  }

  private mutating func number() -> PythonValue? {
    let start = place
    place += 1
    while let byte = next, (0x30...0x39).contains(byte) { place += 1 }
    return Int(String(decoding: bytes[start..<place], as: UTF8.self)).map { .integer($0) }
  }

  private mutating func list(until end: UInt8) -> PythonValue? {
    place += 1
    var elements: [PythonValue] = []
    while !take(end) {
      guard let element = value() else { return nil }
      elements.append(element)
      guard take(UInt8(ascii: ",")) else { return take(end) ? .list(elements) : nil }
    }
    return .list(elements)
  }

  /// A dictionary or a set.
  private mutating func braces() -> PythonValue? {
    place += 1
    let end = UInt8(ascii: "}")
    var pairs: [PythonValue.Pair] = []
    var elements: [PythonValue] = []
    while !take(end) {
      guard let first = value() else { return nil }
      if take(UInt8(ascii: ":")) {
        guard let second = value() else { return nil }
        pairs.append(PythonValue.Pair(key: first, value: second))
      } else {
        elements.append(first)
      }
      if !take(UInt8(ascii: ",")) {
        guard take(end) else { return nil }
        break
      }
    }
    guard pairs.isEmpty || elements.isEmpty else { return nil }
    return elements.isEmpty ? .pairs(pairs) : .list(elements)
  }

  /// `True`, `None`, or a call such as `collections.OrderedDict([…])`, which stands for its only argument.
  private mutating func word() -> PythonValue? {
    let start = place
    while let byte = next, isWordByte(byte) { place += 1 }
    let word = String(decoding: bytes[start..<place], as: UTF8.self)
    switch word {
    case "": return nil
    case "True": return .bool(true)
    case "False": return .bool(false)
    case "None": return PythonValue.none
    default: break
    }
    guard take(UInt8(ascii: "(")) else { return nil }
    if take(UInt8(ascii: ")")) { return .pairs([]) }
    guard let argument = value() else { return nil }
    _ = take(UInt8(ascii: ","))
    guard take(UInt8(ascii: ")")) else { return nil }
    guard word.hasSuffix("Dict") || word == "dict", let elements = argument.elements else { return argument }
    var pairs: [PythonValue.Pair] = []
    for element in elements {
      guard let both = element.elements, both.count == 2 else { return nil }
      pairs.append(PythonValue.Pair(key: both[0], value: both[1]))
    }
    return .pairs(pairs)
  }

  private func isWordByte(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".") || (0x30...0x39).contains(byte)
      || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
  }
}
