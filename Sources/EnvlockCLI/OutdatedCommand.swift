import ArgumentParser
import Envlock
import EnvlockManifest
import EnvlockModel

/// `envlock outdated`.
struct OutdatedCommand: Subcommand {
  static let configuration = CommandConfiguration(
    commandName: "outdated",
    abstract: "Say what is newer than a lock, what of it fits, and what of the lock was withdrawn.",
    usage: """
      envlock outdated [--lock <file>] [--exclude-newer <date|time|age>]
                       [--json] [--exit-code] [<options>]
      """,
    discussion: HelpText.discussion(
      """
      What fits is what `envlock resolve --upgrade` would choose: for the targets, the Python and all requirements \
      together. Nothing is written. Exit codes: 0 looked up; 1 with --exit-code where a wheel was yanked or withdrawn, or \
      something newer fits; 3 an index could not be asked.
      """, examples: "envlock outdated", "envlock outdated --exclude-newer \"7 days\""))

  @OptionGroup var lock: LockOption
  @OptionGroup var manifest: IndexManifestOption
  @OptionGroup var refresh: RefreshOption
  @OptionGroup var excludeNewer: ExcludeNewerOption
  @OptionGroup(title: "Where wheels and packages come from") var sources: BuildSourceOptions
  @OptionGroup(title: "Output and folders") var output: OutdatedOutputOptions
  @OptionGroup(title: "Every command") var common: CommonOptions

  func validate() throws {
    if refresh.typed, sources.offline.typed {
      throw ValidationError("--refresh asks the indexes again, and --offline forbids it")
    }
  }

  /// What they say of where things are: a build of the lock would look there.
  ///
  /// - Throws: `UsageError` for texts that cannot be read.
  func invocation(_ environment: [String: String]) throws -> BuildInvocation {
    var wanted = try LockAnswersOptions.parse([])
    wanted.lock = lock
    var image = try ImageManifestOption.parse([])
    image.typed = manifest.typed
    return try BuildInvocation(
      of: wanted, image, sources, output.cache, output.matrix, Variables(environment).withoutOutput)
  }

  func run(_ session: Session, _ voice: Voice) async throws {
    let build = try invocation(session.environment)
    let lock = try LockFile.required(build.lock, session.files)
    let beside = try LockManifest(build, session)
    for name in beside.loaded?.fileNames ?? [] { voice.detail("read \(name)") }
    for note in beside.notes(lock, path: build.lock) { voice.note(note) }
    var configuration = try Configuration(build, beside, session)
    configuration.refresh = refresh.typed
    var manifest = try manifest(of: lock, beside, build)
    if let cutoff = try excludeNewer.cutoff(session.variables) { manifest.excludeNewer = cutoff }
    let report = try await voice.withProgress { [configuration, manifest] progress in
      try await session.outdated(configuration, lock, manifest, progress)
    }
    if output.json {
      voice.answer(RenderOutdatedJSON.text(report, lock: build.lock))
    } else {
      voice.answer(RenderOutdated.text(report, lock, path: build.lock, voice.answerStyle))
    }
    for note in report.notes { voice.note(note) }
    if output.exitCode, report.isOutdated { throw ExitCode(ErrorKind.answerIsNo.rawValue) }
  }

  /// What the lock was asked for: the manifest, if it still asks for that, else what the lock says of it.
  private func manifest(
    of lock: Lockfile, _ beside: LockManifest, _ build: BuildInvocation
  ) throws(LockProblem) -> Manifest {
    var manifest: Manifest
    if let loaded = beside.loaded?.manifest, LockCurrency.digest(of: loaded) == lock.manifest {
      manifest = loaded
    } else {
      do {
        manifest = try Manifest(request: lock.request, origin: build.lock)
      } catch {
        throw LockProblem(
          "\(Printable.text(build.lock)): what it was asked for cannot be read: \(Printable.text("\(error)"))",
          hints: ["resolve again to write a current lock"])
      }
      let places = beside.loaded?.manifest.indexes ?? []
      manifest.indexes = manifest.indexes.map { index in
        IndexDeclaration(
          name: index.name, url: places.first { $0.name == index.name }?.url, packages: index.packages)
      }
    }
    manifest.indexes = build.indexes(over: manifest.indexes)
    return manifest
  }
}

/// How the answer is written, and where things are kept.
struct OutdatedOutputOptions: ParsableArguments {
  @Flag(help: "Print everything that was looked up as JSON.")
  var json = false

  @Flag(help: "Exit with 1 where something was withdrawn, or something newer fits.")
  var exitCode = false

  @OptionGroup var cache: CacheOption
  @OptionGroup var matrix: MatrixOption
}
