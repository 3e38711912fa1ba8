import ArgumentParser
import Envlock
import EnvlockManifest
import EnvlockModel

/// `envlock resolve`.
struct ResolveCommand: Subcommand {
  static let configuration = CommandConfiguration(
    commandName: "resolve",
    abstract: "Find every wheel that is needed and write a lock.",
    usage: """
      envlock resolve [<requirement> ...] [--python <version>] [--cuda <version>|cpu]
                      [--driver <version>] [--gpu <gpu> ...] [<options>]
      """,
    discussion: HelpText.discussion(
      """
      A bare `envlock resolve` reads envlock.toml, or [tool.envlock] of pyproject.toml. An existing lock's choices are \
      kept where they fit; -U and -P give them up. Every option with a value can also be set by a variable: \
      ENVLOCK_PYTHON for --python.
      """, examples: "envlock resolve torch==2.9.1 --python 3.11",
      "envlock resolve --with einops --driver 550.54.15 --gpu A100-SXM4-80GB",
      "envlock resolve -P torch                  # another torch, all else as it was",
      "envlock resolve --locked                  # exit 1 if the lock would change"),
    aliases: ["lock"])

  @Argument(
    help: ArgumentHelp(
      "What is needed, such as torch==2.9.1. Without it, and without -r, the manifest is read.",
      valueName: "requirement"))
  var requirements: [String] = []

  @OptionGroup(title: "More requirements") var more: MoreRequirements
  @OptionGroup(title: "What it must run on") var stack: StackOptions
  @OptionGroup(title: "Where wheels come from") var sources: SourceOptions
  @OptionGroup(title: "The lock") var lock: ResolveLockOptions
  @OptionGroup(title: "Output and folders") var output: ResolveOutputOptions
  @OptionGroup(title: "Every command") var common: CommonOptions

  func run(_ session: Session, _ voice: Voice) async throws {
    let invocation = try ResolveInvocation(self, session.variables)
    let previous = try previous(invocation, session, voice)
    if invocation.mode == .frozen {
      return try present(frozen: previous, invocation, voice)
    }
    let loaded = try load(invocation, session)
    for name in loaded.fileNames { voice.detail("read \(name)") }
    for note in loaded.notes { voice.note(note) }
    let configuration = try Configuration(invocation, loaded.indexOptions, session)
    for url in [configuration.indexURL].compactMap({ $0 }) + configuration.extraIndexURLs
      + configuration.findLinks
    {
      voice.detail("wheels from \(url)")
    }
    voice.detail("cache in \(invocation.cacheDirectory)")
    let report = try await voice.withProgress { progress in
      try await session.resolve(configuration, loaded.manifest, previous, invocation.upgrade, progress)
    }
    if let instant = report.lock.uploadedBefore {
      voice.detail("files count that were uploaded before \(instant)")
    }
    try settle(report, previous: previous, invocation, session, voice)
  }

  /// The lock whose choices are kept; of one that git could not merge, those of both sides.
  private func previous(
    _ invocation: ResolveInvocation, _ session: Session, _ voice: Voice
  ) throws -> Lockfile? {
    // A lock with a conflict is no lock to be taken as it is.
    if invocation.mode == .write || invocation.mode == .dryRun,
      let preferences = try LockFile.preferences(inConflict: invocation.lock, session.files)
    {
      voice.note("\(invocation.lock) held a merge conflict; what both sides chose is kept where it fits")
      return preferences
    }
    return try LockFile.read(invocation.lock, session.files)
  }

