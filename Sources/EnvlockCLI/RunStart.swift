import Envlock
import EnvlockManifest
import EnvlockModel
import EnvlockNative
import EnvlockRunSpec

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// How an image is started on this machine.
struct RunStart: Sendable {
  let plan: RunPlan
  let engine: EngineChoice
  /// The GPUs that are handed over.
  let picks: [GPUPick]
  /// What was decided, in the order in which it was.
  let choices: [RunChoice]
  /// The engine's arguments; for one that starts bundles, how the bundle is made.
  private let form: Form

  private enum Form: Sendable {
    case engine(arguments: [String])
    case bundle(OCISpec, image: LaidImage)
  }

  /// Decides.
  ///
  /// - Throws: A `UserFacingError` for what this machine does not have or no engine of it can give.
  init(
    _ subject: RunSubject, _ options: RunHereOptions, allowTag: Bool, on node: NodeFacts, _ matrix: Matrix,
    _ session: Session
  ) throws {
    var image = try subject.image()
    let folder = session.machine.running.folder()
    image.layout = image.layout.map { Path.joined(folder, $0) }
    // What lies here need not be pulled.
    if image.layout != nil, options.engine != RunEngine.docker.rawValue { image.name = nil }
    var plan = try subject.here(folder).plan(matrix, image)
    let engine = try EngineChoice(options.engine, on: node, plan, laid: subject.laid != nil)
    if engine.engine == .docker, image.name == nil { plan.image = try subject.image() }
    // Two runs at once need two names.
    if subject.request.name == nil { plan = plan.numbered(session.machine.running.processID()) }
    let picks =
      try plan.gpu.map {
        try GPUPick.pick($0, of: node, stated: options.device, matrix: matrix)
      } ?? []
    // The time of an engine's client is watched here: docker has no option for it, and podman's kills without a word.
    var timeless = plan
    timeless.request.seconds = nil
    var choices = plan.choices + [engine.choice]
    let reason = options.device.isEmpty ? "the first of this machine that fits" : "it was named"
    choices += picks.map { RunChoice("device", $0.uuid, "\($0.title), \(reason)") }
    switch engine.engine {
    case .podman:
      var made = PodmanSpec.Options()
      let names = CDIDevices(node)
      made.container.devices = try picks.map { "nvidia.com/gpu=\(try names.name(of: $0))" }
      made.container.allowTag = allowTag
      made.container.writableRoot = options.writableRoot
      made.isRootless = session.machine.running.userID() != 0
      let spec = try PodmanSpec(timeless, options: made)
      // It says nothing of the layers that it copies.
      form = .engine(
        arguments: Self.words(spec.command.words, ["--quiet"] + Self.interactive(session.console)))
      choices += spec.choices
    case .docker:
      var made = DockerSpec.Options()
      made.container.devices = picks.map(\.uuid)
      made.container.allowTag = allowTag
      made.container.writableRoot = options.writableRoot
      let spec = try DockerSpec(timeless, options: made)
      form = .engine(arguments: Self.words(spec.command.words, Self.interactive(session.console)))
      choices += spec.choices
    case .crun, .runc:
      guard let laid = subject.laid else { throw UsageError("there is no image on this machine") }
      var made = OCISpec.Options()
      made.gpus = picks.map(\.uuid)
      made.isRootReadOnly = !options.writableRoot
      let measured = session.machine.running.devices(node, plan.request.io.map(\.device))
      (made.cdi, made.node, made.blockDevices) = (measured.cdi, measured.devices, measured.blockDevices)
      if session.machine.running.userID() != 0 { made.rootless = measured.rootless }
      var spec = try OCISpec(plan, options: made)
      spec.config.process.isTerminal = Self.isOnTerminal(session.console)
      form = .bundle(spec, image: laid)
      choices += spec.choices
    }
    self.plan = plan
    self.engine = engine
    self.picks = picks
    self.choices = choices
  }

