package import EnvlockImage

import Glibc

/// A folder of the store for files that a program is to find under their names, gone with its last reference.
package final class ScratchFolder: Sendable {
  /// Where it is.
  package let path: String

  /// Keeps the folder above locked, so that no sweep takes it away.
  private let owner: ArchivePackFolder

  init(_ path: String, in owner: ArchivePackFolder) {
    self.path = path
    self.owner = owner
  }

  deinit { StoreFiles.removeTree(path) }

  /// Where what has this name lies.
  package func place(_ name: ImagePath) -> String { "\(path)/\(name)" }

  /// Writes a file, and makes the folders above it.
  ///
  /// - Parameters:
  ///   - bytes: its content.
  ///   - name: its path in the folder.
  ///   - isExecutable: whether it is to be started.
  /// - Throws: `FileFailure`.
  package func write(_ bytes: [UInt8], to name: ImagePath, isExecutable: Bool = false) throws(FileFailure) {
    let target = place(name)
    try StoreFiles.makeFolder(AtomicFile.folder(of: target), below: owner.root)
    let descriptor = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, isExecutable ? 0o700 : 0o600)
    guard descriptor >= 0 else { throw FileFailure(.write, target, code: errno) }
    var code = bytes.withUnsafeBytes { StoreFiles.write($0, to: descriptor) }
    if close(descriptor) != 0, code == 0 { code = errno }
    guard code == 0 else { throw FileFailure(.write, target, code: code) }
  }

  /// Makes a symbolic link, and the folders above it.
  ///
  /// - Parameters:
  ///   - name: its path in the folder.
  ///   - text: what it holds.
  /// - Throws: `FileFailure`.
  package func link(_ name: ImagePath, to text: String) throws(FileFailure) {
    let target = place(name)
    try StoreFiles.makeFolder(AtomicFile.folder(of: target), below: owner.root)
    guard symlink(text, target) == 0 else { throw FileFailure(.write, target, code: errno) }
  }

  /// Copies a file, which is whole or not there.
  ///
  /// - Parameters:
  ///   - path: what is copied.
  ///   - name: its path in the folder; the folder above is there.
  /// - Throws: `FileFailure`.
  package func copy(_ path: String, to name: ImagePath) throws { try StoreFiles.copy(path, to: place(name)) }

  /// Makes a folder, unless it is there; the one above is.
  ///
  /// - Throws: `FileFailure`; with `ENOTDIR` where there is something else, even a link to a folder.
  package func makeFolder(_ name: ImagePath) throws(FileFailure) {
    let target = place(name)
    if mkdir(target, 0o755) == 0 { return }
    let code = errno
    var status = stat()
    guard code == EEXIST, lstat(target, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw FileFailure(.write, target, code: code == EEXIST ? ENOTDIR : code)
    }
  }

  /// Where it is, as an absolute path without links, for programs that start elsewhere.
  ///
  /// - Throws: `FileFailure`.
  package func absolutePath() throws(FileFailure) -> String {
    guard let resolved = realpath(path, nil) else { throw FileFailure(.read, path, code: errno) }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  /// Removes a file.
  package func remove(_ name: ImagePath) { unlink(place(name)) }
}

extension ArchivePacker {
  /// Makes an empty folder beside the packs.
  ///
  /// - Throws: `FileFailure`.
  package func scratchFolder() throws(FileFailure) -> ScratchFolder {
    ScratchFolder(try folder.makeFolder(), in: folder)
  }
}
