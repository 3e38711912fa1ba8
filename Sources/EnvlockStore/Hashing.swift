package import EnvlockModel
import EnvlockNative
import Glibc

/// Computes a SHA-256 digest piece by piece.
package struct SHA256Stream {
  private var state = SHA2(.sha256)

  /// Begins with nothing.
  package init() {}

  /// Appends bytes.
  package mutating func update(_ bytes: UnsafeRawBufferPointer) { state.update(bytes) }

  /// Appends bytes.
  package mutating func update(_ bytes: some Sequence<UInt8>) {
    let done: Void? = bytes.withContiguousStorageIfAvailable {
      state.update(UnsafeRawBufferPointer($0))
    }
    if done == nil { Array(bytes).withUnsafeBytes { state.update($0) } }
  }

  /// The digest of all that was appended; more may follow.
  package func digest() -> Digest {
    guard let digest = state.digest.withUnsafeBytes({ Digest(raw: $0) }) else {
      preconditionFailure("SHA-256 has 32 bytes")
    }
    return digest
  }
}

/// The SHA-256 digest of `bytes`.
package func sha256(_ bytes: some Sequence<UInt8>) -> Digest {
  var stream = SHA256Stream()
  stream.update(bytes)
  return stream.digest()
}

/// The SHA-256 digest and the size, in bytes, of a file, or of a part of it.
///
/// - Parameters:
///   - path: the file.
///   - offset: where the part begins.
///   - limit: how many bytes it has; fewer are there where the file ends before.
/// - Returns: both.
/// - Throws: `FileFailure` when it cannot be read.
package func sha256(
  file path: String, from offset: Int = 0, limit: Int = .max
) throws(FileFailure) -> (digest: Digest, size: Int) {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { throw FileFailure(.read, path, code: errno) }
  defer { close(descriptor) }
  var stream = SHA256Stream()
  var size = 0
  let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
  defer { buffer.deallocate() }
  while true {
    let count = pread(descriptor, buffer.baseAddress, min(buffer.count, limit - size), off_t(offset + size))
    if count < 0 && errno == EINTR { continue }
    guard count >= 0 else { throw FileFailure(.read, path, code: errno) }
    if count == 0 { return (stream.digest(), size) }
    stream.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    size += count
  }
}
