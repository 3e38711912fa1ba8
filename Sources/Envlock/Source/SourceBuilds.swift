import EnvlockIndexes
import EnvlockModel
import EnvlockResolve
import EnvlockStore
import EnvlockVersions
import Synchronization

/// The builds of a resolve: a source distribution that the solve looks at is built once, and what an earlier lock has of it
/// is not built again.
final class SourceBuilds: Sendable {
  /// What is known of the wheel of a source.
  struct Outcome: Sendable {
    let wheel: Solution.BuiltWheel
    let metadata: CoreMetadata
    /// What the user should know; nil where nothing was built.
    let note: String?
  }

  private struct Key: Hashable {
    let url: String
    let platform: Platform
    let python: PythonVersion
  }

  private struct State {
    var bases: [Platform: BaseLocker.Opened] = [:]
    var kept: [Platform: [PlatformLock]] = [:]
    var outcomes: [Key: Result<Outcome, any Error>] = [:]
    var notes: [String] = []
  }

  private let configuration: Configuration
  private let manifest: Manifest
  private let previous: Lockfile?
  private let upgrade: Upgrade
  private let looksOnly: Bool
  private let excludeNewer: String?
  private let locker: BaseLocker?
  private let http: HTTPClient
  private let progress: any ProgressSink
  private let state = Mutex(State())
  /// One build at a time: each may use every core.
  private let turn = Gate(1)

  /// - Parameters:
  ///   - configuration: Where things come from and are kept.
  ///   - manifest: What is asked for.
  ///   - previous: An earlier lock.
  ///   - upgrade: Which of its choices are given up.
  ///   - looksOnly: Whether nothing is written: then what it has of the same source does, whatever is given up.
  ///   - excludeNewer: From which instant on uploaded files do not exist.
  ///   - locker: Locks the base; nil for a manifest without one.
  ///   - http: Fetches sources.
  ///   - progress: Somebody who watches.
  init(
    _ configuration: Configuration, _ manifest: Manifest, _ previous: Lockfile?, _ upgrade: Upgrade,
    looksOnly: Bool,
    excludeNewer: String?, locker: BaseLocker?, http: HTTPClient, progress: any ProgressSink
  ) {
    self.configuration = configuration
    self.manifest = manifest
    self.previous = previous
    self.upgrade = upgrade
    self.looksOnly = looksOnly
    self.excludeNewer = excludeNewer
    self.locker = locker
    self.http = http
    self.progress = progress
  }

  /// Sentences about what was built so far.
  var notes: [String] { state.withLock { $0.notes } }

  /// Says what a platform's builds stand on.
  ///
  /// - Parameters:
  ///   - platform: The platform.
  ///   - base: What lies below; nil for a manifest without a base.
  ///   - isKept: Whether that is an earlier lock's.
  func prepare(_ platform: Platform, on base: BaseLocker.Opened?, isKept: Bool) {
    state.withLock { state in
      state.bases[platform] = base
      state.kept[platform] = isKept || looksOnly ? previous?.answers(for: platform) ?? [] : []
    }
  }

  /// The wheel of a candidate that is a source distribution; built where nobody has it.
  ///
  /// - Throws: `SourceBuildError`, and what is wrong with what the build needs.
  func outcome(_ candidate: Candidate, _ platform: Platform, _ python: PythonVersion) async throws -> Outcome
  {
    guard await turn.enter() else { throw CancellationError() }
    defer { turn.leave() }
    let key = Key(url: candidate.wheel.file.url, platform: platform, python: python)
    if let known = state.withLock({ $0.outcomes[key] }) { return try known.get() }
    let result: Result<Outcome, any Error>
    do {
      result = .success(try await make(candidate, key))
    } catch is CancellationError {
      throw CancellationError()
    } catch {
      result = .failure(error)
    }
    state.withLock { state in
      state.outcomes[key] = result
      if case .success(let outcome) = result, let note = outcome.note { state.notes.append(note) }
    }
    return try result.get()
  }

