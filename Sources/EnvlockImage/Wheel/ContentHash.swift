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
  init?(_ text: UnsafeBufferPointer<UInt8>) {
    let name = "sha256="
    if text.count == 50, text.starts(with: name.utf8) {
      guard let digest = Base64URL.digest(UnsafeBufferPointer(rebasing: text[7...])) else { return nil }
      self = .sha256(digest)
      return
    }
    guard let sign = text.firstIndex(of: UInt8(ascii: "=")) else { return nil }
    guard let bytes = Base64URL.decoded(text[(sign + 1)...]) else { return nil }
    if text[..<sign].elementsEqual("sha256".utf8), let digest = Digest(bytes: bytes) {
      self = .sha256(digest)
    } else if text[..<sign].elementsEqual("sha384".utf8), bytes.count == 48 {
      self = .sha384(bytes)
    } else if text[..<sign].elementsEqual("sha512".utf8), bytes.count == 64 {
      self = .sha512(bytes)
    } else {
      return nil
    }
  }

  /// "sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU".
  public var description: String {
    var text: [UInt8] = []
    append(to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// Writes the hash behind what is in `text`.
  func append(to text: inout [UInt8]) {
    switch self {
    case .sha256(let digest):
      text += "sha256=".utf8
      Base64URL.append(digest.bytes, to: &text)
    case .sha384(let bytes):
      text += "sha384=".utf8
      Base64URL.append(bytes, to: &text)
    case .sha512(let bytes):
      text += "sha512=".utf8
      Base64URL.append(bytes, to: &text)
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
    var text: [UInt8] = []
    append(bytes, to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// Writes the text of `bytes` behind what is in `text`.
  static func append(_ bytes: [UInt8], to text: inout [UInt8]) {
    let length = (bytes.count * 8 + 5) / 6
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: length) { buffer in
      digits.withUnsafeBufferPointer { digits in
        var bits: UInt32 = 0
        var count: UInt32 = 0
        var place = 0
        for byte in bytes {
          bits = bits << 8 | UInt32(byte)
          count += 8
          while count >= 6 {
            count -= 6
            buffer[place] = digits[Int(bits >> count & 0x3F)]
            place += 1
          }
        }
        if count > 0 { buffer[place] = digits[Int(bits << (6 - count) & 0x3F)] }
      }
      text.append(contentsOf: buffer)
    }
  }

  /// The digest that 43 digits tell; nil where one of them is none, or the last bits are not zero.
  static func digest(_ text: UnsafeBufferPointer<UInt8>) -> Digest? {
    withUnsafeTemporaryAllocation(byteCount: 32, alignment: 8) { buffer in
      values.withUnsafeBufferPointer { values in
        var bits: UInt32 = 0
        var count: UInt32 = 0
        var place = 0
        var all: UInt8 = 0
        for byte in text {
          let value = values[Int(byte)]
          all |= value
          bits = bits << 6 | UInt32(value & 0x3F)
          count += 6
          guard count >= 8, place < 32 else { continue }
          count -= 8
          buffer[place] = UInt8(truncatingIfNeeded: bits >> count)
          place += 1
        }
        guard all < 64, place == 32, bits & ((1 << count) - 1) == 0 else { return nil }
        return Digest(raw: UnsafeRawBufferPointer(buffer))
      }
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

  private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

  /// What each byte stands for; 255 for what is no digit.
  private static let values: [UInt8] = {
    var values = [UInt8](repeating: 255, count: 256)
    for (value, digit) in digits.enumerated() { values[Int(digit)] = UInt8(value) }
    return values
  }()

  private static func value(_ digit: UInt8) -> UInt8? {
    let value = values[Int(digit)]
    return value < 64 ? value : nil
  }
}