  /// What is asked for, from the manifest, the files and the command line.
  private func load(_ invocation: ResolveInvocation, _ session: Session) throws -> LoadedManifest {
    let reader = ManifestReader(files: session.files, variable: { session.environment[$0] })
    let request = invocation.request
    var loaded: LoadedManifest
    switch invocation.source {
    case .commandLine: loaded = LoadedManifest(manifest: Manifest())
    case .folder: loaded = try reader.discover(in: "")
    case .file(let path): loaded = try reader.read(path)
    }
    try reader.add(
      requirements: request.requirementsFiles, constraints: request.constraintsFiles, to: &loaded)
    loaded.manifest = request.applied(to: loaded.manifest)
    guard loaded.manifest.framework != nil || !loaded.manifest.requirements.isEmpty else {
      throw UsageError(
        "nothing is required",
        hints: ["name a framework or requirements, on the command line or in the manifest"])
    }
    return loaded
  }

  private func present(frozen lock: Lockfile?, _ invocation: ResolveInvocation, _ voice: Voice) throws {
    guard let lock else {
      throw LockProblem(
        "there is no lock \(invocation.lock), and `--frozen` makes none",
        hints: ["`envlock resolve` writes one"])
    }
    let members: JSONObject = ["lock": .string(invocation.lock), "changed": false]
    voice.answer(
      invocation.json
        ? try RenderJSON.summary(lock, members) : RenderSummary.read(lock, path: invocation.lock))
  }

  /// Writes the lock and prints the answer.
  private func settle(
    _ report: Session.Answer, previous: Lockfile?, _ invocation: ResolveInvocation, _ session: Session,
    _ voice: Voice
  ) throws {
    let isChanged = previous != report.lock
    if invocation.mode == .locked, isChanged {
      throw outOfDate(previous, report.lock, invocation.lock)
    }
    // The lock first: it must not depend on somebody reading the summary.
    let isWritten = try write(report.lock, isChanged, invocation, session, voice)
    if invocation.json {
      let members: JSONObject = [
        "changed": .bool(isChanged), "lock": .string(invocation.lock),
        "notes": .array(report.notes.map { .string($0) }),
        "seconds": .number(report.seconds),
      ]
      voice.answer(try RenderJSON.summary(report.lock, members))
    } else if invocation.output != nil || invocation.mode != .write {
      voice.answer(RenderSummary.resolved(report.lock, seconds: report.seconds))
    } else {
      voice.say(RenderSummary.resolved(report.lock, seconds: report.seconds).trimmingLastLineBreak)
    }
    for note in report.notes { voice.note(note) }
    if isChanged, let previous {
      for line in LockChanges.lines(from: previous, to: report.lock, limit: voice.isVerbose ? .max : 20) {
        voice.say("  " + line)
      }
    }
    if let verdict = isWritten { voice.say(verdict) }
  }

  /// Writes the lock where that is wanted; gives the sentence about it.
  private func write(
    _ lock: Lockfile, _ isChanged: Bool, _ invocation: ResolveInvocation, _ session: Session, _ voice: Voice
  ) throws -> String? {
    switch invocation.mode {
    case .frozen: return nil
    case .locked: return "\(invocation.lock) is up to date"
    case .dryRun: return isChanged ? "\(invocation.lock) would change" : "\(invocation.lock) would not change"
    case .write: break
    }
    guard let output = invocation.output else {
      voice.answer(lock.canonicalText())
      return nil
    }
    let bytes = Array(lock.canonicalText().utf8)
    // A file that is right already keeps its time, for those who watch it.
    if let old = try? session.files.read(output), old == bytes { return "\(output) is up to date" }
    try session.write(bytes, output)
    return "Wrote \(output)"
  }

  private func outOfDate(_ previous: Lockfile?, _ lock: Lockfile, _ path: String) -> LockProblem {
    guard let previous else {
      return LockProblem(
        "there is no lock \(path), and `--locked` makes none", hints: ["`envlock resolve` writes one"],
        kind: .answerIsNo)
    }
    return LockProblem(
      "\(path) is out of date", details: LockChanges.lines(from: previous, to: lock, limit: 20),
      hints: ["`envlock resolve` brings it up to date"], kind: .answerIsNo)
  }
}

extension String {
  fileprivate var trimmingLastLineBreak: String { hasSuffix("\n") ? String(dropLast()) : self }
}
