/// How often each symbol occurs in some tokens.
struct DeflateCounts {
  /// How many bits of an entropy stand behind the point.
  static let fraction = 12
  private static let logarithms = 1 << 12

  let literals: UnsafeMutablePointer<UInt32>
  let distances: UnsafeMutablePointer<UInt32>
  /// The logarithms of the numbers up to 4095, to the base 2.
  private let logarithm: UnsafeMutablePointer<UInt16>

  private static let symbols = DeflateTables.literals + DeflateTables.distances

  init() {
    literals = .allocate(capacity: DeflateCounts.symbols)
    literals.initialize(repeating: 0, count: DeflateCounts.symbols)
    distances = literals + DeflateTables.literals
    logarithm = .allocate(capacity: DeflateCounts.logarithms)
    logarithm.initialize(repeating: 0, count: DeflateCounts.logarithms)
    for number in 1..<DeflateCounts.logarithms { logarithm[number] = DeflateCounts.logarithm(of: number) }
  }

  func deallocate() {
    literals.deallocate()
    logarithm.deallocate()
  }

  func clear() { literals.update(repeating: 0, count: DeflateCounts.symbols) }

  /// Adds the counts of another, which has none then.
  func take(_ other: DeflateCounts) {
    for symbol in 0..<DeflateCounts.symbols {
      literals[symbol] &+= other.literals[symbol]
      other.literals[symbol] = 0
    }
  }

  func copy(to literals: DeflateCode, _ distances: DeflateCode) {
    literals.frequencies.update(from: self.literals, count: DeflateTables.literals)
    distances.frequencies.update(from: self.distances, count: DeflateTables.distances)
  }

  /// How many distances occur.
  var distanceCount: Int {
    var sum = 0
    for symbol in 0..<DeflateTables.distances { sum &+= Int(distances[symbol]) }
    return sum
  }

  /// The bits behind symbols.
  var extra: Int {
    var sum = 0
    for symbol in 265..<DeflateTables.literals {
      sum &+= Int(literals[symbol]) &* DeflateTables.lengthExtra(symbol)
    }
    for symbol in 4..<DeflateTables.distances {
      sum &+= Int(distances[symbol]) &* DeflateTables.distanceExtra(symbol)
    }
    return sum
  }

  // MARK: Entropy

  /// How many bits the symbols take in the best code, about; with `fraction` bits behind the point.
  var entropy: Int {
    entropy(literals, nil, DeflateTables.literals) &+ entropy(distances, nil, DeflateTables.distances)
  }

  /// The entropy of the symbols of both together.
  func entropy(with other: DeflateCounts) -> Int {
    entropy(literals, other.literals, DeflateTables.literals)
      &+ entropy(distances, other.distances, DeflateTables.distances)
  }

  @inline(__always)
  private func entropy(
    _ counts: UnsafeMutablePointer<UInt32>, _ others: UnsafeMutablePointer<UInt32>?, _ size: Int
  ) -> Int {
    var total = 0
    var sum = 0
    for symbol in 0..<size {
      let count = Int(counts[symbol] &+ (others?[symbol] ?? 0))
      total &+= count
      sum &+= weighted(count)
    }
    return weighted(total) &- sum
  }

  /// A number times its logarithm.
  @inline(__always)
  private func weighted(_ number: Int) -> Int {
    guard number >= DeflateCounts.logarithms else { return number &* Int(logarithm[number]) }
    // Twelve bits of the number are enough.
    let shift = Int.bitWidth &- number.leadingZeroBitCount &- 12
    return number &* (Int(logarithm[number &>> shift]) &+ shift &<< DeflateCounts.fraction)
  }

  /// Squaring a number between 1 and 2 gives the bits of its logarithm one by one.
  private static func logarithm(of number: Int) -> UInt16 {
    let whole = Int.bitWidth - 1 - number.leadingZeroBitCount
    var mantissa = UInt64(number) << UInt64(31 - whole)
    var result = whole
    for _ in 0..<fraction {
      mantissa = (mantissa * mantissa) >> 31
      result <<= 1
      if mantissa >> 32 > 0 {
        result += 1
        mantissa >>= 1
      }
    }
    return UInt16(truncatingIfNeeded: result)
  }
}
