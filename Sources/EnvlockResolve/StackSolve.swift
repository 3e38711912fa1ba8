package import EnvlockModel
import EnvlockSolver
import EnvlockVersions

/// One solve over the whole stack, from the driver to the last wheel.
///
/// It runs as far as the gathered facts allow, says what it must know next, and goes on from there; the
/// answer depends on the facts alone, never on when they came.
package struct StackSolve {
  /// How far a solve came.
  package enum Progress {
    /// These facts must be gathered first.
    case needs([FactNeed])
    case solved(Solution)
    case unsolvable(Refusal)
  }

  private let universe: Universe
  private var solver: Solver

  /// - Parameters:
  ///   - question: What is asked.
  ///   - matrix: The compatibility data.
  ///   - facts: Where pages and metadata are looked up.
  package init(_ question: Question, matrix: Matrix, facts: any FactSource) {
    let universe = Universe(question, matrix: matrix, facts: facts)
    self.universe = universe
    solver = Solver(
      root: universe.rootDependencies.map {
        Dependency(package: universe.number(of: $0.package), versions: $0.versions)
      })
  }

  /// Decisions made so far, for progress.
  package var decisions: Int { solver.statistics.decisions }

  /// Runs until the answer is there or a fact is missing.
  package mutating func advance() -> Progress {
    switch solver.run(universe) {
    case .needs(let needs):
      var facts: [FactNeed] = []
      for need in needs.compactMap(universe.factNeed) where !facts.contains(need) { facts.append(need) }
      return .needs(facts)
    case .solved(let versions):
      return .solved(Solution(universe: universe, versions: versions))
    case .unsolvable(let failure):
      return .unsolvable(Refusal(universe: universe, failure: failure))
    }
  }
}
