import EnvlockModel
import EnvlockTestSupport
import EnvlockVersions
import Testing

@Suite struct DigestTests {
  let hex = "0123456789abcdef00112233445566778899aabbccddeeff0f1e2d3c4b5a6978"

  @Test func `reads hexadecimal digits of either case`() throws {
    let digest = try Digest(sha256Hex: hex)
    #expect(digest.hex == hex)
    #expect(try Digest(sha256Hex: hex.uppercased()) == digest)
    #expect("\(digest)" == "sha256:" + hex)
    #expect(try Digest("sha256:" + hex) == digest)
  }

  @Test func `holds the bytes that a hash function left`() throws {
    let digest = try Digest(sha256Hex: hex)
    #expect(digest.bytes.count == 32)
    #expect(digest.bytes[0] == 0x01 && digest.bytes[31] == 0x78)
    #expect(Digest(bytes: digest.bytes) == digest)
    #expect(Digest(bytes: digest.bytes.dropLast()) == nil)
  }

  @Test func `refuses other lengths, letters and algorithms`() {
    #expect(throws: MalformedText.self) { try Digest(sha256Hex: "") }
    #expect(throws: MalformedText.self) { try Digest(sha256Hex: hex.dropLast()) }
    #expect(throws: MalformedText.self) { try Digest(sha256Hex: hex + "0") }
    #expect(throws: MalformedText.self) { try Digest("md5:" + hex) }
    let error = #expect(throws: MalformedText.self) { try Digest(sha256Hex: "01g" + hex.dropFirst(3)) }
    #expect(error?.offset == 2)
  }

  @Test func `orders as its text does`() throws {
    var random = SplitMix64(seed: 2)
    let digests = try (0..<200).map { _ in
      try #require(Digest(bytes: (0..<32).map { _ in UInt8.random(in: 0...3, using: &random) }))
    }
    #expect(digests.sorted().map(\.hex) == digests.map(\.hex).sorted())
  }
}
