import Glibc
import Synchronization

/// Runs a program in the place of this one: its terminal, its standard input and output, its process group.
///
/// Signals that somebody sends to this process are sent on; those that the terminal sends, by Ctrl-C say, reach the
/// whole group anyway, and are not sent twice.
public enum ForegroundProcess {
  /// How a program ended.
  public enum End: Hashable, Sendable {
    /// By itself, with this status.
    case exited(Int32)
    /// By a signal.
    case signalled(Int32)
    /// Its time was up; it was asked to end, and killed where it did not.
    case timedOut
    /// It never ran; the system's number of the error.
    case notStarted(Int32)
    /// Somebody else learned how.
    case unknown
  }

  /// Signals that are for the program and not for whoever started it.
  private static let passedOn = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGCONT, SIGWINCH]
  /// How many seconds a program has to end after it was asked to.
  private static let patience = 10

  /// The child that signals are for; 0 for none.
  private static let child = Atomic<Int32>(0)
  /// The signals that came and were not sent on, a bit each by its number.
  private static let waiting = Atomic<UInt64>(0)

  /// Runs a program and waits for its end. At most one runs at a time.
  ///
  /// - Parameters:
  ///   - program: The path of the program; it is not searched for.
  ///   - arguments: What follows the program's name.
  ///   - environment: Its variables; nil for those of this process.
  ///   - seconds: How long it may run; nil for ever.
  /// - Returns: How it ended.
  public static func run(
    _ program: String, _ arguments: [String], environment: [String: String]? = nil, seconds: Int? = nil
  ) -> End {
    // Touched before a handler could: the first use of a static is no place for a signal.
    child.store(0, ordering: .sequentiallyConsistent)
    waiting.store(0, ordering: .sequentiallyConsistent)
    let before = passedOn.map { catchSignal($0) }
    defer { for (signal, old) in zip(passedOn, before) { restore(signal, old) } }
    let pid: pid_t
    switch ChildStart.startInPlace(program, arguments, environment) {
    case .success(let started): pid = started
    case .failure(let failure): return .notStarted(failure.code)
    }
    child.store(pid, ordering: .sequentiallyConsistent)
    // What came before its number was known: the child runs already, and may be what was waited for.
    sendOn()
    defer { child.store(0, ordering: .sequentiallyConsistent) }
    return seconds.map { wait(for: pid, seconds: $0) } ?? wait(for: pid, options: 0) ?? .unknown
  }

  // MARK: Waiting

  /// Waits; nil where the child still runs, which only `WNOHANG` lets happen.
  private static func wait(for pid: pid_t, options: Int32) -> End? {
    var status: Int32 = 0
    var result: pid_t
    repeat { result = waitpid(pid, &status, options) } while result < 0 && errno == EINTR
    if result == 0 { return nil }
    guard result == pid else { return .unknown }
    let signal = status & 0x7f
    return signal == 0 ? .exited((status >> 8) & 0xff) : .signalled(signal)
  }

  private static func wait(for pid: pid_t, seconds: Int) -> End {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < deadline {
      if let end = wait(for: pid, options: WNOHANG) { return end }
      usleep(20_000)
    }
    kill(pid, SIGTERM)
    let last = ContinuousClock.now + .seconds(patience)
    while ContinuousClock.now < last {
      if wait(for: pid, options: WNOHANG) != nil { return .timedOut }
      usleep(20_000)
    }
    kill(pid, SIGKILL)
    _ = wait(for: pid, options: 0)
    return .timedOut
  }

  // MARK: Signals

  /// Sends a signal on from now; gives how it was handled before, nil where it is ignored and stays so.
  private static func catchSignal(_ signal: Int32) -> sigaction? {
    var old = sigaction()
    guard sigaction(signal, nil, &old) == 0 else { return nil }
    let handler = unsafeBitCast(old.__sigaction_handler.sa_handler, to: Int.self)
    // As by `nohup`: the program inherits that.
    if handler == unsafeBitCast(SIG_IGN, to: Int.self) { return nil }
    var action = sigaction()
    action.__sigaction_handler.sa_sigaction = { number, info, _ in
      // The kernel's own, from the terminal, have a positive code; kill and sigqueue have none.
      guard let info, info.pointee.si_code <= 0 else { return }
      let saved = errno
      ForegroundProcess.waiting.bitwiseOr(1 &<< UInt64(number), ordering: .sequentiallyConsistent)
      ForegroundProcess.sendOn()
      errno = saved
    }
    action.sa_flags = SA_SIGINFO | SA_RESTART
    sigaction(signal, &action, nil)
    return old
  }

  /// Sends the signals that wait to the child, where there is one; each is sent once, by whoever takes it first.
  private static func sendOn() {
    let pid = child.load(ordering: .sequentiallyConsistent)
    guard pid > 0 else { return }
    var signals = waiting.exchange(0, ordering: .sequentiallyConsistent)
    while signals != 0 {
      kill(pid, Int32(signals.trailingZeroBitCount))
      signals &= signals &- 1
    }
  }

  private static func restore(_ signal: Int32, _ old: sigaction?) {
    guard var old else { return }
    sigaction(signal, &old, nil)
  }
}
