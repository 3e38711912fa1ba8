import Glibc
import Synchronization

/// What becomes of a command that is interrupted, by Ctrl-C say: its task is cancelled, so that it removes what is half
/// done, and the process ends by the signal, as whoever started it expects. A second signal, or some seconds, end it
/// whatever it does.
enum Interruption {
  /// The signals that ask a program to end.
  private static let signals = [SIGINT, SIGTERM, SIGHUP]
  /// How many seconds a command has to end by itself.
  private static let patience: Int32 = 5

  /// Where the handler tells which signal came; what is written to one end is read at the other.
  private static let ends: (reading: Int32, writing: Int32) = {
    var ends: [Int32] = [-1, -1]
    return pipe(&ends) == 0 ? (ends[0], ends[1]) : (-1, -1)
  }()

  private final class Watch: Sendable {
    let work: Task<Int32, Never>
    /// The signal that came; 0 for none.
    let signal = Atomic<Int32>(0)

    init(_ work: Task<Int32, Never>) { self.work = work }

    /// Waits for a signal.
    func run() {
      guard let first = Interruption.next() else { return }
      signal.store(first, ordering: .sequentiallyConsistent)
      work.cancel()
      var waiting = pollfd(fd: Interruption.ends.reading, events: Int16(POLLIN), revents: 0)
      while poll(&waiting, 1, Interruption.patience * 1000) < 0, errno == EINTR {}
      Interruption.end(by: first)
    }
  }

  /// Does the work of a process, unless it is interrupted. It is called once.
  static func watching(_ work: @escaping @Sendable () async -> Int32) async -> Int32 {
    let watch = Watch(Task { await work() })
    var thread = pthread_t()
    let isWatched =
      ends.reading >= 0
      && pthread_create(
        &thread, nil,
        { context in
          if let context { Unmanaged<Watch>.fromOpaque(context).takeRetainedValue().run() }
          return nil
        }, Unmanaged.passRetained(watch).toOpaque()) == 0
    if isWatched { catchSignals() }
    let result = await watch.work.value
    let signal = watch.signal.load(ordering: .sequentiallyConsistent)
    if signal != 0 { end(by: signal) }
    return result
  }

  /// Catches the signals that end this process; not those that it was started to ignore, as by `nohup`.
  private static func catchSignals() {
    for signal in signals {
      var action = sigaction()
      guard sigaction(signal, nil, &action) == 0 else { continue }
      let handler = unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
      guard handler != unsafeBitCast(SIG_IGN, to: Int.self) else { continue }
      action.__sigaction_handler.sa_handler = { number in
        // All that a handler may do: the thread that reads does the rest.
        let saved = errno
        var byte = UInt8(truncatingIfNeeded: number)
        _ = write(Interruption.ends.writing, &byte, 1)
        errno = saved
      }
      // Calls that wait go on waiting.
      action.sa_flags = SA_RESTART
      sigaction(signal, &action, nil)
    }
  }

  /// Waits for the next signal.
  private static func next() -> Int32? {
    var byte: UInt8 = 0
    while true {
      let count = read(ends.reading, &byte, 1)
      if count < 0, errno == EINTR { continue }
      return count == 1 ? Int32(byte) : nil
    }
  }

  /// Ends the process as the signal would have.
  private static func end(by number: Int32) -> Never {
    signal(number, SIG_DFL)
    var set = sigset_t()
    sigemptyset(&set)
    sigaddset(&set, number)
    pthread_sigmask(SIG_UNBLOCK, &set, nil)
    kill(getpid(), number)
    // Never reached, but for a signal that does not end a process.
    exit(128 + number)
  }
}
