import EnvlockModel
import EnvlockSolver
import EnvlockVersions

/// Everything the solver may ask, answered from the gathered facts and the matrix.
///
/// It gives the stack's packages their numbers, and remembers why something could not be chosen, so that
/// the explanation can say it. Used by one task at a time.
final class Universe: PackageSource {
  let question: Question
  let matrix: Matrix
  let hardware: Hardware
  let environment: MarkerEnvironment
  private let facts: any FactSource
  private let rules: CandidateRules
  private var numbers: [StackPackage: Int] = [:]
  private(set) var packages: [StackPackage] = []
  private var projects: [ProjectName: Projects] = [:]
  /// The projects whose wheels the user names.
  private let direct: Set<ProjectName>
  private var reasons: [Reason] = []
  private var reasonNumbers: [Reason: Int] = [:]
  private var expanded: [PackageAtVersion: [StackDependency]] = [:]

  private struct PackageAtVersion: Hashable {
    let package: StackPackage
    let version: Version
  }

  private enum Projects {
    case candidates(ProjectCandidates)
    case missing(Reason)
  }

  /// Why the solver could not have a version.
  enum Reason: Hashable, Sendable {
    case noSuchProject(ProjectName)
    case offline(ProjectName)
    case unauthorized(ProjectName, host: String)
    /// The page is known, and no release in question can be used.
    case noUsableRelease(ProjectName)
    case brokenWheel(ProjectName, String)
    case metadataOffline(ProjectName)
    case metadataUnauthorized(ProjectName, host: String)
    /// A target's driver or GPU is what it is.
    case fixed(StackPackage, Version)
    /// The matrix knows no such CUDA, or nothing brings this version.
    case noSuchStratum(StackPackage)
  }

  init(_ question: Question, matrix: Matrix, facts: any FactSource) {
    self.question = question
    self.matrix = matrix
    self.facts = facts
    rules = CandidateRules(question)
    environment = MarkerEnvironment(python: question.python, platform: question.platform)
    hardware = Hardware(question: question, matrix: matrix)
    let references = question.applyingRoots.filter { $0.url != nil }
    direct = Set(references.map(\.name))
    _ = number(of: .root)
    for requirement in references {
      guard let url = requirement.url else { continue }
      if let other = references.first(where: { $0.name == requirement.name })?.url, other != url {
        let places = [other, url].map { "`\(URLCredentials.redacted($0))`" }.joined(separator: " and ")
        projects[requirement.name] = .missing(
          .brokenWheel(requirement.name, "is asked for at two places: \(places)"))
      } else {
        projects[requirement.name] = directReference(requirement, url: url)
      }
    }
  }

  // MARK: Numbers

  func number(of package: StackPackage) -> PackageID {
    if let known = numbers[package] { return PackageID(known) }
    let number = packages.count
    numbers[package] = number
    packages.append(package)
    return PackageID(number)
  }

  func package(_ id: PackageID) -> StackPackage { packages[id.rawValue] }

  func reason(_ id: FactID) -> Reason { reasons[id.rawValue] }

  private func fact(_ reason: Reason) -> FactID {
    if let known = reasonNumbers[reason] { return FactID(known) }
    reasonNumbers[reason] = reasons.count
    reasons.append(reason)
    return FactID(reasons.count - 1)
  }

  // MARK: Candidates

  /// The candidates of `project`, once its page is gathered; nil before that and for missing projects.
  func candidates(of project: ProjectName) -> ProjectCandidates? {
    guard case .candidates(let candidates)? = lookUp(project) else { return nil }
    return candidates
  }

  private func lookUp(_ project: ProjectName) -> Projects? {
    if let known = projects[project] { return known }
    let answer: Projects
    switch facts.page(of: project) {
    case nil: return nil
    case .page(let page, let index)?:
      answer = .candidates(
        ProjectCandidates(
          project: project, page: page, index: index, rules: rules,
          preference: question.preferences[project]))
    case .noSuchProject?: answer = .missing(.noSuchProject(project))
    case .offline?: answer = .missing(.offline(project))
    case .unauthorized(let host)?: answer = .missing(.unauthorized(project, host: host))
    }
    projects[project] = answer
    return answer
  }

  private func directReference(_ requirement: Requirement, url: String) -> Projects {
    guard let file = DirectReference(requirement: requirement, url: url)?.file,
      let page = try? ProjectPage(
        compact: ProjectPage.compact(name: requirement.name, baseURL: "", files: [file]))
    else {
      return .missing(.brokenWheel(requirement.name, "is not a wheel: \(URLCredentials.redacted(url))"))
    }
    return .candidates(
      ProjectCandidates(
        project: requirement.name, page: page, index: DirectReference.indexName, rules: rules,
        preference: nil))
  }

  func candidate(_ project: ProjectName, _ version: Version) -> Candidate? {
    guard let candidates = candidates(of: project), let wheel = candidates.wheel(of: version) else {
      return nil
    }
    return Candidate(version: version, wheel: wheel, index: candidates.index)
  }

  /// What the wheel of `candidate` says of itself, where that is known.
  func metadata(of candidate: Candidate) -> CoreMetadata? {
    guard case .known(let metadata)? = facts.metadata(of: candidate) else { return nil }
    return metadata
  }

  // MARK: PackageSource

