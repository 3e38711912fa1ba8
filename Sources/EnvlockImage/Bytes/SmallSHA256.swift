public import EnvlockModel

/// The SHA-256 of documents and generated files, without leaving the pure floors.
///
/// Source: FIPS 180-4. A few hundred megabytes a second: right for a manifest or a RECORD, wrong for a layer.
public enum SmallSHA256 {
  /// The digest of these bytes.
  ///
  /// - Parameter bytes: what to digest.
  /// - Returns: the digest.
  public static func of(_ bytes: [UInt8]) -> Digest {
    var state = SHA256State()
    bytes.withUnsafeBytes { message in
      var place = 0
      while place + 64 <= message.count {
        state.take(UnsafeRawBufferPointer(rebasing: message[place..<place + 64]))
        place += 64
      }
      // A one bit, zeros, and the length in bits in the last eight bytes of a block.
      var tail = Array(message[place...])
      tail.append(0x80)
      let zeros = (56 - tail.count % 64 + 64) % 64
      tail.append(contentsOf: repeatElement(0, count: zeros))
      let bits = UInt64(message.count) &* 8
      for shift in stride(from: 56, through: 0, by: -8) {
        tail.append(UInt8(truncatingIfNeeded: bits >> shift))
      }
      tail.withUnsafeBytes { tail in
        for start in stride(from: 0, to: tail.count, by: 64) {
          state.take(UnsafeRawBufferPointer(rebasing: tail[start..<start + 64]))
        }
      }
    }
    return state.digest
  }
}

private struct SHA256State {
  private var words: [UInt32] = [
    0x6A09_E667, 0xBB67_AE85, 0x3C6E_F372, 0xA54F_F53A, 0x510E_527F, 0x9B05_688C, 0x1F83_D9AB, 0x5BE0_CD19,
  ]
  private var schedule = [UInt32](repeating: 0, count: 64)

  private static let constants: [UInt32] = [
    0x428A_2F98, 0x7137_4491, 0xB5C0_FBCF, 0xE9B5_DBA5, 0x3956_C25B, 0x59F1_11F1, 0x923F_82A4, 0xAB1C_5ED5,
    0xD807_AA98, 0x1283_5B01, 0x2431_85BE, 0x550C_7DC3, 0x72BE_5D74, 0x80DE_B1FE, 0x9BDC_06A7, 0xC19B_F174,
    0xE49B_69C1, 0xEFBE_4786, 0x0FC1_9DC6, 0x240C_A1CC, 0x2DE9_2C6F, 0x4A74_84AA, 0x5CB0_A9DC, 0x76F9_88DA,
    0x983E_5152, 0xA831_C66D, 0xB003_27C8, 0xBF59_7FC7, 0xC6E0_0BF3, 0xD5A7_9147, 0x06CA_6351, 0x1429_2967,
    0x27B7_0A85, 0x2E1B_2138, 0x4D2C_6DFC, 0x5338_0D13, 0x650A_7354, 0x766A_0ABB, 0x81C2_C92E, 0x9272_2C85,
    0xA2BF_E8A1, 0xA81A_664B, 0xC24B_8B70, 0xC76C_51A3, 0xD192_E819, 0xD699_0624, 0xF40E_3585, 0x106A_A070,
    0x19A4_C116, 0x1E37_6C08, 0x2748_774C, 0x34B0_BCB5, 0x391C_0CB3, 0x4ED8_AA4A, 0x5B9C_CA4F, 0x682E_6FF3,
    0x748F_82EE, 0x78A5_636F, 0x84C8_7814, 0x8CC7_0208, 0x90BE_FFFA, 0xA450_6CEB, 0xBEF9_A3F7, 0xC671_78F2,
  ]

  mutating func take(_ block: UnsafeRawBufferPointer) {
    schedule.withUnsafeMutableBufferPointer { w in
      for index in 0..<16 {
        w[index] = UInt32(bigEndian: block.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self))
      }
      for index in 16..<64 {
        let (x, y) = (w[index - 15], w[index - 2])
        let s0 = rotate(x, 7) ^ rotate(x, 18) ^ x >> 3
        let s1 = rotate(y, 17) ^ rotate(y, 19) ^ y >> 10
        w[index] = w[index - 16] &+ s0 &+ w[index - 7] &+ s1
      }
      var (a, b, c, d) = (words[0], words[1], words[2], words[3])
      var (e, f, g, h) = (words[4], words[5], words[6], words[7])
      SHA256State.constants.withUnsafeBufferPointer { k in
        for index in 0..<64 {
          let s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
          let choice = e & f ^ ~e & g
          let first = h &+ s1 &+ choice &+ k[index] &+ w[index]
          let s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
          let majority = a & b ^ a & c ^ b & c
          (h, g, f, e) = (g, f, e, d &+ first)
          (d, c, b, a) = (c, b, a, first &+ s0 &+ majority)
        }
      }
      for (index, word) in [a, b, c, d, e, f, g, h].enumerated() { words[index] &+= word }
    }
  }

  var digest: Digest {
    let bytes = words.flatMap { word in
      [UInt8(word >> 24), UInt8(word >> 16 & 0xFF), UInt8(word >> 8 & 0xFF), UInt8(word & 0xFF)]
    }
    guard let digest = Digest(bytes: bytes) else { preconditionFailure("eight words are 32 bytes") }
    return digest
  }
}

@inline(__always)
private func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 { word >> count | word << (32 - count) }
