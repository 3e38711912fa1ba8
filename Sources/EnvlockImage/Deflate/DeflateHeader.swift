/// What stands at the beginning of a block with codes of its own: the lengths of both codes, run by run, in a third code.
///
/// Source: RFC 1951, section 3.2.7.
struct DeflateHeader {
  private static let longest = DeflateTables.literals + DeflateTables.distances

  private let code = DeflateCode(size: 19, limit: 7)
  /// The lengths of both codes one behind the other.
  private let lengths: UnsafeMutablePointer<UInt8>
  /// Symbols, with what stands behind them above the lowest eight bits.
  private let runs: UnsafeMutablePointer<UInt16>
  /// How many runs; of how many symbols of each alphabet the lengths are given; how many lengths of the third code.
  private let numbers: UnsafeMutablePointer<Int>

  init() {
    lengths = .allocate(capacity: DeflateHeader.longest)
    lengths.initialize(repeating: 0, count: DeflateHeader.longest)
    runs = .allocate(capacity: DeflateHeader.longest)
    runs.initialize(repeating: 0, count: DeflateHeader.longest)
    numbers = .allocate(capacity: 4)
    numbers.initialize(repeating: 0, count: 4)
  }

  func deallocate() {
    code.deallocate()
    lengths.deallocate()
    runs.deallocate()
    numbers.deallocate()
  }

  /// Prepares the header of a block with these codes.
  func build(_ literals: DeflateCode, _ distances: DeflateCode) {
    var literalCount = DeflateTables.literals
    while literalCount > 257, literals.lengths[literalCount &- 1] == 0 { literalCount &-= 1 }
    var distanceCount = DeflateTables.distances
    while distanceCount > 1, distances.lengths[distanceCount &- 1] == 0 { distanceCount &-= 1 }
    lengths.update(from: literals.lengths, count: literalCount)
    (lengths + literalCount).update(from: distances.lengths, count: distanceCount)
    code.frequencies.update(repeating: 0, count: 19)
    let runCount = findRuns(literalCount &+ distanceCount)
    code.build()
    var codeCount = 19
    while codeCount > 4, code.lengths[DeflateHeader.order(codeCount &- 1)] == 0 { codeCount &-= 1 }
    numbers[0] = runCount
    numbers[1] = literalCount
    numbers[2] = distanceCount
    numbers[3] = codeCount
  }

  private func findRuns(_ count: Int) -> Int {
    var runCount = 0
    func add(_ symbol: Int, _ value: Int) {
      runs[runCount] = UInt16(truncatingIfNeeded: value &<< 8 | symbol)
      code.frequencies[symbol] &+= 1
      runCount &+= 1
    }
    var place = 0
    while place < count {
      let length = lengths[place]
      var end = place &+ 1
      while end < count, lengths[end] == length { end &+= 1 }
      var rest = end &- place
      place = end
      if length == 0 {
        while rest >= 11 {
          let run = min(rest, 138)
          add(18, run &- 11)
          rest &-= run
        }
        if rest >= 3 {
          add(17, rest &- 3)
          rest = 0
        }
      } else {
        add(Int(length), 0)
        rest &-= 1
        while rest >= 3 {
          let run = min(rest, 6)
          add(16, run &- 3)
          rest &-= run
        }
      }
      for _ in 0..<rest { add(Int(length), 0) }
    }
    return runCount
  }

  /// How many bits stand behind a symbol.
  @inline(__always)
  private static func extra(_ symbol: Int) -> Int {
    switch symbol {
    case 16: 2
    case 17: 3
    case 18: 7
    default: 0
    }
  }

  /// In which order the lengths of the third code stand.
  private static func order(_ index: Int) -> Int {
    switch index {
    case 0...2: 16 &+ index
    case 3: 0
    // 8, 7, 9, 6, 10 and so on.
    default: index & 1 == 0 ? 6 &+ index &>> 1 : 9 &- index &>> 1
    }
  }

  /// The bits of the header.
  var cost: Int {
    var sum = 14 &+ 3 &* numbers[3] &+ code.cost
    for symbol in 16...18 { sum &+= Int(code.frequencies[symbol]) &* DeflateHeader.extra(symbol) }
    return sum
  }

  func write(to bits: inout DeflateBits) {
    bits.put(numbers[1] &- 257, 5)
    bits.put(numbers[2] &- 1, 5)
    bits.put(numbers[3] &- 4, 4)
    bits.flush()
    for index in 0..<numbers[3] {
      bits.put(Int(code.lengths[DeflateHeader.order(index)]), 3)
      bits.flush()
    }
    for index in 0..<numbers[0] {
      let symbol = Int(runs[index] & 0xFF)
      bits.put(Int(code.bits[symbol]), Int(code.lengths[symbol]))
      bits.put(Int(runs[index] &>> 8), DeflateHeader.extra(symbol))
      bits.flush()
    }
  }
}
