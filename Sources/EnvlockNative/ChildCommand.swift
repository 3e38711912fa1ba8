/// A program to run, without a shell between.
public struct ChildCommand: Hashable, Sendable {
  /// The path of the program; it is not searched for.
  public var program: String
  /// What follows the program's name.
  public var arguments: [String]
  /// Its environment; nil for the one of this process.
  public var environment: [String: String]?
  /// What it finds on standard input; so much at most as a pipe takes at once.
  public var input: [UInt8] = []
  /// What it may see of this machine; nil for all that this process sees. The paths of the program and of its arguments are
  /// as it sees them.
  public var confinement: Confinement? = nil
  /// How long it may run.
  public var timeLimit: Duration
  /// How many bytes it may write to standard output, and as many again to standard error.
  public var outputLimit: Int

  /// A program with its limits.
  public init(
    program: String, arguments: [String] = [], environment: [String: String]? = nil,
    timeLimit: Duration = .seconds(10), outputLimit: Int = 16 << 20
  ) {
    self.program = program
    self.arguments = arguments
    self.environment = environment
    self.timeLimit = timeLimit
    self.outputLimit = outputLimit
  }
}

/// How a program that was run ended, and what it wrote.
public struct ChildOutcome: Hashable, Sendable {
  /// How it ended.
  public enum End: Hashable, Sendable {
    /// By itself, with this status.
    case exited(Int32)
    /// By a signal that nobody here sent.
    case signalled(Int32)
    /// It was killed because its time was up.
    case timedOut
    /// It was killed because it wrote too much.
    case wroteTooMuch
    /// It was killed because nobody wants its answer any more.
    case cancelled
    /// It never ran; the system's number of the error.
    case notStarted(Int32)
    /// It never ran, since it could not be confined: what failed, and the system's number of the error.
    case notConfined(Confinement.Step, Int32)
    /// It is gone, and somebody else learned how.
    case unknown
  }

  /// How it ended.
  public var end: End
  /// What it wrote to standard output, up to the limit.
  public var output: [UInt8]
  /// What it wrote to standard error, up to the limit.
  public var errorOutput: [UInt8]

  /// An outcome.
  public init(end: End, output: [UInt8] = [], errorOutput: [UInt8] = []) {
    self.end = end
    self.output = output
    self.errorOutput = errorOutput
  }

  /// Whether it ended by itself with status 0.
  public var isSuccess: Bool { end == .exited(0) }
}
