// Unit propagation: following up everything that must be true, given what is known.
extension Solver {
  /// Follows up every change; on a conflict, goes back to where it can be avoided.
  ///
  /// - Parameter source: what knows the families of packages.
  /// - Returns: an incompatibility without terms, if the question has no answer.
  mutating func propagate(_ source: some PackageSource) -> IncompatibilityID? {
    while true {
      var conflict: IncompatibilityID?
      if let id = unexamined.popFirst() {
        conflict = examine(id)
      } else if let package = changed.popFirst() {
        conflict = visitWatchers(of: package)
      } else {
        return nil
      }
      guard let conflict else { continue }
      statistics.conflicts += 1
      let learned = resolve(conflict, source)
      if store[learned].terms.isEmpty { return learned }
    }
  }

  /// Does what an incompatibility asks for, whichever terms it watches.
  ///
  /// - Returns: the incompatibility, if every term of it is true.
  private mutating func examine(_ id: IncompatibilityID) -> IncompatibilityID? {
    var open: TermID?
    for term in store[id].terms {
      switch store.relation(of: term, in: solution) {
      case .satisfied: continue
      case .contradicted: return nil
      case .inconclusive:
        if open != nil { return nil }
        open = term
      }
    }
    guard let open else { return id }
    derive(open, from: id)
    return nil
  }

  /// Looks at every incompatibility that watches a term of a package which is true by now.
  ///
  /// - Returns: the first one of which every term is true.
  private mutating func visitWatchers(of package: PackageID) -> IncompatibilityID? {
    // The newest first: what was learned from conflicts rules out the most.
    var termPlace = store.termCount(of: package)
    while termPlace > 0 {
      termPlace -= 1
      let term = store.term(termPlace, of: package)
      guard store.watcherCount(of: term) > 0, store.relation(of: term, in: solution) == .satisfied else {
        continue
      }
      var place = 0
      while place < store.watcherCount(of: term) {
        let id = store.watcher(place, of: term)
        let other = store.watch(of: id, besides: term)
        let relation = store.relation(of: other, in: solution)
        if relation == .contradicted {
          place += 1
        } else if let replacement = openTerm(of: id, besides: term, other) {
          store.moveWatch(from: term, at: place, to: replacement)
        } else if relation == .satisfied {
          return id
        } else {
          derive(other, from: id)
          place += 1
        }
      }
    }
    return nil
  }

  private mutating func openTerm(of id: IncompatibilityID, besides one: TermID, _ other: TermID) -> TermID? {
    for term in store[id].terms where term != one && term != other {
      if store.relation(of: term, in: solution) != .satisfied { return term }
    }
    return nil
  }

  private mutating func derive(_ term: TermID, from id: IncompatibilityID) {
    let inverse = store.terms[term].inverse
    solution.derive(inverse, from: id)
    changed.append(inverse.package)
  }
}
