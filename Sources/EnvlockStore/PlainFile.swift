import Glibc

/// Files that a program wrote which is not trusted: nothing but plain files is read, and no link is followed.
package enum PlainFile {
  /// Reads a small file whole.
  ///
  /// - Parameters:
  ///   - path: where it lies; the folders above are trusted.
  ///   - limit: how many bytes it may have.
  /// - Returns: its bytes.
  /// - Throws: `FileFailure`; with `EFBIG` for a longer one, with `ELOOP` for a link, with `EINVAL` for a device or pipe.
  package static func content(_ path: String, limit: Int) throws(FileFailure) -> [UInt8] {
    // Without waiting for somebody at the other end of a pipe.
    let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileFailure(.read, path, code: errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw FileFailure(.read, path, code: errno) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw FileFailure(.read, path, code: EINVAL) }
    guard status.st_size <= limit else { throw FileFailure(.read, path, code: EFBIG) }
    var code: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: Int(status.st_size)) { buffer, count in
      (count, code) = StoreFiles.read(descriptor, at: 0, into: UnsafeMutableRawBufferPointer(buffer))
    }
    guard code == 0 else { throw FileFailure(.read, path, code: code) }
    return bytes
  }

  /// Whether there is a plain file, and not a link to one.
  package static func isThere(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }
}
