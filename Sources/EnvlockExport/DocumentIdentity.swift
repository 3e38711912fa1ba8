import EnvlockModel

/// The name of a document that no other document has.
///
/// It is made of a digest, so that equal documents have equal names and need no registry: a UUID of version 8 (RFC 9562,
/// section 5.8), whose bits are the digest's first. Version 5 would have to be SHA-1.
enum DocumentIdentity {
  /// "urn:uuid:…".
  static func urn(_ digest: Digest) -> String {
    var bytes = Array(digest.bytes.prefix(16))
    bytes[6] = bytes[6] & 0x0F | 0x80
    bytes[8] = bytes[8] & 0x3F | 0x80
    var text = "urn:uuid:"
    for (place, byte) in bytes.enumerated() {
      if [4, 6, 8, 10].contains(place) { text += "-" }
      text += byte < 16 ? "0" + String(byte, radix: 16) : String(byte, radix: 16)
    }
    return text
  }
}
