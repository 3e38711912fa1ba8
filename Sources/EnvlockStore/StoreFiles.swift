import Glibc

/// What the parts of the store do with files.
enum StoreFiles {
  /// Makes a folder below the cache's folder and whatever is missing above it, readable by their owner only.
  static func makeFolder(_ folder: String, below root: String) throws(FileFailure) {
    if access(folder, F_OK) == 0 { return }
    let isNew = access(root + "/CACHEDIR.TAG", F_OK) != 0
    var made = ""
    for part in folder.split(separator: "/") {
      made += (made.isEmpty && !folder.hasPrefix("/") ? "" : "/") + part
      if mkdir(made, 0o700) != 0 && errno != EEXIST {
        // Where it is there, other errors than that it is there may come first.
        let code = errno
        if access(made, F_OK) != 0 { throw FileFailure(.write, made, code: code) }
      }
    }
    guard isNew else { return }
    // Source: the Cache Directory Tagging Specification. Backup programs pass such folders over.
    let tag = "Signature: 8a477f597d28d172789f06886806bc55\n# This folder can be deleted at any time.\n"
    try AtomicFile.write(Array(tag.utf8), to: root + "/CACHEDIR.TAG", durability: .cached)
  }

  /// Bytes of the regular file at `path`; nil where there is none.
  static func size(of path: String) -> Int? {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int(status.st_size)
  }

  /// Writes all of it where the file stands.
  ///
  /// - Returns: 0, or the error's number.
  static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32 {
    var done = 0
    while done < bytes.count {
      let count = Glibc.write(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return count < 0 ? errno : EIO }
      done += count
    }
    return 0
  }

  /// Fills a buffer from an offset of a file on.
  ///
  /// - Returns: how many bytes there were, fewer than wanted only at the file's end; or the error's number.
  static func read(_ descriptor: Int32, at offset: Int, into buffer: UnsafeMutableRawBufferPointer)
    -> (count: Int, code: Int32)
  {
    var done = 0
    while done < buffer.count {
      let count = pread(
        descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done, off_t(offset + done))
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { return (done, errno) }
      if count == 0 { break }
      done += count
    }
    return (done, 0)
  }

  /// Opens a file to read it.
  static func open(_ path: String) throws(FileFailure) -> Int32 {
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileFailure(.read, path, code: errno) }
    return descriptor
  }

  /// Makes the names in a folder survive a power cut, where the file system can.
  static func syncFolder(of path: String) {
    let descriptor = Glibc.open(AtomicFile.folder(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}
