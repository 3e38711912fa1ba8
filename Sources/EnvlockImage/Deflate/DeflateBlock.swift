/// The blocks of a stream: gathers tokens, finds where one block should end and the next begin, and writes each in the
/// smallest way.
///
/// Tokens come in leaves of a constant number. A leaf joins the block before it, unless codes of its own would save more
/// than they cost.
///
/// Source: RFC 1951, section 3.2.3.
struct DeflateBlock {
  /// How many tokens a leaf has.
  private static let leaf = 4096
  /// What the codes of another block cost, in bits.
  private static let header = 700

  /// A literal, or the length above the lowest sixteen bits and the distance less one in them.
  private let tokens: UnsafeMutablePointer<UInt32>
  private var tokenCount = 0
  /// Where the last leaf begins, among the tokens and in the buffer.
  private var leafToken = 0
  private var leafPlace = 0
  /// Where the block begins in the buffer.
  private var start = 0
  /// The entropy of the block without its last leaf.
  private var entropy = 0

  private let counts = DeflateCounts()
  private let leafCounts = DeflateCounts()
  private let literals = DeflateCode(size: DeflateTables.literals, limit: 15)
  private let distances = DeflateCode(size: DeflateTables.distances, limit: 15)
  private let header = DeflateHeader()
  private let fixed = DeflateCode(size: 288, limit: 9)
  private let lengthSymbols: UnsafeMutablePointer<UInt16>
  /// The stream so far, as far as it was not given away.
  var bits = DeflateBits()

  init() {
    tokens = .allocate(capacity: DeflateState.capacity)
    tokens.initialize(repeating: 0, count: DeflateState.capacity)
    lengthSymbols = .allocate(capacity: 259)
    lengthSymbols.initialize(repeating: 0, count: 259)
    for length in 0...258 { lengthSymbols[length] = DeflateTables.lengthSymbol(length) }
    for symbol in 0..<288 { fixed.lengths[symbol] = DeflateTables.fixedLength(symbol) }
    fixed.assignBits()
  }

  func deallocate() {
    tokens.deallocate()
    lengthSymbols.deallocate()
    counts.deallocate()
    leafCounts.deallocate()
    literals.deallocate()
    distances.deallocate()
    header.deallocate()
    fixed.deallocate()
    bits.deallocate()
  }

  /// Begins with the byte at this place of the buffer.
  mutating func begin(at place: Int) {
    start = place
    leafPlace = place
  }

  /// Whether `endLeaf` must be called before the next token.
  @inline(__always)
  var isLeafFull: Bool { tokenCount &- leafToken >= DeflateBlock.leaf }

  @inline(__always)
  mutating func add(literal byte: UInt8) {
    tokens[tokenCount] = UInt32(byte)
    tokenCount &+= 1
    leafCounts.literals[Int(byte)] &+= 1
  }

  @inline(__always)
  mutating func add(_ match: DeflateMatch) {
    let distance = match.distance &- 1
    tokens[tokenCount] = UInt32(truncatingIfNeeded: match.length &<< 16 | distance)
    tokenCount &+= 1
    leafCounts.literals[Int(lengthSymbols[match.length])] &+= 1
    leafCounts.distances[DeflateTables.distanceSymbol(distance)] &+= 1
  }

  /// Ends a leaf, and the block before it where that is better.
  ///
  /// - Parameters:
  ///   - place: the first byte of the buffer that no token stands for yet.
  ///   - buffer: the bytes.
  mutating func endLeaf(before place: Int, of buffer: UnsafeMutablePointer<UInt8>) {
    let own = leafCounts.entropy
    if leafToken > 0 {
      let joint = leafCounts.entropy(with: counts)
      if joint &- own &- entropy > DeflateBlock.header &<< DeflateCounts.fraction {
        write(tokens: leafToken, place: leafPlace, buffer, isLast: false)
        tokens.update(from: tokens + leafToken, count: tokenCount &- leafToken)
        tokenCount &-= leafToken
        entropy = own
      } else {
        entropy = joint
      }
    } else {
      entropy = own
    }
    counts.take(leafCounts)
    leafToken = tokenCount
    leafPlace = place
  }

