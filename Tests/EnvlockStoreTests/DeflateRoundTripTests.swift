import EnvlockImage
import EnvlockNative
import EnvlockTestSupport
import Testing

/// What our own encoder makes, as every inflater reads it that a layer meets.
@Suite struct DeflateRoundTripTests {
  @Test(arguments: DeflateSample.allCases)
  func `every inflater reads what the encoder writes`(sample: DeflateSample) throws {
    try roundTrip(sample.bytes)
  }

  @Test func `five megabytes of text come back`() throws {
    let text = DeflateSample.text.bytes
    var content: [UInt8] = []
    for round in 0..<12 { content += text[(round * 9973)...] + text[..<(round * 9973)] }
    try roundTrip(content)
  }

  private func roundTrip(_ content: [UInt8]) throws {
    var encoder = DeflateEncoder()
    var output: [UInt8] = []
    content.withUnsafeBytes { encoder.append($0, into: &output) }
    encoder.finish(into: &output)
    let sum = WheelBuilder.crc(content)
    #expect(
      try inflateRaw(output.span, expectedSize: content.count, limit: content.count) == content, "libdeflate")
    for engine in InflateStream.Engine.allCases {
      let stream = try InflateStream(limit: content.count, engine: engine)
      var back: [UInt8] = []
      try output.withUnsafeBytes { bytes in try stream.push(bytes) { back.append(contentsOf: $0) } }
      try stream.finish(size: content.count, sum: sum)
      #expect(back == content, "\(engine)")
    }
  }
}
