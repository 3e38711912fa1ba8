/// Reads the directory of a zip file and the members' own headers, strictly.
///
/// What two readers could understand differently is refused: a member whose own header tells another name or size than
/// the directory, a directory with bytes left over, bytes between directory and end record.
///
/// Source: PKWARE APPNOTE.TXT 6.3, sections 4.3.7, 4.3.12 and 4.3.14 to 4.3.16.
public struct ZipDirectory: Hashable, Sendable {
  /// Bytes of the file's end in which `init` certainly finds the end records: the longest comment, and three records.
  public static let tailLength = 0xFFFF + 22 + 20 + 56

  /// Which bytes of the file the directory takes.
  public let range: Range<Int>
  /// How many members it lists.
  public let count: Int
  /// How many bytes were put before the zip file; offsets do not count them.
  public let shift: Int
  private let file: String

  /// Finds the directory.
  ///
  /// - Parameters:
  ///   - tail: the last bytes of the file, `tailLength` of them or all there are.
  ///   - fileSize: bytes of the file.
  ///   - name: what the file is called in errors.
  /// - Throws: `ZipFault`.
  public init(tail: [UInt8], fileSize: Int, file name: String) throws(ZipFault) {
    func fault(_ clause: String) -> ZipFault { ZipFault(file: name, .malformed(clause)) }
    let bytes = LittleEndian(tail)
    let start = fileSize - tail.count
    guard start >= 0, let end = ZipDirectory.lastRecord(tail) else {
      throw fault("it is no zip file, or one that is cut off")
    }
    guard let disk = bytes.number(end + 4, 2), let directoryDisk = bytes.number(end + 6, 2),
      let here = bytes.number(end + 8, 2), let count = bytes.number(end + 10, 2),
      let size = bytes.number(end + 12, 4), let offset = bytes.number(end + 16, 4)
    else { throw fault("its end record is cut off") }
    guard disk == directoryDisk, here == count, disk == 0 || disk == 0xFFFF else {
      throw fault("it is a part of a zip file in several parts")
    }
    let locator = end - 20
    if count == 0xFFFF || size == 0xFFFF_FFFF || offset == 0xFFFF_FFFF,
      bytes.number(locator, 4) == 0x0706_4B50
    {
      // The record stands right before its locator, whose offset does not count what was put before the zip file.
      let record = locator - 56
      guard bytes.number(record, 4) == 0x0606_4B50, bytes.number(record + 4, 8) == 44,
        let count = bytes.number(record + 32, 8), bytes.number(record + 24, 8) == count,
        let size = bytes.number(record + 40, 8), let offset = bytes.number(record + 48, 8)
      else { throw fault("its zip64 record is broken") }
      try self.init(end: start + record, size: size, offset: offset, count: count, file: name)
    } else {
      try self.init(end: start + end, size: size, offset: offset, count: count, file: name)
    }
  }

  private init(end: Int, size: Int, offset: Int, count: Int, file: String) throws(ZipFault) {
    // A listed member takes 46 bytes at least.
    guard size <= end, offset <= end - size, count <= size / 46 else {
      throw ZipFault(file: file, .malformed("its directory is out of place"))
    }
    range = end - size..<end
    self.count = count
    shift = end - size - offset
    self.file = file
  }

  /// The last end record whose comment ends with the file.
  private static func lastRecord(_ tail: [UInt8]) -> Int? {
    guard tail.count >= 22 else { return nil }
    for index in stride(from: tail.count - 22, through: 0, by: -1)
    where tail[index] == 0x50 && tail[index + 1] == 0x4B && tail[index + 2] == 5 && tail[index + 3] == 6 {
      let comment = Int(tail[index + 20]) | Int(tail[index + 21]) << 8
      if index + 22 + comment == tail.count { return index }
    }
    return nil
  }

  /// Reads the directory, and of each member its own header, for where its bytes begin.
  ///
  /// - Parameters:
  ///   - bytes: the directory: what lies at `range`.
  ///   - header: gives the bytes at a range of the file, as many of them as are there. It is asked for each member once,
  ///     in the directory's order, for 30 bytes and the length of the name.
  /// - Returns: the members in the directory's order.
  /// - Throws: `ZipFault`, and what `header` throws.
  public func members(
    _ bytes: [UInt8], header: (Range<Int>) throws -> [UInt8]
  ) throws -> [ZipMember] {
    func fault(_ clause: String) -> ZipFault { ZipFault(file: file, .malformed(clause)) }
    guard bytes.count == range.count else { throw fault("its directory is cut off") }
    let directory = LittleEndian(bytes)
    var members: [ZipMember] = []
    members.reserveCapacity(count)
    var place = 0
    while place < bytes.count {
      guard directory.number(place, 4) == 0x0201_4B50, let pathLength = directory.number(place + 28, 2),
        let extraLength = directory.number(place + 30, 2), let commentLength = directory.number(place + 32, 2)
      else { throw fault("its directory is broken") }
      let pathStart = place + 46
      let extraStart = pathStart + pathLength
      let next = extraStart + extraLength + commentLength
      guard next <= bytes.count else { throw fault("its directory is broken") }
      let path = bytes[pathStart..<extraStart]
      var member = try member(directory, place, path, extra: extraStart..<extraStart + extraLength)
      member.dataOffset = try dataOffset(of: member, path: path, header: header)
      members.append(member)
      place = next
    }
    guard members.count == count else {
      throw fault("its directory lists \(members.count) members, and is said to list \(count)")
    }
    return members
  }