  /// What was made of a candidate, once ``outcome(_:_:_:)`` gave it.
  func built(_ candidate: Candidate, _ platform: Platform, _ python: PythonVersion) -> Solution.BuiltWheel? {
    let key = Key(url: candidate.wheel.file.url, platform: platform, python: python)
    guard case .success(let outcome)? = state.withLock({ $0.outcomes[key] }) else { return nil }
    return outcome.wheel
  }

  // MARK: making

  private func make(_ candidate: Candidate, _ key: Key) async throws -> Outcome {
    let (project, file) = (candidate.wheel.name.project, candidate.wheel.file)
    let what = "\(project) \(candidate.version)"
    guard let locker, let opened = state.withLock({ $0.bases[key.platform] }) else {
      throw SourceBuildError(
        "\(what) has no wheel, and is built inside the base image only, and there is none",
        hints: ["name one: `--base debian:bookworm`, or [base] in the manifest"], kind: .badInput)
    }
    guard let cache = configuration.cacheDirectory else {
      throw SourceBuildError(
        "there is no folder to build in", hints: ["name one with `--cache-dir`"], kind: .badInput)
    }
    let artifacts = ArtifactStore(folder: cache, client: http)
    if let kept = kept(candidate, key) { return try await keep(kept, file, artifacts) }
    if let here = Platform.ofThisProcess, here != key.platform, state.withLock({ $0.bases[here] }) != nil {
      return try await take(candidate, from: here, for: key)
    }
    progress.report(.building(what))
    let source = try await fetch(file, artifacts)
    let builder = SourceBuilder(
      configuration: configuration, indexes: manifest.indexes, artifacts: artifacts)
    let order = SourceBuilder.Order(
      project: project, version: candidate.version, fileName: file.fileName, source: source)
    let base = try await locker.lock(opened, python: key.python)
    let product = try await builder.build(order) { requirements in
      try await self.lock(requirements, on: base, key)
    }
    let build = LockedBuild(
      fileName: file.fileName, sha256: source.digest, size: source.size, epoch: product.epoch,
      requirements: product.environment.wheels.map(\.withoutDependencies))
    return Outcome(
      wheel: Solution.BuiltWheel(
        fileName: product.wheel.fileName, sha256: product.stored.digest, size: product.stored.size,
        build: build),
      metadata: product.metadata,
      note: "\(product.wheel.fileName) was built of \(file.fileName): no wheel of \(what) fits")
  }

  /// What was built on the platform of this machine, for another one.
  ///
  /// - Throws: `SourceBuildError` where something compiled is in it.
  private func take(_ candidate: Candidate, from here: Platform, for key: Key) async throws -> Outcome {
    let own = Key(url: key.url, platform: here, python: key.python)
    let known = state.withLock { $0.outcomes[own] }
    let outcome = if let known { try known.get() } else { try await make(candidate, own) }
    state.withLock { $0.outcomes[own] = .success(outcome) }
    let (wheel, build) = (outcome.wheel, outcome.wheel.build)
    guard let name = try? WheelName(wheel.fileName), name.platformTags == ["any"] else {
      throw SourceBuildError(
        "\(wheel.fileName) has compiled parts, and cannot be built for \(key.platform) on this machine",
        hints: ["build it on a machine of that kind, and name its folder with `--find-links`"],
        kind: .couldNotFindOut)
    }
    return Outcome(
      wheel: Solution.BuiltWheel(
        fileName: wheel.fileName, sha256: wheel.sha256, size: wheel.size,
        build: LockedBuild(
          fileName: build.fileName, sha256: build.sha256, size: build.size, epoch: build.epoch,
          platform: here,
          requirements: build.requirements)),
      metadata: outcome.metadata, note: nil)
  }

