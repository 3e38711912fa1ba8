import EnvlockModel
import EnvlockVersions

/// What of a question decides whether a file may be used, whatever the project.
struct CandidateRules {
  let tags: TagSet
  private let pythonFullVersion: Version
  private let excludeNewer: String?
  private let prerelease: PrereleaseMode
  private let namedPrereleases: Set<ProjectName>
  private let constraints: [ProjectName: [(index: Int, versions: VersionSet)]]
  /// Spellings that the user's own requirements and constraints demand by `===`, which no set of versions can say.
  private let spellings: [ProjectName: [Specifier]]
  private let files: [ProjectName: Set<Digest>]

  init(_ question: Question) {
    tags = TagSet(python: question.python, platform: question.platform, glibc: question.glibc)
    pythonFullVersion = question.python.fullVersion
    excludeNewer = question.excludeNewer
    prerelease = question.prerelease
    files = question.files
    let environment = MarkerEnvironment(python: question.python, platform: question.platform)
    let direct = (question.roots + question.constraints).map(\.requirement)
    namedPrereleases = Set(direct.filter { $0.specifiers.mentionsPrerelease }.map(\.name))
    var constraints: [ProjectName: [(index: Int, versions: VersionSet)]] = [:]
    for (index, constraint) in question.constraints.enumerated() {
      let requirement = constraint.requirement
      guard requirement.marker?.evaluate(environment, extra: nil) ?? true else { continue }
      constraints[requirement.name, default: []].append((index, requirement.specifiers.versionSet))
    }
    self.constraints = constraints
    var spellings: [ProjectName: [Specifier]] = [:]
    for requirement in direct {
      let exact = requirement.specifiers.specifiers.filter { $0.operator == .arbitrary }
      if !exact.isEmpty { spellings[requirement.name, default: []] += exact }
    }
    self.spellings = spellings
  }

  /// The text that `===` demands and `version` is not (PEP 440, "Arbitrary equality").
  func spelling(of project: ProjectName, unlike version: Version) -> String? {
    spellings[project]?.first { !$0.contains(version) }?.versionText
  }

  /// Whether pre-releases of `project` count like any other version.
  func prefersPrereleases(of project: ProjectName) -> Bool {
    switch prerelease {
    case .allow: true
    case .ifNecessary, .explicit: namedPrereleases.contains(project)
    case .disallow: false
    }
  }

  /// Whether a pre-release of `project` may be used where no stable version fits.
  func mayUsePrereleases(of project: ProjectName) -> Bool {
    prerelease == .ifNecessary || prefersPrereleases(of: project)
  }

  /// The first constraint that `version` breaks, as an index into the question's constraints.
  func constraint(on project: ProjectName, breaks version: Version) -> Int? {
    constraints[project]?.first { !$0.versions.contains(version) }?.index
  }

  /// Why a file whose tags fit may not be used.
  func obstacle(to wheel: Wheel) -> Unusable? {
    // A file whose index states no digest is compared once it is fetched to compute one.
    if let sha256 = wheel.file.sha256, let allowed = files[wheel.name.project], !allowed.contains(sha256) {
      return .otherFiles
    }
    if let excludeNewer {
      guard let uploaded = wheel.file.uploadTime else {
        return wheel.isLocal ? nil : .noUploadTime
      }
      if uploaded >= excludeNewer { return .tooNew(uploaded: uploaded) }
    }
    // A Requires-Python that cannot be read rules nothing out, as with other installers.
    if let text = wheel.file.requiresPython, let specifiers = try? LegacySpecifiers.read(text),
      !specifiers.contains(pythonFullVersion)
    {
      return .requiresPython(text)
    }
    return nil
  }
}
