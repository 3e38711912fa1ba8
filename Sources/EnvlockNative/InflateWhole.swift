import CDeflate

/// Inflates raw deflate streams one after the other, each whole, into memory of the caller's: the fastest way for the
/// thousands of small members of a wheel.
///
/// Source: RFC 1951.
package final class WholeInflater {
  private let handle: OpaquePointer

  /// - Throws: `InflateStreamError.noMemory`.
  package init() throws(InflateStreamError) {
    guard let handle = libdeflate_alloc_decompressor() else { throw .noMemory }
    self.handle = handle
  }

  deinit { libdeflate_free_decompressor(handle) }

  /// Inflates one stream.
  ///
  /// - Parameters:
  ///   - input: the stream, and nothing behind it.
  ///   - output: what it inflates to fills this exactly.
  /// - Returns: the CRC-32 of the output.
  /// - Throws: `InflateStreamError`; what is in `output` means nothing then.
  package func inflate(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws(InflateStreamError) -> UInt32 {
    var used = 0
    var made = 0
    let result = libdeflate_deflate_decompress_ex(
      handle, input.baseAddress, input.count, output.baseAddress, output.count, &used, &made)
    switch result {
    case LIBDEFLATE_SUCCESS: break
    case LIBDEFLATE_INSUFFICIENT_SPACE: throw .tooLong(limit: output.count)
    default: throw .corrupt
    }
    guard used == input.count else { throw .trailing(count: input.count - used) }
    guard made == output.count else { throw .wrongSize(expected: output.count, found: made) }
    return crc32(UnsafeRawBufferPointer(output))
  }
}

/// The CRC-32 of zip and gzip, of bytes in memory.
package func crc32(_ bytes: UnsafeRawBufferPointer, continuing start: UInt32 = 0) -> UInt32 {
  bytes.isEmpty ? start : libdeflate_crc32(start, bytes.baseAddress, bytes.count)
}
