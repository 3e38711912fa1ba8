import Glibc

extension StoredArtifact {
  /// Its bytes, for small documents.
  ///
  /// - Parameter limit: how many bytes it may have.
  /// - Returns: the bytes.
  /// - Throws: `FileFailure` where it cannot be read, or has more.
  package func content(limit: Int = 16 << 20) throws(FileFailure) -> [UInt8] {
    guard let bytes = StoreFiles.content(of: path, limit: limit) else {
      throw FileFailure(.read, path, code: size > limit ? EFBIG : EIO)
    }
    return bytes
  }
}
