/// Cuts bytes at random places; pieces may be empty.
///
/// - Parameters:
///   - bytes: what is cut.
///   - longest: the length of the longest piece, at least 1.
///   - random: decides.
/// - Returns: the pieces in order; together they are `bytes`.
public func cut(_ bytes: [UInt8], longest: Int, _ random: inout SplitMix64) -> [[UInt8]] {
  var pieces: [[UInt8]] = []
  var rest = bytes[...]
  while !rest.isEmpty {
    let count = min(rest.count, Int.random(in: 0...longest, using: &random))
    pieces.append(Array(rest.prefix(count)))
    rest = rest.dropFirst(count)
  }
  return pieces
}

/// A deflate stream of blocks without compression (RFC 1951, section 3.2.4).
public func storedBlocks(_ bytes: [UInt8]) -> [UInt8] {
  var stream: [UInt8] = []
  var rest = bytes[...]
  repeat {
    let block = rest.prefix(0xFFFF)
    rest = rest.dropFirst(block.count)
    let count = UInt16(block.count)
    stream += [rest.isEmpty ? 1 : 0]
    for number in [count, ~count] { stream += [UInt8(number & 0xFF), UInt8(number >> 8)] }
    stream += block
  } while !rest.isEmpty
  return stream
}
