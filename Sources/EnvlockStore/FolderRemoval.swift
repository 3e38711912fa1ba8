import Glibc

/// Removes folders with all that is in them.
///
/// Links are removed, never followed, and at most two folders are open at a time, however deep they are nested: folders of
/// an image may be both hostile and deep. Folders that their owner may not write to are made writable first.
struct FolderRemoval {
  /// A name as the kernel has it, with its closing NUL: not every name is UTF-8.
  typealias Name = [CChar]

  /// A folder that is being emptied.
  private struct Level {
    var name: Name
    /// Its path below the folder where everything began.
    var path: String
    /// Names of folders in it that are still to be emptied.
    var folders: [Name] = []
    var device: dev_t
    var inode: ino_t
  }

  /// What stays, by its path; what is above it stays too.
  private let isKept: (String) -> Bool
  private var levels: [Level] = []
  private(set) var failure: (path: String, code: Int32)?

  /// - Parameter isKept: what stays, by its path below the folder where everything begins.
  init(keeping isKept: @escaping (String) -> Bool = { _ in false }) { self.isKept = isKept }

  /// Removes a file, or a folder with all that is in it.
  ///
  /// - Parameters:
  ///   - name: its name.
  ///   - path: its path, for `isKept` and for messages.
  ///   - folder: the folder that it is in, open.
  mutating func remove(_ name: String, path: String, in folder: Int32) {
    let name = Name(name.utf8CString)
    guard removeFile(name, path, in: folder) else { return }
    empty(name, path, in: folder)
  }

  /// Removes all that is in a folder.
  ///
  /// - Parameters:
  ///   - folder: the folder, open.
  ///   - path: its path, for `isKept` and for messages; empty for where everything begins.
  mutating func removeContent(of folder: Int32, path: String) {
    for name in names(in: folder, path) {
      let inner = FolderRemoval.join(path, name)
      if removeFile(name, inner, in: folder) { empty(name, inner, in: folder) }
    }
  }

  /// Removes what is no folder.
  ///
  /// - Returns: whether it is a folder.
  private mutating func removeFile(_ name: Name, _ path: String, in folder: Int32) -> Bool {
    var status = stat()
    guard fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
      if errno != ENOENT { note(path, errno) }
      return false
    }
    if status.st_mode & S_IFMT == S_IFDIR { return true }
    if !isKept(path), unlinkat(folder, name, 0) != 0, errno != ENOENT { note(path, errno) }
    return false
  }

  /// Goes down into a folder and all that are in it, and up again.
  private mutating func empty(_ name: Name, _ path: String, in top: Int32) {
    let bottom = levels.count
    guard var folder = enter(name, path, from: top) else { return }
    while levels.count > bottom {
      if let next = levels[levels.count - 1].folders.popLast() {
        let inner = FolderRemoval.join(levels[levels.count - 1].path, next)
        if let below = enter(next, inner, from: folder) {
          close(folder)
          folder = below
        }
        continue
      }
      let done = levels.removeLast()
      let above: Int32
      if levels.count > bottom {
        above = openat(folder, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard above >= 0, isSame(above, levels[levels.count - 1]) else {
          // Somebody moved folders meanwhile; what they hold now is not for us.
          note(done.path, above >= 0 ? EBUSY : errno)
          if above >= 0 { close(above) }
          break
        }
      } else {
        above = top
      }
      close(folder)
      folder = above
      guard !isKept(done.path), unlinkat(above, done.name, AT_REMOVEDIR) != 0 else { continue }
      // Something in it stays, or its own failure was noted.
      if errno != ENOTEMPTY, errno != EEXIST, errno != ENOENT { note(done.path, errno) }
    }
    levels.removeLast(levels.count - bottom)
    if folder != top { close(folder) }
  }

  /// Opens a folder and removes the files in it.
  private mutating func enter(_ name: Name, _ path: String, from folder: Int32) -> Int32? {
    let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
    var descriptor = openat(folder, name, flags)
    if descriptor < 0, errno == EACCES, fchmodat(folder, name, 0o700, AT_SYMLINK_NOFOLLOW) == 0 {
      descriptor = openat(folder, name, flags)
    }
    var status = stat()
    guard descriptor >= 0, fstat(descriptor, &status) == 0 else {
      note(path, errno)
      if descriptor >= 0 { close(descriptor) }
      return nil
    }
    if status.st_mode & 0o700 != 0o700 { fchmod(descriptor, 0o700) }
    var level = Level(name: name, path: path, device: status.st_dev, inode: status.st_ino)
    for name in names(in: descriptor, path)
    where removeFile(name, FolderRemoval.join(path, name), in: descriptor) { level.folders.append(name) }
    levels.append(level)
    return descriptor
  }

  private func isSame(_ descriptor: Int32, _ level: Level) -> Bool {
    var status = stat()
    return fstat(descriptor, &status) == 0 && status.st_dev == level.device && status.st_ino == level.inode
  }

  private mutating func names(in folder: Int32, _ path: String) -> [Name] {
    let descriptor = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0, let handle = fdopendir(descriptor) else {
      note(path, errno)
      if descriptor >= 0 { close(descriptor) }
      return []
    }
    defer { closedir(handle) }
    var names: [Name] = []
    while let entry = readdir(handle) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        bytes.prefix { $0 != 0 }.map { CChar(bitPattern: $0) } + [0]
      }
      if name != [0x2E, 0] && name != [0x2E, 0x2E, 0] { names.append(name) }
    }
    return names
  }

  private static func join(_ path: String, _ name: Name) -> String {
    let text = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return path.isEmpty ? text : "\(path)/\(text)"
  }

  /// The first failure is told; the others mostly follow from it.
  private mutating func note(_ path: String, _ code: Int32) {
    if failure == nil { failure = (path, code) }
  }
}

