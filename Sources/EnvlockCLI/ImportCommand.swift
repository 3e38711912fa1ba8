import ArgumentParser
import Envlock
import EnvlockManifest
import EnvlockModel

/// `envlock import`.
struct ImportCommand: Subcommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Keep the Python answer of another tool and lock what lies below it.",
    usage: """
      envlock import uv.lock|pylock.toml|requirements.txt|environment.yml
                     [--extra <name> ...] [--group <name> ...] [--python <version>]
                     [--driver <version>] [--gpu <gpu> ...] [--base <base>] [<options>]
      envlock import --from-image <path|reference> [--platform <platform>] [<options>]
      """,
    discussion: HelpText.discussion(
      """
      Versions and hashes stay as the file has them; what cannot be kept is an error that names it. Writes \
      envlock.toml, with what the file asks for, and envlock.lock. A manifest that is there stays as it is: what it \
      says of targets, base and indexes counts. With --from-image, versions are those of an image's projects.
      """, examples: "envlock import uv.lock",
      "envlock import requirements.txt --python 3.11 --base debian:bookworm"))

  @Argument(
    help: ArgumentHelp(
      "A uv.lock, pylock.toml, requirements.txt or environment.yml.", valueName: "file"),
    completion: .file())
  var file: String?

  @OptionGroup(title: "What is taken") var what: ImportedPartOptions
  @OptionGroup(title: "What it must run on") var stack: StackOptions
  @OptionGroup(title: "Where wheels come from") var sources: SourceOptions
  @OptionGroup(title: "The manifest and the lock") var written: ImportWrittenOptions
  @OptionGroup(title: "Output and folders") var output: ResolveOutputOptions
  @OptionGroup(title: "Every command") var common: CommonOptions

  /// How often a manifest is brought into its final form at most.
  private static let roundLimit = 4

  func run(_ session: Session, _ voice: Voice) async throws {
    let invocation = try ImportInvocation(self, session.variables)
    let (imported, ground) = try await read(invocation, session, voice)
    try imported.check(invocation.choice)
    let existing = try existingManifest(invocation, session)
    let configuration = try Configuration(invocation.resolve, IndexOptions(), session)
    let plan = ImportPlan(
      imported, invocation.choice, over: existing?.manifest, ground: ground, invocation.resolve.request,
      matrix: configuration.matrix)
    guard plan.manifest.framework != nil || !plan.manifest.requirements.isEmpty else {
      let leftOut = plan.leftOut(plan.selections)
      throw UsageError(
        Printable.text(imported.fileName) + " asks for nothing"
          + (leftOut.isEmpty ? "" : " that can be taken"),
        details: leftOut.map { Printable.text($0) },
        hints: leftOut.isEmpty ? ["name an extra or a group of it, if it has any"] : [])
    }
    let path = existing?.fileNames.first ?? invocation.manifest ?? ManifestReader.fileName
    let manifest: Manifest
    let answer: Session.Answer
    do {
      (manifest, answer) = try await resolve(plan, configuration, session, voice)
    } catch let error as Unresolvable {
      guard case .image = invocation.source, existing == nil, invocation.resolve.mode == .write else {
        for line in ImportOutcome.notTaken(plan.leftOut(plan.selections)) { voice.say(line) }
        throw error
      }
      // What an image holds is seldom all on an index; what is known of it is a beginning.
      try writeDraft(plan, path, session, voice)
      throw error
    }
    let outcome = ImportOutcome(
      plan: plan, manifest: manifest, lock: answer.lock, existing: existing, path: path)
    try settle(outcome, answer, invocation, session, voice)
  }

  /// What is imported, and what it says of the levels below the wheels.
  private func read(
    _ invocation: ImportInvocation, _ session: Session, _ voice: Voice
  ) async throws -> (ImportedLock, ground: Manifest) {
    switch invocation.source {
    case .file(let path):
      let reader = ImportReader(
        files: session.files, variable: { session.environment[$0] },
        yaml: { text, path in try DocumentFile.documents(Array(text.utf8), Printable.text(path)) })
      return (try reader.read(path, as: invocation.format), Manifest())
    case .image(let text):
      let image = ImportedImage(inventory: try await inventory(text, invocation.resolve, session, voice))
      return (try image.lock(), image.manifest)
    }
  }

  /// What is installed in an image, on the disk or in a registry.
  private func inventory(
    _ text: String, _ resolve: ResolveInvocation, _ session: Session, _ voice: Voice
  ) async throws -> ImageInventory {
    let platform = resolve.request.platforms.first
    switch try ImagePlace(text, session.images) {
    case .path(let path): return try session.inventory(path, platform)
    case .reference(let reference):
      var configuration = Configuration(
        cacheDirectory: resolve.cacheDirectory, offline: resolve.offline, environment: session.environment)
      if what.plainHTTP { configuration.allowPlainHTTP(reference.registry) }
      return try await ImagePlace.asking(text) {
        try await voice.withPullProgress { progress in
          try await session.images.registry.inventory(reference, platform, configuration, progress)
        }
      }
    }
  }

  /// The manifest that is there; nil where there is none.
  private func existingManifest(_ invocation: ImportInvocation, _ session: Session) throws -> LoadedManifest?
  {
    guard let path = invocation.manifest else {
      return try LockManifest(lock: LockFile.defaultName, manifest: nil, session).loaded
    }
    do throws(FileFault) {
      _ = try session.files.read(path)
    } catch {
      guard case .unreadable(let why) = error else { return nil }
      throw LockProblem("\(path) could not be read: \(why)", kind: .couldNotFindOut)
    }
    return try ManifestReader(files: session.files, variable: { session.environment[$0] }).read(path)
  }

  private func writeDraft(_ plan: ImportPlan, _ path: String, _ session: Session, _ voice: Voice) throws {
    let digest = LockCurrency.digest(of: plan.manifest)
    let outcome = ImportOutcome(
      plan: plan, manifest: plan.manifest,
      lock: Lockfile(manifest: digest, matrix: digest, request: .null, platforms: []), existing: nil,
      path: path)
    try session.write(Array(outcome.manifestText.utf8), path)
    for line in outcome.lines(isVerbose: voice.isVerbose) { voice.say(line) }
    voice.say("Wrote \(path), of which no lock could be made yet")
  }

  /// Resolves until the manifest has its final form.
  private func resolve(
    _ plan: ImportPlan, _ configuration: Configuration, _ session: Session, _ voice: Voice
  ) async throws -> (Manifest, Session.Answer) {
    try await voice.withProgress { progress in
      var manifest = plan.manifest
      var answer = try await session.resolveKeeping(configuration, manifest, nil, plan.pins, progress)
      for _ in 1..<Self.roundLimit {
        let next = plan.refined(manifest, after: answer.lock)
        if next.canonical() == manifest.canonical() { break }
        manifest = next
        let seconds = answer.seconds
        answer = try await session.resolveKeeping(configuration, manifest, answer.lock, plan.pins, progress)
        answer = Session.Answer(lock: answer.lock, notes: answer.notes, seconds: seconds + answer.seconds)
      }
      return (manifest, answer)
    }
  }

  /// Writes the manifest and the lock and says what became of the file.
  private func settle(
    _ outcome: ImportOutcome, _ answer: Session.Answer, _ invocation: ImportInvocation, _ session: Session,
    _ voice: Voice
  ) throws {
    let resolve = invocation.resolve
    let isDry = resolve.mode == .dryRun
    var written: [String] = []
    if !isDry {
      if outcome.existing == nil {
        try session.write(Array(outcome.manifestText.utf8), outcome.path)
        written.append("Wrote \(outcome.path)")
      }
      if let output = resolve.output {
        try session.write(Array(answer.lock.canonicalText().utf8), output)
        written.append("Wrote \(output)")
      } else {
        voice.answer(answer.lock.canonicalText())
      }
    }
    if resolve.json {
      voice.answer(try outcome.json(notes: answer.notes, seconds: answer.seconds, lock: resolve.lock))
    } else {
      let summary = RenderSummary.resolved(answer.lock, seconds: answer.seconds)
      for line in summary.split(separator: "\n") { voice.say(String(line)) }
      for line in outcome.lines(isVerbose: voice.isVerbose) { voice.say(line) }
    }
    for note in answer.notes { voice.note(note) }
    for line in written { voice.say(line) }
    for line in outcome.manifestLines(isDry: isDry, isVerbose: voice.isVerbose) { voice.say(line) }
  }
}
