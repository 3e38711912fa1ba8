import Crypto
import EnvlockImage
import EnvlockNative

/// All hashes of one file's content.
struct LayerContentSum {
  var sum: UInt32 = 0
  var sha256 = SHA256Stream()
  private var sha384: SHA384?
  private var sha512: SHA512?

  init(other: ContentHash?) {
    switch other {
    case .sha384: sha384 = SHA384()
    case .sha512: sha512 = SHA512()
    case .sha256, nil: break
    }
  }

  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    sum = crc32(bytes, continuing: sum)
    sha256.update(bytes)
    sha384?.update(bufferPointer: bytes)
    sha512?.update(bufferPointer: bytes)
  }

  var other: ContentHash? {
    if let sha384 { return .sha384(Array(sha384.finalize())) }
    return sha512.map { .sha512(Array($0.finalize())) }
  }
}
