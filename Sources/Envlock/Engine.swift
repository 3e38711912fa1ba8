import EnvlockIndexes
public import EnvlockModel
import EnvlockResolve
import EnvlockStore
import EnvlockVersions

/// Which of an earlier lock's choices are given up.
public enum Upgrade: Hashable, Sendable {
  /// None that still fits.
  case none
  /// All.
  case all
  /// Those for these projects.
  case packages(Set<ProjectName>)

  /// Whether the choice for a project is given up.
  func givesUp(_ project: ProjectName) -> Bool {
    switch self {
    case .none: false
    case .all: true
    case .packages(let names): names.contains(project)
    }
  }
}

/// What a resolve came to.
public struct ResolveReport: Sendable {
  /// The answer.
  public let lock: Lockfile
  /// What the user should know about it, a sentence each.
  public let notes: [String]
  /// How long it took, in seconds.
  public let seconds: Double
}

/// The front door: turns manifests into locks.
///
/// It gathers facts, solves, and puts the answers together; every step is a function of a lower floor.
public struct Engine: Sendable {
  private let configuration: Configuration

  /// Opens nothing yet.
  public init(_ configuration: Configuration) { self.configuration = configuration }

  /// The compatibility data.
  var matrix: Matrix { configuration.matrix }

  /// The same engine, for which what was fetched just now is fresh.
  func refreshed() -> Engine {
    var configuration = configuration
    configuration.refresh = false
    return Engine(configuration)
  }

  /// Opens the indexes that a manifest may use.
  ///
  /// - Throws: What is wrong with it, or with a setting.
  func openIndexes(for manifest: Manifest) throws -> OpenIndexes {
    let plan = try Plan(manifest, matrix: matrix) { configuration.url(ofIndex: $0) != nil }
    return try configuration.openIndexes(for: manifest, named: plan.namedIndexes)
  }

  /// Finds every wheel that `manifest` needs, for each of its platforms.
  ///
  /// - Parameters:
  ///   - manifest: What is asked for.
  ///   - previous: An earlier lock, whose choices are kept where they fit.
  ///   - upgrade: Which of those are given up all the same.
  ///   - pins: What another tool has decided already, and what is kept to the version and the file.
  ///   - progress: Somebody who watches.
  /// - Returns: The lock, and what to know about it.
  /// - Throws: A `UserFacingError`: `Unresolvable` with the proof, or what was wrong or out of reach;
  ///   `CancellationError` where the task was cancelled.
  public func resolve(
    _ manifest: Manifest, previous: Lockfile? = nil, upgrade: Upgrade = .none,
    pins: Pins = .none, progress: any ProgressSink = NoProgress()
  ) async throws -> ResolveReport {
    try await resolve(manifest, previous, upgrade, pins, progress, looksOnly: false)
  }

  /// The same, for those who write the lock and those who only look at it: `Engine.outdated`.
  func resolve(
    _ manifest: Manifest, _ previous: Lockfile?, _ upgrade: Upgrade, _ pins: Pins,
    _ progress: any ProgressSink, looksOnly: Bool
  ) async throws -> ResolveReport {
    let start = ContinuousClock.now
    let matrix = configuration.matrix
    var targets: [Question.Target] = []
    for target in manifest.targets { targets.append(try Question.Target(target, matrix: matrix)) }
    for root in manifest.requirements + [manifest.framework].compactMap({ $0 }) { try check(root) }
    for constraint in manifest.constraints { try check(constraint: constraint) }
    let plan = try Plan(manifest, matrix: matrix) { configuration.url(ofIndex: $0) != nil }
    let opened = try configuration.openIndexes(for: manifest, named: plan.namedIndexes)
    let (answers, notes): ([PlatformLock], [String])
    let locker = manifest.base.map {
      BaseLocker(configuration: configuration, http: opened.http, declaration: $0)
    }
    let digest = sha256(Array(manifest.canonical().canonical().utf8))
    let cutoff = excludeNewer(manifest, digest, previous, upgrade)
    let builds = SourceBuilds(
      configuration, manifest, previous, upgrade, looksOnly: looksOnly, excludeNewer: cutoff, locker: locker,
      http: opened.http,
      progress: progress)
    let gatherer = Gatherer(opened, builds, progress: progress)
    // What was guessed to be needed and was not need not come any more.
    defer { gatherer.stop() }
    do {
      (answers, notes) = try await answer(
        manifest, cutoff, targets, plan, previous, upgrade, pins, opened.indexes, gatherer, builds, locker,
        progress)
    } catch {
      try Task.checkCancellation()
      throw error
    }
    var uploadedBefore: String?
    if case .age = manifest.excludeNewer { uploadedBefore = cutoff }
    let lock = Lockfile(
      manifest: digest, matrix: sha256(matrix.digestInput),
      request: manifest.canonical(), uploadedBefore: uploadedBefore, platforms: answers)
    return ResolveReport(
      lock: lock, notes: (builds.notes + notes + opened.indexes.notes).removingRepetition(),
      seconds: start.duration(to: .now).seconds)
  }
}

extension Engine {
  /// The instant from which on uploaded files do not exist.
  ///
  /// What an age came to stays while the same is asked for: a lock is not out of date because time goes on. Whoever asks
  /// for something else, or for upgrades, asks now.
  private func excludeNewer(
    _ manifest: Manifest, _ digest: Digest, _ previous: Lockfile?, _ upgrade: Upgrade
  ) -> String? {
    guard let cutoff = manifest.excludeNewer else { return nil }
    if case .age = cutoff, upgrade == .none, let previous, previous.manifest == digest,
      let kept = previous.uploadedBefore
    {
      return kept
    }
    return cutoff.instant(now: configuration.now())
  }

