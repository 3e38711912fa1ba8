import EnvlockVersions

/// Every incompatibility that a solve has met, and for each package those that speak of it.
struct IncompatibilityStore: Sendable {
  private var incompatibilities: [Incompatibility] = []
  /// By package; the newest last.
  private var byPackage: [[IncompatibilityID]] = []
  private var leaves: [LeafKind: IncompatibilityID] = [:]
  private(set) var terms = TermTable()

  subscript(id: IncompatibilityID) -> Incompatibility { incompatibilities[id.index] }

  /// Those that hold for `package`, the newest last.
  func incompatibilities(of package: PackageID) -> [IncompatibilityID] {
    package.rawValue < byPackage.count ? byPackage[package.rawValue] : []
  }

  /// What the partial solution says of a term.
  mutating func relation(of term: TermID, in solution: PartialSolution) -> Relation {
    terms.relation(of: term, in: solution)
  }

  /// The term of `package`, if the incompatibility has one.
  func term(of package: PackageID, in id: IncompatibilityID) -> Term? {
    for term in self[id].terms where terms[term].package == package { return terms[term] }
    return nil
  }

  /// Adds what the source said.
  ///
  /// Leaves that say the same of several versions become one incompatibility about all of them: fewer
  /// conflicts, and shorter proofs. The older ones stay where proofs refer to them.
  ///
  /// - Returns: the incompatibility; nil if the leaf rules nothing out.
  mutating func add(_ leaf: Leaf) -> IncompatibilityID? {
    let earlier = leaves[leaf.kind]
    var leaf = leaf
    if let earlier, case .leaf(let known) = self[earlier].cause {
      if leaf.versions.isSubset(of: known.versions) { return earlier }
      leaf = leaf.of(known.versions.union(leaf.versions))
    }
    let terms = leaf.terms
    if terms.contains(where: { $0.isPositive && $0.versions.isEmpty }) { return nil }
    let id = append(Incompatibility(terms: terms.map { self.terms.intern($0) }, cause: .leaf(leaf)))
    leaves[leaf.kind] = id
    if let earlier { removeFromIndex(earlier) }
    addToIndex(id)
    return id
  }

  /// Adds what follows from two incompatibilities, without putting it to use yet.
  ///
  /// If `a` and `b` must not be true together, nor `not a` and `c`, then `b` and `c` must not: whatever becomes
  /// of `a`, one of the two rules is broken. In general the two terms of `pivot` are united, and those of every
  /// other package intersected.
  mutating func derive(
    from left: IncompatibilityID, and right: IncompatibilityID, on pivot: PackageID
  ) -> IncompatibilityID {
    let combined = Resolution.combine(
      self[left].terms.map { terms[$0] }, self[right].terms.map { terms[$0] }, on: pivot)
    return append(
      Incompatibility(
        terms: combined.map { terms.intern($0) }, cause: .derived(left, right, pivot: pivot)))
  }

  /// Puts an incompatibility to use.
  mutating func addToIndex(_ id: IncompatibilityID) {
    for term in self[id].terms {
      let package = terms[term].package.rawValue
      while byPackage.count <= package { byPackage.append([]) }
      byPackage[package].append(id)
    }
  }

  private mutating func removeFromIndex(_ id: IncompatibilityID) {
    for term in self[id].terms {
      let package = terms[term].package.rawValue
      // It is mostly among the newest.
      if let place = byPackage[package].lastIndex(of: id) { byPackage[package].remove(at: place) }
    }
  }

  private mutating func append(_ incompatibility: Incompatibility) -> IncompatibilityID {
    incompatibilities.append(incompatibility)
    return IncompatibilityID(index: incompatibilities.count - 1)
  }
}