  /// Locks what a build needs, on the base of the environment itself.
  private func lock(
    _ requirements: [SourcedRequirement], on base: LockedBase, _ key: Key
  ) async throws -> PlatformLock {
    let empty = PlatformLock(
      key.platform, key.python, glibc: base.glibc ?? manifest.glibc, wheels: [], base: base)
    guard !requirements.isEmpty else { return empty }
    var needed = Manifest(
      python: key.python, requirements: requirements, platforms: [key.platform], glibc: manifest.statedGlibc,
      excludeNewer: try excludeNewer.map { text throws(MalformedText) in try UploadCutoff(text) },
      prerelease: manifest.prerelease, indexes: manifest.indexes)
    needed.base = manifest.base
    // An earlier lock of the same base, so that it is kept to the last package.
    let nothing = sha256([])
    let earlier = Lockfile(
      manifest: nothing, matrix: nothing, request: needed.canonical(), platforms: [empty])
    let report = try await Engine(configuration).refreshed().resolve(needed, previous: earlier)
    guard let answer = report.lock.platform(key.platform) else {
      preconditionFailure("a resolve has an answer for its platform")
    }
    return answer
  }

  // MARK: keeping

  /// An earlier lock's wheel of the same source, for the same base and Python.
  private func kept(_ candidate: Candidate, _ key: Key) -> LockedWheel? {
    guard looksOnly || !upgrade.givesUp(candidate.wheel.name.project),
      let source = candidate.wheel.file.sha256
    else {
      return nil
    }
    let answers = state.withLock { $0.kept[key.platform] ?? [] }
    return answers.filter { $0.python == key.python }.flatMap(\.builtWheels).first {
      $0.name == candidate.wheel.name.project && $0.version == candidate.version && $0.built?.sha256 == source
    }
  }

  /// Takes what an earlier lock has; where its wheel is not in the store, it is made again.
  ///
  /// - Throws: `SourceBuildError` where another one is made.
  private func keep(_ wheel: LockedWheel, _ file: IndexFile, _ artifacts: ArtifactStore) async throws
    -> Outcome
  {
    guard let build = wheel.built, let name = try? WheelName(wheel.fileName) else {
      preconditionFailure("a lock's wheel has a name, and this one was built")
    }
    if !artifacts.contains(wheel.sha256, size: wheel.size), let previous {
      progress.report(.building("\(wheel.name) \(wheel.version)"))
      let rebuild = SourceRebuild(
        SourceBuilder(configuration: configuration, indexes: manifest.indexes, artifacts: artifacts), previous
      )
      _ = try await rebuild.make(wheel) { _ in try await self.fetch(file, artifacts) }
    }
    let path = artifacts.path(of: wheel.sha256)
    return Outcome(
      wheel: Solution.BuiltWheel(
        fileName: wheel.fileName, sha256: wheel.sha256, size: wheel.size, build: build),
      metadata: try SourceBuilder.metadata(of: name, at: path), note: nil)
  }

  private func fetch(_ file: IndexFile, _ artifacts: ArtifactStore) async throws -> StoredArtifact {
    let origin: Artifact.Origin
    if let path = LocalFiles.path(of: file.url) {
      origin = .file(path)
    } else if configuration.offline, file.sha256.map({ artifacts.contains($0, size: file.size) }) != true {
      throw SourceBuildError(
        "\(file.fileName) is not in the store, and nothing may be fetched", hints: ["leave out `--offline`"],
        kind: .couldNotFindOut)
    } else {
      origin = .url(file.url)
    }
    return try await artifacts.fetch(
      Artifact(name: file.fileName, origin: origin, digest: file.sha256, size: file.size))
  }
}

extension Platform {
  /// What programs this process can start; nil where no environment is locked for that.
  static var ofThisProcess: Platform? {
    #if arch(x86_64)
      .linuxAMD64
    #elseif arch(arm64)
      .linuxARM64
    #else
      nil
    #endif
  }
}

extension LockedWheel {
  /// What is known of the file alone.
  fileprivate var withoutDependencies: LockedWheel {
    LockedWheel(
      name: name, version: version, fileName: fileName, sha256: sha256, size: size, index: index, url: url,
      dependencies: [])
  }
}
