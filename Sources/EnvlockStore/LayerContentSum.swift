import EnvlockImage
import EnvlockNative

/// All hashes of one file's content.
struct LayerContentSum {
  var sum: UInt32 = 0
  var sha256 = SHA256Stream()
  private var second: MemberHash?

  init(other: ContentHash?) {
    switch other {
    case .sha384, .sha512: second = other.map { MemberHash($0) }
    case .sha256, nil: break
    }
  }

  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    sum = crc32(bytes, continuing: sum)
    sha256.update(bytes)
    second?.update(bytes)
  }

  var other: ContentHash? { second?.hash }
}
