import EnvlockModel

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Leads what is written to a path on to standard output, whatever that is: what writes files would replace a file that
/// standard output was sent to, and cannot open a socket.
enum OutputPipe {
  /// What came of the bytes.
  private final class Copier: @unchecked Sendable {
    // Written by the copying thread alone, read after that was joined.
    var code: Int32 = 0
    let source: Int32

    init(source: Int32) { self.source = source }

    /// Copies until there is nothing more, or nobody reads.
    func run() {
      defer { close(source) }
      var chunk = [UInt8](repeating: 0, count: 1 << 18)
      while true {
        let count = chunk.withUnsafeMutableBytes { read(source, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else {
          if count < 0 { code = errno }
          return
        }
        var done = 0
        while done < count {
          let written = chunk.withUnsafeBytes { bytes in
            write(STDOUT_FILENO, bytes.baseAddress?.advanced(by: done), count - done)
          }
          if written < 0, errno == EINTR { continue }
          guard written > 0 else {
            code = written < 0 ? errno : EIO
            return
          }
          done += written
        }
      }
    }
  }

  /// Lets something write to standard output.
  ///
  /// - Parameter work: Writes to the path that it is given, from the first byte to the last.
  /// - Throws: What the work throws; `LockProblem` where standard output takes no more. A reader that goes away is no
  ///   failure.
  static func withPath(_ work: (String) throws -> Void) throws {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw problem(errno) }
    let copier = Copier(source: ends[0])
    var thread = pthread_t()
    let code = pthread_create(
      &thread, nil,
      { context in
        if let context { Unmanaged<Copier>.fromOpaque(context).takeRetainedValue().run() }
        return nil
      }, Unmanaged.passRetained(copier).toOpaque())
    guard code == 0 else {
      ends.forEach { close($0) }
      throw problem(code)
    }
    let outcome = Result { try work("/dev/fd/\(ends[1])") }
    close(ends[1])
    pthread_join(thread, nil)
    switch copier.code {
    case 0: try outcome.get()
    case EPIPE: return
    default: throw problem(copier.code)
    }
  }

  private static func problem(_ code: Int32) -> LockProblem {
    LockProblem(
      "the image could not be written to standard output: \(String(cString: strerror(code)))",
      kind: .couldNotFindOut)
  }
}
