/// A pull parser for the XML that tools write: elements, attributes that are passed over, text, CDATA, comments and
/// processing instructions, the five named entities and numeric ones.
///
/// A document type declaration is passed over and nothing of it is ever expanded or fetched; an entity beyond the five
/// is an error. It is strict where that catches a torn or foreign document: tags must match, and one element must
/// hold everything.
///
/// Source: Extensible Markup Language (XML) 1.0, fifth edition.
struct XMLReader {
  /// How deep elements may nest.
  static let depthLimit = 100

  /// A fault and its place.
  struct Fault: Error {
    let reason: String
    /// In bytes from the start.
    let offset: Int
    /// Whether the document ends where it must not.
    var isCutOff = false
    /// Whether another document begins where this one should be over.
    var isSecondDocument = false
  }

  /// What comes next.
  enum Event: Equatable {
    case start(String)
    /// Text, decoded; white space at its ends is kept.
    case text(String)
    case end
    case endOfDocument
  }

  private let bytes: UnsafeBufferPointer<UInt8>
  private(set) var offset = 0
  private var open: [String] = []
  private var hasRoot = false
  /// Whether the last tag was `<a/>`, whose end is still to be told.
  private var isSelfClosed = false

  /// Begins at the start of a document, which must be UTF-8 and stay the same.
  init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  /// How many elements are open.
  var depth: Int { open.count }

  /// The line and column of a place, both counted from 1, the column in bytes.
  func position(of offset: Int) -> (line: Int, column: Int) {
    var line = 1
    var column = 1
    for byte in bytes.prefix(offset) {
      if byte == 0x0A { (line, column) = (line + 1, 1) } else { column += 1 }
    }
    return (line, column)
  }

  /// The next event.
  mutating func next() throws(Fault) -> Event {
    if isSelfClosed {
      isSelfClosed = false
      open.removeLast()
      return .end
    }
    while true {
      guard let byte = peek else {
        if let name = open.last { throw cutOff("the element <\(name)> has no end") }
        if !hasRoot { throw cutOff("there is no element") }
        return .endOfDocument
      }
      guard byte == UInt8(ascii: "<") else {
        if open.isEmpty {
          guard isSpace(byte) else { throw fault("text outside of the root element") }
          offset += 1
          continue
        }
        return .text(try text())
      }
      if take("<!--") {
        try skip(to: "-->", "the comment has no end")
      } else if take("<![CDATA[") {
        if open.isEmpty { throw fault("text outside of the root element") }
        let start = offset
        try skip(to: "]]>", "the CDATA section has no end")
        return .text(String(decoding: bytes[start..<(offset - 3)], as: UTF8.self))
      } else if take("<?") {
        try skip(to: "?>", "the processing instruction has no end")
      } else if take("<!DOCTYPE") {
        if hasRoot {
          throw Fault(
            reason: "a document type inside of the document", offset: offset, isSecondDocument: open.isEmpty)
        }
        try skipDoctype()
      } else if take("</") {
        return try endTag()
      } else {
        return try startTag()
      }
    }
  }

  /// Passes over everything up to the end of the element whose start was read last.
  mutating func skipElement() throws(Fault) {
    let depth = open.count
    while open.count >= depth {
      if try next() == .endOfDocument { return }
    }
  }

  /// The text of the element whose start was read last, up to its end, trimmed; elements in it are passed over.
  mutating func content() throws(Fault) -> String {
    var content = ""
    while true {
      switch try next() {
      case .start: try skipElement()
      case .text(let text): content += text
      case .end, .endOfDocument: return String(content[...].trimmed)
      }
    }
  }

  // MARK: tags

