import Glibc

/// What a request sends.
package enum TransferBody: Sendable {
  /// These bytes.
  case bytes([UInt8])
  /// So many bytes of a file, from an offset on. They are read while they are sent, a piece at a time.
  case file(path: String, offset: Int, count: Int)

  /// How many bytes.
  package var count: Int {
    switch self {
    case .bytes(let bytes): bytes.count
    case .file(_, _, let count): count
    }
  }
}

/// Reads a body from its start to its end.
final class BodyReader {
  private let body: TransferBody
  private let descriptor: Int32
  private var place = 0
  /// Why it could not be read to its end; nil while it could.
  private(set) var failure: TransferError?

  /// - Throws: `TransferError.notReadable` where the file cannot be opened.
  init(_ body: TransferBody) throws(TransferError) {
    self.body = body
    guard case .file(let path, _, _) = body else {
      descriptor = -1
      return
    }
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .notReadable(path: path, reason: String(cString: strerror(errno))) }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// How many bytes were read.
  var count: Int { place }

  /// Fills in what comes next.
  ///
  /// - Returns: how many bytes; 0 at the end; nil where they cannot be read.
  func read(into buffer: UnsafeMutableRawBufferPointer) -> Int? {
    let wanted = min(buffer.count, body.count - place)
    guard wanted > 0 else { return 0 }
    switch body {
    case .bytes(let bytes):
      bytes.withUnsafeBytes {
        buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[place..<place + wanted]))
      }
      place += wanted
      return wanted
    case .file(let path, let offset, _):
      while true {
        let count = pread(descriptor, buffer.baseAddress, wanted, off_t(offset + place))
        if count < 0, errno == EINTR { continue }
        guard count > 0 else {
          let reason = count == 0 ? "it became shorter meanwhile" : String(cString: strerror(errno))
          failure = .notReadable(path: path, reason: reason)
          return nil
        }
        place += count
        return count
      }
    }
  }
}
