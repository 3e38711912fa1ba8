import EnvlockVersions

/// A place in the UTF-8 bytes of a requirement, a marker or a header, for parsers written by hand.
///
/// Bytes rather than characters: metadata of large projects has hundreds of requirements, and everything that the
/// grammar cares about is ASCII.
struct ByteScanner {
  /// What is being read, named in errors: "requirement", "marker".
  let what: String
  let bytes: [UInt8]
  /// Where the text begins; offsets of errors count from here.
  let start: Int
  let end: Int
  var position: Int
  /// Whether errors leave credentials out; a caller that shows the text its own way needs the true offsets.
  var redacts = true

  init(_ bytes: [UInt8], _ range: Range<Int>, what: String) {
    self.what = what
    self.bytes = bytes
    start = range.lowerBound
    end = range.upperBound
    position = start
  }

  init(_ text: some StringProtocol, what: String) {
    let bytes = Array(text.utf8)
    self.init(bytes, 0..<bytes.count, what: what)
  }

  /// The next byte; nil at the end.
  @inline(__always)
  var next: UInt8? { position < end ? bytes[position] : nil }

  @inline(__always)
  var isAtEnd: Bool { position >= end }

  /// Passes over blanks and tabs. Other white space is not part of the grammar (dependency specifiers).
  @inline(__always)
  mutating func skipBlanks() {
    while position < end && (bytes[position] == UInt8(ascii: " ") || bytes[position] == UInt8(ascii: "\t")) {
      position += 1
    }
  }

  /// Passes over `byte` if it is next.
  @inline(__always)
  mutating func take(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    position += 1
    return true
  }

  /// Passes over `word` if it is next and a word of its own.
  mutating func takeWord(_ word: StaticString) -> Bool {
    let count = word.utf8CodeUnitCount
    guard position + count <= end else { return false }
    for index in 0..<count where bytes[position + index] != word.utf8Start[index] { return false }
    guard position + count == end || !Self.isWordByte(bytes[position + count]) else { return false }
    position += count
    return true
  }

  /// Passes over the bytes that satisfy `condition`; where they lie.
  @inline(__always)
  mutating func takeWhile(_ condition: (UInt8) -> Bool) -> Range<Int> {
    let first = position
    while position < end && condition(bytes[position]) { position += 1 }
    return first..<position
  }

  func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

  /// Letters, digits, underscore, and every byte of a character beyond ASCII.
  @inline(__always)
  static func isWordByte(_ byte: UInt8) -> Bool {
    NameNormaliser.isAlphanumeric(byte) || byte == UInt8(ascii: "_") || byte >= 0x80
  }

  /// The error at `offset`, an index of `bytes`; here, if it is nil.
  func fault(_ reason: String, at offset: Int? = nil) -> MalformedText {
    let offset = (offset ?? position) - start
    guard redacts else {
      return MalformedText(what: what, text: text(start..<end), reason: reason, offset: offset)
    }
    let (text, shown) = URLCredentials.redacted(text(start..<end), offset: offset)
    return MalformedText(what: what, text: text, reason: reason, offset: shown)
  }
}
