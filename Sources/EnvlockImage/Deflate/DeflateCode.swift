/// A prefix code for one alphabet: from how often each symbol occurs to the bits that stand for it.
///
/// Source: RFC 1951, section 3.2.2; D. Huffman, "A Method for the Construction of Minimum-Redundancy Codes", 1952.
struct DeflateCode {
  /// How many symbols the alphabet has.
  let size: Int
  /// How many bits a symbol takes at most.
  let limit: Int
  /// How often each symbol occurs; at most 2^20 times.
  let frequencies: UnsafeMutablePointer<UInt32>
  /// How many bits each takes; 0 for one that does not occur.
  let lengths: UnsafeMutablePointer<UInt8>
  /// The bits, the first as the lowest.
  let bits: UnsafeMutablePointer<UInt16>
  /// Symbols that occur, with their frequency above the lowest ten bits; then the weights and parents of the tree's nodes.
  private let keys: UnsafeMutablePointer<UInt32>
  private let weights: UnsafeMutablePointer<UInt32>
  private let parents: UnsafeMutablePointer<Int32>

  init(size: Int, limit: Int) {
    self.size = size
    self.limit = limit
    frequencies = .allocate(capacity: size)
    lengths = .allocate(capacity: size)
    bits = .allocate(capacity: size)
    keys = .allocate(capacity: size)
    weights = .allocate(capacity: 2 * size)
    parents = .allocate(capacity: 2 * size)
    frequencies.initialize(repeating: 0, count: size)
    lengths.initialize(repeating: 0, count: size)
    bits.initialize(repeating: 0, count: size)
    keys.initialize(repeating: 0, count: size)
    weights.initialize(repeating: 0, count: 2 * size)
    parents.initialize(repeating: 0, count: 2 * size)
  }

  func deallocate() {
    frequencies.deallocate()
    lengths.deallocate()
    bits.deallocate()
    keys.deallocate()
    weights.deallocate()
    parents.deallocate()
  }

  /// Makes the code. It has two symbols at least, whatever occurs, because some readers refuse a code that has not.
  func build() {
    var count = 0
    for symbol in 0..<size {
      lengths[symbol] = 0
      guard frequencies[symbol] > 0 else { continue }
      keys[count] = frequencies[symbol] &<< 10 | UInt32(truncatingIfNeeded: symbol)
      count &+= 1
    }
    if count < 2 {
      let used = count == 0 ? 0 : Int(keys[0] & 0x3FF)
      lengths[used] = 1
      lengths[used == 0 ? 1 : 0] = 1
    } else {
      var occurring = UnsafeMutableBufferPointer(start: keys, count: count)
      occurring.sort()
      assignLengths(count)
    }
    assignBits()
  }

  /// The number of bits for all that occurs, without those behind symbols.
  var cost: Int {
    var sum = 0
    for symbol in 0..<size { sum &+= Int(frequencies[symbol]) &* Int(lengths[symbol]) }
    return sum
  }

  /// Huffman's tree over the sorted symbols: both the symbols and the nodes that come of joining two stand by ascending
  /// weight, so that the two lightest are at the front of the one or the other.
  private func assignLengths(_ count: Int) {
    for index in 0..<count { weights[index] = keys[index] &>> 10 }
    var leaf = 0
    var node = count
    let root = 2 &* count &- 2
    for made in count...root {
      var sum: UInt32 = 0
      for _ in 0..<2 {
        let takesLeaf = leaf < count && (node == made || weights[leaf] <= weights[node])
        let lightest = takesLeaf ? leaf : node
        if takesLeaf { leaf &+= 1 } else { node &+= 1 }
        sum &+= weights[lightest]
        parents[lightest] = Int32(truncatingIfNeeded: made)
      }
      weights[made] = sum
    }
    // From here on weights are depths.
    weights[root] = 0
    withUnsafeTemporaryAllocation(of: Int.self, capacity: 16) { counts in
      for length in 0..<16 { counts[length] = 0 }
      var index = root &- 1
      while index >= 0 {
        let depth = weights[Int(parents[index])] &+ 1
        weights[index] = depth
        if index < count { counts[min(Int(depth), limit)] &+= 1 }
        index &-= 1
      }
      shorten(counts)
      // The rarest get the longest.
      var place = 0
      var length = limit
      while length > 0 {
        for _ in 0..<counts[length] {
          lengths[Int(keys[place] & 0x3FF)] = UInt8(truncatingIfNeeded: length)
          place &+= 1
        }
        length &-= 1
      }
    }
  }

  /// Makes room for the symbols that were deeper than the limit and were put at it: as long as the code is too full, one
  /// of the longest shorter codes is made a bit longer, and shares its place with one from the limit.
  private func shorten(_ counts: UnsafeMutableBufferPointer<Int>) {
    var used = 0
    for length in 1...limit { used &+= counts[length] &<< (limit &- length) }
    while used > 1 &<< limit {
      var length = limit &- 1
      while length > 1, counts[length] == 0 { length &-= 1 }
      counts[length] &-= 1
      counts[length &+ 1] &+= 2
      counts[limit] &-= 1
      used &-= 1
    }
  }

  /// Codes of the same length are consecutive numbers, in the order of the symbols; a number's highest bit comes first.
  func assignBits() {
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 17) { next in
      for length in 0..<17 { next[length] = 0 }
      // At first how many codes are one bit shorter, then the first code of each length.
      for symbol in 0..<size where lengths[symbol] > 0 { next[Int(lengths[symbol]) &+ 1] &+= 1 }
      for length in 1..<16 { next[length] = (next[length] &+ next[length &- 1]) &<< 1 }
      for symbol in 0..<size {
        let length = Int(lengths[symbol])
        guard length > 0 else { continue }
        bits[symbol] = DeflateCode.reversed(UInt16(truncatingIfNeeded: next[length]), length)
        next[length] &+= 1
      }
    }
  }

  @inline(__always)
  static func reversed(_ code: UInt16, _ length: Int) -> UInt16 {
    var bits = code
    bits = (bits & 0x5555) &<< 1 | (bits &>> 1) & 0x5555
    bits = (bits & 0x3333) &<< 2 | (bits &>> 2) & 0x3333
    bits = (bits & 0x0F0F) &<< 4 | (bits &>> 4) & 0x0F0F
    return bits.byteSwapped &>> UInt16(truncatingIfNeeded: 16 &- length)
  }
}
