import Glibc
import Synchronization

/// A folder for pack files and scratch folders, made when the first is written, locked while it is in use, and removed with its last reference.
/// What a program that was killed leaves is removed by the next that packs.
final class ArchivePackFolder: Sendable {
  private struct State {
    var path: String?
    var descriptor: Int32 = -1
    var count = 0
  }

  let root: String
  private let state = Mutex(State())

  /// Takes the cache's folder.
  init(_ root: String) { self.root = root }

  deinit {
    let (path, descriptor) = state.withLock { ($0.path, $0.descriptor) }
    guard let path else { return }
    StoreFiles.removeTree(path)
    // Closing gives the lock back.
    close(descriptor)
  }

  /// Makes an empty file.
  ///
  /// - Returns: where, and the file, open for writing.
  /// - Throws: `FileFailure`.
  func makeFile() throws(FileFailure) -> (path: String, descriptor: Int32) {
    let path = try freePath()
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw FileFailure(.write, path, code: errno) }
    return (path, descriptor)
  }

  /// Makes an empty folder.
  ///
  /// - Returns: where.
  /// - Throws: `FileFailure`.
  func makeFolder() throws(FileFailure) -> String {
    let path = try freePath()
    guard mkdir(path, 0o700) == 0 else { throw FileFailure(.write, path, code: errno) }
    return path
  }

  /// A path in the folder that nobody else uses.
  private func freePath() throws(FileFailure) -> String {
    let outcome = state.withLock { state -> Result<String, FileFailure> in
      do throws(FileFailure) {
        if state.path == nil { (state.path, state.descriptor) = try make() }
        state.count += 1
        return .success("\(state.path ?? root)/\(state.count)")
      } catch {
        return .failure(error)
      }
    }
    return try outcome.get()
  }

  private func make() throws(FileFailure) -> (String, Int32) {
    let packs = root + "/packs"
    try StoreFiles.makeFolder(packs, below: root)
    StoreFiles.sweep(packs)
    for _ in 0..<100 {
      let path = "\(packs)/\(getpid())-\(UInt32.random(in: 0 ... .max))"
      guard mkdir(path, 0o700) == 0 else {
        if errno == EEXIST || errno == EINTR { continue }
        throw FileFailure(.write, path, code: errno)
      }
      let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      guard descriptor >= 0 else {
        // Another program swept it away between the two calls.
        if errno == ENOENT { continue }
        throw FileFailure(.write, path, code: errno)
      }
      if StoreFiles.claim(descriptor) { return (path, descriptor) }
      close(descriptor)
    }
    throw FileFailure(.write, packs, code: EEXIST)
  }
}