  /// The words behind the program, with further options behind `run`.
  private static func words(_ words: [String], _ options: [String]) -> [String] {
    Array(words[1..<2]) + options + Array(words[2...])
  }

  /// The options that hand standard input on, and the terminal where there is one.
  private static func interactive(_ console: Console) -> [String] {
    ["--interactive"] + (isOnTerminal(console) ? ["--tty"] : [])
  }

  private static func isOnTerminal(_ console: Console) -> Bool {
    console.inputIsTerminal && console.outputIsTerminal
  }

  /// The command for a shell; for an engine of bundles the bundle's configuration.
  var line: String {
    switch form {
    case .engine(let arguments): ShellText.line([engine.path] + arguments) + "\n"
    case .bundle(let spec, _): spec.config.json.canonical()
    }
  }

  /// Starts it and waits for its end.
  ///
  /// - Throws: A `UserFacingError` where an image cannot be unpacked.
  func run(_ session: Session, _ voice: Voice, cacheDirectory: String) async throws -> RunEnd {
    switch form {
    case .engine(let arguments):
      let end = session.machine.running.execute(engine.path, arguments, plan.request.seconds)
      // The container outlives its client.
      if case .timedOut = end {
        session.machine.running.cleanUp(engine.path, ["rm", "--force", plan.name])
      }
      return RunEnd(end)
    case .bundle(let spec, let image):
      let running = session.machine.running
      let (end, notes) = try await running.inBundle(image, cacheDirectory, spec.files) { folder in
        let end = running.execute(engine.path, ["run", "--bundle", folder, plan.name], plan.request.seconds)
        // What ignores the signal outlives the runtime that was killed.
        if case .timedOut = end { running.cleanUp(engine.path, ["delete", "--force", plan.name]) }
        return end
      }
      for note in notes { voice.note(Printable.text(note)) }
      return RunEnd(end)
    }
  }

  /// The record of this run; when it starts and how it ends is not known yet.
  func record(_ subject: RunSubject, _ typed: TypedRun, _ node: NodeFacts, _ session: Session) -> RunRecord {
    var request = subject.request
    for name in typed.inherited { request.env[name] = nil }
    let arguments: [String] =
      switch form {
      case .engine(let arguments): arguments
      case .bundle: ["run", plan.name]
      }
    return RunRecord(
      lockPath: subject.lockPath, lock: subject.digest, platform: subject.answer.platform,
      image: plan.image.reference ?? plan.image.layout ?? "", imageDigest: plan.image.digest,
      engine: engine.engine.rawValue, engineVersion: engine.version, request: request, models: subject.models,
      inherited: typed.inherited.sorted(), environment: RunRecord.digest(ofVariables: plan.environment),
      commandLine: RunRecord.withoutValues(of: typed.inherited, [engine.path] + arguments),
      devices: picks.map(\.uuid), nodeName: session.machine.hostName(), node: node)
  }
}

/// How what was started ended.
struct RunEnd: Hashable, Sendable {
  let end: ForegroundProcess.End

  init(_ end: ForegroundProcess.End) { self.end = end }

  /// As a shell tells it.
  var exitCode: Int32 {
    switch end {
    case .exited(let code): code
    case .signalled(let signal): 128 + signal
    // As `timeout` does.
    case .timedOut: 124
    case .notStarted, .unknown: ErrorKind.couldNotFindOut.rawValue
    }
  }

  /// What there is to say beside the exit code.
  func error(_ start: RunStart) -> LockProblem? {
    switch end {
    case .exited, .signalled: nil
    case .timedOut:
      LockProblem(
        "its time was up: \(start.plan.request.seconds ?? 0) s", hints: ["`--time` gives it more"],
        kind: .answerIsNo)
    case .notStarted(let code):
      LockProblem(
        "\(start.engine.path) could not be started: \(String(cString: strerror(code)))",
        kind: .couldNotFindOut)
    case .unknown: LockProblem("how \(start.engine.path) ended is not known", kind: .couldNotFindOut)
    }
  }
}
