/// Compresses bytes into raw deflate streams that depend on nothing but the bytes: not on how they were cut into pieces,
/// not on the machine, not on a library's version. They are part of the identity of images, so what this writes is
/// pinned: another way to compress needs another type.
///
/// Hash chains with lazy matching, blocks split where the content changes, and for each block whichever is smallest of
/// fixed codes, codes of its own and stored bytes. About the size that zlib gives at level 6. One encoder compresses
/// any number of streams one after the other; its memory is some 2 MB, however long they are.
///
/// Source: RFC 1951.
public struct DeflateEncoder: ~Copyable, @unchecked Sendable {
  // Sendable because nobody else has the state.
  private let state = DeflateState()

  /// An encoder at the beginning of a stream.
  public init() {}

  /// Takes the next bytes of the stream.
  ///
  /// - Parameters:
  ///   - bytes: what is to be compressed.
  ///   - output: gets those bytes of the deflate stream that are certain by now.
  public mutating func append(_ bytes: UnsafeRawBufferPointer, into output: inout [UInt8]) {
    state.append(bytes, into: &output)
  }

  /// Ends the stream. What is appended next begins another.
  ///
  /// - Parameter output: gets the rest of the deflate stream, which ends with its last byte.
  public mutating func finish(into output: inout [UInt8]) { state.finish(into: &output) }
}

/// What an encoder remembers: the bytes not yet compressed with those that they may refer to, the hash chains, and the
/// block that is being made.
///
/// Compressing begins when the buffer is full, wherever the pieces ended that filled it; therefore equal bytes give
/// equal streams.
final class DeflateState {
  /// How far back bytes may be referred to.
  static let window = 32_768
  /// How many bytes are compressed at once.
  static let segment = 256 << 10
  /// How many bytes beyond those must be known: two matches of the greatest length, and a few more.
  static let margin = 1024
  static let capacity = window + segment + margin
  /// Whoever loads a word at the buffer's end reads so many bytes behind it.
  static let slack = 16

  let buffer: UnsafeMutablePointer<UInt8>
  /// How many bytes the buffer has.
  private(set) var count = 0
  /// The first of them that is not yet compressed.
  var cursor = 0
  var chains = DeflateChains()
  var block = DeflateBlock()

  init() {
    buffer = .allocate(capacity: DeflateState.capacity + DeflateState.slack)
    buffer.initialize(repeating: 0, count: DeflateState.capacity + DeflateState.slack)
  }

  deinit {
    buffer.deallocate()
    chains.deallocate()
    block.deallocate()
  }

  func append(_ bytes: UnsafeRawBufferPointer, into output: inout [UInt8]) {
    guard let base = bytes.baseAddress else { return }
    var taken = 0
    while taken < bytes.count {
      let piece = min(bytes.count - taken, DeflateState.capacity - count)
      UnsafeMutableRawPointer(buffer + count).copyMemory(from: base + taken, byteCount: piece)
      taken += piece
      count += piece
      guard count == DeflateState.capacity else { continue }
      compress(to: DeflateState.capacity - DeflateState.margin)
      block.end(before: cursor, of: buffer, isLast: false)
      block.bits.drain(into: &output)
      slide()
    }
  }

  func finish(into output: inout [UInt8]) {
    compress(to: count)
    block.end(before: cursor, of: buffer, isLast: true)
    block.bits.pad()
    block.bits.drain(into: &output)
    chains.begin(after: count)
    count = 0
    cursor = 0
    block.begin(at: 0)
  }

  /// Forgets the bytes that nothing can refer to any more.
  private func slide() {
    let gone = cursor - DeflateState.window
    buffer.update(from: buffer + gone, count: count - gone)
    count -= gone
    cursor -= gone
    chains.slide(by: gone)
    block.begin(at: cursor)
  }

  /// Makes tokens of the bytes up to `end`; the last may reach beyond.
  ///
  /// A match is put off by a byte while the next byte begins a better one.
  private func compress(to end: Int) {
    let matcher = DeflateMatcher(chains, buffer, count: count)
    var place = cursor
    while place < end {
      var match = matcher.find(at: place, better: DeflateMatch.none, depth: DeflateMatcher.depth)
      guard match.length >= DeflateMatcher.shortest else {
        block.add(literal: buffer[place])
        place &+= 1
        if block.isLeafFull { block.endLeaf(before: place, of: buffer) }
        continue
      }
      // The first place that is in no chain yet.
      var fresh = place &+ 1
      while match.length < DeflateMatcher.nice, place &+ 1 < end {
        let next = matcher.find(at: place &+ 1, better: match, depth: DeflateMatcher.lazyDepth)
        fresh = place &+ 2
        guard next.isWorthALiteral(after: match) else { break }
        block.add(literal: buffer[place])
        place &+= 1
        match = next
      }
      matcher.insert(from: fresh, to: place &+ match.length)
      block.add(match)
      place &+= match.length
      if block.isLeafFull { block.endLeaf(before: place, of: buffer) }
    }
    cursor = place
  }
}
