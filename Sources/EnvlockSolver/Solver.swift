public import EnvlockVersions

/// Finds one version of every package that is needed, so that all dependencies hold; or proves that there is none.
///
/// The algorithm is PubGrub (Natalie Weizenbaum, "PubGrub: Next-Generation Version Solving", 2018); see
/// `docs/solver.md`. It is synchronous and never waits: when it must know something that is not gathered yet,
/// `run` returns with what it needs, and goes on from there when it is called again. The answer, the proof and the
/// statistics depend on the facts alone, not on how many of them were there at first.
public struct Solver: Sendable {
  var store = IncompatibilityStore()
  var solution = PartialSolution()
  var priorities = Priorities()
  var numbering = Numbering()
  /// Packages about which something became known that has not been followed up.
  var changed = Queue<PackageID>()
  /// Incompatibilities that may ask for something at once.
  var unexamined = Queue<IncompatibilityID>()
  /// The versions whose dependencies are in the store, by package.
  var expanded: [PackageID: Set<Version>] = [:]
  /// What the solve has taken so far.
  public internal(set) var statistics = Statistics()
  private var answer: Step?

  /// How far a solve has come.
  public enum Step: Hashable, Sendable {
    /// These facts are missing: the one that is needed next, then others that will be unless a conflict
    /// intervenes. Gather at least the first, then run again.
    case needs([Need])
    /// The version of every package that is needed; the root is left out.
    case solved([PackageID: Version])
    /// There is no such choice of versions, and this is why.
    case unsolvable(Unsolvable)
  }

  /// A fact that is not gathered yet.
  public enum Need: Hashable, Sendable {
    /// Which versions the package has.
    case candidates(PackageID)
    /// What this version needs.
    case dependencies(PackageID, Version)
  }

  /// What a solve has taken so far.
  public struct Statistics: Hashable, Sendable {
    /// Versions chosen, those that were taken back included.
    public internal(set) var decisions = 0
    /// Contradictions met.
    public internal(set) var conflicts = 0
    /// Times that decisions were taken back.
    public internal(set) var backtracks = 0

    /// Nothing done yet.
    public init() {}
  }

  /// Starts a solve.
  ///
  /// - Parameter root: what must hold, in canonical order.
  public init(root: [Dependency]) {
    for dependency in root {
      let package = numbering.meet(dependency.package)
      add(.dependency(.root, .all, on: package, required: dependency.versions))
    }
  }

  /// Goes on until there is an answer or a fact is missing.
  ///
  /// Running a solve that has its answer returns it again. Running costs little when nothing new is gathered, so
  /// it may be called whenever a fact arrives.
  ///
  /// - Parameter source: the facts gathered so far; at least those of the runs before.
  /// - Returns: the answer, or what is missing.
  public mutating func run(_ source: some PackageSource) -> Step {
    if let answer { return answer }
    while true {
      if let contradiction = propagate(source) {
        return finish(.unsolvable(Unsolvable(contradiction, in: store, numbering)))
      }
      if reconsiderOrder() { continue }
      guard let package = priorities.next(in: solution, numbering, source) else {
        return finish(.solved(choices))
      }
      if let need = decide(package, source) { return .needs(needs(first: need, source)) }
    }
  }

  private mutating func finish(_ step: Step) -> Step {
    answer = step
    return step
  }

  /// Adds what the source said, in the solver's numbers, and sees to it that it is followed up.
  mutating func add(_ leaf: Leaf) {
    guard let id = store.add(leaf) else { return }
    unexamined.append(id)
  }

  private var choices: [PackageID: Version] {
    var choices: [PackageID: Version] = [:]
    for step in solution.steps {
      if case .decision(let version) = step.reason { choices[numbering.callers(step.package)] = version }
    }
    return choices
  }
}
