import EnvlockModel

/// Little-endian numbers at offsets of a byte sequence; nil beyond its ends.
struct ZipBytes {
  private let bytes: [UInt8]
  /// Where the bytes begin in the file.
  let start: Int

  init(_ bytes: [UInt8], start: Int) {
    self.bytes = bytes
    self.start = start
  }

  /// Where the bytes end in the file.
  var end: Int { start + bytes.count }

  /// The bytes at an offset of the file; nil unless all are there.
  func slice(_ offset: Int, _ count: Int) -> ArraySlice<UInt8>? {
    guard offset >= start, count >= 0, offset <= end, count <= end - offset else { return nil }
    return bytes[offset - start..<offset - start + count]
  }

  /// The number of `width` bytes at an offset of the file; nil for one beyond the range of `Int` too.
  func number(_ offset: Int, _ width: Int) -> Int? {
    guard let slice = slice(offset, width) else { return nil }
    var number: UInt64 = 0
    for byte in slice.reversed() { number = number << 8 | UInt64(byte) }
    return Int(exactly: number)
  }

  /// The last offset of the file at which `signature` stands.
  func lastOffset(of signature: [UInt8]) -> Int? {
    guard bytes.count >= signature.count else { return nil }
    for index in (0...bytes.count - signature.count).reversed()
    where bytes[index] == signature[0] && bytes[index...].starts(with: signature) {
      return start + index
    }
    return nil
  }
}

/// Where the central directory of a zip file is, from the record at the file's end.
///
/// Source: PKWARE APPNOTE.TXT 6.3, sections 4.3.14 to 4.3.16.
struct ZipEnd {
  static let signature: [UInt8] = [0x50, 0x4B, 5, 6]
  static let length = 22
  private static let locatorSignature = 0x0706_4B50
  private static let locatorLength = 20
  private static let longSignature = 0x0606_4B50
  private static let longLength = 56

  /// Which bytes the directory takes.
  var directory: Range<Int>
  /// How many members it lists.
  var count: Int
  /// What to add to the offsets of members: bytes that were put before the zip file.
  var shift: Int

  enum Outcome {
    case found(ZipEnd)
    /// Bytes that are needed first.
    case needs(Range<Int>)
    case broken(String)
  }

  /// Reads the record in `tail`, the last bytes of a file of `total` bytes; `long` holds the zip64 record, once it
  /// was asked for.
  static func find(in tail: ZipBytes, long: ZipBytes?) -> Outcome {
    guard let record = tail.lastOffset(of: signature) else {
      return .broken("it is no zip file, or one that is cut off")
    }
    guard let count = tail.number(record + 10, 2), let size = tail.number(record + 12, 4),
      let offset = tail.number(record + 16, 4), let comment = tail.number(record + 20, 2),
      record + length + comment <= tail.end
    else { return .broken("its end record is cut off") }
    let locator = record - locatorLength
    guard count == 0xFFFF || size == 0xFFFF_FFFF || offset == 0xFFFF_FFFF,
      tail.number(locator, 4) == locatorSignature
    else { return place(endsAt: record, size: size, offset: offset, count: count) }

    // The record stands right before its locator; the offset that the locator states does not count what was put before
    // the zip file.
    let longOffset = locator - longLength
    guard longOffset >= 0 else { return .broken("its zip64 record is missing") }
    let bytes = tail.start <= longOffset ? tail : long
    guard let bytes, bytes.slice(longOffset, longLength) != nil else {
      if long != nil { return .broken("its zip64 record is cut off") }
      return .needs(longOffset..<longOffset + longLength)
    }
    guard bytes.number(longOffset, 4) == longSignature, let count = bytes.number(longOffset + 32, 8),
      let size = bytes.number(longOffset + 40, 8), let offset = bytes.number(longOffset + 48, 8)
    else { return .broken("its zip64 record is broken") }
    return place(endsAt: longOffset, size: size, offset: offset, count: count)
  }

