import EnvlockModel
import Glibc

/// A layer's file while it is written, hashed on the way. It has no name that anybody looks for until it is whole.
///
/// It is `@unchecked Sendable` because one thread uses it at a time.
final class LayerFile: @unchecked Sendable {
  private let path: String
  private let descriptor: Int32
  private let report: @Sendable (Int) -> Void
  private var hash = SHA256Stream()
  private(set) var count = 0
  private var begun = 0
  private var isDone = false

  /// From how many bytes on the disk is told to begin writing, so that it is nearly done in the end.
  private static let stride = 8 << 20

  /// Makes an empty file.
  ///
  /// - Parameters:
  ///   - folder: where.
  ///   - size: how many bytes it will have; a disk without room for them is found full at once.
  ///   - report: gets the number of bytes that are written.
  /// - Throws: `FileFailure`.
  init(in folder: String, size: Int, _ report: @escaping @Sendable (Int) -> Void) throws(FileFailure) {
    self.report = report
    (path, descriptor) = try LayerFile.create(in: folder)
    var disk = statvfs()
    guard fstatvfs(descriptor, &disk) == 0, disk.f_frsize > 0 else { return }
    if UInt64(size) / UInt64(disk.f_frsize) > UInt64(disk.f_bavail) {
      throw FileFailure(.write, path, code: ENOSPC)
    }
  }

  deinit {
    // Closing gives the lock back.
    close(descriptor)
    if !isDone { unlink(path) }
  }

  private static func create(in folder: String) throws(FileFailure) -> (String, Int32) {
    for _ in 0..<100 {
      let path = "\(folder)/\(getpid())-\(UInt32.random(in: 0 ... .max))"
      let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
      guard descriptor >= 0 else {
        if errno == EEXIST || errno == EINTR { continue }
        throw FileFailure(.write, path, code: errno)
      }
      if StoreFiles.claim(descriptor) { return (path, descriptor) }
      close(descriptor)
    }
    throw FileFailure(.write, folder, code: EEXIST)
  }

  /// Adds bytes.
  ///
  /// - Throws: `FileFailure`.
  func write(_ bytes: UnsafeRawBufferPointer) throws(FileFailure) {
    hash.update(bytes)
    let code = StoreFiles.write(bytes, to: descriptor)
    guard code == 0 else { throw FileFailure(.write, path, code: code) }
    count += bytes.count
    if count - begun >= LayerFile.stride {
      // Linux takes this as "begin to write"; pages that are not yet written stay in memory.
      posix_fadvise(descriptor, off_t(begun), off_t(count - begun), POSIX_FADV_DONTNEED)
      begun = count
    }
    report(count)
  }

  /// The digest of what was written.
  var digest: Digest { hash.digest() }

  /// Moves it to its place, for good.
  ///
  /// - Throws: `FileFailure`.
  func finish(at place: String) throws(FileFailure) {
    guard ftruncate(descriptor, off_t(count)) == 0, fchmod(descriptor, 0o444) == 0, fsync(descriptor) == 0,
      rename(path, place) == 0
    else { throw FileFailure(.write, place, code: errno) }
    isDone = true
    StoreFiles.syncFolder(of: place)
  }
}
