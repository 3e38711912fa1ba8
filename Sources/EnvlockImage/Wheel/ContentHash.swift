public import EnvlockModel

/// A hash of a file's content, as RECORD writes it: `sha256=` and base64 for URLs, without padding.
///
/// Source: PyPA specifications, "Recording installed projects" and "Binary distribution format": sha256 or better;
/// md5 and sha1 are not permitted.
public enum ContentHash: Hashable, Sendable, CustomStringConvertible {
  /// SHA-256.
  case sha256(Digest)
  /// SHA-384, 48 bytes.
  case sha384([UInt8])
  /// SHA-512, 64 bytes.
  case sha512([UInt8])

  /// Reads a hash; nil for another algorithm or length.
  init?(_ text: some Collection<UInt8>) {
    guard let sign = text.firstIndex(of: UInt8(ascii: "=")) else { return nil }
    guard let bytes = Base64URL.decoded(text[text.index(after: sign)...]) else { return nil }
    let name = text[..<sign]
    if name.elementsEqual("sha256".utf8), let digest = Digest(bytes: bytes) {
      self = .sha256(digest)
    } else if name.elementsEqual("sha384".utf8), bytes.count == 48 {
      self = .sha384(bytes)
    } else if name.elementsEqual("sha512".utf8), bytes.count == 64 {
      self = .sha512(bytes)
    } else {
      return nil
    }
  }

  /// "sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU".
  public var description: String {
    switch self {
    case .sha256(let digest): "sha256=" + Base64URL.encoded(digest.bytes)
    case .sha384(let bytes): "sha384=" + Base64URL.encoded(bytes)
    case .sha512(let bytes): "sha512=" + Base64URL.encoded(bytes)
    }
  }

  /// The SHA-256 digest; nil for another algorithm.
  public var digest: Digest? {
    guard case .sha256(let digest) = self else { return nil }
    return digest
  }
}

/// Base64 for URLs (RFC 4648, section 5), without padding.
enum Base64URL {
  static func encoded(_ bytes: [UInt8]) -> String {
    let length = (bytes.count * 8 + 5) / 6
    return String(unsafeUninitializedCapacity: length) { buffer in
      for index in 0..<length {
        let bit = index * 6
        let high = UInt16(bytes[bit / 8]) << 8
        let low = bit / 8 + 1 < bytes.count ? UInt16(bytes[bit / 8 + 1]) : 0
        buffer[index] = digit(UInt8((high | low) >> UInt16(10 - bit % 8) & 0x3F))
      }
      return length
    }
  }

  /// The bytes; nil where a digit is none, the length is impossible or the last bits are not zero. Padding is let pass.
  static func decoded(_ text: some Collection<UInt8>) -> [UInt8]? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count * 3 / 4 + 1)
    var bits: UInt32 = 0
    var count: UInt32 = 0
    var padding = 0
    for byte in text {
      if byte == UInt8(ascii: "=") {
        padding += 1
        continue
      }
      guard padding == 0, let value = value(byte) else { return nil }
      bits = bits << 6 | UInt32(value)
      count += 6
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(bits >> count & 0xFF))
        bits &= (1 << count) - 1
      }
    }
    return count < 6 && bits == 0 && padding <= 2 ? bytes : nil
  }

  private static func digit(_ value: UInt8) -> UInt8 {
    switch value {
    case 0..<26: UInt8(ascii: "A") + value
    case 26..<52: UInt8(ascii: "a") + value - 26
    case 52..<62: UInt8(ascii: "0") + value - 52
    case 62: UInt8(ascii: "-")
    default: UInt8(ascii: "_")
    }
  }

  private static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit - UInt8(ascii: "A")
    case UInt8(ascii: "a")...UInt8(ascii: "z"): digit - UInt8(ascii: "a") + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0") + 52
    case UInt8(ascii: "-"): 62
    case UInt8(ascii: "_"): 63
    default: nil
    }
  }
}
