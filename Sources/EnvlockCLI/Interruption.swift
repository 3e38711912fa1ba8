import Glibc
import Synchronization

/// What becomes of a command that is interrupted, by Ctrl-C say: its task is cancelled, so that it removes what is half
/// done, and the process ends by the signal, as whoever started it expects. A second signal, or some seconds, end it
/// whatever it does.
enum Interruption {
  /// The signals that ask a program to end.
  private static let signals = [SIGINT, SIGTERM, SIGHUP]
  /// How many seconds a command has to end by itself.
  private static let patience = 5

  private final class Watch: Sendable {
    let work: Task<Int32, Never>
    /// The signal that came; 0 for none.
    let signal = Atomic<Int32>(0)

    init(_ work: Task<Int32, Never>) { self.work = work }

    /// Waits for a signal.
    func run() {
      var set = Interruption.watched
      var first: Int32 = 0
      guard sigwait(&set, &first) == 0 else { return }
      signal.store(first, ordering: .sequentiallyConsistent)
      work.cancel()
      var time = timespec(tv_sec: Interruption.patience, tv_nsec: 0)
      while sigtimedwait(&set, nil, &time) < 0, errno == EINTR {}
      Interruption.end(by: first)
    }
  }

  /// Does the work of a process, unless it is interrupted. It is called once, before any other thread is started.
  static func watching(_ work: @escaping @Sendable () async -> Int32) async -> Int32 {
    // Threads have the mask of the one that starts them: so only the watching one meets these signals.
    var set = watched
    pthread_sigmask(SIG_BLOCK, &set, nil)
    let watch = Watch(Task { await work() })
    var thread = pthread_t()
    let code = pthread_create(
      &thread, nil,
      { context in
        if let context { Unmanaged<Watch>.fromOpaque(context).takeRetainedValue().run() }
        return nil
      }, Unmanaged.passRetained(watch).toOpaque())
    if code != 0 { pthread_sigmask(SIG_UNBLOCK, &set, nil) }
    let result = await watch.work.value
    let signal = watch.signal.load(ordering: .sequentiallyConsistent)
    if signal != 0 { end(by: signal) }
    return result
  }

  /// The signals that end this process; not those that it was started to ignore, as by `nohup`.
  private static var watched: sigset_t {
    var set = sigset_t()
    sigemptyset(&set)
    for signal in signals {
      var action = sigaction()
      guard sigaction(signal, nil, &action) == 0 else { continue }
      let handler = unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
      if handler != unsafeBitCast(SIG_IGN, to: Int.self) { sigaddset(&set, signal) }
    }
    return set
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
