import EnvlockNative
import Testing

@Suite struct SHA2Tests {
  private func hex(_ bytes: [UInt8]) -> String {
    bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }

  private func digest(_ function: SHA2.Function, _ bytes: some Sequence<UInt8>) -> [UInt8] {
    var state = SHA2(function)
    Array(bytes).withUnsafeBytes { state.update($0) }
    return state.digest
  }

  // Source: FIPS 180-2, appendices B.1, C.1 and D.1.
  @Test(arguments: [
    (SHA2.Function.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      .sha384,
      "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"
    ),
    (
      .sha512,
      "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
    ),
  ])
  func `digests are the standard's`(_ function: SHA2.Function, _ expected: String) {
    #expect(hex(digest(function, "abc".utf8)) == expected)
  }

  @Test(arguments: [SHA2.Function.sha256, .sha384, .sha512])
  func `pieces and copies make no difference`(_ function: SHA2.Function) {
    let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    for cut in [0, 1, 55, 56, 63, 64, 65, 111, 112, 127, 128, 129, 999, 1000] {
      var state = SHA2(function)
      bytes[..<cut].withUnsafeBytes { state.update($0) }
      var copy = state
      #expect(state.digest == digest(function, bytes[..<cut]))
      bytes[cut...].withUnsafeBytes { copy.update($0) }
      #expect(copy.digest == digest(function, bytes))
      // Neither the copy nor a digest that was asked for before has touched it.
      #expect(state.digest == digest(function, bytes[..<cut]))
    }
  }
}
