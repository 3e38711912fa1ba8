import EnvlockModel
import EnvlockNative
import Glibc

/// A file of the store while it grows, hashed on the way. Its owner holds its lock, so that nobody else writes to it.
///
/// It is `@unchecked Sendable` because it is used by one thread at a time: by the task that fetches, and during a request
/// by the thread that transfers.
final class ArtifactPartial: TransferSink, @unchecked Sendable {
  /// Why a body was not taken.
  enum Refusal: Hashable {
    case file(FileFailure)
    /// The whole has another size than it should.
    case size(found: Int, orMore: Bool)
    /// What came is another part than the one that was asked for.
    case otherPart
  }

  /// Where it lies until it is whole.
  let path: String
  /// Bytes that are there.
  private(set) var count = 0
  /// Whether it was put together from what came by several requests, or in several runs.
  private(set) var isPieced = false
  /// Set where a body was not taken.
  private(set) var refusal: Refusal?

  private let descriptor: Int32
  private let isPrivate: Bool
  private let expectedSize: Int?
  private var statedSize: Int?
  private var hash = SHA256Stream()
  private let report: @Sendable (ArtifactProgress) -> Void

  private init(
    _ path: String, _ descriptor: Int32, isPrivate: Bool, expectedSize: Int?,
    _ report: @escaping @Sendable (ArtifactProgress) -> Void
  ) {
    self.path = path
    self.descriptor = descriptor
    self.isPrivate = isPrivate
    self.expectedSize = expectedSize
    self.report = report
  }

  deinit {
    // Closing gives the lock back.
    close(descriptor)
    if isPrivate { unlink(path) }
  }

  /// What became of trying to own a partial file.
  enum Opening {
    case owned(ArtifactPartial)
    /// Somebody else is at it.
    case busy
  }

