/// Reads the bytes of a compact page from the front. After the first fault everything reads as empty, and
/// ``hasFailed`` is set: no byte can make it trap.
struct ProjectPageReader {
  // Every access is checked against `end`, which lies inside of the buffer.
  private let bytes: UnsafeBufferPointer<UInt8>
  private let end: Int
  /// The offset of the next byte.
  private(set) var position: Int
  /// Whether something did not fit.
  private(set) var hasFailed = false

  /// Reads a range of `bytes`; where it reaches beyond them, nothing can be read.
  init(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) {
    self.bytes = bytes
    let isInside = range.lowerBound >= 0 && range.upperBound <= bytes.count
    position = isInside ? range.lowerBound : 0
    end = isInside ? range.upperBound : 0
    hasFailed = !isInside
  }

  /// Checks magic number, version of the format and checksum; moves behind them.
  mutating func readHeader() -> Bool {
    let magic = ProjectPageWriter.magic
    guard end == bytes.count, end >= ProjectPageWriter.headerLength,
      bytes.prefix(magic.count).elementsEqual(magic)
    else { return false }
    var checksum: UInt64 = 0
    for index in (magic.count..<ProjectPageWriter.headerLength).reversed() {
      checksum = checksum << 8 | UInt64(bytes[index])
    }
    position = ProjectPageWriter.headerLength
    return checksum == pageChecksum(bytes, from: ProjectPageWriter.headerLength)
  }

  /// A number in groups of seven bits, least first, the eighth bit set on all but the last; never negative.
  mutating func number() -> Int {
    var number: UInt64 = 0
    var shift: UInt64 = 0
    while position < end, shift < 63 {
      let byte = bytes[position]
      position += 1
      number |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return Int(truncatingIfNeeded: number & UInt64(Int.max)) }
      shift += 7
    }
    hasFailed = true
    return 0
  }

  /// A text with its length before it.
  mutating func string() -> String { String(decoding: slice(number()), as: UTF8.self) }

  /// As many texts as the number before them says.
  mutating func strings() -> [String] {
    var strings: [String] = []
    var count = number()
    while count > 0, !hasFailed {
      strings.append(string())
      count -= 1
    }
    return strings
  }

  /// The entry of `table` that the next number names.
  mutating func entry(of table: [String]) -> String {
    let index = number()
    if index < table.count { return table[index] }
    hasFailed = true
    return ""
  }

  /// Moves `decoder` to the next file name: how much it shares with the one before, and the rest.
  mutating func readFileName(into decoder: inout WheelNameDecoder) -> Bool {
    let shared = number()
    let tail = slice(number())
    return !hasFailed && decoder.advance(keeping: shared, tail)
  }

  /// 32 bytes.
  mutating func digest() -> Digest? { Digest(bytes: slice(32)) }

  /// The next `count` bytes; none where there are fewer.
  mutating func slice(_ count: Int) -> UnsafeBufferPointer<UInt8> {
    guard count <= end - position else {
      hasFailed = true
      position = end
      return UnsafeBufferPointer(rebasing: bytes[end..<end])
    }
    defer { position += count }
    return UnsafeBufferPointer(rebasing: bytes[position..<position + count])
  }
}

/// A checksum against damage by disks and interrupted writes, not against malice: four lanes of eight bytes, so
/// that half a megabyte takes some tens of microseconds.
func pageChecksum(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> UInt64 {
  let buffer = UnsafeRawBufferPointer(bytes)
  let prime: UInt64 = 0x9E37_79B1_85EB_CA87
  var lanes: (UInt64, UInt64, UInt64, UInt64) = (prime, ~prime, prime << 7 | 1, UInt64(buffer.count))
  func mix(_ lane: UInt64, _ word: UInt64) -> UInt64 {
    let mixed = (lane ^ word) &* prime
    return mixed << 29 | mixed >> 35
  }
  var index = start
  while buffer.count - index >= 32 {
    lanes.0 = mix(
      lanes.0, UInt64(littleEndian: buffer.loadUnaligned(fromByteOffset: index, as: UInt64.self)))
    lanes.1 = mix(
      lanes.1, UInt64(littleEndian: buffer.loadUnaligned(fromByteOffset: index + 8, as: UInt64.self)))
    lanes.2 = mix(
      lanes.2, UInt64(littleEndian: buffer.loadUnaligned(fromByteOffset: index + 16, as: UInt64.self)))
    lanes.3 = mix(
      lanes.3, UInt64(littleEndian: buffer.loadUnaligned(fromByteOffset: index + 24, as: UInt64.self)))
    index += 32
  }
  while index < buffer.count {
    lanes.0 = mix(lanes.0, UInt64(buffer[index]))
    index += 1
  }
  return mix(mix(mix(lanes.0, lanes.1), lanes.2), lanes.3)
}
