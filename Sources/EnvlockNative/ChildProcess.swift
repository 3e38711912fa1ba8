import CNamespace
import Glibc

/// Runs programs: bounded in time and in output, with little or nothing to read on standard input.
///
/// Each runs in a process group of its own, and on time-out the whole group is killed. One thread watches all that run
/// at once.
public enum ChildProcess {
  /// Runs one program and waits for its end.
  ///
  /// - Parameters:
  ///   - command: the program.
  ///   - isCancelled: whether it is to be killed; asked again and again.
  /// - Returns: how it ended.
  public static func run(
    _ command: ChildCommand, isCancelled: () -> Bool = { false }
  ) -> ChildOutcome {
    run([command], isCancelled: isCancelled).first ?? ChildOutcome(end: .unknown)
  }

  /// Runs programs at the same time and waits for the end of all.
  ///
  /// - Parameters:
  ///   - commands: the programs.
  ///   - isCancelled: whether they are to be killed; asked again and again.
  /// - Returns: the outcomes in the order of `commands`.
  public static func run(
    _ commands: [ChildCommand], isCancelled: () -> Bool = { false }
  ) -> [ChildOutcome] {
    var children = commands.map { RunningChild($0) }
    while children.contains(where: { !$0.isDone }) {
      wait(for: children)
      if isCancelled() { for index in children.indices { children[index].cancel() } }
      for index in children.indices where !children[index].isDone { children[index].step() }
    }
    return children.map(\.outcome)
  }

  /// Sleeps until a pipe has something, a deadline has come, or it is time to look again whether a child is gone.
  private static func wait(for children: [RunningChild]) {
    var pipes: [pollfd] = []
    // A child whose pipes are closed is about to end. One that leaves its pipes to a daemon is found by looking.
    var pause = Duration.milliseconds(20)
    for child in children where !child.isDone {
      pipes += child.openPipes.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      pause = min(pause, child.openPipes.isEmpty ? .milliseconds(1) : child.remaining)
    }
    let milliseconds = max(0, pause / .milliseconds(1))
    _ = poll(&pipes, nfds_t(pipes.count), Int32(milliseconds.rounded(.up)))
  }
}

/// A program that was started, or that could not be.
private struct RunningChild {
  private var pid: pid_t = 0
  private var pipes: [Int32] = []
  private var texts: [[UInt8]] = [[], []]
  private let limit: Int
  private let deadline: ContinuousClock.Instant
  /// Why it had to be killed, and until when its end is awaited.
  private var verdict: (end: ChildOutcome.End, until: ContinuousClock.Instant)?
  private var end: ChildOutcome.End?

  /// How long a killed child may take to go. One that hangs in the kernel, as a broken driver makes it, does not go at
  /// all; then it is left behind.
  private static let grace = Duration.milliseconds(250)

  init(_ command: ChildCommand) {
    limit = command.outputLimit
    deadline = .now + command.timeLimit
    switch ChildStart.start(command) {
    case .success(let started): (pid, pipes) = (started.pid, started.pipes)
    case .failure(let failure):
      end = failure.step.map { .notConfined($0, failure.code) } ?? .notStarted(failure.code)
    }
  }

  var isDone: Bool { end != nil }
  var openPipes: [Int32] { pipes.filter { $0 >= 0 } }
  var remaining: Duration { (verdict?.until ?? deadline) - .now }
  var outcome: ChildOutcome {
    ChildOutcome(end: end ?? .unknown, output: texts[0], errorOutput: texts[1])
  }

  /// Reads what is there, then looks whether the child has ended or its time is up.
  mutating func step() {
    // Looked at before reading: what a child wrote before it ended is in the pipe by then.
    let ended = reap()
    for index in pipes.indices where pipes[index] >= 0 { drain(index) }
    if let ended {
      finish(verdict?.end ?? ended)
    } else if let verdict {
      if verdict.until <= .now { finish(verdict.end) }
    } else if texts.contains(where: { $0.count >= limit }) {
      kill(.wroteTooMuch)
    } else if deadline <= .now {
      kill(.timedOut)
    }
  }

  /// Kills it, unless it has ended or is about to.
  mutating func cancel() {
    if !isDone, verdict == nil { kill(.cancelled) }
  }

  private func reap() -> ChildOutcome.End? {
    var status: Int32 = 0
    let result = waitpid(pid, &status, WNOHANG)
    if result == 0 || (result < 0 && errno == EINTR) { return nil }
    guard result == pid else { return .unknown }
    // As <sys/wait.h> has it: the low seven bits are the signal, the next byte is the status.
    let signal = status & 0x7f
    return signal == 0 ? .exited((status >> 8) & 0xff) : .signalled(signal)
  }

  private mutating func kill(_ end: ChildOutcome.End) {
    // The leader was not waited for, so nobody else can have its number.
    _ = Glibc.kill(-pid, SIGKILL)
    verdict = (end, .now + Self.grace)
  }