extension FolderTree {
  /// Removes a file, or a folder with all that is in it, such as an unpacked image; links are not followed. What is not
  /// there need not be removed.
  ///
  /// - Parameter path: where.
  /// - Throws: `FileFailure` naming the first thing that stays, and, with EBUSY, a place below where something is mounted:
  ///   then nothing is removed, since what is mounted there may be somebody's data.
  package static func remove(_ path: String) throws(FileFailure) {
    var path = path
    while path.utf8.count > 1, path.utf8.last == UInt8(ascii: "/") { path.removeLast() }
    if let mount = mountPoint(below: path) { throw FileFailure(.remove, mount, code: EBUSY) }
    try removeOwn(path)
  }

  /// Removes what this program has made a moment ago, in which nobody can have mounted anything.
  static func removeOwn(_ path: String) throws(FileFailure) {
    let folder = open(AtomicFile.folder(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else {
      if errno == ENOENT { return }
      throw FileFailure(.remove, path, code: errno)
    }
    defer { close(folder) }
    let name = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[path.utf8.index(after: $0)...]) }
    var removal = FolderRemoval()
    removal.remove(name ?? path, path: path, in: folder)
    if let (path, code) = removal.failure { throw FileFailure(.remove, path, code: code) }
  }

  /// A place at a path or below it where a file system is mounted; nil where there is none, or nobody knows.
  ///
  /// Source: proc_pid_mountinfo(5): the fifth field is the mount point, with octal numbers for spaces and the like.
  private static func mountPoint(below path: String) -> String? {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, let real = realpath(path, nil) else {
      return nil
    }
    defer { free(real) }
    let place = String(cString: real)
    for line in mountLines {
      let fields = line.split(separator: UInt8(ascii: " "), maxSplits: 5)
      guard fields.count > 4 else { continue }
      let point = unescaped(fields[4])
      if point == place || point.hasPrefix(place + "/") { return point }
    }
    return nil
  }

  private static var mountLines: [ArraySlice<UInt8>] {
    let descriptor = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return [] }
    defer { close(descriptor) }
    var text: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let (count, code) = piece.withUnsafeMutableBytes {
        StoreFiles.read(descriptor, at: text.count, into: $0)
      }
      text += piece[..<count]
      if code != 0 || count < piece.count { return text.split(separator: UInt8(ascii: "\n")) }
    }
  }

  private static func unescaped(_ field: ArraySlice<UInt8>) -> String {
    var bytes: [UInt8] = []
    var rest = field
    while let byte = rest.popFirst() {
      let digits = rest.prefix(3)
      if byte == UInt8(ascii: "\\"), digits.count == 3, digits.allSatisfy({ (0x30...0x37).contains($0) }) {
        bytes.append(digits.reduce(0) { $0 << 3 | ($1 & 7) })
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
