import EnvlockModel
import EnvlockSolver
import EnvlockVersions

/// That there is no solution: the proof in plain words, and what to change.
package struct Refusal {
  private let universe: Universe
  private let failure: Unsolvable

  init(universe: Universe, failure: Unsolvable) {
    self.universe = universe
    self.failure = failure
  }

  /// Whether it rests on something that nobody could look up: then there may be a solution all the same.
  package var isForWantOfFacts: Bool { unknown != nil }

  /// The proof, a line a step.
  package var proof: [String] {
    var lines = explain(failure, Words(universe: universe, understood: frameworkAgainstHardware?.name))
    let conclusion = "there is no solution."
    if isForWantOfFacts, let last = lines.last, last.hasSuffix(conclusion) {
      lines[lines.count - 1] = last.dropLast(conclusion.count) + "no solution is known."
    }
    return lines
  }

  /// What to change, the nearest first.
  package var hints: [String] { Hints(universe: universe, leaves: failure.leaves).all }

  /// Whether it might be otherwise if somebody were asked who was not: an index that wants credentials, the network.
  package var restsOnIgnorance: Bool {
    failure.leaves.contains { leaf in
      guard case .fact(_, _, let fact) = leaf else { return false }
      switch universe.reason(fact) {
      case .offline, .metadataOffline, .unauthorized: return true
      default: return false
      }
    }
  }

  /// The headline: what does not fit what.
  package var message: String {
    let question = universe.question
    if let unknown { return unknown }
    guard let framework = frameworkAgainstHardware else {
      return "no environment for \(question.platform) and Python \(question.python) meets these requirements"
    }
    let subject = Words.range(framework.name.text, framework.specifiers.versionSet)
    guard question.targets.count == 1, let target = question.targets.first else {
      return "\(subject) does not run on these targets"
    }
    if let driver = target.driver, touchesDriver { return "\(subject) does not run on driver \(driver)" }
    return "\(subject) does not run on \(target.gpus.map(\.label).joined(separator: ", "))"
  }

  /// What could not be looked up, where the proof rests on that.
  private var unknown: String? {
    for case .fact(let id, let versions, let fact) in failure.leaves {
      switch universe.reason(fact) {
      case .offline(let name): return "cannot look up \(name) without the network"
      case .unauthorized(let name, let host): return "cannot look up \(name): \(host) wants credentials"
      case .metadataOffline:
        return
          "cannot read the metadata of \(Words(universe: universe).term(id, versions)) without the network"
      case .metadataUnauthorized(_, let host):
        return
          "cannot read the metadata of \(Words(universe: universe).term(id, versions)): \(host) wants credentials"
      case .noSuchProject, .noUsableRelease, .brokenWheel, .fixed, .noSuchStratum: continue
      }
    }
    return nil
  }

  /// The framework that the user requires, where hardware is what stands in its way.
  private var frameworkAgainstHardware: Requirement? {
    guard touchesHardware else { return nil }
    return universe.question.roots.first { universe.matrix.isFramework($0.requirement.name) }?.requirement
  }

  private var touchesHardware: Bool {
    failure.leaves.contains { leaf in
      switch leaf {
      case .fact(let id, _, _): Self.isHardware(universe.package(id))
      default: false
      }
    }
  }

  private var touchesDriver: Bool {
    failure.leaves.contains { leaf in
      guard case .fact(let id, _, _) = leaf, case .driver = universe.package(id) else { return false }
      return true
    }
  }

  private static func isHardware(_ package: StackPackage) -> Bool {
    switch package {
    case .driver, .gpu: true
    default: false
    }
  }
}
