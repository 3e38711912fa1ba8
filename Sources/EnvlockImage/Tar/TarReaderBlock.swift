/// One block of an archive as a header.
///
/// Sources: POSIX.1-2017, pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format" (numbers to the base 256,
/// long names). Read on its own terms: nothing here is shared with what writes archives.
struct TarBlock {
  /// Bytes of a block.
  static let length = 512

  /// Which tradition the header follows: only POSIX has a prefix of the name.
  private enum Tradition { case old, posix, gnu }

  private let bytes: UnsafeRawBufferPointer

  /// Takes exactly 512 bytes.
  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// Whether all bytes are zero, as in the blocks that close an archive.
  var isZero: Bool { bytes.allSatisfy { $0 == 0 } }

  /// Whether the sum of all bytes, its own field counted as spaces, is the one that is stated.
  var hasRightSum: Bool {
    guard let stated = TarBlock.octal(bytes[148..<156]) else { return false }
    var sum = 8 * 0x20
    for (index, byte) in bytes.enumerated() where index < 148 || index >= 156 { sum += Int(byte) }
    return sum == stated
  }

  /// The kind of member: a digit, a letter or NUL.
  var kind: UInt8 { bytes[156] }

  /// The name as bytes: behind the prefix and a slash where there is one.
  var name: [UInt8] {
    let name = text(0..<100)
    guard tradition == .posix else { return name }
    let prefix = text(345..<500)
    return prefix.isEmpty ? name : prefix + [UInt8(ascii: "/")] + name
  }

  /// The target of a link as bytes.
  var link: [UInt8] { text(157..<257) }

  /// The permission bits; nil where there is no number.
  var mode: UInt16? { number(100..<108).map { UInt16(truncatingIfNeeded: $0 & 0o7777) } }
  /// The owner; nil where there is no number.
  var uid: Int? { number(108..<116) }
  /// The group; nil where there is no number.
  var gid: Int? { number(116..<124) }
  /// The size; nil where there is no number.
  var size: Int? { number(124..<136) }
  /// The time; nil where there is no number.
  var mtime: Int? { number(136..<148) }

  /// The numbers of a device; nil where they are none that a kernel has.
  var device: (major: UInt32, minor: UInt32)? {
    guard let major = number(329..<337), let minor = number(337..<345),
      let major = UInt32(exactly: major), let minor = UInt32(exactly: minor)
    else { return nil }
    return (major, minor)
  }

  private var tradition: Tradition {
    guard bytes[257..<262].elementsEqual("ustar".utf8) else { return .old }
    return bytes[262] == 0 ? .posix : .gnu
  }

  /// What stands before the first NUL of a field.
  private func text(_ field: Range<Int>) -> [UInt8] { Array(bytes[field].prefix { $0 != 0 }) }

  /// The number of a field, never negative; nil where there is none.
  private func number(_ field: Range<Int>) -> Int? {
    let field = bytes[field]
    guard let first = field.first else { return nil }
    guard first & 0x80 != 0 else { return TarBlock.octal(field) }
    // To the base 256: the first bit is a mark, the second a sign.
    guard first & 0x40 == 0 else { return nil }
    var value = Int(first & 0x3F)
    for byte in field.dropFirst() {
      guard value <= Int.max >> 8 else { return nil }
      value = value << 8 | Int(byte)
    }
    return value
  }

  /// Octal digits, spaces before them, a NUL or spaces behind; 0 for an empty field.
  private static func octal(_ field: some Collection<UInt8>) -> Int? {
    let digits = field.drop { $0 == 0x20 }
    var value = 0
    var hasEnded = false
    for byte in digits {
      switch byte {
      case 0, 0x20: hasEnded = true
      case UInt8(ascii: "0")...UInt8(ascii: "7"):
        // The widest field has 12 digits, which always fit.
        guard !hasEnded else { return nil }
        value = value << 3 | Int(byte & 7)
      default: return nil
      }
    }
    return value
  }
}
