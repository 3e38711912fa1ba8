package import EnvlockModel
import EnvlockVersions

extension Question {
  /// The user's requirements that apply to this platform and Python.
  package var applyingRoots: [Requirement] {
    let environment = MarkerEnvironment(python: python, platform: platform)
    return roots.map(\.requirement).filter { $0.marker?.evaluate(environment, extra: nil) ?? true }
  }

  /// Whether every project that the user asks for has a release with a wheel for this Python.
  ///
  /// - Parameter page: What is known of a project; nil counts as missing.
  /// - Returns: False also where a project does not exist.
  package func rootsHaveWheels(page: (ProjectName) -> PageFact?) -> Bool {
    let rules = CandidateRules(self)
    return applyingRoots.allSatisfy { requirement in
      if let url = requirement.url {
        return DirectReference(requirement: requirement, url: url).map { file in
          (try? WheelName(file.file.fileName)).map { rules.tags.rank(of: $0) != nil } ?? false
        } ?? false
      }
      guard case .page(let page, let index)? = page(requirement.name) else { return false }
      let candidates = ProjectCandidates(
        project: requirement.name, page: page, index: index, rules: rules, preference: nil)
      return candidates.pick(in: requirement.specifiers.versionSet) != nil
    }
  }
}
