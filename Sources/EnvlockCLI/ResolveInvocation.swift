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
  init(_ arguments: ResolveArguments, _ variables: Variables) throws(UsageError) {
    request = try Request(arguments, variables)
    let asksForSomething = !arguments.requirements.isEmpty || !arguments.more.requirementsFiles.isEmpty
    // A manifest that a variable names gives way to requirements that were typed just now.
    if let manifest = arguments.more.manifest {
      source = .file(manifest)
    } else if asksForSomething {
      source = .commandLine
    } else {
      source = variables.text(.manifest).map { .file($0) } ?? .folder
    }

    sources = try IndexOptions(arguments.sources.wheels, variables)
    debianMirror = arguments.sources.mirrors.debianMirror
    debianSecurityMirror = arguments.sources.mirrors.debianSecurityMirror
    cacheDirectory = try arguments.output.folders.cache.folder(variables)
    matrixDirectory = arguments.output.folders.matrix.folder(variables)
    offline = try arguments.sources.offline.isOn(variables)
    refresh = arguments.sources.refresh.typed
    if offline && refresh {
      throw UsageError(
        "`--refresh` asks the indexes again, and `--offline` forbids it", hints: ["leave one of them out"])
    }

    mode = try Mode(arguments.lock, variables)
    upgrade = try Self.upgrade(arguments.lock)
    if upgrade != .none, mode == .locked || mode == .frozen {
      throw UsageError(
        "`--upgrade` changes the lock, and `--\(mode == .locked ? "locked" : "frozen")` forbids it",
        hints: ["leave one of them out"])
    }
    let written = arguments.lock.output
    let named = arguments.lock.lock ?? (written == "-" ? nil : written) ?? variables.text(.lock)
    lock = named ?? LockFile.defaultName
    output = written == "-" ? nil : written ?? lock
    json = arguments.output.json
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
