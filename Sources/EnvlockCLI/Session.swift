import Envlock
import EnvlockManifest
import EnvlockModel
import EnvlockStore

/// What a command works with: everything outside of its arguments. A value, so that tests bring their own.
struct Session: Sendable {
  /// What the engine says.
  struct Answer: Sendable {
    let lock: Lockfile
    /// What the user should know about it, a sentence each.
    let notes: [String]
    let seconds: Double
  }

  typealias Resolve =
    @Sendable (
      _ configuration: Configuration, _ manifest: Manifest, _ previous: Lockfile?, _ upgrade: Upgrade,
      _ progress: any ProgressSink
    ) async throws -> Answer

  typealias Outdated =
    @Sendable (
      _ configuration: Configuration, _ lock: Lockfile, _ manifest: Manifest, _ progress: any ProgressSink
    ) async throws -> OutdatedReport
  typealias ResolveKeeping =
    @Sendable (
      _ configuration: Configuration, _ manifest: Manifest, _ previous: Lockfile?, _ pins: Pins,
      _ progress: any ProgressSink
    ) async throws -> Answer

  /// All variables, for those who know names of their own: proxies, certificates, credentials.
  let environment: [String: String]
  let console: Console
  let files: FileReader
  /// The names of the files of a folder; empty where there is none.
  let list: @Sendable (_ folder: String) -> [String]
  /// Makes a folder the current one.
  let enter: @Sendable (_ folder: String) throws -> Void
  /// Replaces a file as a whole.
  let write: @Sendable (_ bytes: [UInt8], _ path: String) throws -> Void
  /// Replaces a program as a whole.
  let writeProgram: @Sendable (_ bytes: [UInt8], _ path: String) throws -> Void
  /// Makes a folder, unless it is there.
  let makeFolder: @Sendable (_ path: String) throws -> Void
  let resolve: Resolve
  var outdated: Outdated = { try await Engine($0).outdated($1, manifest: $2, progress: $3) }
  let builds: BuildWork
  let pushes: PushWork
  let images: ImageReading
  var git = GitReading.live
  let machine: Machine
  /// Resolves with the decisions of another tool kept.
  var resolveKeeping: ResolveKeeping = { configuration, manifest, previous, pins, progress in
    let report = try await Engine(configuration).resolve(
      manifest, previous: previous, pins: pins, progress: progress)
    return Answer(lock: report.lock, notes: report.notes, seconds: report.seconds)
  }

  /// What is installed in an image on the disk.
  var inventory: @Sendable (_ path: String, _ platform: Platform?) throws -> ImageInventory = {
    try ImageInventory.read($0, platform: $1)
  }

  /// The variables that the command line reads.
  var variables: Variables { Variables(environment) }

  /// The world as it is.
  static func live(environment: [String: String]) -> Session {
    Session(
      environment: environment,
      console: .standard(),
      files: .disk,
      list: Folder.names,
      enter: Folder.enter,
      write: { bytes, path in try AtomicFile.write(bytes, to: path) },
      writeProgram: { bytes, path in try AtomicFile.write(bytes, to: path, isExecutable: true) },
      makeFolder: { try Folder.make($0) },
      resolve: { configuration, manifest, previous, upgrade, progress in
        let report = try await Engine(configuration).resolve(
          manifest, previous: previous, upgrade: upgrade, progress: progress)
        return Answer(lock: report.lock, notes: report.notes, seconds: report.seconds)
      },
      builds: .live,
      pushes: .live,
      images: .live,
      machine: .live(environment))
  }
}

/// How a command talks, from its options and the terminal.
struct Voice: Sendable {
  private let console: Console
  /// For what is said to a person beside answers.
  let messageStyle: Style
  /// For answers that are coloured on a terminal.
  let answerStyle: Style
  let isQuiet: Bool
  let isVerbose: Bool
  private let showsProgress: Bool

