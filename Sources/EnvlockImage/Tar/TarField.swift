/// A field of a tar header: where it stands and how long it is.
///
/// Source: POSIX.1-2017, pax, "ustar Interchange Format".
struct TarField {
  let offset: Int
  let length: Int

  static let name = TarField(offset: 0, length: 100)
  static let mode = TarField(offset: 100, length: 8)
  static let uid = TarField(offset: 108, length: 8)
  static let gid = TarField(offset: 116, length: 8)
  static let size = TarField(offset: 124, length: 12)
  static let mtime = TarField(offset: 136, length: 12)
  static let checksum = TarField(offset: 148, length: 8)
  static let type = TarField(offset: 156, length: 1)
  static let linkName = TarField(offset: 157, length: 100)
  static let magic = TarField(offset: 257, length: 6)
  static let version = TarField(offset: 263, length: 2)
  static let userName = TarField(offset: 265, length: 32)
  static let groupName = TarField(offset: 297, length: 32)
  static let deviceMajor = TarField(offset: 329, length: 8)
  static let deviceMinor = TarField(offset: 337, length: 8)
  static let prefix = TarField(offset: 345, length: 155)

  /// Bytes of a header, and what everything is padded to.
  static let blockLength = 512

  /// The largest number that octal digits and a closing NUL can tell.
  var largestNumber: UInt64 { (1 << (3 * UInt64(length - 1))) - 1 }

  /// Writes zero-padded octal digits and a NUL; a number that is too large is written as the largest.
  func put(_ number: UInt64, into block: UnsafeMutableBufferPointer<UInt8>) {
    var rest = min(number, largestNumber)
    var place = offset + length - 2
    while place >= offset {
      block[place] = UInt8(ascii: "0") + UInt8(rest & 7)
      rest >>= 3
      place -= 1
    }
  }

  /// Writes bytes, as many as fit; what is left of the field stays NUL.
  func put(_ bytes: some Collection<UInt8>, into block: UnsafeMutableBufferPointer<UInt8>) {
    let field = UnsafeMutableBufferPointer(rebasing: block[offset..<offset + length])
    let done: Void? = bytes.withContiguousStorageIfAvailable { bytes in
      _ = field.update(fromContentsOf: bytes.prefix(length))
    }
    if done == nil { _ = field.update(fromContentsOf: Array(bytes.prefix(length))) }
  }
}