  private mutating func startTag() throws(Fault) -> Event {
    let start = offset
    offset += 1
    let name = try self.name()
    if open.isEmpty, hasRoot {
      throw Fault(reason: "a second root element <\(name)>", offset: start, isSecondDocument: true)
    }
    guard open.count < Self.depthLimit else {
      throw Fault(reason: "nested more than \(Self.depthLimit) levels deep", offset: start)
    }
    hasRoot = true
    open.append(name)
    while true {
      let hadSpace = skipSpace()
      guard let byte = peek else { throw cutOff("the tag <\(name)> has no end") }
      if byte == UInt8(ascii: ">") {
        offset += 1
        return .start(name)
      }
      if take("/>") {
        isSelfClosed = true
        return .start(name)
      }
      guard hadSpace else { throw fault("expected `>` at the end of the tag <\(name)>") }
      _ = try self.name()
      skipSpace()
      guard take("=") else { throw fault("expected `=` after the name of an attribute") }
      skipSpace()
      guard let quote = peek, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
        throw fault("expected the value of an attribute in quotes")
      }
      offset += 1
      while let byte = peek, byte != quote {
        if byte == UInt8(ascii: "<") { throw fault("`<` in the value of an attribute") }
        offset += 1
      }
      guard peek != nil else { throw cutOff("the value of an attribute has no end") }
      offset += 1
    }
  }

  private mutating func endTag() throws(Fault) -> Event {
    let start = offset - 2
    let name = try self.name()
    skipSpace()
    guard take(">") else { throw fault("expected `>` at the end of the tag </\(name)>") }
    guard let last = open.popLast() else {
      throw Fault(reason: "the tag </\(name)> closes nothing", offset: start)
    }
    guard last == name else {
      throw Fault(reason: "the tag </\(name)> stands where </\(last)> is expected", offset: start)
    }
    return .end
  }

  private mutating func name() throws(Fault) -> String {
    let start = offset
    while let byte = peek, isNamePart(byte, isFirst: offset == start) { offset += 1 }
    guard offset > start else {
      throw offset < bytes.count ? fault("expected a name") : cutOff("a name is expected")
    }
    return String(decoding: bytes[start..<offset], as: UTF8.self)
  }

  private func isNamePart(_ byte: UInt8, isFirst: Bool) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"),
      UInt8(ascii: ":"), 0x80...0xFF:
      true
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."): !isFirst
    default: false
    }
  }

  private mutating func skipDoctype() throws(Fault) {
    var isInside = false
    while let byte = peek {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "'"):
        offset += 1
        while let inner = peek, inner != byte { offset += 1 }
        guard peek != nil else { throw cutOff("the document type has no end") }
        offset += 1
      case UInt8(ascii: "<") where take("<!--"): try skip(to: "-->", "the comment has no end")
      case UInt8(ascii: "["):
        isInside = true
        offset += 1
      case UInt8(ascii: "]"):
        isInside = false
        offset += 1
      case UInt8(ascii: ">"):
        offset += 1
        if !isInside { return }
      default: offset += 1
      }
    }
    throw cutOff("the document type has no end")
  }

  // MARK: text

  private mutating func text() throws(Fault) -> String {
    var text: [UInt8] = []
    while let byte = peek, byte != UInt8(ascii: "<") {
      if byte == UInt8(ascii: "&") {
        text.append(contentsOf: String(try entity()).utf8)
        continue
      }
      guard byte >= 0x20 || isSpace(byte) else { throw fault("a control character") }
      text.append(byte)
      offset += 1
    }
    return String(decoding: text, as: UTF8.self)
  }

  private mutating func entity() throws(Fault) -> Unicode.Scalar {
    let start = offset
    offset += 1
    var body: [UInt8] = []
    while let byte = peek, byte != UInt8(ascii: ";"), body.count < 12 {
      body.append(byte)
      offset += 1
    }
    guard take(";") else { throw Fault(reason: "an entity has no end", offset: start, isCutOff: peek == nil) }
    let name = String(decoding: body, as: UTF8.self)
    switch name {
    case "lt": return "<"
    case "gt": return ">"
    case "amp": return "&"
    case "quot": return "\""
    case "apos": return "'"
    default: break
    }
    if let number = name.hasPrefix("#x")
      ? UInt32(name.dropFirst(2), radix: 16)
      : name.hasPrefix("#") ? UInt32(name.dropFirst()) : nil,
      let scalar = Unicode.Scalar(number), number >= 0x20 || number == 9 || number == 10 || number == 13
    {
      return scalar
    }
    throw Fault(reason: "the entity &\(name); is unknown", offset: start)
  }

  // MARK: bytes

  private var peek: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

  @discardableResult
  private mutating func skipSpace() -> Bool {
    let start = offset
    while let byte = peek, isSpace(byte) { offset += 1 }
    return offset > start
  }

  private mutating func take(_ word: StaticString) -> Bool {
    let length = word.utf8CodeUnitCount
    guard bytes.count - offset >= length else { return false }
    for index in 0..<length where bytes[offset + index] != word.utf8Start[index] { return false }
    offset += length
    return true
  }

  private mutating func skip(to mark: StaticString, _ reason: String) throws(Fault) {
    let start = offset
    while offset < bytes.count {
      if take(mark) { return }
      offset += 1
    }
    throw Fault(reason: reason, offset: start, isCutOff: true)
  }

  private func fault(_ reason: String) -> Fault {
    Fault(
      reason: offset < bytes.count ? reason : "\(reason), found the end", offset: offset,
      isCutOff: offset >= bytes.count)
  }

  private func cutOff(_ reason: String) -> Fault { Fault(reason: reason, offset: offset, isCutOff: true) }
}
