import CInflate

/// Why a deflate stream that comes in pieces could not be inflated.
package enum InflateStreamError: Error, Hashable, Sendable {
  /// The bytes are no deflate stream.
  case corrupt
  /// The stream has no end: it was cut short.
  case cutShort
  /// It holds more than so many bytes.
  case tooLong(limit: Int)
  /// It holds so many bytes and not as many as it should.
  case wrongSize(expected: Int, found: Int)
  /// Its content is not what it should be: the CRC-32 is another.
  case wrongSum(expected: UInt32, found: UInt32)
  /// So many bytes stand behind its end.
  case trailing(count: Int)
  /// There is no memory for it.
  case noMemory
}

/// Inflates a raw deflate stream, such as a member of a zip file, while it comes in; takes the CRC-32 on the way.
///
/// However long the stream, it takes as much memory as one piece of output and the window of the format. The same bytes
/// come out however they are cut when they go in, and whichever library does the work; ISA-L takes a few streams that
/// zlib refuses (see the README of CInflate).
///
/// Source: RFC 1951.
package final class InflateStream {
  /// Which library inflates.
  package enum Engine: CaseIterable, Sendable {
    /// ISA-L where it is installed, otherwise zlib.
    case fastest
    /// zlib, which is part of the program.
    case zlib
  }

  /// The largest piece that is handed out: it stays in a core's cache, where the CRC and the reader find it.
  package static let pieceSize = 256 << 10

  /// Whether ``Engine/fastest`` is ISA-L here.
  package static var hasISAL: Bool { cinflate_has_isal() != 0 }

  /// The CRC-32 of what came out so far.
  package private(set) var sum: UInt32 = 0
  /// How many bytes came out so far.
  package private(set) var count = 0
  /// How many bytes of the input belong to the stream, so far.
  package private(set) var inputCount = 0
  /// Whether the stream's end was reached.
  package private(set) var hasEnded = false

  private let handle: OpaquePointer
  private let piece: UnsafeMutableRawBufferPointer
  private let limit: Int
  /// Bytes that were pushed, those behind the stream's end too.
  private var offered = 0
  private var failure: InflateStreamError?

  /// Begins a stream.
  ///
  /// - Parameters:
  ///   - limit: how many bytes may come out; the stream that holds more is a bomb, and is dropped.
  ///   - engine: which library inflates.
  /// - Throws: `InflateStreamError.noMemory`.
  package init(limit: Int = .max, engine: Engine = .fastest) throws(InflateStreamError) {
    guard let handle = cinflate_new(engine == .zlib ? CINFLATE_ZLIB : CINFLATE_FASTEST) else {
      throw .noMemory
    }
    self.handle = handle
    self.limit = limit
    piece = .allocate(byteCount: InflateStream.pieceSize, alignment: 64)
  }

  deinit {
    cinflate_free(handle)
    piece.deallocate()
  }

  /// Takes the next bytes of the stream.
  ///
  /// - Parameters:
  ///   - input: the bytes; those behind the stream's end are only counted.
  ///   - output: gets what they hold, piece by piece; a piece is valid during the call only.
  /// - Throws: `InflateStreamError`, here and at every later call; whatever `output` throws, after which the stream
  ///   must not be used any more.
  package func push(
    _ input: UnsafeRawBufferPointer, _ output: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    if let failure { throw failure }
    offered += input.count
    var rest = input
    while !hasEnded {
      let (result, used, made) = step(rest)
      inputCount += used
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(max(used, 0)))
      if made > 0 {
        guard made <= limit - count else { throw fail(.tooLong(limit: limit)) }
        let fresh = UnsafeRawBufferPointer(rebasing: piece[..<made])
        count += made
        sum = crc32(fresh.bindMemory(to: UInt8.self).span, continuing: sum)
        try output(fresh)
      }
      switch result {
      case CINFLATE_END: hasEnded = true
      case CINFLATE_NO_MEMORY: throw fail(.noMemory)
      case CINFLATE_MORE where rest.isEmpty:
        // A full piece may not have been all.
        if made < piece.count { return }
      case CINFLATE_MORE where used > 0 || made > 0: break
      default: throw fail(.corrupt)
      }
    }
  }

  /// Says that all input was pushed.
  ///
  /// - Parameters:
  ///   - size: how many bytes must have come out; nil for any number.
  ///   - sum: what their CRC-32 must be; nil for any.
  /// - Throws: `InflateStreamError` where the stream has not ended, bytes stand behind it, or it holds something else.
  package func finish(size: Int? = nil, sum: UInt32? = nil) throws(InflateStreamError) {
    if let failure { throw failure }
    guard hasEnded else { throw fail(.cutShort) }
    if inputCount < offered { throw fail(.trailing(count: offered - inputCount)) }
    if let size, size != count { throw fail(.wrongSize(expected: size, found: count)) }
    if let sum, sum != self.sum { throw fail(.wrongSum(expected: sum, found: self.sum)) }
  }

  // MARK: private

  private func fail(_ error: InflateStreamError) -> InflateStreamError {
    failure = error
    return error
  }

  /// How much of the input was used, and how much output it made.
  ///
  /// At the stream's end bytes that an earlier step took can be given back: less than none is used then.
  private func step(_ input: UnsafeRawBufferPointer) -> (cinflate_result, used: Int, made: Int) {
    var left = input.count
    var made = 0
    let result = cinflate_step(
      handle, input.baseAddress?.assumingMemoryBound(to: UInt8.self), &left,
      piece.baseAddress?.assumingMemoryBound(to: UInt8.self), piece.count, &made)
    return (result, input.count - left, made)
  }
}