  private mutating func finish(_ end: ChildOutcome.End) {
    self.end = end
    for pipe in openPipes { close(pipe) }
    pipes = []
  }

  private mutating func drain(_ index: Int) {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    // Bounded: a child that writes without end must not keep this from looking at the clock.
    for _ in 0..<16 {
      let count = read(pipes[index], &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      if count < 0 && errno == EAGAIN { return }
      guard count > 0 else {
        close(pipes[index])
        pipes[index] = -1
        return
      }
      texts[index] += buffer[..<min(count, max(0, limit - texts[index].count))]
      if texts[index].count >= limit { return }
    }
  }
}

/// The start of a child.
enum ChildStart {
  struct Failure: Error {
    let code: Int32
    /// The step of its confinement that failed, if that is why.
    var step: Confinement.Step? = nil
  }

  static func start(_ command: ChildCommand) -> Result<(pid: pid_t, pipes: [Int32]), Failure> {
    let words = [command.program] + command.arguments
    let variables = command.environment?.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    guard !(words + (variables ?? [])).contains(where: { $0.utf8.contains(0) }) else {
      return .failure(Failure(code: EINVAL))
    }
    var ends: [Int32] = [-1, -1, -1, -1, -1, -1]
    defer { for end in ends where end >= 0 { close(end) } }
    for place in command.input.isEmpty ? [0, 2] : [0, 2, 4] {
      var pair: [Int32] = [-1, -1]
      // A program that another thread starts just now must not get an end: this one would wait for it too.
      guard envlock_pipe(&pair) == 0 else { return .failure(Failure(code: errno)) }
      ends.replaceSubrange(place..<place + 2, with: pair)
      _ = fcntl(pair[place == 4 ? 1 : 0], F_SETFL, O_NONBLOCK)
    }
    // The child's end is there, so that no signal comes of it; and what fits is written at once.
    if !command.input.isEmpty, write(ends[5], command.input, command.input.count) != command.input.count {
      return .failure(Failure(code: EFBIG))
    }

    if let confinement = command.confinement {
      return start(confinement, command.program, words, variables ?? [], &ends)
    }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if command.input.isEmpty {
      posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    } else {
      posix_spawn_file_actions_adddup2(&actions, ends[4], STDIN_FILENO)
    }
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, ends[3], STDERR_FILENO)
    // Nor does the program get what others have left open: whoever waits for the end of a pipe would wait for it.
    envlock_close_from(&actions, STDERR_FILENO + 1)

    switch spawn(
      command.program, words, variables, &actions, [SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD],
      ownGroup: true)
    {
    case .failure(let failure): return .failure(failure)
    case .success(let pid):
      let pipes = [ends[0], ends[2]]
      ends[0] = -1
      ends[2] = -1
      return .success((pid, pipes))
    }
  }

  /// Starts a program that takes the terminal, files and process group of this one.
  static func startInPlace(
    _ program: String, _ arguments: [String], _ environment: [String: String]?
  ) -> Result<pid_t, Failure> {
    let words = [program] + arguments
    let variables = environment?.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    guard !(words + (variables ?? [])).contains(where: { $0.utf8.contains(0) }) else {
      return .failure(Failure(code: EINVAL))
    }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    // What is caught here starts with its usual meaning by itself; SIGPIPE is ignored here for reasons of our own.
    return spawn(program, words, variables, &actions, [SIGPIPE], ownGroup: false)
  }

  /// - Parameters:
  ///   - program: Its path.
  ///   - words: Its name and arguments.
  ///   - variables: Its environment; nil for the one of this process.
  ///   - actions: What happens to its files.
  ///   - usual: Signals that have their usual meaning for it, whatever they mean here.
  ///   - ownGroup: Whether it leads a process group of its own.
  /// - Returns: Its number.
  private static func spawn(
    _ program: String, _ words: [String], _ variables: [String]?,
    _ actions: inout posix_spawn_file_actions_t, _ usual: [Int32], ownGroup: Bool
  ) -> Result<pid_t, Failure> {
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    var defaults = sigset_t()
    sigemptyset(&defaults)
    for signal in usual { sigaddset(&defaults, signal) }
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &defaults)
    posix_spawnattr_setflags(
      &attributes,
      Int16((ownGroup ? POSIX_SPAWN_SETPGROUP : 0) | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

    var pid: pid_t = 0
    let code = withCStrings(words) { arguments in
      guard let variables else {
        return posix_spawn(&pid, program, &actions, &attributes, arguments, environ)
      }
      return withCStrings(variables) { environment in
        posix_spawn(&pid, program, &actions, &attributes, arguments, environment)
      }
    }
    return code == 0 ? .success(pid) : .failure(Failure(code: code))
  }

  /// Lends a null-terminated array of C strings.
  static func withCStrings<R>(
    _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> R
  ) -> R {
    var copies: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) }
    copies.append(nil)
    defer { for copy in copies { free(copy) } }
    return body(copies)
  }
}
