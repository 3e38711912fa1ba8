import EnvlockImage
import EnvlockModel
import EnvlockTestSupport
import Foundation
import Testing

@Suite struct BytesTests {
  // The example of many descriptions of the CRC, and WheelBuilder's bit by bit.
  @Test func `CRC-32 is the one of zip files, in any pieces`() {
    #expect(CRC32.of("123456789".utf8) == 0xCBF4_3926)
    #expect(CRC32.of([UInt8]()) == 0)
    var random = SplitMix64(seed: 3)
    for length in 0..<80 {
      let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
      #expect(CRC32.of(bytes) == WheelBuilder.crc(bytes))
      let cut = Int.random(in: 0...length, using: &random)
      var sum = CRC32()
      sum.update(bytes[..<cut])
      sum.update(bytes[cut...])
      #expect(sum.value == WheelBuilder.crc(bytes))
    }
  }

  // FIPS 180-4's examples, and one that is longer than a block by the length's eight bytes.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func `SHA-256 is the one of FIPS 180-4`(text: String, hex: String) {
    #expect(SmallSHA256.of(Array(text.utf8)).hex == hex)
  }

  @Test func `SHA-256 agrees with the system's at every length round a block`() throws {
    for length in [54, 55, 56, 57, 63, 64, 65, 119, 120, 128, 1000] {
      let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 7) }
      let expected = try Programs.withFolder { folder in
        let file = folder.appendingPathComponent("f")
        try Array(bytes).withUnsafeBytes { try Data($0).write(to: file) }
        return try Programs.run("sha256sum", [file.path])
      }
      #expect(expected.map { String(decoding: $0.prefix(64), as: UTF8.self) } == SmallSHA256.of(bytes).hex)
    }
  }

  @Test(arguments: [0, 1, 0xFFFE, 0xFFFF, 0x1_0000, 0x1_FFFE, 0x1_FFFF])
  func `a stored member is as long as was said, and gzip reads it`(length: Int) throws {
    let content = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let member = GzipMember.stored(content)
    #expect(member.count == GzipMember.storedSize(length))
    #expect(try Programs.inflated(member) == content)
  }

  @Test(arguments: [
    (0 as UInt32, "1970-01-01T00:00:00Z"), (951_782_399, "2000-02-28T23:59:59Z"),
    (951_782_400, "2000-02-29T00:00:00Z"), (951_868_800, "2000-03-01T00:00:00Z"),
    (1_700_000_000, "2023-11-14T22:13:20Z"), (.max, "2106-02-07T06:28:15Z"),
  ])
  func `times are those of the calendar`(seconds: UInt32, text: String) {
    #expect(Timestamp.text(seconds) == text)
  }
}
