import EnvlockNative
import EnvlockTestSupport
import Testing

@Suite struct InflateTests {
  private let text = Array("a wheel, a wheel, a wheel and METADATA\n".utf8)
  /// `text`, deflated with the fixed codes of RFC 1951.
  private let deflated: [UInt8] = [
    0x4B, 0x54, 0x28, 0xCF, 0x48, 0x4D, 0xCD, 0xD1, 0x51, 0x48, 0x44, 0x63, 0x28, 0x24, 0xE6, 0xA5, 0x28,
    0xF8, 0xBA,
    0x86, 0x38, 0xBA, 0x38, 0x86, 0x38, 0x72, 0x01, 0x00,
  ]

  // The macros cannot carry a span, so these take arrays.
  private func inflate(_ bytes: [UInt8], _ size: Int, limit: Int = 100) throws(InflateError) -> [UInt8] {
    try inflateRaw(bytes.span, expectedSize: size, limit: limit)
  }

  private func sum(_ bytes: some Sequence<UInt8>, after start: UInt32 = 0) -> UInt32 {
    crc32(Array(bytes).span, continuing: start)
  }

  @Test func `inflates a member of known size`() throws {
    #expect(try inflate(deflated, text.count) == text)
    #expect(try inflate(deflated + [1, 2, 3], text.count) == text)
    #expect(sum(text) == 0x2DA9_D6DA)
  }

  @Test func `inflates a stored member and an empty one`() throws {
    let stored: [UInt8] = [0x01, 0x03, 0x00, 0xFC, 0xFF] + Array("abc".utf8)
    #expect(try inflate(stored, 3, limit: 3) == Array("abc".utf8))
    #expect(try inflate([0x03, 0x00], 0, limit: 0) == [])
  }

  @Test func `a wrong size, a forged size and rotten bytes are told apart`() {
    #expect(throws: InflateError.wrongSize(expected: 38)) {
      try inflate(deflated, text.count - 1)
    }
    #expect(throws: InflateError.wrongSize(expected: 40)) {
      try inflate(deflated, text.count + 1)
    }
    #expect(throws: InflateError.wrongSize(expected: -1)) {
      try inflate(deflated, -1)
    }
    #expect(throws: InflateError.tooLarge(limit: 1000)) {
      try inflate(deflated, .max, limit: 1000)
    }
    #expect(throws: InflateError.corrupt) { try inflate([], 1, limit: 1) }
    #expect(throws: InflateError.corrupt) { try inflate([0xFF, 0xFF], 9, limit: 9) }
  }

  @Test func `random bytes never trap`() {
    var random = SplitMix64(seed: 2)
    for _ in 0..<5_000 {
      var bytes = deflated
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      bytes.removeLast(Int.random(in: 0..<8, using: &random))
      let result = Result { () throws(InflateError) in try inflate(bytes, text.count) }
      if case .success(let inflated) = result { #expect(inflated.count == text.count) }
    }
  }

  @Test func `a sum can be continued`() {
    let first = sum(text[..<10])
    #expect(sum(text[10...], after: first) == sum(text))
    #expect(sum([], after: first) == first)
    #expect(sum([]) == 0)
  }
}
