import Envlock
import EnvlockManifest
import EnvlockModel
import EnvlockVersions

/// What a person who typed `envlock resolve …` means: values, conflicts ruled out, variables taken into account.
///
/// Nothing has been read yet.
struct ResolveInvocation: Hashable, Sendable {
  /// Where the manifest comes from.
  enum Source: Hashable, Sendable {
    /// The command line alone says what is needed.
    case commandLine
    /// The `envlock.toml` or `pyproject.toml` of the current folder.
    case folder
    /// This file.
    case file(String)
  }

  /// What is done with the lock.
  enum Mode: Hashable, Sendable {
    /// It is brought up to date.
    case write
    /// It must be up to date already.
    case locked
    /// It is taken as it is.
    case frozen
    /// It is left alone.
    case dryRun
  }

  var source: Source
  var request: Request
  var sources: IndexOptions
  var debianMirror: String?
  var debianSecurityMirror: String?
  var cacheDirectory: String
  var matrixDirectory: String?
  var offline: Bool
  var refresh: Bool
  var mode: Mode
  var upgrade: Upgrade
  /// The lock whose choices are kept.
  var lock: String
  /// Where the lock is written; nil for standard output.
  var output: String?
  var json: Bool

  /// Makes sense of what was typed.
  ///
  /// - Throws: `UsageError` for texts that cannot be read, and options that contradict each other.
  init(_ command: ResolveCommand, _ variables: Variables) throws(UsageError) {
    let request = try Request(command, variables)
    let asksForSomething = !command.requirements.isEmpty || !command.more.requirementsFiles.isEmpty
    // A manifest that a variable names gives way to requirements that were typed just now.
    let source: Source =
      if let manifest = command.more.manifest {
        .file(manifest)
      } else if asksForSomething {
        .commandLine
      } else {
        variables.text(.manifest).map { .file($0) } ?? .folder
      }
    let mode = try Mode(command.lock, variables)
    let upgrade = try Self.upgrade(command.lock)
    if upgrade != .none, mode == .locked || mode == .frozen {
      throw UsageError(
        "`--upgrade` changes the lock, and `--\(mode == .locked ? "locked" : "frozen")` forbids it",
        hints: ["leave one of them out"])
    }
    try self.init(
      request, from: source, mode, upgrade, command.sources, command.output, lock: command.lock.lock,
      written: command.lock.output, variables)
  }

  /// Makes sense of what `resolve` and `import` have in common.
  ///
  /// - Parameters:
  ///   - request: What is asked for.
  ///   - source: Where the manifest comes from.
  ///   - mode: What is done with the lock.
  ///   - upgrade: Which of its choices are given up.
  ///   - options: Where wheels come from.
  ///   - answer: How the answer is printed, and where things are kept.
  ///   - typed: The lock that was named; nil: the one that is written.
  ///   - written: Where the lock is to be written; nil: where it is.
  ///   - variables: The environment.
  /// - Throws: As `init(_:_:)` does.
  init(
    _ request: Request, from source: Source, _ mode: Mode, _ upgrade: Upgrade, _ options: SourceOptions,
    _ answer: ResolveOutputOptions, lock typed: String? = nil, written: String?, _ variables: Variables
  ) throws(UsageError) {
    self.request = request
    self.source = source
    self.mode = mode
    self.upgrade = upgrade
    sources = try IndexOptions(options.indexURL, options.wheels, variables)
    debianMirror = options.mirrors.debianMirror
    debianSecurityMirror = options.mirrors.debianSecurityMirror
    cacheDirectory = try answer.cache.folder(variables)
    matrixDirectory = answer.matrix.folder(variables)
    offline = try options.offline.isOn(variables)
    refresh = options.refresh.typed
    if offline && refresh {
      throw UsageError(
        "`--refresh` asks the indexes again, and `--offline` forbids it", hints: ["leave one of them out"])
    }
    lock = typed ?? (written == "-" ? nil : written) ?? variables.text(.lock) ?? LockFile.defaultName
    output = written == "-" ? nil : written ?? lock
    json = answer.json
    if json, output == nil, mode == .write {
      throw UsageError(
        "`--json` and `--output -` both write to standard output", hints: ["leave one of them out"])
    }
  }

  private static func upgrade(_ options: ResolveLockOptions) throws(UsageError) -> Upgrade {
    if options.upgrade { return .all }
    var names: Set<ProjectName> = []
    for text in options.upgradePackage {
      do {
        names.insert(try ProjectName(text))
      } catch {
        throw UsageError(error, in: "--upgrade-package")
      }
    }
    return names.isEmpty ? .none : .packages(names)
  }
}

extension ResolveInvocation.Mode {
  fileprivate init(_ options: ResolveLockOptions, _ variables: Variables) throws(UsageError) {
    let chosen = [
      (options.locked, ResolveInvocation.Mode.locked, "--locked"), (options.frozen, .frozen, "--frozen"),
      (options.dryRun.typed, .dryRun, "--dry-run"),
    ].filter(\.0)
    if chosen.count > 1 {
      throw UsageError(
        "`\(chosen[0].2)` and `\(chosen[1].2)` exclude each other", hints: ["leave one of them out"])
    }
    if let first = chosen.first {
      self = first.1
    } else if try variables.flag(.frozen) {
      self = .frozen
    } else {
      self = try variables.flag(.locked) ? .locked : .write
    }
  }
}
