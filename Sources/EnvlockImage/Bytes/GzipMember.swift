/// The bytes round a deflate stream that make it a member of a gzip file, and stored blocks for what is not worth
/// deflating.
///
/// Members may stand one behind another, and a reader gives their contents joined. All of it is constant but the content:
/// no name, no time, no word about the system.
///
/// Sources: RFC 1952, sections 2.2 and 2.3; RFC 1951, section 3.2.4.
public enum GzipMember {
  /// The header: method deflate, no flags, no time, no hint, system unknown (255).
  public static let header: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
  /// How many bytes header and trailer take.
  public static let overhead = 18
  /// How many bytes a stored block holds at most.
  public static let blockLimit = 0xFFFF

  /// The trailer.
  ///
  /// - Parameters:
  ///   - crc: the CRC-32 of the content.
  ///   - size: bytes of the content; only its lowest 32 bits are written.
  /// - Returns: 8 bytes.
  public static func trailer(crc: UInt32, size: Int) -> [UInt8] {
    let size = UInt32(truncatingIfNeeded: size)
    return (0..<4).map { UInt8(truncatingIfNeeded: crc >> (8 * $0)) }
      + (0..<4).map { UInt8(truncatingIfNeeded: size >> (8 * $0)) }
  }

  /// What stands before the bytes of a stored block.
  ///
  /// - Parameters:
  ///   - count: how many bytes the block holds, at most `blockLimit`.
  ///   - isLast: whether no block follows.
  /// - Returns: 5 bytes.
  public static func blockHeader(count: Int, isLast: Bool) -> [UInt8] {
    let length = UInt16(clamping: count)
    return [
      isLast ? 1 : 0, UInt8(length & 0xFF), UInt8(length >> 8), UInt8(~length & 0xFF), UInt8(~length >> 8),
    ]
  }

  /// How long a member with stored blocks is.
  ///
  /// - Parameter count: bytes of the content.
  /// - Returns: bytes, header and trailer included.
  public static func storedSize(_ count: Int) -> Int {
    let blocks = max(1, (count + blockLimit - 1) / blockLimit)
    return overhead + count + 5 * blocks
  }

  /// A member with stored blocks.
  ///
  /// - Parameters:
  ///   - content: what it holds.
  ///   - crc: the CRC-32 of the content; nil computes it.
  /// - Returns: the member, header and trailer included.
  public static func stored(_ content: some RandomAccessCollection<UInt8>, crc: UInt32? = nil) -> [UInt8] {
    var bytes = header
    bytes.reserveCapacity(storedSize(content.count))
    var rest = content[...]
    repeat {
      let block = rest.prefix(blockLimit)
      rest = rest.dropFirst(blockLimit)
      bytes += blockHeader(count: block.count, isLast: rest.isEmpty)
      bytes += block
    } while !rest.isEmpty
    return bytes + trailer(crc: crc ?? CRC32.of(content), size: content.count)
  }
}
