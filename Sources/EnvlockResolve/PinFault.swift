package import EnvlockModel
package import EnvlockVersions

/// That a version which has to be kept cannot be.
package struct PinFault: Hashable, Sendable {
  /// What stands in the way, so that a hint can say what to do.
  package enum Kind: Hashable, Sendable {
    /// No index has the project, or the version.
    case missing
    /// There is nothing but a source distribution.
    case onlySource
    /// There are files, with other hashes.
    case otherFiles
    /// Its files are for other environments.
    case environment
    /// Something else that the text says.
    case other
    /// It could not be looked up.
    case unknown
  }

  /// The project.
  package let project: ProjectName
  /// What stands in the way.
  package let kind: Kind
  /// The same in one clause: "torch 2.0.1 has no wheel for Python 3.13 (it has wheels for 3.8 to 3.11)".
  package let text: String
}

extension Question {
  /// Why `version` of a project cannot be chosen for this question; nil where it can be.
  ///
  /// - Parameters:
  ///   - version: The version; one without a local part stands for those with one, too.
  ///   - project: The project.
  ///   - page: What is known of the project.
  /// - Returns: What stands in the way.
  package func fault(keeping version: Version, of project: ProjectName, page: PageFact?) -> PinFault? {
    func fault(_ kind: PinFault.Kind, _ text: String) -> PinFault {
      PinFault(project: project, kind: kind, text: text)
    }
    switch page {
    case .noSuchProject?: return fault(.missing, "no index has \(project)")
    case .offline?, nil: return fault(.unknown, "\(project) cannot be looked up without the network")
    case .unauthorized(let host)?:
      return fault(.unknown, "\(project) cannot be looked up: \(host) wants credentials")
    case .page(let page, let index)?:
      let candidates = ProjectCandidates(
        project: project, page: page, index: index, rules: CandidateRules(self),
        preference: preferences[project])
      let versions = Self.versions(version)
      guard candidates.pick(in: versions) == nil else { return nil }
      let kind: PinFault.Kind =
        switch candidates.rejections(in: versions).first?.reason {
        case nil: .missing
        case .noWheels: .onlySource
        case .otherFiles: .otherFiles
        case .tags, .requiresPython: .environment
        default: .other
        }
      return fault(
        kind,
        Rejections(candidates: candidates, question: self).text(
          kind == .missing ? VersionSet(version) : versions))
    }
  }

  /// The versions that `==version` stands for.
  private static func versions(_ version: Version) -> VersionSet {
    (try? SpecifierSet("==\(version)"))?.versionSet ?? VersionSet(version)
  }
}
