/// The constants of the format: which symbol stands for a length and a distance, and with how many bits behind it.
///
/// Source: RFC 1951, sections 3.2.5 and 3.2.6.
enum DeflateTables {
  /// How many symbols there are for literals, the end of a block and lengths.
  static let literals = 286
  static let distances = 30
  static let endOfBlock = 256

  /// The symbol of a length; one below 3 has none.
  static func lengthSymbol(_ length: Int) -> UInt16 {
    let value = length &- 3
    if value < 8 || length == 258 {
      return length == 258 ? 285 : UInt16(truncatingIfNeeded: 257 &+ max(0, value))
    }
    // Four symbols for each number of bits.
    let extra = Int.bitWidth &- value.leadingZeroBitCount &- 3
    return UInt16(truncatingIfNeeded: 257 &+ 4 &* extra &+ value &>> extra)
  }

  /// How many bits stand behind a symbol for a length.
  @inline(__always)
  static func lengthExtra(_ symbol: Int) -> Int { symbol < 265 || symbol == 285 ? 0 : (symbol &- 261) &>> 2 }

  /// How many bits stand behind a symbol for a distance.
  @inline(__always)
  static func distanceExtra(_ symbol: Int) -> Int { symbol < 4 ? 0 : (symbol &- 2) &>> 1 }

  /// The symbol of a distance less one.
  @inline(__always)
  static func distanceSymbol(_ value: Int) -> Int {
    guard value >= 4 else { return value }
    let extra = Int.bitWidth &- value.leadingZeroBitCount &- 2
    return 2 &* extra &+ value &>> extra
  }

  /// The lengths of the fixed codes for literals, ends and lengths.
  @inline(__always)
  static func fixedLength(_ symbol: Int) -> UInt8 {
    switch symbol {
    case ..<144: 8
    case ..<256: 9
    case ..<280: 7
    default: 8
    }
  }
}
