import Glibc
import Synchronization

/// Writes files so that whoever looks sees the old bytes or the new ones, whole, also after a crash.
package enum AtomicFile {
  /// How far a file must be written when the call returns.
  package enum Durability: Sendable {
    /// It survives a power cut.
    case synced
    /// It survives the end of the process; for what can be fetched again.
    case cached
  }

  /// Replaces the file at `path`, or makes it. On failure the old file is untouched, and nothing is left beside it.
  ///
  /// A symbolic link stays and its target is replaced. A device or pipe, such as /dev/stdout, is simply written to.
  /// - Parameters:
  ///   - bytes: the new content.
  ///   - path: where; its folder must exist.
  ///   - durability: whether to wait for the disk.
  ///   - isExecutable: whether it is a program.
  /// - Throws: `FileFailure` naming `path`.
  package static func write(
    _ bytes: [UInt8], to path: String, durability: Durability = .synced, isExecutable: Bool = false
  ) throws(FileFailure) {
    var target = path
    var status = stat()
    if stat(path, &status) == 0 {
      switch status.st_mode & S_IFMT {
      case S_IFDIR: throw FileFailure(.write, path, code: EISDIR)
      case S_IFREG: break
      default: return try writeThrough(bytes, to: path)
      }
    }
    if lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK, let resolved = realpath(path, nil) {
      target = String(cString: resolved)
      free(resolved)
    }
    let folder = Self.folder(of: target)
    if durability == .synced { sweep(beside: target) }
    let (temporary, descriptor) = try create(beside: target, for: path, mode: isExecutable ? 0o755 : 0o644)
    var code = writeAll(bytes, to: descriptor)
    if code == 0, durability == .synced, fsync(descriptor) != 0 { code = errno }
    if close(descriptor) != 0, code == 0 { code = errno }
    if code == 0, rename(temporary, target) != 0 { code = errno }
    guard code == 0 else {
      unlink(temporary)
      throw FileFailure(.write, path, code: code)
    }
    if durability == .synced { syncFolder(folder) }
  }

  /// "a" of "a/b", "." of "b", "/" of "/b".
  static func folder(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static let serial = Atomic<Int>(0)

  /// Makes an empty file under a name that nobody else uses.
  private static func create(
    beside target: String, for path: String, mode: mode_t
  ) throws(FileFailure) -> (String, Int32) {
    let stem = stem(for: target)
    for _ in 0..<100 {
      let number = serial.add(1, ordering: .relaxed).newValue
      let temporary = "\(folder(of: target))/\(stem)\(getpid())-\(number).tmp"
      let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
      if descriptor >= 0 {
        if StoreFiles.claim(descriptor) { return (temporary, descriptor) }
        close(descriptor)
        continue
      }
      guard errno == EEXIST || errno == EINTR else { break }
    }
    throw FileFailure(.write, path, code: errno)
  }

  /// What the names of files begin with that are going to be `target`.
  private static func stem(for target: String) -> String {
    let name =
      target.utf8.lastIndex(of: UInt8(ascii: "/")).map { target[target.utf8.index(after: $0)...] }
      ?? target[...]
    // Short enough for every file system, however long the name is.
    return "." + String(decoding: name.utf8.prefix(100), as: UTF8.self) + "."
  }

  /// Removes what programs left that were killed while they wrote a file.
  static func sweep(beside target: String) {
    let stem = stem(for: target)
    StoreFiles.sweep(folder(of: target)) { $0.hasPrefix(stem) && $0.hasSuffix(".tmp") }
  }

  private static func writeThrough(_ bytes: [UInt8], to path: String) throws(FileFailure) {
    let descriptor = open(path, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileFailure(.write, path, code: errno) }
    let code = writeAll(bytes, to: descriptor)
    close(descriptor)
    guard code == 0 else { throw FileFailure(.write, path, code: code) }
  }

  /// Returns 0, or the error's number.
  private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
    bytes.withUnsafeBytes { StoreFiles.write($0, to: descriptor) }
  }

  /// Makes the new name survive a power cut. Some file systems cannot; the file itself is safe then all the same.
  private static func syncFolder(_ folder: String) {
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}