  /// An answer for each platform, or for each group of targets of one; and what to know about them.
  private func answer(
    _ manifest: Manifest, _ excludeNewer: String?, _ targets: [Question.Target], _ plan: Plan,
    _ previous: Lockfile?, _ upgrade: Upgrade, _ pins: Pins,
    _ indexes: IndexSet, _ gatherer: Gatherer, _ builds: SourceBuilds, _ locker: BaseLocker?,
    _ progress: any ProgressSink
  ) async throws -> ([PlatformLock], [String]) {
    var answers: [PlatformLock] = []
    var notes = plan.notes
    let platforms = manifest.platforms.sorted()
    // All bases before the first solve: what has to be built is built on this machine's platform, and may do for others.
    var bases: [Platform: BaseLocker.Opened] = [:]
    for platform in platforms {
      let isKept = upgrade != .all && previous?.isOf(manifest.base) ?? false
      let kept = isKept ? previous?.platform(platform)?.base : nil
      let base = try await locker?.open(platform, keeping: kept)
      bases[platform] = base
      builds.prepare(platform, on: base, isKept: kept != nil)
    }
    // In one order everywhere, since later platforms follow the choices of earlier ones.
    for platform in platforms {
      let earlier = previous?.answers(for: platform) ?? []
      let base = bases[platform]
      notes += base?.notes ?? []
      let attempt = Attempt(
        manifest: try manifest.counting(on: base?.glibc), platform: platform, targets: targets,
        matrix: configuration.matrix,
        gatherer: gatherer, progress: progress, excludeNewer: excludeNewer, ownPython: base?.python,
        pins: pins
      ) { targets in
        let names = targets.map(\.name)
        let locked = earlier.first { $0.targets.map(\.name) == names } ?? earlier.first
        return Preferences(locked, upgrade, answers)
      }
      for solution in try await attempt.answers() {
        var answer = try await lock(solution, indexes, builds)
        try pins.check(answer)
        if let locker, let base { answer.base = try await locker.lock(base, python: answer.python) }
        answers.append(answer)
        notes += solution.notes + (try Self.check(answer, manifest.targets, matrix: configuration.matrix))
      }
    }
    return (answers, notes)
  }

  /// - Throws: `BadRequest` for a direct reference to something that cannot be the project's wheel.
  private func check(_ root: SourcedRequirement) throws(BadRequest) {
    guard let fault = DirectReference.fault(in: root.requirement) else { return }
    throw BadRequest(
      "\(fault) (\(root.origin))",
      hints: ["a reference has to end in the whole name of a wheel: `…/name-1.0-py3-none-any.whl#sha256=…`"])
  }

  /// - Throws: `BadRequest` for a constraint that is more than a bound on versions, and would not be kept.
  private func check(constraint: SourcedRequirement) throws(BadRequest) {
    guard let url = constraint.requirement.url else { return }
    throw BadRequest(
      "the constraint on \(constraint.requirement.name) names a file, `\(URLCredentials.redacted(url))` "
        + "(\(constraint.origin)); a constraint can only bound versions",
      hints: ["name the file in a requirement"])
  }

  /// The solution as part of a lock; wheels without a stated digest are fetched to compute it.
  private func lock(
    _ solution: Solution, _ indexes: IndexSet, _ builds: SourceBuilds
  ) async throws -> PlatformLock {
    var digests: [String: (sha256: Digest, size: Int)] = [:]
    for wheel in solution.withoutDigest {
      switch await indexes.digest(of: wheel) {
      case .known(let sha256, let size): digests[wheel.name.fileName] = (sha256, size)
      case .failed(let error): throw error
      case .offline:
        throw BadRequest(
          "\(wheel.name.fileName) cannot be pinned offline: its index states no SHA-256",
          hints: ["run once without `--offline`"], kind: .couldNotFindOut)
      }
    }
    // What is on disk can be looked at.
    for (_, candidate) in solution.candidates where candidate.index == DirectReference.indexName {
      let wheel = candidate.wheel
      guard wheel.isLocal, let stated = wheel.file.sha256 else { continue }
      switch await indexes.digest(of: wheel) {
      case .known(let sha256, let size):
        guard sha256 == stated else {
          throw BadRequest(
            "\(wheel.name.fileName) has the SHA-256 \(sha256.hex), and \(stated.hex) is asked for")
        }
        digests[wheel.name.fileName] = (sha256, size)
      case .failed(let error): throw error
      case .offline: break
      }
    }
    var built: [Candidate: Solution.BuiltWheel] = [:]
    for (_, candidate) in solution.candidates where candidate.wheel.isSource {
      built[candidate] = builds.built(candidate, solution.platform, solution.python)
    }
    return solution.platformLock(digests: digests, built: built) {
      indexes.origin(of: $0.wheel, index: $0.index)
    }
  }
}

extension Lockfile {
  /// Whether the lock was made for this base.
  fileprivate func isOf(_ base: BaseDeclaration?) -> Bool {
    request.objectValue?["base"] == base?.canonical()
  }
}

extension Manifest {
  /// The manifest for a base of this glibc.
  ///
  /// - Throws: `BadRequest` where more is asked for than the base has.
  fileprivate func counting(on glibc: Version?) throws(BadRequest) -> Manifest {
    guard let glibc else { return self }
    var manifest = self
    if let stated = statedGlibc, stated > glibc {
      throw BadRequest(
        "glibc \(stated) is asked for, and the base has glibc \(glibc)",
        hints: ["leave out `glibc`: then that of the base counts"])
    }
    manifest.statedGlibc = statedGlibc ?? glibc
    return manifest
  }
}

extension Duration {
  /// The duration in seconds.
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
