import EnvlockVersions

/// The rule that project names and extras share: PEP 508 says what may be written, PEP 503 and PEP 685 say which
/// spellings are the same name.
enum NameNormaliser {
  /// A byte that a name may hold.
  @inline(__always)
  static func isNameByte(_ byte: UInt8) -> Bool {
    isAlphanumeric(byte) || isSeparator(byte)
  }

  @inline(__always)
  static func isAlphanumeric(_ byte: UInt8) -> Bool {
    let lowered = byte | 0x20
    return (lowered >= UInt8(ascii: "a") && lowered <= UInt8(ascii: "z"))
      || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"))
  }

  @inline(__always)
  static func isSeparator(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
  }

  /// Lower case, and each run of dots, dashes and underscores one dash. The bytes have to be name bytes.
  static func normalised(nameBytes bytes: some Sequence<UInt8>, count: Int) -> String {
    String(unsafeUninitializedCapacity: count) { buffer in
      var length = 0
      for byte in bytes where length < count {
        if isSeparator(byte) {
          if length > 0 && buffer[length - 1] == UInt8(ascii: "-") { continue }
          buffer[length] = UInt8(ascii: "-")
        } else {
          let isUpper = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
          buffer[length] = isUpper ? byte | 0x20 : byte
        }
        length += 1
      }
      return length
    }
  }

  /// Checks and normalises.
  static func normalised(_ text: some StringProtocol, what: String) throws(MalformedText) -> String {
    let bytes = text.utf8
    var count = 0
    var last: UInt8 = 0
    for byte in bytes {
      guard isNameByte(byte) else {
        throw MalformedText(
          what: what, text: String(text),
          reason: "only letters, digits, dots, dashes and underscores may be in it", offset: count)
      }
      if count == 0 && !isAlphanumeric(byte) {
        throw MalformedText(
          what: what, text: String(text), reason: "it has to begin with a letter or digit", offset: 0)
      }
      last = byte
      count += 1
    }
    guard count > 0 else {
      throw MalformedText(what: what, text: String(text), reason: "it is empty", offset: 0)
    }
    guard isAlphanumeric(last) else {
      throw MalformedText(
        what: what, text: String(text), reason: "it has to end with a letter or digit", offset: count - 1)
    }
    return normalised(nameBytes: bytes, count: count)
  }
}
