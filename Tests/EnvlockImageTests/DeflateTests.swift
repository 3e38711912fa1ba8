import EnvlockImage
import EnvlockModel
import EnvlockTestSupport
import Testing

@Suite struct DeflateTests {
  @Test func `a stream without bytes is the shortest there is`() {
    #expect(deflated([]) == [0x03, 0x00])
  }

  @Test func `a few bytes take the fixed codes`() throws {
    #expect(deflated(Array("a".utf8)) == [0x4B, 0x04, 0x00])
    #expect(deflated(Array("abcabcabcabcabcabc".utf8)) == [0x4B, 0x4C, 0x4A, 0x46, 0x43, 0x00])
  }

  @Test(arguments: DeflateSample.allCases)
  func `what comes out inflates to what went in`(sample: DeflateSample) throws {
    let content = sample.bytes
    #expect(try TinyInflater.inflate(deflated(content)) == content)
  }

  @Test(arguments: DeflateSample.allCases)
  func `how the bytes are cut changes nothing`(sample: DeflateSample) {
    var random = SplitMix64(seed: 11)
    let content = sample.bytes
    let whole = deflated(content)
    var encoder = DeflateEncoder()
    for longest in [1 << 20, 291_000, 5000] {
      // The same encoder again and again: what it saw before must not matter either.
      var output: [UInt8] = []
      for piece in cut(content, longest: longest, &random) {
        piece.withUnsafeBytes { encoder.append($0, into: &output) }
      }
      encoder.finish(into: &output)
      #expect(output == whole)
    }
  }

  @Test func `every length up to a few hundred bytes works`() throws {
    var random = SplitMix64(seed: 12)
    var encoder = DeflateEncoder()
    for count in 0...300 {
      let content = (0..<count).map { _ in UInt8.random(in: 97...99, using: &random) }
      var output: [UInt8] = []
      content.withUnsafeBytes { encoder.append($0, into: &output) }
      encoder.finish(into: &output)
      #expect(try TinyInflater.inflate(output) == content)
    }
  }

  @Test func `bytes that cannot be made smaller grow by a few only`() {
    let content = DeflateSample.noise.bytes
    // One stored block for 65,535 bytes, and one that begins with every piece that is compressed at once.
    #expect(deflated(content).count <= content.count + 5 * (content.count / 65_535 + 2))
  }

  /// These bytes are part of images. Where this fails, either the change is undone or every image's digest changes.
  @Test func `the bytes stay what they are for ever`() throws {
    var text = ""
    for sample in DeflateSample.allCases {
      let (content, output) = (sample.bytes, deflated(sample.bytes))
      text += "\(sample) \(content.count) \(SmallSHA256.of(content).hex)"
      text += " -> \(output.count) \(SmallSHA256.of(output).hex)\n"
    }
    try expectGolden(text, "deflate.txt")
  }

  private func deflated(_ content: [UInt8]) -> [UInt8] {
    var encoder = DeflateEncoder()
    var output: [UInt8] = []
    content.withUnsafeBytes { encoder.append($0, into: &output) }
    encoder.finish(into: &output)
    return output
  }
}
