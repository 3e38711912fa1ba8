import EnvlockModel
import EnvlockStore
import Testing

@Suite struct HashingTests {
  // Source: FIPS 180-2, appendix B.
  private let ofABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

  @Test func `bytes, streams and files have the standard's digest`() throws {
    let folder = try TemporaryFolder()
    try folder.put(Array("abc".utf8), "abc")
    #expect(sha256("abc".utf8).hex == ofABC)
    #expect(sha256([UInt8]()).hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    var stream = SHA256Stream()
    stream.update("a".utf8)
    stream.update(Array("bc".utf8))
    #expect(stream.digest().hex == ofABC)
    let file = try sha256(file: folder("abc"))
    #expect(file.digest.hex == ofABC)
    #expect(file.size == 3)
  }

  @Test func `a large file is hashed as its bytes are`() throws {
    let folder = try TemporaryFolder()
    let bytes = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    try folder.put(bytes, "large")
    #expect(try sha256(file: folder("large")).digest == sha256(bytes))
  }

  @Test func `a missing file is named`() throws {
    let failure = #expect(throws: FileFailure.self) { try sha256(file: "/none/such") }
    #expect(failure?.message == "cannot read `/none/such`: there is no such file")
  }
}