  /// Makes the file or takes it over, unless somebody else has it.
  ///
  /// - Throws: `FileFailure` where it cannot be written.
  static func open(
    _ path: String, expectedSize: Int?, _ report: @escaping @Sendable (ArtifactProgress) -> Void
  ) throws(FileFailure) -> Opening {
    while true {
      let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
      guard descriptor >= 0 else { throw FileFailure(.write, path, code: errno) }
      if flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
        let code = errno
        close(descriptor)
        switch code {
        case EWOULDBLOCK: return .busy
        case EINTR: continue
        case ENOSYS, ENOLCK, EOPNOTSUPP:
          return .owned(try openPrivate(beside: path, expectedSize: expectedSize, report))
        default: throw FileFailure(.write, path, code: code)
        }
      }
      // Whoever had it before may have moved or removed it; then the lock is on a file without this name.
      var mine = stat()
      var named = stat()
      guard fstat(descriptor, &mine) == 0, stat(path, &named) == 0, mine.st_ino == named.st_ino,
        mine.st_dev == named.st_dev
      else {
        close(descriptor)
        continue
      }
      return .owned(
        ArtifactPartial(path, descriptor, isPrivate: false, expectedSize: expectedSize, report))
    }
  }

  /// For file systems without locks: a file of this process's own, which nobody goes on with.
  static func openPrivate(
    beside path: String, expectedSize: Int?, _ report: @escaping @Sendable (ArtifactProgress) -> Void
  ) throws(FileFailure) -> ArtifactPartial {
    for _ in 0..<100 {
      let name = "\(path).\(getpid())-\(UInt32.random(in: 0 ... .max))"
      let descriptor = Glibc.open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
      if descriptor >= 0 {
        guard StoreFiles.claim(descriptor) else {
          close(descriptor)
          continue
        }
        return ArtifactPartial(name, descriptor, isPrivate: true, expectedSize: expectedSize, report)
      }
      guard errno == EEXIST || errno == EINTR else { break }
    }
    throw FileFailure(.write, path, code: errno)
  }

  /// Hashes what an earlier run left.
  ///
  /// - Throws: `FileFailure` where it cannot be read.
  func takeUp() throws(FileFailure) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    defer { buffer.deallocate() }
    while true {
      let (read, code) = StoreFiles.read(descriptor, at: count, into: buffer)
      guard code == 0 else { throw FileFailure(.read, path, code: code) }
      if read == 0 { break }
      hash.update(UnsafeRawBufferPointer(rebasing: buffer[..<read]))
      count += read
      if let expectedSize, count > expectedSize { return try restart() }
    }
    isPieced = count > 0
    // What follows is written where reading ended.
    guard lseek(descriptor, off_t(count), SEEK_SET) >= 0 else {
      throw FileFailure(.write, path, code: errno)
    }
    if count > 0 { tell() }
  }

  /// Empties it.
  ///
  /// - Throws: `FileFailure` where that fails.
  func restart() throws(FileFailure) {
    guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
      throw FileFailure(.write, path, code: errno)
    }
    hash = SHA256Stream()
    count = 0
    isPieced = false
    statedSize = nil
    refusal = nil
  }

  /// The digest of what is there.
  var digest: Digest { hash.digest() }

  // MARK: Taking a body

  func begin(status: Int, headers: HeaderFields) -> Bool {
    let length = headers.contentLength
    if status == 206 {
      guard let place = ContentRange(headers["content-range"]), place.from == count else {
        return refuse(.otherPart)
      }
      if let total = place.total, !accepts(total: total) { return false }
    } else {
      // The whole, whatever was asked for.
      if count > 0 {
        do { try restart() } catch { return refuse(.file(error)) }
      }
      if let length, !accepts(total: length) { return false }
    }
    if count > 0 { isPieced = true }
    tell()
    return true
  }

  func take(_ piece: UnsafeRawBufferPointer) -> Bool {
    if let expectedSize, piece.count > expectedSize - count {
      return refuse(.size(found: count + piece.count, orMore: true))
    }
    let code = StoreFiles.write(piece, to: descriptor)
    guard code == 0 else {
      // Some of it may be there.
      _ = ftruncate(descriptor, off_t(count))
      return refuse(.file(FileFailure(.write, path, code: code)))
    }
    hash.update(piece)
    count += piece.count
    tell()
    return true
  }

  private func accepts(total: Int) -> Bool {
    statedSize = total
    guard let expectedSize, total != expectedSize else { return true }
    return refuse(.size(found: total, orMore: false))
  }

  private func refuse(_ refusal: Refusal) -> Bool {
    self.refusal = refusal
    return false
  }

  private func tell() { report(ArtifactProgress(count: count, size: expectedSize ?? statedSize)) }

  // MARK: Ending

  /// Moves it to its place, for good: it survives a power cut, and nobody writes to it again.
  ///
  /// - Throws: `FileFailure` where that fails; then it stays where it is.
  func finish(at place: String) throws(FileFailure) {
    guard fchmod(descriptor, 0o444) == 0, fsync(descriptor) == 0, rename(path, place) == 0 else {
      throw FileFailure(.write, place, code: errno)
    }
    StoreFiles.syncFolder(of: place)
  }

  /// Removes it.
  func discard() { unlink(path) }
}

/// "bytes 0-9/200" or "bytes 0-9/*": where a part lies in its file. Source: RFC 9110, section 14.4.
private struct ContentRange {
  let from: Int
  let total: Int?

  init?(_ text: String?) {
    guard let text, text.lowercased().hasPrefix("bytes ") else { return nil }
    let parts = text.dropFirst(6).split { $0 == "-" || $0 == "/" || $0 == " " }
    guard parts.count == 3, let from = Int(parts[0]), let through = Int(parts[1]), from >= 0, from <= through
    else { return nil }
    self.from = from
    total = Int(parts[2])
    if let total, through >= total { return nil }
    if total == nil, parts[2] != "*" { return nil }
  }
}
