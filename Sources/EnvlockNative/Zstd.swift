import CZstd

/// Why zstd did not do what it should.
package enum ZstdError: Error, Hashable, Sendable {
  /// The bytes are no zstd frames.
  case corrupt
  /// The last frame has no end: it was cut short.
  case cutShort
  /// They hold more than so many bytes.
  case tooLong(limit: Int)
  /// There is no memory for it.
  case noMemory
}

/// The library that compresses; part of the program.
package enum Zstd {
  /// Its version, such as "1.5.4": what it writes may be another with another version.
  package static var version: String { String(cString: ZSTD_versionString()) }
}

/// Makes zstd frames, each of some bytes in memory, with their size and a sum.
///
/// Source: RFC 8878.
package final class ZstdCompressor {
  private let handle: OpaquePointer

  /// - Parameter level: how hard to try; the library's own scale, 3 is its default.
  /// - Throws: `ZstdError.noMemory`.
  package init(level: Int) throws(ZstdError) {
    guard let handle = ZSTD_createCCtx() else { throw .noMemory }
    self.handle = handle
    ZSTD_CCtx_setParameter(handle, ZSTD_c_compressionLevel, Int32(clamping: level))
    ZSTD_CCtx_setParameter(handle, ZSTD_c_checksumFlag, 1)
  }

  deinit { ZSTD_freeCCtx(handle) }

  /// How many bytes a frame may take.
  ///
  /// - Parameter count: how many bytes it is to hold.
  /// - Returns: bytes.
  package static func bound(_ count: Int) -> Int { ZSTD_compressBound(count) }

  /// Makes a frame.
  ///
  /// - Parameters:
  ///   - input: what it is to hold.
  ///   - output: gets it; `bound` bytes are enough.
  /// - Returns: how many bytes it takes.
  /// - Throws: `ZstdError.noMemory`.
  package func compress(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws(ZstdError) -> Int {
    let count = ZSTD_compress2(handle, output.baseAddress, output.count, input.baseAddress, input.count)
    guard ZSTD_isError(count) == 0 else { throw .noMemory }
    return count
  }
}

/// Reads zstd frames, one behind the other, while they come in.
///
/// Source: RFC 8878.
package final class ZstdStream {
  private let handle: OpaquePointer
  private let piece: UnsafeMutableRawBufferPointer
  private let limit: Int
  private var failure: ZstdError?
  /// Whether a frame is only partly there; nothing at all is cut short too.
  private var isOpen = true
  /// How many bytes came out so far.
  package private(set) var count = 0

  /// The largest window that is accepted, as the power of two: 128 MiB, as the programs that unpack layers do.
  private static let windowLimit: Int32 = 27

  /// Begins with a frame.
  ///
  /// - Parameter limit: how many bytes may come out.
  /// - Throws: `ZstdError.noMemory`.
  package init(limit: Int = .max) throws(ZstdError) {
    guard let handle = ZSTD_createDCtx() else { throw .noMemory }
    self.handle = handle
    self.limit = limit
    piece = .allocate(byteCount: ZSTD_DStreamOutSize(), alignment: 64)
    ZSTD_DCtx_setParameter(handle, ZSTD_d_windowLogMax, ZstdStream.windowLimit)
  }

  deinit {
    ZSTD_freeDCtx(handle)
    piece.deallocate()
  }

  /// Takes the next bytes.
  ///
  /// - Parameters:
  ///   - input: the bytes.
  ///   - output: gets what they hold, piece by piece; a piece is valid during the call only.
  /// - Throws: `ZstdError`, here and at every later call; whatever `output` throws.
  package func push(
    _ input: UnsafeRawBufferPointer, _ output: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    if let failure { throw failure }
    var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
    while true {
      var target = ZSTD_outBuffer(dst: piece.baseAddress, size: piece.count, pos: 0)
      if source.pos == source.size, !isOpen || source.size == 0 { return }
      let rest = ZSTD_decompressStream(handle, &target, &source)
      guard ZSTD_isError(rest) == 0 else { throw fail(.corrupt) }
      isOpen = rest != 0
      if target.pos > 0 {
        guard target.pos <= limit - count else { throw fail(.tooLong(limit: limit)) }
        count += target.pos
        try output(UnsafeRawBufferPointer(rebasing: piece[..<target.pos]))
      }
      // Where the piece is full there may be more, even without input.
      if source.pos == source.size, target.pos < piece.count { return }
    }
  }

  /// Says that all input was pushed.
  ///
  /// - Throws: `ZstdError` where the last frame has not ended.
  package func finish() throws(ZstdError) {
    if let failure { throw failure }
    if isOpen { throw fail(.cutShort) }
  }

  private func fail(_ error: ZstdError) -> ZstdError {
    failure = error
    return error
  }
}