  /// Ends the block.
  ///
  /// - Parameters:
  ///   - place: the first byte of the buffer that does not belong to it.
  ///   - buffer: the bytes.
  ///   - isLast: whether the stream ends with it.
  mutating func end(before place: Int, of buffer: UnsafeMutablePointer<UInt8>, isLast: Bool) {
    if tokenCount > leafToken { endLeaf(before: place, of: buffer) }
    if tokenCount > 0 || isLast { write(tokens: tokenCount, place: place, buffer, isLast: isLast) }
    tokenCount = 0
    leafToken = 0
    entropy = 0
  }

  /// Writes a block of the first tokens, and forgets how often their symbols occur.
  private mutating func write(
    tokens count: Int, place: Int, _ buffer: UnsafeMutablePointer<UInt8>, isLast: Bool
  ) {
    counts.literals[DeflateTables.endOfBlock] = 1
    counts.copy(to: literals, distances)
    literals.build()
    distances.build()
    header.build(literals, distances)
    let own = header.cost &+ literals.cost &+ distances.cost
    var fixed = 5 * counts.distanceCount
    for symbol in 0..<DeflateTables.literals {
      fixed &+= Int(counts.literals[symbol]) &* Int(self.fixed.lengths[symbol])
    }
    let smallest = min(own, fixed) &+ counts.extra &+ 3
    counts.clear()
    let size = place &- start
    // Up to the end of the byte, and then five bytes a block but for its three bits.
    let blocks = max(1, (size &+ 0xFFFE) / 0xFFFF)
    let stored = (8 &- (bits.pendingCount &+ 3) & 7) & 7 &+ 3 &+ 32 &+ (blocks &- 1) &* 40 &+ 8 &* size
    if stored < smallest {
      store(buffer + start, count: size, isLast: isLast)
    } else {
      bits.put(isLast ? 1 : 0, 1)
      bits.put(own < fixed ? 2 : 1, 2)
      if own < fixed {
        header.write(to: &bits)
        encode(count, literals, distances)
      } else {
        encode(count, self.fixed, nil)
      }
    }
    start = place
  }

  private mutating func store(_ bytes: UnsafePointer<UInt8>, count: Int, isLast: Bool) {
    var done = 0
    repeat {
      let piece = min(0xFFFF, count &- done)
      bits.put(isLast && done &+ piece == count ? 1 : 0, 3)
      bits.pad()
      bits.put(piece | (~piece & 0xFFFF) &<< 16, 32)
      bits.pad()
      bits.append(bytes + done, count: piece)
      done &+= piece
    } while done < count
  }

  /// Writes tokens and the end of the block; without a code for distances they take five bits each.
  private mutating func encode(_ count: Int, _ literals: DeflateCode, _ distances: DeflateCode?) {
    var bits = self.bits
    for index in 0..<count {
      let token = Int(tokens[index])
      guard token > 0xFFFF else {
        bits.put(Int(literals.bits[token]), Int(literals.lengths[token]))
        bits.flush()
        continue
      }
      let length = token &>> 16
      let symbol = Int(lengthSymbols[length])
      bits.put(Int(literals.bits[symbol]), Int(literals.lengths[symbol]))
      let extra = DeflateTables.lengthExtra(symbol)
      bits.put((length &- 3) & (1 &<< extra &- 1), extra)
      let distance = token & 0xFFFF
      let code = DeflateTables.distanceSymbol(distance)
      if let distances {
        bits.put(Int(distances.bits[code]), Int(distances.lengths[code]))
      } else {
        bits.put(Int(DeflateCode.reversed(UInt16(truncatingIfNeeded: code), 5)), 5)
      }
      let more = DeflateTables.distanceExtra(code)
      bits.put(distance & (1 &<< more &- 1), more)
      bits.flush()
    }
    let end = DeflateTables.endOfBlock
    bits.put(Int(literals.bits[end]), Int(literals.lengths[end]))
    bits.flush()
    self.bits = bits
  }
}
