/// The same bytes that stood a while ago.
struct DeflateMatch {
  /// How many; 0 for none.
  var length: Int
  /// How far back.
  var distance: Int

  static let none = DeflateMatch(length: 0, distance: 0)

  /// Whether a match one byte further on is so much better that the byte may stand by itself.
  @inline(__always)
  func isWorthALiteral(after match: DeflateMatch) -> Bool {
    // Four bits a byte, against the extra bits of the distances.
    length >= match.length && 4 &* (length &- match.length) &+ match.bits &- bits > 2
  }

  /// The bits of the distance.
  @inline(__always)
  private var bits: Int { Int.bitWidth &- distance.leadingZeroBitCount }
}

/// For each hash of three and of four bytes where such bytes stood last, and for each place where those of the same hash
/// stood before.
///
/// Places are counted over all streams of an encoder, so that those of an earlier stream lie before the limit, and
/// nothing has to be emptied in between.
struct DeflateChains {
  static let triples = 1 << 14
  static let quads = 1 << 16
  /// Where places become small numbers again.
  private static let highest = 1 << 30

  let tripleHeads: UnsafeMutablePointer<Int32>
  let quadHeads: UnsafeMutablePointer<Int32>
  let previous: UnsafeMutablePointer<Int32>
  /// The place of the buffer's first byte.
  private(set) var origin = 0
  /// The place where the stream begins.
  private(set) var start = 0

  init() {
    let all = DeflateChains.triples + DeflateChains.quads + DeflateState.window
    tripleHeads = .allocate(capacity: all)
    tripleHeads.initialize(repeating: -1, count: all)
    quadHeads = tripleHeads + DeflateChains.triples
    previous = quadHeads + DeflateChains.quads
  }

  func deallocate() { tripleHeads.deallocate() }

  /// Begins another stream behind the buffer's bytes.
  mutating func begin(after count: Int) {
    origin += count
    start = origin
    rebase()
  }

  /// Says that the buffer lost its first bytes.
  mutating func slide(by count: Int) {
    origin += count
    rebase()
  }

  private mutating func rebase() {
    guard origin >= DeflateChains.highest else { return }
    let gone = Int32(truncatingIfNeeded: origin)
    for index in 0..<DeflateChains.triples + DeflateChains.quads + DeflateState.window {
      tripleHeads[index] = max(tripleHeads[index], gone &- 1) &- gone
    }
    origin = 0
    start = max(0, start - Int(gone))
  }
}

/// Finds matches in the buffer, as it is at the moment.
struct DeflateMatcher {
  static let shortest = 3
  static let longest = 258
  /// A match of so many bytes is not improved upon.
  static let nice = 56
  /// How many places are looked at.
  static let depth = 18
  /// How many are looked at for a match that would be better than the one there is.
  static let lazyDepth = 8
  /// From how far back three bytes are not worth a match.
  private static let farTriple = 4096

  private let buffer: UnsafeMutablePointer<UInt8>
  private let count: Int
  private let tripleHeads: UnsafeMutablePointer<Int32>
  private let quadHeads: UnsafeMutablePointer<Int32>
  private let previous: UnsafeMutablePointer<Int32>
  private let origin: Int
  private let start: Int

  init(_ chains: DeflateChains, _ buffer: UnsafeMutablePointer<UInt8>, count: Int) {
    self.buffer = buffer
    self.count = count
    tripleHeads = chains.tripleHeads
    quadHeads = chains.quadHeads
    previous = chains.previous
    origin = chains.origin
    start = chains.start
  }

  @inline(__always)
  private func word(_ place: Int) -> UInt32 {
    UInt32(littleEndian: UnsafeRawPointer(buffer + place).loadUnaligned(as: UInt32.self))
  }

  @inline(__always)
  private func longWord(_ place: Int) -> UInt64 {
    UInt64(littleEndian: UnsafeRawPointer(buffer + place).loadUnaligned(as: UInt64.self))
  }

  @inline(__always)
  private static func quadHash(_ word: UInt32) -> Int { Int((word &* 0x9E37_79B1) &>> 16) }

  @inline(__always)
  private static func tripleHash(_ word: UInt32) -> Int { Int(((word &<< 8) &* 0x85EB_CA77) &>> 18) }

  /// Puts places into their chains.
  @inline(__always)
  func insert(from first: Int, to end: Int) {
    // The last three bytes begin no four.
    let end = min(end, count &- 3)
    var place = first
    while place < end {
      let word = word(place)
      let here = Int32(truncatingIfNeeded: origin &+ place)
      let quad = DeflateMatcher.quadHash(word)
      tripleHeads[DeflateMatcher.tripleHash(word)] = here
      previous[(origin &+ place) & (DeflateState.window &- 1)] = quadHeads[quad]
      quadHeads[quad] = here
      place &+= 1
    }
  }

  /// The longest match, and the nearest of them; puts the place into its chains.
  ///
  /// - Parameters:
  ///   - place: where in the buffer.
  ///   - known: a match that it must be at least as long as.
  ///   - depth: how many places are looked at.
  /// - Returns: the match, or `none`.
  @inline(__always)
  func find(at place: Int, better known: DeflateMatch, depth: Int) -> DeflateMatch {
    let most = min(DeflateMatcher.longest, count &- place)
    guard most >= 4 else { return .none }
    let word = word(place)
    let here = origin &+ place
    let lowest = max(start, here &- DeflateState.window)
    let triple = DeflateMatcher.tripleHash(word)
    let quad = DeflateMatcher.quadHash(word)
    let near = Int(tripleHeads[triple])
    var candidate = Int(quadHeads[quad])
    tripleHeads[triple] = Int32(truncatingIfNeeded: here)
    quadHeads[quad] = Int32(truncatingIfNeeded: here)
    previous[here & (DeflateState.window &- 1)] = Int32(truncatingIfNeeded: candidate)

    var best = DeflateMatch(length: max(known.length &- 1, 3), distance: 0)
    if known.length <= 3, near >= lowest, here &- near <= DeflateMatcher.farTriple,
      (self.word(near &- origin) ^ word) & 0xFF_FFFF == 0
    {
      best.distance = here &- near
    }
    guard best.length < most else { return best.distance == 0 ? .none : best }
    let nice = min(DeflateMatcher.nice, most)
    var rest = depth
    while candidate >= lowest {
      let other = candidate &- origin
      // The last four bytes of a longer match, then the first: most places fall out at the first comparison.
      if self.word(other &+ best.length &- 3) == self.word(place &+ best.length &- 3),
        self.word(other) == word
      {
        let length = length(other, place, most)
        if length > best.length {
          best = DeflateMatch(length: length, distance: here &- candidate)
          if length >= nice { break }
        }
      }
      rest &-= 1
      if rest == 0 { break }
      candidate = Int(previous[candidate & (DeflateState.window &- 1)])
    }
    return best.distance == 0 ? .none : best
  }

  /// How many bytes are equal, of `most`; four are known to be.
  @inline(__always)
  private func length(_ a: Int, _ b: Int, _ most: Int) -> Int {
    var length = 4
    while length < most {
      let difference = longWord(a &+ length) ^ longWord(b &+ length)
      if difference != 0 { return min(most, length &+ difference.trailingZeroBitCount &>> 3) }
      length &+= 8
    }
    return most
  }
}
