import EnvlockIndexes
import EnvlockModel
import EnvlockResolve
import EnvlockStore
import EnvlockVersions
import Synchronization

/// Gathers the facts of a solve: from the cache at once, from the network concurrently and ahead of the solver.
///
/// What is found under a key never changes during a run, so the answer does not depend on when it came.
final class Gatherer: FactSource, Sendable {
  private let indexes: IndexSet
  private let http: HTTPClient
  private let progress: any ProgressSink
  private let state: Mutex<State>

  private struct State: ~Copyable {
    var pages: [ProjectName: PageFact] = [:]
    var metadata: [Candidate: MetadataFact] = [:]
    var failures: [FactNeed: any UserFacingError] = [:]
    var tasks: [FactNeed: Task<Void, Never>] = [:]
    var forerunner: Forerunner?
    var isStopped = false
    /// The platform and the Python of the solve, which decide what is built.
    var environment: (platform: Platform, python: PythonVersion)?
  }

  /// Builds the wheels of candidates that are source distributions; nil where nothing is solved.
  private let builds: SourceBuilds?

  init(_ opened: OpenIndexes, _ builds: SourceBuilds?, progress: any ProgressSink) {
    self.builds = builds
    indexes = opened.indexes
    http = opened.http
    self.progress = progress
    state = Mutex(State())
  }

  // MARK: FactSource

  func page(of project: ProjectName) -> PageFact? {
    if let known = state.withLock({ $0.pages[project] }) { return known }
    guard let answer = indexes.cachedPage(project), let fact = Self.fact(answer).known else { return nil }
    return state.withLock { state in
      state.pages[project] = fact
      return fact
    }
  }

  func metadata(of candidate: Candidate) -> MetadataFact? {
    if let known = state.withLock({ $0.metadata[candidate] }) { return known }
    guard !candidate.wheel.isSource else { return nil }
    guard let answer = indexes.cachedMetadata(of: candidate.wheel), let fact = Self.fact(answer).known else {
      return nil
    }
    return state.withLock { state in
      state.metadata[candidate] = fact
      return fact
    }
  }

  // MARK: Gathering

  /// Lets `forerunner` guess what a solve will need; started with the first fact that is not in the cache.
  func runAhead(for question: Question) {
    state.withLock { state in
      state.forerunner = Forerunner(question)
      state.environment = (question.platform, question.python)
      // What comes of a source depends on where it is built; whoever builds remembers what was built already.
      for candidate in state.metadata.keys where candidate.wheel.isSource { state.metadata[candidate] = nil }
      for need in state.tasks.keys where need.isBuild {
        state.tasks[need] = nil
        state.failures[need] = nil
      }
    }
  }

  /// Waits until all `needs` are gathered, and fetches what they make likely meanwhile.
  ///
  /// - Parameters:
  ///   - needs: What a solve cannot go on without; not empty.
  ///   - all: Whether each of them has to be met. Otherwise one is enough: what it says may make the others needless,
  ///     and if it does not, they will be asked for again.
  /// - Throws: The failure of the first need that could not be met; `CancellationError` after `stop()`.
  func gather(_ needs: [FactNeed], all: Bool = false) async throws {
    let ahead = state.withLock { state in state.forerunner?.start() ?? [] }
    for need in needs + ahead { start(need) }
    await withTaskCancellationHandler {
      for need in needs { await state.withLock { $0.tasks[need] }?.value }
    } onCancel: {
      stop()
    }
    var first: (any UserFacingError)?
    var failures = 0
    for need in needs {
      guard let failure = state.withLock({ $0.failures[need] }) else { continue }
      failures += 1
      if first == nil { first = failure }
    }
    if state.withLock({ $0.isStopped }) { throw CancellationError() }
    if let first, all || failures == needs.count { throw first }
  }

  /// Gives up everything that is on its way, and fetches nothing any more.
  func stop() {
    let tasks = state.withLock { state in
      state.isStopped = true
      return Array(state.tasks.values)
    }
    for task in tasks { task.cancel() }
  }

  private func start(_ need: FactNeed) {
    state.withLock { state in
      guard state.tasks[need] == nil, !state.isStopped else { return }
      state.tasks[need] = Task.detached { await self.fetch(need) }
    }
  }

  private func fetch(_ need: FactNeed) async {
    progress.report(.asked)
    let next: [FactNeed]
    switch need {
    case .page(let project): next = await fetchPage(project)
    case .metadata(let candidate): next = await fetchMetadata(candidate)
    }
    progress.report(.answered)
    progress.report(.received(bytes: http.statistics.bytes))
    for need in next { start(need) }
  }

  private func fetchPage(_ project: ProjectName) async -> [FactNeed] {
    var finding: Finding<PageFact>
    if let known = page(of: project) {
      finding = .known(known)
    } else {
      finding = Self.fact(await indexes.page(project))
    }
    return state.withLock { state in
      switch finding {
      case .failed(let error):
        state.failures[.page(project)] = error
        return []
      case .known(let fact):
        state.pages[project] = fact
        return state.forerunner?.learned(project, fact) ?? []
      }
    }
  }

  private func fetchMetadata(_ candidate: Candidate) async -> [FactNeed] {
    var finding: Finding<MetadataFact>
    if let known = metadata(of: candidate) {
      finding = .known(known)
    } else if candidate.wheel.isSource {
      finding = await build(candidate)
    } else {
      finding = Self.fact(await indexes.metadata(of: candidate.wheel, index: candidate.index))
    }
    return state.withLock { state in
      switch finding {
      case .failed(let error):
        state.failures[.metadata(candidate)] = error
        return []
      case .known(let fact):
        state.metadata[candidate] = fact
        return state.forerunner?.learned(candidate, fact) ?? []
      }
    }
  }

  /// What the wheel of a source distribution says of itself, once it is built.
  private func build(_ candidate: Candidate) async -> Finding<MetadataFact> {
    guard let builds, let environment = state.withLock({ $0.environment }) else {
      preconditionFailure("only a solve asks for metadata, and it has an environment")
    }
    do {
      let outcome = try await builds.outcome(candidate, environment.platform, environment.python)
      return .known(.known(outcome.metadata))
    } catch let error as any UserFacingError {
      return .failed(error)
    } catch {
      return .failed(SourceBuildError("\(candidate.wheel.file.fileName) cannot be built: \(error)"))
    }
  }

  // MARK: From answers to facts

  /// A fact, or why there is none.
  private enum Finding<Fact> {
    case known(Fact)
    case failed(any UserFacingError)

    var known: Fact? {
      guard case .known(let fact) = self else { return nil }
      return fact
    }
  }

  private static func fact(_ answer: IndexSet.Answer) -> Finding<PageFact> {
    switch answer.page {
    case .page(let page): .known(.page(page, index: answer.index))
    case .noSuchProject: .known(.noSuchProject)
    case .offline: .known(.offline)
    case .unauthorized(let host): .known(.unauthorized(host: host))
    case .failed(let error): .failed(error)
    }
  }

  private static func fact(_ answer: MetadataAnswer) -> Finding<MetadataFact> {
    switch answer {
    case .known(let metadata): .known(.known(metadata))
    case .unusable(let why): .known(.unusable(why))
    case .unauthorized(let host): .known(.unauthorized(host: host))
    case .offline: .known(.offline)
    case .failed(let error): .failed(error)
    }
  }
}

extension FactNeed {
  /// Whether a source distribution has to be built for it.
  fileprivate var isBuild: Bool {
    guard case .metadata(let candidate) = self else { return false }
    return candidate.wheel.isSource
  }
}
