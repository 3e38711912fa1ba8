import EnvlockModel
import EnvlockResolve
import EnvlockVersions

/// The solve of one platform.
struct Attempt {
  let manifest: Manifest
  let platform: Platform
  let targets: [Question.Target]
  let matrix: Matrix
  let gatherer: Gatherer
  let progress: any ProgressSink
  /// Files uploaded at or after this instant do not exist.
  let excludeNewer: String?
  /// The Python that the base brings, which is tried before others where none is asked for.
  let ownPython: PythonVersion?
  /// What has to be kept.
  let pins: Pins
  /// What an earlier answer for these targets chose.
  let preferences: ([Question.Target]) -> Preferences

  /// One answer for all targets; or one for each group that can share one, where the manifest says `split = true`.
  ///
  /// - Throws: `Unresolvable`, or what was out of reach.
  func answers() async throws -> [Solution] {
    do {
      return [try await solve(targets)]
    } catch let refusal as Unresolvable where targets.count > 1 {
      return manifest.split ? try await groups() : try await blame(refusal)
    }
  }

  /// Puts each target into the first group that stays solvable with it.
  private func groups() async throws -> [Solution] {
    var groups: [(targets: [Question.Target], solution: Solution)] = []
    next: for target in targets {
      for index in groups.indices {
        let wider = groups[index].targets + [target]
        if let solution = try await solveIfPossible(wider) {
          groups[index] = (wider, solution)
          continue next
        }
      }
      groups.append(([target], try await solve([target])))
    }
    return groups.map(\.solution)
  }

  /// Says which target, or which two, stand in the way.
  private func blame(_ refusal: Unresolvable) async throws -> [Solution] {
    for target in targets { _ = try await solve([target]) }
    for (index, one) in targets.enumerated() {
      for other in targets[(index + 1)...] {
        do {
          _ = try await solve([one, other])
        } catch let pair as Unresolvable {
          throw Unresolvable(
            platform: platform,
            message: "the targets “\(one.name)” and “\(other.name)” cannot share one answer",
            details: pair.details,
            hints: ["`split = true` gives each group of targets its own answer"] + pair.hints, kind: pair.kind
          )
        }
      }
    }
    throw refusal
  }

  private func solveIfPossible(_ targets: [Question.Target]) async throws -> Solution? {
    do { return try await solve(targets) } catch is Unresolvable { return nil }
  }

  /// Solves for the manifest's Python; where it names none, for the newest one that has a solution.
  private func solve(_ targets: [Question.Target]) async throws -> Solution {
    let preferences = preferences(targets)
    func question(_ python: PythonVersion) -> Question {
      let pinned = pins.choose(platform, python)
      return Question(
        platform: platform, python: python, glibc: manifest.glibc, roots: roots,
        constraints: manifest.constraints + pinned.constraints,
        cuda: manifest.cuda, targets: targets, excludeNewer: excludeNewer,
        prerelease: manifest.prerelease, preferences: pinned.preferences(over: preferences.choices),
        files: pinned.files)
    }
    if let python = manifest.python { return try await solve(question(python)) }
    var first: Unresolvable?
    for python in try await pythons(first: [preferences.python, ownPython].compactMap { $0 }, question) {
      do {
        return try await solve(question(python))
      } catch let error as Unresolvable {
        if first == nil { first = error }
      }
    }
    throw first
      ?? Unresolvable(
        platform: platform,
        message: "no Python that is known is \(manifest.requiresPython?.description ?? "there")", details: [],
        hints: ["`--python` names one that is not known"])
  }

  private func solve(_ question: Question) async throws -> Solution {
    gatherer.runAhead(for: question)
    try await check(pins.choose(platform, question.python), question)
    var solve = StackSolve(question, matrix: matrix, facts: gatherer)
    while true {
      switch solve.advance() {
      case .needs(let needs):
        progress.report(.decided(solve.decisions))
        try await gatherer.gather(needs)
      case .solved(let solution): return solution
      case .unsolvable(let refusal):
        throw Unresolvable(
          platform: platform, message: refusal.message, details: refusal.proof, hints: refusal.hints,
          kind: refusal.isForWantOfFacts ? .couldNotFindOut : .answerIsNo)
      }
    }
  }

  private var roots: [SourcedRequirement] { [manifest.framework].compactMap { $0 } + manifest.requirements }

  /// The Pythons to try: the earlier lock's first, then the base's own, then those that every required project has wheels for, newest
  /// first. Where none is left, the newest of all, so that the error says what is missing.
  private func pythons(
    first: [PythonVersion], _ question: (PythonVersion) -> Question
  ) async throws -> [PythonVersion] {
    func isAllowed(_ python: PythonVersion) -> Bool {
      manifest.requiresPython?.contains(python.fullVersion) ?? true
    }
    let available = matrix.interpreters.filter(isAllowed).sorted(by: >)
    let projects = available.flatMap { question($0).applyingRoots }.filter { $0.url == nil }.map(\.name)
      .removingRepetition()
    try await gatherer.gather(
      projects.filter { gatherer.page(of: $0) == nil }.map { .page($0) }, all: true)
    let usable = available.filter { python in
      question(python).rootsHaveWheels { gatherer.page(of: $0) }
    }
    let tried = (first.filter(isAllowed) + usable).removingRepetition()
    return tried.isEmpty ? Array(available.prefix(1)) : tried
  }

  /// Looks whether all that has to be kept can be, so that everything that cannot be is said at once.
  private func check(_ pinned: Pinned, _ question: Question) async throws {
    let named = Set(question.applyingRoots.filter { $0.url != nil }.map(\.name))
    let names = pinned.pins.keys.filter { !named.contains($0) }.sorted()
    let unknown = names.filter { gatherer.page(of: $0) == nil }
    if !unknown.isEmpty { try await gatherer.gather(unknown.map { .page($0) }, all: true) }
    let faults = names.compactMap { name in
      pinned.pins[name].flatMap {
        question.fault(keeping: $0.version, of: name, page: gatherer.page(of: name))
      }
    }
    guard let refusal = pinned.refusal(faults, question) else { return }
    throw refusal
  }
}
