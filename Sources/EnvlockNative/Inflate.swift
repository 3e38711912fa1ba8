import CDeflate

/// Why deflated bytes could not be inflated.
package enum InflateError: Error, Hashable, Sendable {
  /// They are no deflate stream, or one cut short.
  case corrupt
  /// They hold more or fewer bytes than so many.
  case wrongSize(expected: Int)
  /// They are said to hold more than so many bytes.
  case tooLarge(limit: Int)
  /// There is no memory for it.
  case noMemory
}

/// Inflates a raw deflate stream, such as a member of a zip file, in one go.
///
/// Source: RFC 1951.
/// - Parameters:
///   - bytes: the stream; what follows its end is ignored.
///   - expectedSize: the exact number of bytes that it must hold.
///   - limit: the largest size that is believed, so that a forged size allocates nothing.
/// - Returns: exactly `expectedSize` bytes.
/// - Throws: `InflateError`; nothing in `bytes` can trap.
package func inflateRaw(_ bytes: Span<UInt8>, expectedSize: Int, limit: Int) throws(InflateError) -> [UInt8] {
  guard expectedSize <= limit else { throw .tooLarge(limit: limit) }
  guard expectedSize >= 0 else { throw .wrongSize(expected: expectedSize) }
  guard let inflater = libdeflate_alloc_decompressor() else { throw .noMemory }
  defer { libdeflate_free_decompressor(inflater) }
  var result = LIBDEFLATE_BAD_DATA
  // libdeflate wants a place to write to even where nothing is written.
  let output = [UInt8](unsafeUninitializedCapacity: max(expectedSize, 1)) { buffer, count in
    bytes.withUnsafeBytes {
      result = libdeflate_deflate_decompress(
        inflater, $0.baseAddress, $0.count, buffer.baseAddress, expectedSize, nil)
    }
    count = result == LIBDEFLATE_SUCCESS ? expectedSize : 0
  }
  switch result {
  case LIBDEFLATE_SUCCESS: return output
  case LIBDEFLATE_SHORT_OUTPUT, LIBDEFLATE_INSUFFICIENT_SPACE: throw .wrongSize(expected: expectedSize)
  default: throw .corrupt
  }
}

/// The CRC-32 of zip and gzip.
///
/// Source: RFC 1952, section 8.
/// - Parameters:
///   - bytes: what to sum up.
///   - start: the CRC of what stood before.
/// - Returns: the CRC of both together.
package func crc32(_ bytes: Span<UInt8>, continuing start: UInt32 = 0) -> UInt32 {
  bytes.isEmpty ? start : bytes.withUnsafeBytes { libdeflate_crc32(start, $0.baseAddress, $0.count) }
}