  private func member(
    _ bytes: LittleEndian, _ place: Int, _ path: ArraySlice<UInt8>, extra: Range<Int>
  ) throws(ZipFault) -> ZipMember {
    guard let flags = bytes.number(place + 8, 2), let method = bytes.number(place + 10, 2),
      let crc = bytes.number(place + 16, 4), var compressedSize = bytes.number(place + 20, 4),
      var size = bytes.number(place + 24, 4), let disk = bytes.number(place + 34, 2),
      let attributes = bytes.number(place + 38, 4), var offset = bytes.number(place + 42, 4),
      let text = path.withUnsafeBufferPointer({ ASCII.text($0) })
    else {
      throw ZipFault(file: file, member: String(decoding: path, as: UTF8.self), .encoding)
    }
    func fault(_ problem: ZipFault.Problem) -> ZipFault { ZipFault(file: file, member: text, problem) }
    guard flags & 0x800 != 0 || path.allSatisfy({ $0 < 0x80 }) else { throw fault(.encoding) }
    guard disk == 0 || disk == 0xFFFF else { throw fault(.malformed("lies in another part of the zip file")) }
    let isLong = size == 0xFFFF_FFFF || compressedSize == 0xFFFF_FFFF || offset == 0xFFFF_FFFF
    // Fields that do not fit stand in a zip64 field, in this order, and only those (section 4.5.3).
    guard var long = fields(bytes, extra, path) else { throw fault(.malformed("has a broken extra field")) }
    func widen(_ value: inout Int) -> Bool {
      guard value == 0xFFFF_FFFF else { return true }
      guard long.count >= 8, let wide = bytes.number(long.lowerBound, 8) else { return false }
      value = wide
      long = long.dropFirst(8)
      return true
    }
    if isLong {
      guard widen(&size), widen(&compressedSize), widen(&offset) else {
        throw fault(.malformed("has no size"))
      }
    }
    // The directory lies behind all members.
    guard offset <= range.lowerBound - shift, compressedSize <= range.lowerBound else {
      throw fault(.malformed("lies beyond the directory"))
    }
    return ZipMember(
      path: text, method: UInt16(method), flags: UInt16(flags), crc: UInt32(crc),
      compressedSize: compressedSize, size: size, headerOffset: offset + shift, dataOffset: 0,
      attributes: UInt32(attributes))
  }

  /// Goes through the extra fields; nil where they are broken, or where one tells another name.
  ///
  /// - Returns: the zip64 field; empty where there is none.
  private func fields(_ bytes: LittleEndian, _ extra: Range<Int>, _ path: ArraySlice<UInt8>) -> Range<Int>? {
    var long = extra.upperBound..<extra.upperBound
    var place = extra.lowerBound
    while place + 4 <= extra.upperBound, let kind = bytes.number(place, 2),
      let length = bytes.number(place + 2, 2)
    {
      let end = place + 4 + length
      guard end <= extra.upperBound else { return nil }
      if kind == 1, long.isEmpty { long = place + 4..<end }
      // Info-ZIP's Unicode path: a version, a CRC, and the name (section 4.6.9).
      if kind == 0x7075, length < 5 || !bytes.slice(place + 9..<end).elementsEqual(path) { return nil }
      place = end
    }
    return long
  }

  /// Where a member's bytes begin, from its own header, which has to agree with the directory.
  private func dataOffset(
    of member: ZipMember, path: ArraySlice<UInt8>, header: (Range<Int>) throws -> [UInt8]
  ) throws -> Int {
    func fault(_ problem: ZipFault.Problem) -> ZipFault { ZipFault(file: file, member: member.path, problem) }
    let start = member.headerOffset
    let bytes = try header(start..<start + 30 + path.count)
    let local = LittleEndian(bytes)
    guard local.number(0, 4) == 0x0403_4B50, let flags = local.number(6, 2), let method = local.number(8, 2),
      let crc = local.number(14, 4), let compressedSize = local.number(18, 4), let size = local.number(22, 4),
      let pathLength = local.number(26, 2), let extraLength = local.number(28, 2)
    else { throw fault(.malformed("has no header of its own where the directory points")) }
    guard pathLength == path.count, bytes.dropFirst(30).elementsEqual(path) else {
      throw fault(.localHeader("name"))
    }
    guard method == Int(member.method) else { throw fault(.localHeader("method")) }
    guard flags & 1 == Int(member.flags) & 1 else { throw fault(.localHeader("encryption")) }
    // With bit 3 the true values follow the data; until then they are zero, or as in the directory.
    let isLater = flags & 8 != 0
    func agrees(_ local: Int, _ listed: Int) -> Bool {
      local == listed || local == 0xFFFF_FFFF || isLater && local == 0
    }
    guard crc == Int(member.crc) || isLater && crc == 0 else { throw fault(.localHeader("CRC")) }
    guard agrees(compressedSize, member.compressedSize), agrees(size, member.size) else {
      throw fault(.localHeader("size"))
    }
    let data = start + 30 + pathLength + extraLength
    guard data <= range.lowerBound, member.compressedSize <= range.lowerBound - data else {
      throw fault(.malformed("runs into the directory"))
    }
    return data
  }
}

/// Little-endian numbers at offsets of an array; nil beyond its ends.
struct LittleEndian {
  private let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The number of `width` bytes at `offset`; nil for one beyond the range of `Int` too.
  func number(_ offset: Int, _ width: Int) -> Int? {
    guard offset >= 0, offset <= bytes.count - width else { return nil }
    var number: UInt64 = 0
    for index in stride(from: offset + width - 1, through: offset, by: -1) {
      number = number << 8 | UInt64(bytes[index])
    }
    return Int(exactly: number)
  }

  /// The bytes at a range, which has to be there.
  func slice(_ range: Range<Int>) -> ArraySlice<UInt8> { bytes[range] }
}
