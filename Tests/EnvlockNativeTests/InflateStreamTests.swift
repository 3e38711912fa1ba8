import EnvlockNative
import EnvlockTestSupport
import Testing

@Suite struct InflateStreamTests {
  private let text = Array("a wheel, a wheel, a wheel and METADATA\n".utf8)
  /// `text`, deflated with the fixed codes of RFC 1951.
  private let deflated: [UInt8] = [
    0x4B, 0x54, 0x28, 0xCF, 0x48, 0x4D, 0xCD, 0xD1, 0x51, 0x48, 0x44, 0x63, 0x28, 0x24, 0xE6, 0xA5, 0x28,
    0xF8, 0xBA, 0x86, 0x38, 0xBA, 0x38, 0x86, 0x38, 0x72, 0x01, 0x00,
  ]

  /// What a stream gave back.
  private struct Outcome: Hashable {
    var content: [UInt8] = []
    var sum: UInt32 = 0
    var inputCount = 0
  }

  /// Inflates `pieces` one after the other.
  private func inflate(
    _ pieces: [[UInt8]], limit: Int = .max, engine: InflateStream.Engine, size: Int? = nil,
    sum: UInt32? = nil
  ) throws -> Outcome {
    let stream = try InflateStream(limit: limit, engine: engine)
    var outcome = Outcome()
    for piece in pieces {
      try piece.withUnsafeBytes { bytes in
        try stream.push(bytes) { outcome.content.append(contentsOf: $0) }
      }
    }
    try stream.finish(size: size, sum: sum)
    outcome.sum = stream.sum
    outcome.inputCount = stream.inputCount
    #expect(stream.count == outcome.content.count)
    return outcome
  }

  @Test(arguments: InflateStream.Engine.allCases)
  func `inflates what comes byte by byte`(engine: InflateStream.Engine) throws {
    let outcome = try inflate(deflated.map { [$0] }, engine: engine, size: text.count, sum: 0x2DA9_D6DA)
    #expect(outcome == Outcome(content: text, sum: 0x2DA9_D6DA, inputCount: deflated.count))
  }

  @Test(arguments: InflateStream.Engine.allCases)
  func `a long stream comes out the same however it is cut`(engine: InflateStream.Engine) throws {
    var random = SplitMix64(seed: 7)
    let content = (0..<1_000_000).map { _ in UInt8.random(in: 0...255, using: &random) }
    let stream = storedBlocks(content)
    for longest in [1 << 20, 300_000, 4096, 700] {
      let outcome = try inflate(cut(stream, longest: longest, &random), engine: engine)
      #expect(outcome.content == content)
      #expect(outcome.inputCount == stream.count)
      #expect(outcome.sum == WheelBuilder.crc(content))
    }
  }

  @Test(arguments: InflateStream.Engine.allCases)
  func `one byte of input can fill many pieces`(engine: InflateStream.Engine) throws {
    // A literal zero, then 258 bytes at distance 1 as often as there are bits: the densest there is.
    var bits: [Int] = [1, 1, 0] + [0, 0, 1, 1, 0, 0, 0, 0]
    let copy = [1, 1, 0, 0, 0, 1, 0, 1] + [0, 0, 0, 0, 0]
    for _ in 0..<8000 { bits += copy }
    bits += [0, 0, 0, 0, 0, 0, 0]
    var bytes = [UInt8](repeating: 0, count: (bits.count + 7) / 8)
    for (place, bit) in bits.enumerated() where bit == 1 { bytes[place / 8] |= 1 << (place % 8) }
    let outcome = try inflate([bytes], engine: engine)
    #expect(outcome.content == [UInt8](repeating: 0, count: 1 + 258 * 8000))
    #expect(outcome.inputCount == bytes.count)
    #expect(throws: InflateStreamError.tooLong(limit: 1_000_000)) {
      try inflate([bytes], limit: 1_000_000, engine: engine)
    }
  }

  @Test(arguments: InflateStream.Engine.allCases)
  func `what stands behind the end is counted and not taken`(engine: InflateStream.Engine) throws {
    var random = SplitMix64(seed: 11)
    for longest in [1, 3, 100] {
      for extra in [1, 5, 9, 40] {
        let pieces = cut(deflated + [UInt8](repeating: 7, count: extra), longest: longest, &random)
        let stream = try InflateStream(engine: engine)
        var content: [UInt8] = []
        for piece in pieces {
          try piece.withUnsafeBytes { try stream.push($0) { content.append(contentsOf: $0) } }
        }
        #expect(stream.hasEnded)
        #expect(stream.inputCount == deflated.count)
        #expect(content == text)
        #expect(throws: InflateStreamError.trailing(count: extra)) { try stream.finish() }
      }
    }
  }

  @Test(arguments: InflateStream.Engine.allCases)
  func `a stream that is cut short, and one of other content, are told apart`(engine: InflateStream.Engine) {
    for count in 0..<deflated.count {
      #expect(throws: InflateStreamError.cutShort) {
        try inflate([Array(deflated.prefix(count))], engine: engine)
      }
    }
    #expect(throws: InflateStreamError.wrongSize(expected: 40, found: 39)) {
      try inflate([deflated], engine: engine, size: 40)
    }
    #expect(throws: InflateStreamError.wrongSum(expected: 1, found: 0x2DA9_D6DA)) {
      try inflate([deflated], engine: engine, size: 39, sum: 1)
    }
    #expect(throws: InflateStreamError.corrupt) { try inflate([[0x06, 0, 0]], engine: engine) }
    #expect(throws: InflateStreamError.tooLong(limit: 38)) {
      try inflate([deflated], limit: 38, engine: engine)
    }
  }

  @Test func `a failed stream stays failed`() throws {
    let stream = try InflateStream()
    for _ in 0..<2 {
      #expect(throws: InflateStreamError.corrupt) {
        try [UInt8](repeating: 0xFF, count: 20).withUnsafeBytes { try stream.push($0) { _ in } }
      }
    }
    #expect(throws: InflateStreamError.corrupt) { try stream.finish() }
  }

  @Test func `what the reader throws comes through`() throws {
    struct Full: Error {}
    let stream = try InflateStream()
    #expect(throws: Full.self) {
      try deflated.withUnsafeBytes { try stream.push($0) { _ in throw Full() } }
    }
  }

  @Test func `rotten bytes never trap, and both libraries agree on them`() {
    var random = SplitMix64(seed: 3)
    for round in 0..<3000 {
      var bytes = deflated
      if round % 3 == 0 {
        bytes = (0..<Int.random(in: 0...200, using: &random)).map { _ in
          UInt8.random(in: 0...255, using: &random)
        }
      } else {
        for _ in 0...Int.random(in: 0...2, using: &random) {
          bytes[Int.random(in: 0..<bytes.count, using: &random)] ^=
            1 << UInt8.random(in: 0...7, using: &random)
        }
      }
      let pieces = cut(bytes, longest: 40, &random)
      var outcomes: [Outcome?] = []
      for engine in InflateStream.Engine.allCases {
        do {
          outcomes.append(try inflate(pieces, limit: 1 << 20, engine: engine))
        } catch {
          #expect(error is InflateStreamError)
          // Which fault is noticed first differs.
          outcomes.append(nil)
        }
      }
      #expect(outcomes[0] == outcomes[1], "round \(round)")
    }
  }
}