  private static func place(endsAt end: Int, size: Int, offset: Int, count: Int) -> Outcome {
    guard size <= end, offset <= end - size else { return .broken("its directory is out of place") }
    return .found(ZipEnd(directory: end - size..<end, count: count, shift: end - size - offset))
  }
}

/// One member, as the central directory lists it (section 4.3.12).
struct ZipMember: Hashable {
  /// The path, as the zip file has it.
  let path: String
  /// 0: stored, 8: deflated.
  let method: Int
  /// Whether it is encrypted.
  let isEncrypted: Bool
  /// The CRC-32 of the content.
  let crc: UInt32
  /// Bytes in the zip file.
  let compressedSize: Int
  /// Bytes of the content.
  let size: Int
  /// Where its local header begins, as listed; `ZipEnd.shift` has to be added.
  let offset: Int

  /// Goes through a central directory; nil when it is broken.
  ///
  /// - Parameters:
  ///   - bytes: the directory.
  ///   - range: where it lies.
  ///   - isWanted: whether the member with this path is wanted; others are passed over quickly.
  /// - Returns: the wanted members, in the directory's order.
  static func members(
    _ bytes: ZipBytes, _ range: Range<Int>, where isWanted: (ArraySlice<UInt8>) -> Bool
  ) -> [ZipMember]? {
    var members: [ZipMember] = []
    var place = range.lowerBound
    while place < range.upperBound {
      guard bytes.number(place, 4) == 0x0201_4B50, let pathLength = bytes.number(place + 28, 2),
        let extraLength = bytes.number(place + 30, 2), let commentLength = bytes.number(place + 32, 2),
        let path = bytes.slice(place + 46, pathLength)
      else { return nil }
      let next = place + 46 + pathLength + extraLength + commentLength
      guard next <= range.upperBound else { return nil }
      if isWanted(path) {
        guard let member = ZipMember(bytes, place, path, extra: place + 46 + pathLength, extraLength) else {
          return nil
        }
        members.append(member)
      }
      place = next
    }
    return members
  }

  private init?(_ bytes: ZipBytes, _ place: Int, _ path: ArraySlice<UInt8>, extra: Int, _ extraLength: Int) {
    guard let flags = bytes.number(place + 8, 2), let method = bytes.number(place + 10, 2),
      let crc = bytes.number(place + 16, 4), var compressedSize = bytes.number(place + 20, 4),
      var size = bytes.number(place + 24, 4), var offset = bytes.number(place + 42, 4)
    else { return nil }
    // Fields that do not fit stand in a zip64 field, in this order, and only those (section 4.5.3).
    if size == 0xFFFF_FFFF || compressedSize == 0xFFFF_FFFF || offset == 0xFFFF_FFFF {
      guard var field = ZipMember.longField(bytes, extra..<extra + extraLength) else { return nil }
      func widen(_ value: inout Int) -> Bool {
        guard value == 0xFFFF_FFFF else { return true }
        guard field.count >= 8, let wide = bytes.number(field.lowerBound, 8) else { return false }
        value = wide
        field = field.dropFirst(8)
        return true
      }
      guard widen(&size), widen(&compressedSize), widen(&offset) else { return nil }
    }
    self.path = String(decoding: path, as: UTF8.self)
    self.method = method
    isEncrypted = flags & 1 != 0
    self.crc = UInt32(truncatingIfNeeded: crc)
    self.compressedSize = compressedSize
    self.size = size
    self.offset = offset
  }

  private static func longField(_ bytes: ZipBytes, _ extra: Range<Int>) -> Range<Int>? {
    var place = extra.lowerBound
    while place + 4 <= extra.upperBound, let kind = bytes.number(place, 2),
      let length = bytes.number(place + 2, 2)
    {
      let end = place + 4 + length
      guard end <= extra.upperBound else { return nil }
      if kind == 1 { return place + 4..<end }
      place = end
    }
    return nil
  }
}
