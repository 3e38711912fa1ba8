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

  /// The bytes of a small file; nil where it cannot be read or has more than so many.
  static func content(of path: String, limit: Int) -> [UInt8]? {
    guard let size = size(of: path), size <= limit else { return nil }
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var code: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      (count, code) = read(descriptor, at: 0, into: UnsafeMutableRawBufferPointer(buffer))
    }
    return code == 0 ? bytes : nil
  }

  /// Hands on the bytes of a file, piece by piece, until the task is cancelled.
  static func read(
    _ path: String, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let descriptor = try open(path)
    defer { close(descriptor) }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    defer { buffer.deallocate() }
    var offset = 0
    while true {
      try Task.checkCancellation()
      let (count, code) = read(descriptor, at: offset, into: buffer)
      guard code == 0 else { throw FileFailure(.read, path, code: code) }
      if count == 0 { return }
      try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      offset += count
    }
  }

  /// Replaces a file, or makes it, when all of it is written; until then the old one stays.
  ///
  /// - Parameters:
  ///   - path: where; its folder must exist.
  ///   - body: writes to the open file.
  /// - Throws: `FileFailure`, and what the body throws.
  static func replace(_ path: String, _ body: (Int32) throws -> Void) throws {
    let (scratch, descriptor) = try ScratchName.file(for: path)
    defer { close(descriptor) }
    do {
      try body(descriptor)
      guard fsync(descriptor) == 0, rename(scratch, path) == 0 else {
        throw FileFailure(.write, path, code: errno)
      }
    } catch {
      unlink(scratch)
      throw error
    }
    syncFolder(of: path)
  }

  /// Copies a file, which appears whole or not at all.
  static func copy(_ source: String, to path: String) throws {
    try replace(path) { descriptor in
      try read(source) { piece in
        let code = write(piece, to: descriptor)
        guard code == 0 else { throw FileFailure(.write, path, code: code) }
      }
    }
  }

  /// The names in a folder but "." and "..", in any order; none where it cannot be read.
  static func names(in folder: String) -> [String] {
    guard let handle = opendir(folder) else { return [] }
    defer { closedir(handle) }
    var names: [String] = []
    while let entry = readdir(handle) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names
  }

  /// Removes what this program has made, as far as it can be; links are not followed.
  static func removeTree(_ path: String) {
    // A sweep removes what stays.
    try? FolderTree.removeOwn(path)
  }

  /// Locks a file or folder that was just made, so that no sweep takes it for what a killed program left.
  ///
  /// - Returns: false where a sweep was faster; then it is gone, or will be in a moment.
  static func claim(_ descriptor: Int32) -> Bool {
    // Where there are no locks, there are no sweeps.
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK else { return false }
    var status = stat()
    return fstat(descriptor, &status) == 0 && status.st_nlink > 0
  }

  /// Removes the files and folders in a folder that nobody has locked: programs that were killed left them.
  ///
  /// - Parameters:
  ///   - folder: where.
  ///   - age: how many seconds ago they were made or changed at least, where they are not locked as soon as they are made.
  ///   - isMeant: which names.
  static func sweep(_ folder: String, age: Int = 0, _ isMeant: (String) -> Bool = { _ in true }) {
    for name in names(in: folder) where isMeant(name) {
      let path = "\(folder)/\(name)"
      let descriptor = Glibc.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
      guard descriptor >= 0 else { continue }
      defer { close(descriptor) }
      var status = stat()
      guard fstat(descriptor, &status) == 0, age == 0 || time(nil) - status.st_ctim.tv_sec >= age else {
        continue
      }
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { removeTree(path) }
    }
  }
}

/// A name beside a file or folder that is to be written, which nobody else uses.
struct ScratchName {
  let path: String

  /// Finds a name, and removes what killed programs left under such names.
  ///
  /// - Parameters:
  ///   - target: what is to be written.
  ///   - age: as in `StoreFiles.sweep`; 0 where everybody claims what is made under such a name.
  /// - Throws: `FileFailure` where there is no such folder.
  init(for target: String, age: Int = 0) throws(FileFailure) {
    let folder = AtomicFile.folder(of: target)
    guard access(folder, F_OK) == 0 else { throw FileFailure(.write, target, code: ENOENT) }
    let name = target.split(separator: "/").last ?? "image"
    // Short enough for every file system, however long the name is.
    let stem = "." + String(decoding: name.utf8.prefix(100), as: UTF8.self) + "."
    StoreFiles.sweep(folder, age: age) { $0.hasPrefix(stem) && $0.hasSuffix(".part") }
    path = "\(folder)/\(stem)\(getpid())-\(UInt32.random(in: 0 ... .max)).part"
  }

  /// Makes an empty file, claimed.
  ///
  /// - Parameter target: what it is going to be.
  /// - Returns: where, and the file, open for writing.
  /// - Throws: `FileFailure` naming the target.
  static func file(for target: String) throws(FileFailure) -> (path: String, descriptor: Int32) {
    for _ in 0..<100 {
      let path = try ScratchName(for: target).path
      let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
      guard descriptor >= 0 else { throw FileFailure(.write, target, code: errno) }
      if StoreFiles.claim(descriptor) { return (path, descriptor) }
      close(descriptor)
    }
    throw FileFailure(.write, target, code: EEXIST)
  }

  /// Makes an empty folder, claimed.
  ///
  /// - Parameter target: what it is going to be.
  /// - Returns: where, and the folder, open to hold its lock.
  /// - Throws: `FileFailure` naming the target.
  static func folder(for target: String) throws(FileFailure) -> (path: String, descriptor: Int32) {
    for _ in 0..<100 {
      let path = try ScratchName(for: target).path
      guard mkdir(path, 0o755) == 0 else { throw FileFailure(.write, target, code: errno) }
      let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      // A sweep may have come between the two calls.
      guard descriptor >= 0 || errno == ENOENT else { throw FileFailure(.write, target, code: errno) }
      guard descriptor >= 0 else { continue }
      if StoreFiles.claim(descriptor) { return (path, descriptor) }
      close(descriptor)
    }
    throw FileFailure(.write, target, code: EEXIST)
  }
}
