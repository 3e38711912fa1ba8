import ArgumentParser
import Envlock
import EnvlockCheck
import EnvlockManifest
import EnvlockModel
import EnvlockRunSpec

/// `envlock run`.
struct RunCommand: Subcommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Start the image on this machine, once the lock is known to fit it.",
    usage: """
      envlock run [--engine <engine>] [--gpu <form>] [--record <file>] [<options>] [-- <command> ...]
             envlock run --replay <file> [<options>]
      """,
    discussion: HelpText.discussion(
      """
      What is asked for stands in the manifest's [run]; options count over it. Standard input and output, the terminal, \
      signals and the exit code are those of the command. Where envlock itself fails, it says `error:`, and its exit code \
      is 1, 2 or 3 as everywhere.
      """, examples: "envlock run -- python train.py",
      "envlock run --dry-run --gpus 1 -e EPOCHS=10 -- python train.py"))

  @OptionGroup var command: CommandArgument
  @OptionGroup(title: "The lock and its image") var lock: RunLockOptions
  @OptionGroup(title: "GPUs") var gpu: RunGPUOptions
  @OptionGroup(title: "Limits, files, variables") var request: RunRequestOptions
  @OptionGroup(title: "On this machine") var here: RunHereOptions
  @OptionGroup(title: "Records") var records: RunRecordOptions
  @OptionGroup(title: "Every command") var common: CommonOptions

  func run(_ session: Session, _ voice: Voice) async throws {
    let replayed = try records.replay.map { try Replay($0, session) }
    var typed = try TypedRun(
      gpu, request, command: command.words, session.environment)
    var options = lock
    if let replayed {
      try replayed.apply(to: &typed, session.environment)
      options.lock.typed = options.lock.typed ?? replayed.record.lockPath
    }
    let node = session.machine.probe()
    let subject = try RunSubject(options, typed, platform: node.platform, session)
    for name in subject.manifest.loaded?.fileNames ?? [] { voice.detail("read \(name)") }
    for note in subject.notes { voice.note(note) }
    try replayed?.requireSame(subject)
    let matrix = try here.matrix.data(session)
    // Why a driver or GPU does not do is of more use than that none fits.
    if try subject.plan(matrix, try subject.image()).gpu != nil {
      try check(subject, node, matrix, session, voice)
    }
    var here = here
    if let replayed, here.engine == nil { here.engine = replayed.engine(on: node) }
    let start = try RunStart(
      subject, here, allowTag: options.allowTag, on: node, matrix, session)
    if here.explain.typed { voice.report(SpecOutput.explanation(start.choices)) }
    var record = start.record(subject, typed, node, session)
    if let replayed {
      for line in replayed.record.differences(from: record) { voice.note(Printable.text(line)) }
    }
    if here.dryRun {
      voice.answer(start.line)
      return
    }
    record.started = session.machine.running.now()
    let end = try await start.run(
      session, voice, cacheDirectory: try session.variables.cacheDirectory(here.cacheDir))
    record.ended = session.machine.running.now()
    record.exitCode = Int(end.exitCode)
    if let path = records.record {
      try session.write(Array(record.json.canonical().utf8), path)
      voice.say("Wrote \(Printable.text(path))")
    }
    if let error = end.error(start) { voice.complain(error) }
    if end.exitCode != 0 { throw ExitCode(end.exitCode) }
  }

  /// - Throws: `ExitCode` where the lock does not fit this machine, or that is not known; the findings are said before.
  private func check(
    _ subject: RunSubject, _ node: NodeFacts, _ matrix: Matrix, _ session: Session, _ voice: Voice
  ) throws {
    let allowed = try CheckInvocation.rules(here.allow, session.variables)
    let options = CheckOptions(
      allowed: allowed, gpuMemoryMiB: subject.request.gpuMemory?.mebibytes,
      today: session.machine.today())
    let group = NodeGroup(names: [session.machine.hostName()], facts: node)
    let report = Checker(matrix: matrix, options: options).report(subject.lock, on: [group])
    let outcome = CheckOutcome(lock: subject.lock, path: subject.lockPath, allowed: allowed, report: report)
    guard outcome.exitCode != 0 else { return }
    voice.report(RenderFindings.text(outcome, voice.messageStyle))
    throw ExitCode(outcome.exitCode)
  }
}

/// A record that is started again.
struct Replay: Sendable {
  let path: String
  let record: RunRecord

  /// Reads a record.
  ///
  /// - Throws: A `UserFacingError` where it is missing or cannot be used.
  init(_ path: String, _ session: Session) throws {
    self.path = path
    let name = Printable.text(path)
    let bytes = try DocumentFile.bytes(
      path, "record", hints: ["`envlock run --record FILE` writes one"], session)
    record = try RunRecord(bytes: bytes, name: name)
  }

  /// Asks for the same again; what was typed counts over it.
  ///
  /// - Throws: `UsageError` for a variable that was taken from the environment and is not there now.
  func apply(to typed: inout TypedRun, _ environment: [String: String]) throws(UsageError) {
    typed.declaration = typed.declaration.over(record.request)
    if typed.models.isEmpty { typed.models = record.models }
    for name in record.inherited where typed.declaration.env[name] == nil {
      guard let value = environment[name] else {
        throw UsageError(
          "the run of \(Printable.text(path)) took the variable \(name) from its environment, and here it is not set",
          hints: ["set it, or say it: `--env \(name)=…`"])
      }
      typed.declaration.env[name] = value
      typed.inherited.append(name)
    }
  }

  /// The engine of that run, where this machine has it; nil leaves the choice.
  func engine(on node: NodeFacts) -> String? {
    node.system?.runtimes.contains { $0.name == record.engine } == true ? record.engine : nil
  }

  /// - Throws: `LockProblem` where the lock is another than the one that ran.
  func requireSame(_ subject: RunSubject) throws(LockProblem) {
    guard subject.digest != record.lock else { return }
    throw LockProblem(
      "\(Printable.text(subject.lockPath)) is not the lock that ran",
      details: ["then  \(record.lock)", "now   \(subject.digest)"],
      hints: ["name the lock of that run with `--lock`", "start this one without `--replay`"],
      kind: .answerIsNo)
  }
}
