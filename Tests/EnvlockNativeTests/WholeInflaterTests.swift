import EnvlockNative
import EnvlockTestSupport
import Testing

@Suite struct WholeInflaterTests {
  private static let text = Array("a wheel, a wheel, a wheel and METADATA\n".utf8)
  /// `text`, deflated with the fixed codes of RFC 1951.
  private static let deflated: [UInt8] = [
    0x4B, 0x54, 0x28, 0xCF, 0x48, 0x4D, 0xCD, 0xD1, 0x51, 0x48, 0x44, 0x63, 0x28, 0x24, 0xE6, 0xA5, 0x28,
    0xF8, 0xBA, 0x86, 0x38, 0xBA, 0x38, 0x86, 0x38, 0x72, 0x01, 0x00,
  ]

  /// Inflates to so many bytes.
  private func inflate(_ bytes: [UInt8], _ size: Int = text.count) throws -> (content: [UInt8], sum: UInt32) {
    let inflater = try WholeInflater()
    var sum: UInt32 = 0
    var content = [UInt8](repeating: 0, count: size)
    try content.withUnsafeMutableBytes { output in
      try bytes.withUnsafeBytes { input in sum = try inflater.inflate(input, into: output) }
    }
    return (content, sum)
  }

  @Test func `a stream is inflated, and its CRC taken`() throws {
    let (content, sum) = try inflate(Self.deflated)
    #expect(content == Self.text)
    #expect(sum == WheelBuilder.crc(Self.text))
    let empty = try inflate([3, 0], 0)
    #expect(empty.sum == 0)
  }

  @Test func `a stream of another size is refused`() {
    let size = Self.text.count
    #expect(throws: InflateStreamError.tooLong(limit: size - 1)) { try inflate(Self.deflated, size - 1) }
    #expect(throws: InflateStreamError.wrongSize(expected: size + 1, found: size)) {
      try inflate(Self.deflated, size + 1)
    }
  }

  @Test func `bytes behind the end are found`() {
    #expect(throws: InflateStreamError.trailing(count: 2)) { try inflate(Self.deflated + [0, 0]) }
  }

  @Test func `what is no stream, or not all of it, is corrupt`() {
    #expect(throws: InflateStreamError.corrupt) { try inflate([0xFF, 0xFF]) }
    #expect(throws: InflateStreamError.corrupt) { try inflate([]) }
    for count in 0..<Self.deflated.count - 1 {
      #expect(throws: InflateStreamError.self) { try inflate(Array(Self.deflated.prefix(count))) }
    }
  }

  @Test func `damage never traps`() {
    var random = SplitMix64(seed: 11)
    for _ in 0..<2000 {
      var bytes = Self.deflated
      bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      _ = try? inflate(bytes, Int.random(in: 0...100, using: &random))
    }
  }
}
