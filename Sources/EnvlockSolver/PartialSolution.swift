import EnvlockVersions

/// What is decided so far, and everything that follows from it, in the order in which it became known.
///
/// Each step keeps all that is known about its package, so going back only drops steps from the end.
struct PartialSolution: Sendable {
  private(set) var steps: [Assignment] = []
  /// How many decisions are in force.
  private(set) var level = 0
  private var packages: [Record] = []
  private var lastStamp = 0

  private struct Record {
    /// The places of the package's steps, the latest last.
    var steps: [Int] = []
    var decision: Version?
    /// That of its last step.
    var stamp = 0
  }

  // MARK: What is known

  /// All that is known about a package; nil where that is nothing.
  func known(_ package: PackageID) -> Term? {
    guard package.rawValue < packages.count, let last = packages[package.rawValue].steps.last else {
      return nil
    }
    return steps[last].known
  }

  /// A number that is the same only while the same is known about the package; 0 for nothing.
  func stamp(of package: PackageID) -> Int {
    package.rawValue < packages.count ? packages[package.rawValue].stamp : 0
  }

  /// The version that is decided on.
  func decision(_ package: PackageID) -> Version? {
    package.rawValue < packages.count ? packages[package.rawValue].decision : nil
  }

  /// The versions among which one must still be chosen; nil where none need be, or one is.
  func choice(of package: PackageID) -> VersionSet? {
    guard decision(package) == nil, let known = known(package), known.isPositive else { return nil }
    return known.versions
  }

  /// The level at which a package was decided.
  func level(ofDecisionOn package: PackageID) -> Int? {
    guard decision(package) != nil, let last = packages[package.rawValue].steps.last else { return nil }
    return steps[last].level
  }

  // MARK: Steps

  /// Chooses a version, which begins a new level.
  mutating func decide(_ package: PackageID, _ version: Version) {
    level += 1
    append(Term(package, VersionSet(version)), .decision(version))
    packages[package.rawValue].decision = version
  }

  /// Adds that `term` is true because of `cause`.
  mutating func derive(_ term: Term, from cause: IncompatibilityID) {
    append(known(term.package)?.intersection(term) ?? term, .derivation(cause))
  }

  private mutating func append(_ known: Term, _ reason: Assignment.Reason) {
    let package = known.package.rawValue
    while packages.count <= package { packages.append(Record()) }
    lastStamp += 1
    packages[package].steps.append(steps.count)
    packages[package].stamp = lastStamp
    steps.append(
      Assignment(package: known.package, level: level, known: known, reason: reason, stamp: lastStamp))
  }

  /// Drops every step above a level.
  ///
  /// - Returns: the reasons of the derivations that were dropped, the first one first.
  mutating func backtrack(to level: Int) -> [IncompatibilityID] {
    let kept = steps.lastIndex { $0.level <= level }.map { $0 + 1 } ?? 0
    var reasons: [IncompatibilityID] = []
    for step in steps[kept...] {
      packages[step.package.rawValue].steps.removeLast()
      packages[step.package.rawValue].decision = nil
      packages[step.package.rawValue].stamp =
        packages[step.package.rawValue].steps.last.map { steps[$0].stamp } ?? 0
      if case .derivation(let reason) = step.reason { reasons.append(reason) }
    }
    steps.removeSubrange(kept...)
    self.level = level
    return reasons
  }

  // MARK: Satisfiers

  /// Where an incompatibility came to be satisfied.
  struct Satisfier {
    /// The step that made the last of its terms true.
    let step: Assignment
    /// That term.
    let term: TermID
    /// The lowest level at which the other steps alone, with that one, would have satisfied it.
    let previousLevel: Int
    /// The term that became true before that one; the same if there is no other.
    let previousTerm: TermID
  }

  /// Finds the satisfier of an incompatibility that is satisfied.
  ///
  /// - Parameters:
  ///   - id: the incompatibility; it has at least one term.
  ///   - store: where it is kept.
  /// - Returns: nil if it is not satisfied.
  func satisfier(of id: IncompatibilityID, in store: IncompatibilityStore) -> Satisfier? {
    var latest: (place: Int, term: TermID)?
    var previous: (place: Int, term: TermID)?
    for id in store[id].terms {
      let term = store.terms[id]
      guard let place = firstStep(of: term.package, where: { $0.isSubset(of: term) }) else { return nil }
      if let known = latest, known.place > place {
        if previous.map({ $0.place < place }) ?? true { previous = (place, id) }
      } else {
        previous = latest
        latest = (place, id)
      }
    }
    guard let latest else { return nil }
    let step = steps[latest.place]
    var previousLevel = previous.map { steps[$0.place].level } ?? 0
    // The step may have needed what was known of its package before.
    let term = store.terms[latest.term]
    if case .derivation(let cause) = step.reason,
      let contribution = store.term(of: step.package, in: cause)?.inverse, !contribution.isSubset(of: term),
      let place = firstStep(of: step.package, where: { $0.intersection(contribution).isSubset(of: term) })
    {
      previousLevel = max(previousLevel, steps[place].level)
    }
    return Satisfier(
      step: step, term: latest.term, previousLevel: previousLevel,
      previousTerm: previous?.term ?? latest.term)
  }

  /// The first step of a package that left it with knowledge of a kind that, once reached, stays.
  private func firstStep(of package: PackageID, where condition: (Term) -> Bool) -> Int? {
    guard package.rawValue < packages.count else { return nil }
    let places = packages[package.rawValue].steps
    var (low, high) = (0, places.count)
    while low < high {
      let middle = (low + high) / 2
      if condition(steps[places[middle]].known) { high = middle } else { low = middle + 1 }
    }
    return low < places.count ? places[low] : nil
  }
}