  func pick(_ id: PackageID, in allowed: VersionSet) -> Pick {
    switch package(id) {
    case .root: return .version(Version(release: [0]))
    case .project(let name), .extra(let name, _):
      switch lookUp(name) {
      case nil: return .notYet
      case .missing(let reason)?: return .nothing(fact(reason))
      case .candidates(let candidates)?:
        if let version = candidates.pick(in: allowed) { return .version(version) }
        return .nothing(fact(.noUsableRelease(name)))
      }
    case .driver, .gpu:
      let package = package(id)
      guard let version = hardware.fixedVersion(of: package) else {
        return .nothing(fact(.noSuchStratum(package)))
      }
      return allowed.contains(version) ? .version(version) : .nothing(fact(.fixed(package, version)))
    case .cuda, .cudnn, .nccl:
      if let version = hardware.stratumVersion(package(id), in: allowed) { return .version(version) }
      return .nothing(fact(.noSuchStratum(package(id))))
    }
  }

  func dependencies(of id: PackageID, at version: Version) -> Dependencies {
    switch expand(package(id), version) {
    case .known(let dependencies): return .known(dependencies.map(numbered))
    case .unusable(let reason): return .unusable(fact(reason))
    case .notYet: return .notYet
    }
  }

  func tier(of id: PackageID, allowed: VersionSet) -> Int {
    switch package(id) {
    case .root: 9
    case .driver, .gpu: 8
    case .project(let name) where direct.contains(name): 7
    case .project, .extra: allowed.singleton == nil ? 1 : 4
    // Wheels decide these; deciding early would only guess.
    case .cuda, .cudnn, .nccl: 0
    }
  }

  func family(of id: PackageID) -> PackageID {
    guard case .extra(let name, _) = package(id) else { return id }
    return number(of: .project(name))
  }

  func knowsDependencies(of id: PackageID, at version: Version) -> Bool {
    guard let project = package(id).project, let candidate = candidate(project, version) else { return true }
    return facts.metadata(of: candidate) != nil
  }

  /// What of the facts is behind a need of the solver.
  func factNeed(_ need: Solver.Need) -> FactNeed? {
    switch need {
    case .candidates(let id): package(id).project.map(FactNeed.page)
    case .dependencies(let id, let version):
      package(id).project.flatMap { candidate($0, version) }.map(FactNeed.metadata)
    }
  }

  // MARK: Dependencies

  enum Expansion {
    case known([StackDependency])
    case unusable(Reason)
    case notYet
  }

  private func numbered(_ dependency: StackDependency) -> Dependency {
    Dependency(package: number(of: dependency.package), versions: dependency.versions)
  }

  /// What `package` at `version` needs, in the order in which it says so itself.
  func expand(_ package: StackPackage, _ version: Version) -> Expansion {
    let key = PackageAtVersion(package: package, version: version)
    if let known = expanded[key] { return .known(known) }
    let expansion = expandNow(package, version)
    if case .known(let dependencies) = expansion { expanded[key] = dependencies }
    return expansion
  }

  private func expandNow(_ package: StackPackage, _ version: Version) -> Expansion {
    switch package {
    case .root: return .known(rootDependencies)
    case .driver, .gpu, .cudnn, .nccl: return .known([])
    case .cuda: return .known(hardware.driverDependencies(cuda: version))
    case .project(let name):
      return withMetadata(name, version, extra: nil) { candidate, own in
        own + hardware.dependencies(of: name, extra: nil, candidate)
          + requirements(hardware.additions(to: name, candidate), extra: nil)
      }
    case .extra(let name, let extra):
      return withMetadata(name, version, extra: extra) { candidate, own in
        [StackDependency(.project(name), VersionSet(version))] + own
          + hardware.dependencies(of: name, extra: extra, candidate)
      }
    }
  }

  private func withMetadata(
    _ name: ProjectName, _ version: Version, extra: ExtraName?,
    _ body: (Candidate, _ own: [StackDependency]) -> [StackDependency]
  ) -> Expansion {
    guard let candidate = candidate(name, version) else { return .unusable(.noUsableRelease(name)) }
    switch facts.metadata(of: candidate) {
    case nil: return .notYet
    case .offline?: return .unusable(.metadataOffline(name))
    case .unauthorized(let host)?: return .unusable(.metadataUnauthorized(name, host: host))
    case .unusable(let why)?: return .unusable(.brokenWheel(name, why))
    case .known(let metadata)?:
      if let python = metadata.requiresPython, !python.contains(question.python.fullVersion) {
        return .unusable(.brokenWheel(name, "needs Python \(python)"))
      }
      let own = metadata.dependencies(extra: extra)
      if let fault = own.unreadable.first {
        return .unusable(
          .brokenWheel(name, "has a requirement that can't be read: `\(fault.text)` (\(fault.reason))"))
      }
      for requirement in own.requirements where requirement.url != nil && applies(requirement, extra) {
        // A URL deep inside the graph would bypass the user's indexes; the user may name it instead.
        guard !direct.contains(requirement.name) else { continue }
        return .unusable(
          .brokenWheel(name, "depends on \(requirement.name) by URL, which only your own requirements may do")
        )
      }
      return .known(body(candidate, requirements(own.requirements, extra: extra)))
    }
  }

  var rootDependencies: [StackDependency] {
    var dependencies: [StackDependency] = []
    for root in question.roots {
      dependencies += requirements([root.requirement], extra: nil)
    }
    return dependencies + hardware.rootDependencies
  }

  private func requirements(_ list: [Requirement], extra: ExtraName?) -> [StackDependency] {
    var result: [StackDependency] = []
    for requirement in list {
      guard applies(requirement, extra) else { continue }
      let versions = requirement.specifiers.versionSet
      result.append(StackDependency(.project(requirement.name), versions))
      for extra in requirement.extras {
        result.append(StackDependency(.extra(requirement.name, extra), versions))
      }
    }
    return result
  }

  private func applies(_ requirement: Requirement, _ extra: ExtraName?) -> Bool {
    requirement.marker?.evaluate(environment, extra: extra) ?? true
  }
}
