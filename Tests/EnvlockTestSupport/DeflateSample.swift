/// Bytes of many kinds for tests of compressing, made by a seeded generator.
public enum DeflateSample: CaseIterable, Sendable {
  /// Nothing.
  case empty
  /// Words, the frequent ones often.
  case text
  /// Random bytes.
  case noise
  /// One byte, again and again.
  case run
  /// A period that is longer than what can be referred to.
  case farPeriod
  /// A period of three bytes, broken now and then.
  case nearPeriod
  /// Records of numbers, most of which grow.
  case records
  /// All of it in turn, so that codes change.
  case mixture
  /// Few symbols with frequencies like Fibonacci's numbers, whose best code would be too long.
  case skewed

  /// The bytes.
  public var bytes: [UInt8] {
    var random = SplitMix64(seed: 2026)
    switch self {
    case .empty: return []
    case .text: return DeflateSample.text(400_000, &random)
    case .noise: return DeflateSample.noise(300_000, &random)
    case .run: return Array(repeating: 0x20, count: 700_000)
    case .farPeriod:
      let period = DeflateSample.noise(33_000, &random)
      return period + period + period.prefix(100) + period.prefix(32_700) + period.prefix(32_700)
    case .nearPeriod:
      return (0..<200_000).map { index in
        UInt8.random(in: 0...255, using: &random) == 7 ? 0xFF : UInt8(index % 3)
      }
    case .records: return DeflateSample.records(12_000, &random)
    case .mixture:
      var bytes: [UInt8] = []
      for round in 1...4 {
        bytes += DeflateSample.text(20_000 * round, &random)
        bytes += DeflateSample.noise(9000, &random)
        bytes += Array(repeating: 0, count: 12_345)
        bytes += DeflateSample.records(1000 * round, &random)
      }
      return bytes
    case .skewed:
      var bytes: [UInt8] = []
      var (count, next) = (1, 1)
      for symbol in 0..<24 as Range<UInt8> {
        bytes += Array(repeating: symbol &* 37, count: count)
        (count, next) = (next, count + next)
      }
      bytes.shuffle(using: &random)
      return bytes
    }
  }

  private static func noise(_ count: Int, _ random: inout SplitMix64) -> [UInt8] {
    (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
  }

  private static func text(_ count: Int, _ random: inout SplitMix64) -> [UInt8] {
    let words: [[UInt8]] = (0..<2000).map { _ in
      (0..<Int.random(in: 1...9, using: &random)).map { _ in UInt8.random(in: 97...122, using: &random) } + [
        32
      ]
    }
    var bytes: [UInt8] = []
    while bytes.count < count {
      // The product of two: small numbers are frequent.
      let place = Int.random(in: 0..<2000, using: &random) * Int.random(in: 0..<2000, using: &random) / 2000
      bytes += words[place]
      if place % 40 == 0 { bytes[bytes.count - 1] = 10 }
    }
    return bytes
  }

  private static func records(_ count: Int, _ random: inout SplitMix64) -> [UInt8] {
    var bytes: [UInt8] = []
    var place: UInt32 = 0x40_0000
    for _ in 0..<count {
      place += UInt32.random(in: 4...64, using: &random)
      let size = UInt32.random(in: 0...300, using: &random)
      for number in [place, size, 0, 0x11] {
        for shift in [0, 8, 16, 24] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
      }
    }
    return bytes
  }
}
