package import EnvlockModel
import EnvlockVersions

/// Guesses what a solve will ask next, so that it can be fetched meanwhile.
///
/// It follows the requirements greedily, taking the newest fitting release of each project and never turning
/// back. A wrong guess costs a request and nothing else: what is chosen is the solver's business alone.
package final class Forerunner {
  private let question: Question
  private let rules: CandidateRules
  private let environment: MarkerEnvironment
  private var wanted: [ProjectName: VersionSet] = [:]
  private var extras: [ProjectName: Set<ExtraName>] = [:]
  private var projects: [ProjectName: ProjectCandidates] = [:]
  private var guesses: [ProjectName: Candidate] = [:]
  private var metadata: [ProjectName: CoreMetadata] = [:]
  private var asked: Set<FactNeed> = []

  /// Starts for one question; the first answer of `start()` leads to all others.
  package init(_ question: Question) {
    self.question = question
    rules = CandidateRules(question)
    environment = MarkerEnvironment(python: question.python, platform: question.platform)
  }

  /// What to fetch first: the pages of everything the user asks for.
  package func start() -> [FactNeed] {
    // A direct reference needs no page; the solve asks for its metadata soon enough.
    follow(question.roots.map(\.requirement).filter { $0.url == nil }, extra: nil)
  }

  /// What a project's page makes likely to be needed.
  package func learned(_ project: ProjectName, _ fact: PageFact) -> [FactNeed] {
    guard projects[project] == nil, case .page(let page, let index) = fact else { return [] }
    projects[project] = ProjectCandidates(
      project: project, page: page, index: index, rules: rules, preference: question.preferences[project])
    return guess(project)
  }

  /// What a wheel's metadata makes likely to be needed.
  package func learned(_ candidate: Candidate, _ fact: MetadataFact) -> [FactNeed] {
    let project = candidate.wheel.name.project
    guard guesses[project] == candidate, case .known(let metadata) = fact else { return [] }
    self.metadata[project] = metadata
    var needs = follow(metadata.dependencies(extra: nil).requirements, extra: nil)
    for extra in (extras[project] ?? []).sorted() {
      needs += follow(metadata.dependencies(extra: extra).requirements, extra: extra)
    }
    return needs
  }

  private func follow(_ requirements: [Requirement], extra: ExtraName?) -> [FactNeed] {
    var needs: [FactNeed] = []
    for requirement in requirements {
      guard requirement.marker?.evaluate(environment, extra: extra) ?? true else { continue }
      let project = requirement.name
      let before = wanted[project] ?? .all
      let narrowed = before.intersection(requirement.specifiers.versionSet)
      wanted[project] = narrowed.isEmpty ? before : narrowed
      let new = Set(requirement.extras).subtracting(extras[project] ?? [])
      extras[project, default: []].formUnion(new)
      if asked.insert(.page(project)).inserted { needs.append(.page(project)) }
      needs += guess(project)
      guard let metadata = metadata[project] else { continue }
      for extra in new.sorted() {
        needs += follow(metadata.dependencies(extra: extra).requirements, extra: extra)
      }
    }
    return needs
  }

  private func guess(_ project: ProjectName) -> [FactNeed] {
    let allowed = wanted[project] ?? .all
    if let guess = guesses[project], allowed.contains(guess.version) { return [] }
    guard let candidates = projects[project], let version = candidates.pick(in: allowed),
      // A guess is worth a request, not a build.
      let wheel = candidates.wheel(of: version), !wheel.isSource
    else { return [] }
    let candidate = Candidate(version: version, wheel: wheel, index: candidates.index)
    guesses[project] = candidate
    metadata[project] = nil
    return asked.insert(.metadata(candidate)).inserted ? [.metadata(candidate)] : []
  }
}
