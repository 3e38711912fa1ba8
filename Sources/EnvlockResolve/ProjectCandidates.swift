package import EnvlockModel
import EnvlockVersions

/// Why a release of a project cannot be chosen.
package enum Unusable: Hashable, Sendable {
  /// It has only source distributions.
  case noWheels
  /// It has wheels, none for this environment.
  case tags(TagMismatch)
  /// Its files want another Python: the text of Requires-Python.
  case requiresPython(String)
  /// All its files were uploaded after the user's cut-off.
  case tooNew(uploaded: String)
  /// The index gives no upload time, so the cut-off cannot be kept.
  case noUploadTime
  /// It was taken back, and nothing asks for just this version (PEP 592).
  case yanked(reason: String?)
  /// A pre-release where none is wanted.
  case prerelease
  /// None of its files for this environment is one of those that may be used.
  case otherFiles
  /// The user demands another spelling of the version by `===`.
  case otherSpelling(wanted: String)
  /// The user's constraint leaves it out; the index into the question's constraints.
  case constrained(Int)
}

/// What may be chosen of one project, newest first, with the best wheel of each release.
final class ProjectCandidates {
  let project: ProjectName
  let page: ProjectPage
  let index: String
  private let rules: CandidateRules
  private let preference: Question.Preference?
  private var assessed: [Assessment?]

  private enum Assessment {
    case usable(Wheel)
    case unusable(Unusable)
  }

  init(
    project: ProjectName, page: ProjectPage, index: String, rules: CandidateRules,
    preference: Question.Preference?
  ) {
    self.project = project
    self.page = page
    self.index = index
    self.rules = rules
    self.preference = preference
    assessed = Array(repeating: nil, count: page.releases.count)
  }

  /// The version to try first inside `allowed`: an earlier lock's, else the newest stable one, else the
  /// newest pre-release where those may be used.
  func pick(in allowed: VersionSet) -> Version? {
    if let preference, allowed.contains(preference.version), let at = position(of: preference.version),
      case .usable = assess(at), rules.constraint(on: project, breaks: preference.version) == nil,
      rules.spelling(of: project, unlike: page.releases[at].version) == nil
    {
      return preference.version
    }
    let wantsPrereleases = rules.prefersPrereleases(of: project)
    var fallback: Version?
    for at in page.releases.indices {
      let version = page.releases[at].version
      guard allowed.contains(version) else { continue }
      if version.isPrerelease, !wantsPrereleases {
        if fallback == nil, rules.mayUsePrereleases(of: project), unusable(at, allowed: allowed) == nil {
          fallback = version
        }
        continue
      }
      if unusable(at, allowed: allowed) == nil { return version }
    }
    return fallback
  }

  /// The chosen wheel of `version`, if that release is usable at all.
  func wheel(of version: Version) -> Wheel? {
    guard let at = position(of: version), case .usable(let wheel) = assess(at) else { return nil }
    return wheel
  }

  /// The releases inside `versions`, newest first, each with why it is not used.
  func rejections(in versions: VersionSet) -> [(version: Version, reason: Unusable)] {
    page.releases.indices.compactMap { at in
      let version = page.releases[at].version
      guard versions.contains(version) else { return nil }
      // A yanked release that could be used because it is pinned needs no excuse.
      if let reason = unusable(at, allowed: .all) { return (version, reason) }
      guard version.isPrerelease, !rules.prefersPrereleases(of: project) else { return nil }
      return rules.mayUsePrereleases(of: project) ? nil : (version, .prerelease)
    }
  }

  /// The newest release that could be chosen if no requirement stood in the way.
  var newestUsable: Version? {
    page.releases.indices.first { at in
      !page.releases[at].version.isPrerelease && unusable(at, allowed: .all) == nil
    }.map { page.releases[$0].version }
  }

  /// The newest stable release that has wheels, with why they cannot be used; nil where one can be, or none has any.
  var newestWithWheels: (version: Version, reason: Unusable)? {
    for at in page.releases.indices
    where page.releases[at].wheelCount > 0 && !page.releases[at].version.isPrerelease {
      return unusable(at, allowed: .all).map { (page.releases[at].version, $0) }
    }
    return nil
  }

  /// The wheels of `version`, usable or not.
  func allWheels(of version: Version) -> [Wheel] {
    position(of: version).map { page.wheels(of: page.releases[$0]) } ?? []
  }

  /// Whether `version` has a source distribution that nobody said may be built.
  func hasUnofferedSource(_ version: Version) -> Bool {
    guard let at = position(of: version) else { return false }
    return page.releases[at].hasSdist && page.source(of: page.releases[at]) == nil
  }

  private func unusable(_ at: Int, allowed: VersionSet) -> Unusable? {
    let version = page.releases[at].version
    if let constraint = rules.constraint(on: project, breaks: version) { return .constrained(constraint) }
    if let wanted = rules.spelling(of: project, unlike: version) { return .otherSpelling(wanted: wanted) }
    switch assess(at) {
    case .unusable(let reason): return reason
    case .usable(let wheel):
      // PEP 592: a yanked file is used only where a requirement pins just its version.
      if let reason = wheel.file.yanked, allowed.singleton == nil {
        return .yanked(reason: reason.isEmpty ? nil : reason)
      }
      return nil
    }
  }

  private func assess(_ at: Int) -> Assessment {
    if let known = assessed[at] { return known }
    let result = assessNow(page.releases[at])
    assessed[at] = result
    return result
  }

  /// Picks the release's best wheel, and where none can be used, its source distribution if that may be built.
  private func assessNow(_ release: ProjectPage.Release) -> Assessment {
    let result = assessWheels(of: release)
    guard case .unusable = result, let source = page.source(of: release) else { return result }
    if let obstacle = rules.obstacle(to: source) { return .unusable(obstacle) }
    return .usable(source)
  }

  /// Picks the release's best wheel; of equal ones the first on the page.
  private func assessWheels(of release: ProjectPage.Release) -> Assessment {
    let wheels = page.wheels(of: release)
    guard !wheels.isEmpty else { return .unusable(.noWheels) }
    var best: (preference: WheelPreference, wheel: Wheel)?
    var obstacle: Unusable?
    for wheel in wheels {
      guard let fit = rules.tags.preference(of: wheel.name) else { continue }
      if let reason = rules.obstacle(to: wheel) {
        if obstacle == nil { obstacle = reason }
        continue
      }
      if wheel.name.fileName == preference?.fileName { return .usable(wheel) }
      if let best, !(fit < best.preference) { continue }
      best = (fit, wheel)
    }
    if let best { return .usable(best.wheel) }
    if let obstacle { return .unusable(obstacle) }
    guard let mismatch = rules.tags.whyNone(of: wheels.map(\.name)) else { return .unusable(.noWheels) }
    return .unusable(.tags(mismatch))
  }

  /// Where `version` stands; releases are sorted newest first.
  private func position(of version: Version) -> Int? {
    var low = 0
    var high = page.releases.count
    while low < high {
      let middle = (low + high) / 2
      if page.releases[middle].version > version { low = middle + 1 } else { high = middle }
    }
    return low < page.releases.count && page.releases[low].version == version ? low : nil
  }
}
