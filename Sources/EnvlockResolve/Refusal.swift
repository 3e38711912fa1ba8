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

  /// The proof, a line a step.
  package var proof: [String] {
    explain(failure, Words(universe: universe, understood: frameworkAgainstHardware?.name))
  }

  /// What to change, the nearest first.
  package var hints: [String] { Hints(universe: universe, leaves: failure.leaves).all }

  /// The headline: what does not fit what.
  package var message: String {
    let question = universe.question
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
