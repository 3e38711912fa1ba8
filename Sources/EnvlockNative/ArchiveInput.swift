import Glibc

/// Bytes that come block by block.
protocol ArchiveInput: AnyObject {
  /// The next block, valid until the next call; an empty one at the end.
  ///
  /// - Throws: `ArchiveFault`.
  func next() throws(ArchiveFault) -> UnsafeRawBufferPointer
}

extension ArchiveInput {
  /// Reads what is left, which verifies the sums at the end of a compressed stream.
  func drain() throws(ArchiveFault) {
    while true {
      if try next().isEmpty { return }
    }
  }
}

/// An open file, which several inputs may read parts of.
final class ArchiveFile {
  private let descriptor: Int32
  /// Bytes of the file when it was opened.
  let size: Int

  init(_ path: String) throws(ArchiveFault) {
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .file(code: errno) }
    var status = stat()
    // A file without a size, such as a pipe, cannot be read at an offset either.
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw .file(code: EINVAL)
    }
    size = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// Fills a buffer from an offset on.
  ///
  /// - Returns: how many bytes there were, fewer than wanted only at the file's end.
  func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveFault) -> Int {
    var done = 0
    while done < buffer.count {
      let count = pread(
        descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done, off_t(offset + done))
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw .file(code: errno) }
      if count == 0 { break }
      done += count
    }
    return done
  }

  /// As many bytes as there are from an offset on, at most so many.
  func bytes(at offset: Int, count: Int) throws(ArchiveFault) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: max(0, min(count, size - offset)))
    var fault: ArchiveFault?
    let found = bytes.withUnsafeMutableBytes { buffer in
      do throws(ArchiveFault) { return try read(at: offset, into: buffer) } catch {
        fault = error
        return 0
      }
    }
    if let fault { throw fault }
    return Array(bytes.prefix(found))
  }
}

/// A part of a file.
final class ArchiveFileInput: ArchiveInput {
  private let file: ArchiveFile
  private var place: Int
  private let end: Int
  private let buffer: UnsafeMutableRawBufferPointer

  /// Takes the bytes to read; a file that ends before them is cut off.
  init(_ file: ArchiveFile, _ range: Range<Int>) {
    self.file = file
    place = range.lowerBound
    end = range.upperBound
    buffer = .allocate(byteCount: 256 << 10, alignment: 64)
  }

  deinit { buffer.deallocate() }

  func next() throws(ArchiveFault) -> UnsafeRawBufferPointer {
    let room = UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(end - place))
    let count = try file.read(at: place, into: room)
    guard count == room.count else { throw .cutOff }
    place += count
    return UnsafeRawBufferPointer(room)
  }
}

/// Bytes that are here.
final class ArchiveBytesInput: ArchiveInput {
  private let buffer: UnsafeMutableRawBufferPointer
  private var isDone = false

  init(_ bytes: [UInt8]) {
    buffer = .allocate(byteCount: bytes.count, alignment: 64)
    buffer.copyBytes(from: bytes)
  }

  deinit { buffer.deallocate() }

  func next() -> UnsafeRawBufferPointer {
    defer { isDone = true }
    return UnsafeRawBufferPointer(rebasing: buffer.prefix(isDone ? 0 : buffer.count))
  }
}

/// Counts the bytes that pass, and lets no more pass than the limit.
final class ArchiveLimitedInput: ArchiveInput {
  private let source: any ArchiveInput
  private let limit: Int
  private var left: Int

  init(_ source: any ArchiveInput, limit: Int) {
    self.source = source
    self.limit = limit
    left = limit
  }

  func next() throws(ArchiveFault) -> UnsafeRawBufferPointer {
    let block = try source.next()
    guard block.count <= left else { throw .tooLarge(limit: limit) }
    left -= block.count
    return block
  }
}

extension ArchiveFault {
  static func text(of code: Int32) -> String {
    code == EINVAL ? "it is no regular file" : String(cString: strerror(code))
  }
}
