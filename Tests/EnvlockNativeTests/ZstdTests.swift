import EnvlockNative
import EnvlockTestSupport
import Testing

@Suite struct ZstdTests {
  /// Some bytes that compress, and some that do not.
  private static func content(_ count: Int) -> [UInt8] {
    var random = SplitMix64(seed: 4)
    return (0..<count).map { $0 % 3 == 0 ? UInt8.random(in: 0...255, using: &random) : 7 }
  }

  private static func frame(_ content: [UInt8]) throws -> [UInt8] {
    let compressor = try ZstdCompressor(level: 3)
    return try [UInt8](unsafeUninitializedCapacity: ZstdCompressor.bound(content.count)) { buffer, count in
      count = try content.withUnsafeBytes {
        try compressor.compress($0, into: UnsafeMutableRawBufferPointer(buffer))
      }
    }
  }

  private static func inflated(_ pieces: [[UInt8]], limit: Int = .max) throws -> [UInt8] {
    let stream = try ZstdStream(limit: limit)
    var content: [UInt8] = []
    for piece in pieces {
      try piece.withUnsafeBytes { bytes in try stream.push(bytes) { content.append(contentsOf: $0) } }
    }
    try stream.finish()
    #expect(stream.count == content.count)
    return content
  }

  @Test(arguments: [0, 1, 131_072, 1_000_000])
  func `frames one behind the other come back however they are cut`(count: Int) throws {
    var random = SplitMix64(seed: 5)
    let content = ZstdTests.content(count)
    let frame = try ZstdTests.frame(content)
    #expect(try ZstdTests.inflated([frame]) == content)
    for longest in [7, 5000, 1 << 20] where longest > 7 || count < 1000 {
      let pieces = cut(frame + frame, longest: longest, &random)
      #expect(try ZstdTests.inflated(pieces, limit: 2 * count) == content + content)
    }
  }

  @Test func `a frame that says its size is asked for with a sum`() throws {
    // RFC 8878, section 3.1.1.1: a size of two bytes, one segment, a checksum.
    let frame = try ZstdTests.frame(ZstdTests.content(300))
    #expect(Array(frame.prefix(5)) == [0x28, 0xB5, 0x2F, 0xFD, 0x64])
  }

  @Test func `what is cut short, damaged or too long is told`() throws {
    let content = ZstdTests.content(200_000)
    let frame = try ZstdTests.frame(content)
    #expect(throws: ZstdError.cutShort) { try ZstdTests.inflated([frame.dropLast(1)]) }
    #expect(throws: ZstdError.cutShort) { try ZstdTests.inflated([]) }
    #expect(throws: ZstdError.tooLong(limit: 199_999)) { try ZstdTests.inflated([frame], limit: 199_999) }
    #expect(throws: ZstdError.corrupt) { try ZstdTests.inflated([Array("no frame at all".utf8)]) }
    #expect(throws: ZstdError.corrupt) { try ZstdTests.inflated([frame + [1, 2, 3, 4, 5]]) }
    var damaged = frame
    damaged[frame.count - 1] ^= 1
    #expect(throws: ZstdError.corrupt) { try ZstdTests.inflated([damaged]) }
  }

  @Test func `the library says which it is`() {
    #expect(Zstd.version.hasPrefix("1."))
  }
}
