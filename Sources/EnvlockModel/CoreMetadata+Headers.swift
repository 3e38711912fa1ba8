import EnvlockVersions

/// The headers of a metadata file, one after the other, folded lines put together.
///
/// The format is that of e-mail headers, as far as tools agree: `Field: value` lines, continued by lines that begin
/// with white space, ended by a blank line. Lines that are none of these are passed over; old tools wrote them
/// when a summary held a line break.
struct MetadataHeaders {
  /// The fields that are wanted.
  enum Field { case name, version, requiresPython, requiresDist, providesExtra, other }

  /// One header.
  struct Header {
    let field: Field
    fileprivate let bytes: [UInt8]
    /// The lines of the value, without the white space round them; mostly one.
    fileprivate let first: Range<Int>
    fileprivate var continuation: [Range<Int>] = []

    /// The value.
    var text: String {
      var value: [UInt8] = []
      append(to: &value)
      return String(decoding: value, as: UTF8.self)
    }

    /// Appends the value, its lines joined by blanks.
    func append(to text: inout [UInt8]) {
      text.append(contentsOf: bytes[first])
      for range in continuation where !range.isEmpty {
        text.append(UInt8(ascii: " "))
        text.append(contentsOf: bytes[range])
      }
    }
  }

  private let bytes: [UInt8]
  private var position: Int

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
    position = bytes.starts(with: byteOrderMark) ? byteOrderMark.count : 0
  }

  /// The next header; nil at the blank line or the end.
  mutating func next() -> Header? {
    while position < bytes.count {
      let line = takeLine()
      if line.isEmpty { return nil }
      // A continuation of a header that is not wanted, or of none.
      if Self.isWhite(bytes[line.lowerBound]) { continue }
      guard let colon = bytes[line].firstIndex(of: UInt8(ascii: ":")) else { continue }
      let field = Self.field(bytes[line.lowerBound..<colon])
      if field == .other { continue }
      var header = Header(field: field, bytes: bytes, first: trimmed((colon + 1)..<line.upperBound))
      while position < bytes.count,
        bytes[position] == UInt8(ascii: " ") || bytes[position] == UInt8(ascii: "\t")
      {
        header.continuation.append(trimmed(takeLine()))
      }
      return header
    }
    return nil
  }

  /// The line at the position, without its end; the position is behind it afterwards.
  private mutating func takeLine() -> Range<Int> {
    let start = position
    while position < bytes.count && bytes[position] != UInt8(ascii: "\n") { position += 1 }
    var end = position
    if position < bytes.count { position += 1 }
    if end > start && bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
    return start..<end
  }

  private func trimmed(_ range: Range<Int>) -> Range<Int> {
    var (start, end) = (range.lowerBound, range.upperBound)
    while start < end && Self.isWhite(bytes[start]) { start += 1 }
    while end > start && Self.isWhite(bytes[end - 1]) { end -= 1 }
    return start..<end
  }

  private static func isWhite(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || (byte >= 9 && byte <= 13)
  }

  /// Names of headers do not care for case.
  private static func field(_ name: ArraySlice<UInt8>) -> Field {
    func isCalled(_ other: StaticString) -> Bool {
      name.count == other.utf8CodeUnitCount
        && zip(name, 0..<name.count).allSatisfy { byte, index in
          (NameNormaliser.isAlphanumeric(byte) ? byte | 0x20 : byte) == other.utf8Start[index]
        }
    }
    switch name.count {
    case 4: return isCalled("name") ? .name : .other
    case 7: return isCalled("version") ? .version : .other
    case 13: return isCalled("requires-dist") ? .requiresDist : .other
    case 14: return isCalled("provides-extra") ? .providesExtra : .other
    case 15: return isCalled("requires-python") ? .requiresPython : .other
    default: return .other
    }
  }
}

/// Finds the extra that a requirement is for without parsing it.
enum ExtraHint {
  /// The extra without which the requirement in `range` cannot apply; nil if there is none or it is not plain to
  /// see.
  ///
  /// Plain is a marker in which `extra == "…"` stands once and no `or` at all: then it is a term of one chain of
  /// `and`.
  static func find(_ bytes: [UInt8], _ range: Range<Int>) -> ExtraName? {
    guard let semicolon = bytes[range].firstIndex(of: UInt8(ascii: ";")) else { return nil }
    var scanner = ByteScanner(bytes, (semicolon + 1)..<range.upperBound, what: "")
    var found: ExtraName?
    while let next = scanner.next {
      if next == UInt8(ascii: "\"") || next == UInt8(ascii: "'") {
        scanner.position += 1
        _ = scanner.takeWhile { $0 != next }
        scanner.position += 1
      } else if next == UInt8(ascii: "o"), scanner.takeWord("or") {
        return nil
      } else if next == UInt8(ascii: "e"), scanner.takeWord("extra") {
        guard found == nil, let extra = comparedExtra(&scanner) else { return nil }
        found = extra
      } else if ByteScanner.isWordByte(next) {
        _ = scanner.takeWhile { ByteScanner.isWordByte($0) || $0 == UInt8(ascii: ".") }
      } else {
        scanner.position += 1
      }
    }
    return found
  }

  /// The name behind `extra ==`.
  private static func comparedExtra(_ scanner: inout ByteScanner) -> ExtraName? {
    scanner.skipBlanks()
    guard scanner.take(UInt8(ascii: "=")), scanner.take(UInt8(ascii: "=")) else { return nil }
    scanner.skipBlanks()
    guard let quote = scanner.next, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
      return nil
    }
    scanner.position += 1
    let range = scanner.takeWhile { $0 != quote }
    guard scanner.take(quote) else { return nil }
    return try? ExtraName(scanner.text(range))
  }
}