  init(_ options: CommonOptions, _ session: Session) throws(UsageError) {
    let variables = session.variables
    console = session.console
    let quietByVariable = try variables.flag(.quiet)
    let verboseByVariable = try variables.flag(.verbose)
    isQuiet = options.quiet || quietByVariable && !options.verbose
    isVerbose = options.verbose || verboseByVariable && !options.quiet
    if options.quiet && options.verbose {
      throw UsageError("`--quiet` and `--verbose` exclude each other", hints: ["leave one of them out"])
    }
    let choice: ColorChoice
    if let color = options.color {
      choice = color
    } else if let text = variables.text(.color) {
      guard let known = ColorChoice(rawValue: text) else {
        throw UsageError(
          "\(Variable.color.rawValue) cannot be “\(text)”", hints: ["it can be: auto, always, never"])
      }
      choice = known
    } else {
      choice = .auto
    }
    messageStyle = Style(isColoured: choice.isColoured(terminal: console.messagesAreTerminal, variables))
    answerStyle = Style(isColoured: choice.isColoured(terminal: console.outputIsTerminal, variables))
    let progressIsOff = try variables.flag(.noProgress)
    showsProgress =
      console.messagesAreTerminal && !isQuiet && !options.noProgress && !progressIsOff
      && variables.text(.continuousIntegration) == nil && variables.text(.terminal) != "dumb"
  }

  /// Prints what was asked for.
  func answer(_ text: String) { console.writeOutput(text) }

  /// Prints a message, unless the run is quiet.
  func say(_ line: String) { if !isQuiet { console.writeMessages(line + "\n") } }

  /// Prints a message that is wanted with `--verbose` only.
  func detail(_ line: String) { if isVerbose { console.writeMessages(URLCredentials.redacted(line) + "\n") } }

  /// Prints a note, unless the run is quiet.
  func note(_ text: String) {
    if !isQuiet { console.writeMessages(ErrorText.rendered(note: text, messageStyle)) }
  }

  /// Prints what a person has to know whatever the run's tone: why something was not done, or was asked about.
  func report(_ text: String) { console.writeMessages(text) }

  /// Prints an error.
  func complain(_ error: any Error) { console.writeMessages(ErrorText.rendered(error, messageStyle)) }

  /// Runs `work` with a progress line, which is gone when this returns.
  func withProgress<Result>(_ work: (any ProgressSink) async throws -> Result) async throws -> Result {
    guard showsProgress else { return try await work(NoProgress()) }
    let line = ProgressLine(console)
    defer { line.finish() }
    return try await work(line)
  }

  /// Runs `work` with a line that shows what it says of itself, which is gone when this returns.
  func withStatus<Result>(
    _ work: (_ status: @escaping @Sendable (String) -> Void) async throws -> Result
  ) async throws -> Result {
    guard showsProgress else { return try await work({ _ in }) }
    let line = StatusLine(console)
    defer { line.finish() }
    return try await work { text in line.show { String(text.prefix(max(0, $0 - 1))) } }
  }

  /// Runs a build, with a line for each layer that is finished, and what is in work where progress is shown; that is
  /// gone when this returns.
  func withBuildProgress<Result>(
    _ meter: BuildMeter, _ work: (any BuildProgress) async throws -> Result
  ) async throws -> Result {
    guard !isQuiet else { return try await work(NoBuildProgress()) }
    let lines = BuildLines(console, meter, showsWork: showsProgress)
    defer { lines.finish() }
    return try await work(lines)
  }

  /// Runs a pull, shown in the same way.
  func withPullProgress<Result>(_ work: (any PullProgress) async throws -> Result) async throws -> Result {
    guard !isQuiet else { return try await work(NoPullProgress()) }
    let lines = PullLines(console, showsWork: showsProgress)
    defer { lines.finish() }
    return try await work(lines)
  }

  /// Runs a push, with a line for each blob that has arrived, and what is in work where progress is shown; that is gone
  /// when this returns.
  func withPushProgress<Result>(
    _ meter: BuildMeter, _ work: (any PushProgress) async throws -> Result
  ) async throws -> Result {
    guard !isQuiet else { return try await work(NoPushProgress()) }
    let lines = PushLines(console, meter, showsWork: showsProgress)
    defer { lines.finish() }
    return try await work(lines)
  }
}
