import EnvlockVersions

/// A term, as its place in the table of terms.
struct TermID: Hashable, Sendable {
  let index: Int
}

/// Every term that was ever met, each kept once.
///
/// The same term stands in many incompatibilities. The table remembers what the partial solution said of it last,
/// so that it is compared once for each change of its package, and not once for each incompatibility.
struct TermTable: Sendable {
  private var terms: [Term] = []
  private var places: [Term: TermID] = [:]
  private var answers: [Answer] = []
  /// The package of each term, beside the terms because it is asked for most often.
  private var owners: [PackageID] = []

  private struct Answer {
    /// The stamp of the knowledge that the relation was worked out from; 0 for none.
    var stamp = 0
    var relation = Relation.inconclusive
  }

  subscript(id: TermID) -> Term { terms[id.index] }

  /// The place of `term`, which is new or was met before.
  mutating func intern(_ term: Term) -> TermID {
    if let place = places[term] { return place }
    let place = TermID(index: terms.count)
    terms.append(term)
    answers.append(Answer())
    owners.append(term.package)
    places[term] = place
    return place
  }

  /// The package that a term speaks of.
  func package(of id: TermID) -> PackageID { owners[id.index] }

  /// Whether a term is true if its package is chosen in a version.
  func holds(_ id: TermID, at version: Version) -> Bool {
    terms[id.index].versions.contains(version) == terms[id.index].isPositive
  }

  /// What the partial solution says of a term.
  mutating func relation(of id: TermID, in solution: PartialSolution) -> Relation {
    let stamp = solution.stamp(of: owners[id.index])
    if answers[id.index].stamp == stamp { return answers[id.index].relation }
    return newRelation(of: id, in: solution, stamp)
  }

  private mutating func newRelation(of id: TermID, in solution: PartialSolution, _ stamp: Int) -> Relation {
    // The stamp of nothing is that of no answer, too.
    guard let known = solution.known(owners[id.index]) else {
      return terms[id.index].isAlwaysTrue ? .satisfied : .inconclusive
    }
    let relation = terms[id.index].relation(given: known)
    answers[id.index] = Answer(stamp: stamp, relation: relation)
    return relation
  }
}
