/// The CRC-32 of zip and gzip, taken piece by piece.
///
/// Source: RFC 1952, section 8. Eight bytes a step; for the small bytes that an image is glued together with. Whoever
/// streams large content has a faster one in C.
public struct CRC32: Hashable, Sendable {
  private var state: UInt32 = 0xFFFF_FFFF

  /// The sum of no bytes.
  public init() {}

  /// The sum of all bytes so far.
  public var value: UInt32 { ~state }

  /// The sum of these bytes.
  ///
  /// - Parameter bytes: what to sum up.
  /// - Returns: the sum.
  public static func of(_ bytes: some Sequence<UInt8>) -> UInt32 {
    var sum = CRC32()
    sum.update(bytes)
    return sum.value
  }

  /// Adds bytes.
  ///
  /// - Parameter bytes: what comes next.
  public mutating func update(_ bytes: some Sequence<UInt8>) {
    let done: Void? = bytes.withContiguousStorageIfAvailable { buffer in
      update(UnsafeRawBufferPointer(buffer))
    }
    if done == nil { Array(bytes).withUnsafeBytes { update($0) } }
  }

  private mutating func update(_ bytes: UnsafeRawBufferPointer) {
    var crc = state
    CRC32.tables.withUnsafeBufferPointer { tables in
      var place = 0
      while place + 8 <= bytes.count {
        let low = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self)) ^ crc
        let high = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: place + 4, as: UInt32.self))
        crc = tables[0x700 + Int(low & 0xFF)] ^ tables[0x600 + Int(low >> 8 & 0xFF)]
        crc ^= tables[0x500 + Int(low >> 16 & 0xFF)] ^ tables[0x400 + Int(low >> 24)]
        crc ^= tables[0x300 + Int(high & 0xFF)] ^ tables[0x200 + Int(high >> 8 & 0xFF)]
        crc ^= tables[0x100 + Int(high >> 16 & 0xFF)] ^ tables[Int(high >> 24)]
        place += 8
      }
      while place < bytes.count {
        crc = tables[Int((crc ^ UInt32(bytes[place])) & 0xFF)] ^ crc >> 8
        place += 1
      }
    }
    state = crc
  }

  /// Eight tables of 256: what a byte does to the sum when so many bytes follow it in one step.
  private static let tables: [UInt32] = {
    var tables = [UInt32](repeating: 0, count: 8 * 256)
    for byte in 0..<256 {
      var crc = UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
      tables[byte] = crc
    }
    for byte in 256..<8 * 256 {
      let before = tables[byte - 256]
      tables[byte] = tables[Int(before & 0xFF)] ^ before >> 8
    }
    return tables
  }()
}
