public import EnvlockVersions

/// A SHA-256 digest, 32 bytes: the identity of a wheel, a layer, a document.
///
/// A value only; `EnvlockStore` computes it. Digests order as their hexadecimal text does.
public struct Digest: Hashable, Comparable, Sendable, CustomStringConvertible {
  // Four words in big-endian order: no allocation, and comparing words is comparing text.
  private let a, b, c, d: UInt64

  /// Reads 64 hexadecimal digits, in either case.
  ///
  /// - Throws: `MalformedText` for any other length or byte.
  public init(sha256Hex text: some StringProtocol) throws(MalformedText) {
    var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    var count = 0
    for byte in text.utf8 {
      guard let digit = Self.hexDigit(byte) else {
        throw MalformedText(
          what: "SHA-256 digest", text: String(text), reason: "only the digits 0-9 and a-f may be in it",
          offset: count)
      }
      switch count >> 4 {
      case 0: words.0 = words.0 << 4 | digit
      case 1: words.1 = words.1 << 4 | digit
      case 2: words.2 = words.2 << 4 | digit
      case 3: words.3 = words.3 << 4 | digit
      default:
        throw MalformedText(
          what: "SHA-256 digest", text: String(text), reason: "it is longer than 64 hexadecimal digits",
          offset: count)
      }
      count += 1
    }
    guard count == 64 else {
      throw MalformedText(
        what: "SHA-256 digest", text: String(text),
        reason: "it has \(count) of 64 hexadecimal digits", offset: count)
    }
    (a, b, c, d) = words
  }

  /// Reads `sha256:` and 64 hexadecimal digits.
  ///
  /// - Throws: `MalformedText` for another algorithm, length or byte.
  public init(_ text: some StringProtocol) throws(MalformedText) {
    let prefix = "sha256:"
    guard text.hasPrefix(prefix) else {
      throw MalformedText(
        what: "digest", text: String(text), reason: "it has to begin with \"sha256:\"", offset: 0)
    }
    try self.init(sha256Hex: text.dropFirst(prefix.utf8.count))
  }

  /// The digest that a hash function left behind.
  ///
  /// - Parameter bytes: 32 bytes; for any other number the result is nil.
  public init?(bytes: some Collection<UInt8>) {
    let read: Digest?? = bytes.withContiguousStorageIfAvailable { Digest(raw: UnsafeRawBufferPointer($0)) }
    guard let digest = read ?? Array(bytes).withUnsafeBytes({ Digest(raw: $0) }) else { return nil }
    self = digest
  }

  /// The digest of 32 bytes in memory.
  package init?(raw bytes: UnsafeRawBufferPointer) {
    guard bytes.count == 32 else { return nil }
    func word(_ place: Int) -> UInt64 {
      UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: place * 8, as: UInt64.self))
    }
    (a, b, c, d) = (word(0), word(1), word(2), word(3))
  }

  /// The 32 bytes.
  public var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(32)
    for word in [a, b, c, d] {
      for shift in stride(from: UInt64(56), through: 0, by: -8) {
        bytes.append(UInt8(truncatingIfNeeded: word >> shift))
      }
    }
    return bytes
  }

  /// 64 lower case hexadecimal digits.
  public var hex: String {
    String(unsafeUninitializedCapacity: 64) { buffer in
      var position = 0
      for word in [a, b, c, d] {
        for shift in stride(from: UInt64(60), through: 0, by: -4) {
          let digit = UInt8(truncatingIfNeeded: (word >> shift) & 0xF)
          buffer[position] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
          position += 1
        }
      }
      return 64
    }
  }

  /// `sha256:` and the hexadecimal digits.
  public var description: String { "sha256:" + hex }

  /// Orders as the hexadecimal text does.
  public static func < (x: Digest, y: Digest) -> Bool {
    (x.a, x.b, x.c, x.d) < (y.a, y.b, y.c, y.d)
  }

  @inline(__always)
  private static func hexDigit(_ byte: UInt8) -> UInt64? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte - UInt8(ascii: "A") + 10)
    default: nil
    }
  }
}
