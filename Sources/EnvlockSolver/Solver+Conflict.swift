// Conflict resolution: finding out which decisions were wrong, and never making them together again.
extension Solver {
  /// Finds the cause of a conflict, and goes back to the earliest level at which it leaves only one way.
  ///
  /// The incompatibility that is satisfied is combined with the reason of the step that satisfied it, and so on
  /// backwards, until one is left that an earlier level would have satisfied but for one term.
  ///
  /// - Parameters:
  ///   - conflict: an incompatibility of which every term is true.
  ///   - source: what knows the families of packages.
  /// - Returns: the incompatibility that was learned, which is to be examined next; or one without terms, if the
  ///   question has no answer.
  mutating func resolve(_ conflict: IncompatibilityID, _ source: some PackageSource) -> IncompatibilityID {
    var current = conflict
    while let satisfier = solution.satisfier(of: current, in: store) {
      let package = satisfier.step.package
      if satisfier.previousLevel == satisfier.step.level, case .derivation(let cause) = satisfier.step.reason
      {
        current = store.derive(from: current, and: cause, on: package)
        continue
      }
      count(current, affected: package, source)
      if current != conflict { store.watch(current, satisfier.term, satisfier.previousTerm) }
      unexamined.append(current)
      backtrack(to: satisfier.previousLevel)
      break
    }
    return current
  }

  /// Counts a conflict for the order of decisions.
  mutating func count(_ id: IncompatibilityID, affected: PackageID, _ source: some PackageSource) {
    let family = source.family(of: numbering.callers(affected))
    let culprits = store[id].terms.map { store.terms.package(of: $0) }
      .filter { $0 != affected && source.family(of: numbering.callers($0)) != family }
    priorities.count(affected: affected, culprits: culprits)
  }

  /// Takes back the decisions on packages that have turned out to stand in the way of others, so that those are
  /// decided first from now on.
  ///
  /// - Returns: whether anything was taken back.
  mutating func reconsiderOrder() -> Bool {
    let levels = priorities.takeDemoted().compactMap { solution.level(ofDecisionOn: $0) }
    guard let earliest = levels.min() else { return false }
    backtrack(to: earliest - 1)
    return true
  }

  /// Takes back every decision above a level.
  ///
  /// What was derived above it may also follow from less: dependencies become known late, when the versions that
  /// they need have long been decided. So each reason is looked at again.
  private mutating func backtrack(to level: Int) {
    guard level < solution.level else { return }
    statistics.backtracks += 1
    for cause in solution.backtrack(to: level) { unexamined.append(cause) }
    changed.removeAll()
  }
}
