import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Where a run writes to, and what is known of the terminal behind it; a value, so that tests collect the text.
struct Console: Sendable {
  /// Writes answers.
  let writeOutput: @Sendable (String) -> Void
  /// Writes messages and progress.
  let writeMessages: @Sendable (String) -> Void
  /// Whether a person types what standard input gives.
  let inputIsTerminal: Bool
  /// Whether a person's terminal shows the answers.
  let outputIsTerminal: Bool
  /// Whether a person's terminal shows the messages.
  let messagesAreTerminal: Bool
  /// How many characters fit a line of the terminal.
  let columns: @Sendable () -> Int
  /// Whether everything that was written has arrived; a reader that went away does not count as a fault.
  let isIntact: @Sendable () -> Bool
}

extension Console {
  /// Standard output and standard error of this process.
  static func standard() -> Console {
    let output = Descriptor(STDOUT_FILENO)
    let messages = Descriptor(STDERR_FILENO)
    return Console(
      writeOutput: { output.write($0) },
      writeMessages: { messages.write($0) },
      inputIsTerminal: isatty(STDIN_FILENO) == 1,
      outputIsTerminal: isatty(STDOUT_FILENO) == 1,
      messagesAreTerminal: isatty(STDERR_FILENO) == 1,
      columns: {
        var size = winsize()
        let known = ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        return known ? Int(size.ws_col) : 80
      },
      isIntact: { !output.failed })
  }
}

/// A file descriptor that is written to until its reader is gone.
private final class Descriptor: Sendable {
  private enum State { case open, readerGone, failed }

  private let number: Int32
  private let state = Mutex(State.open)

  init(_ number: Int32) { self.number = number }

  var failed: Bool { state.withLock { $0 == .failed } }

  func write(_ text: String) {
    state.withLock { state in
      guard state == .open else { return }
      var rest = Array(text.utf8)[...]
      while !rest.isEmpty {
        let count = rest.withUnsafeBytes { systemWrite(number, $0.baseAddress, $0.count) }
        if count >= 0 {
          rest = rest.dropFirst(count)
        } else if errno != EINTR {
          // `envlock tree | head` is no failure.
          state = errno == EPIPE ? .readerGone : .failed
          return
        }
      }
    }
  }
}

/// The system's `write`, which a method of the same name hides.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}
