/// Bits on their way to bytes: the first is the lowest of the first byte.
///
/// Source: RFC 1951, section 3.1.1.
struct DeflateBits {
  /// Room for the largest block, which is no larger than its bytes stored.
  private static let capacity = DeflateState.capacity + 4096

  private let bytes: UnsafeMutableRawPointer
  private var count = 0
  private var pending: UInt64 = 0
  private(set) var pendingCount = 0

  init() { bytes = .allocate(byteCount: DeflateBits.capacity, alignment: 8) }

  func deallocate() { bytes.deallocate() }

  /// Adds bits; at most 56 between two calls of `flush`.
  @inline(__always)
  mutating func put(_ value: Int, _ width: Int) {
    pending |= UInt64(truncatingIfNeeded: value) &<< UInt64(truncatingIfNeeded: pendingCount)
    pendingCount &+= width
  }

  /// Makes bytes of all bits but the last seven at most.
  @inline(__always)
  mutating func flush() {
    bytes.storeBytes(of: pending.littleEndian, toByteOffset: count, as: UInt64.self)
    count &+= pendingCount &>> 3
    pending = pending &>> UInt64(truncatingIfNeeded: pendingCount & 56)
    pendingCount &= 7
  }

  /// Adds zeros up to the end of a byte.
  mutating func pad() {
    pendingCount = (pendingCount &+ 7) & ~7
    flush()
  }

  /// Adds whole bytes; the bits before must end with a byte.
  mutating func append(_ source: UnsafePointer<UInt8>, count added: Int) {
    (bytes + count).copyMemory(from: source, byteCount: added)
    count &+= added
  }

  /// Gives away the bytes.
  mutating func drain(into output: inout [UInt8]) {
    output.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: count))
    count = 0
  }
}
