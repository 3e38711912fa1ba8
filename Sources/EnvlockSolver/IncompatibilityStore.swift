import EnvlockVersions

/// Every incompatibility that a solve has met, and where to look when something becomes known.
///
/// An incompatibility matters once all of its terms but one are true. So it is enough to watch two that are not
/// known to be true, and to look at it when one of them becomes true (Moskewicz et al., "Chaff: Engineering an
/// Efficient SAT Solver", 2001). Going back never makes a term true, so nothing need be done then.
struct IncompatibilityStore: Sendable {
  private var incompatibilities: [Incompatibility] = []
  /// The two terms that are watched; twice the same where there is only one.
  private var watches: [(TermID, TermID)] = []
  /// Those that watch a term, by term.
  private var watchers: [[IncompatibilityID]] = []
  /// The terms of each package, the newest last.
  private var termsByPackage: [[TermID]] = []
  private var leaves: [LeafKind: IncompatibilityID] = [:]
  private(set) var terms = TermTable()

  subscript(id: IncompatibilityID) -> Incompatibility { incompatibilities[id.index] }

  /// How many terms of a package there are.
  func termCount(of package: PackageID) -> Int {
    package.rawValue < termsByPackage.count ? termsByPackage[package.rawValue].count : 0
  }

  /// One of the terms of a package, of which the newest has the last place.
  func term(_ place: Int, of package: PackageID) -> TermID { termsByPackage[package.rawValue][place] }

  /// How many incompatibilities watch a term.
  func watcherCount(of term: TermID) -> Int { watchers[term.index].count }

  /// One of the incompatibilities that watch a term.
  func watcher(_ place: Int, of term: TermID) -> IncompatibilityID { watchers[term.index][place] }

  /// What the partial solution says of a term.
  mutating func relation(of term: TermID, in solution: PartialSolution) -> Relation {
    terms.relation(of: term, in: solution)
  }

  /// The term of `package`, if the incompatibility has one.
  func term(of package: PackageID, in id: IncompatibilityID) -> Term? {
    for term in self[id].terms where terms.package(of: term) == package { return terms[term] }
    return nil
  }

  // MARK: Adding

  /// Adds what the source said.
  ///
  /// Leaves that say the same of several versions become one incompatibility about all of them: fewer
  /// conflicts, and shorter proofs. The older ones stay where proofs refer to them.
  ///
  /// - Returns: the incompatibility that says so, a new one or an earlier one; nil if the leaf rules nothing out.
  mutating func add(_ leaf: Leaf) -> IncompatibilityID? {
    let earlier = leaves[leaf.kind]
    var leaf = leaf
    if let earlier, case .leaf(let known) = self[earlier].cause {
      if leaf.versions.isSubset(of: known.versions) { return earlier }
      leaf = leaf.of(known.versions.union(leaf.versions))
    }
    let terms = leaf.terms
    if terms.contains(where: { $0.isPositive && $0.versions.isEmpty }) { return nil }
    let id = append(terms, .leaf(leaf))
    leaves[leaf.kind] = id
    if let earlier { unwatch(earlier) }
    if let first = self[id].terms.first, let last = self[id].terms.last { watch(id, first, last) }
    return id
  }

  /// Adds what follows from two incompatibilities, without watching it yet.
  ///
  /// If `a` and `b` must not be true together, nor `not a` and `c`, then `b` and `c` must not: whatever becomes
  /// of `a`, one of the two rules is broken. In general the two terms of `pivot` are united, and those of every
  /// other package intersected.
  mutating func derive(
    from left: IncompatibilityID, and right: IncompatibilityID, on pivot: PackageID
  ) -> IncompatibilityID {
    let combined = Resolution.combine(
      self[left].terms.map { terms[$0] }, self[right].terms.map { terms[$0] }, on: pivot)
    return append(combined, .derived(left, right, pivot: pivot))
  }

  private mutating func append(_ content: [Term], _ cause: Incompatibility.Cause) -> IncompatibilityID {
    let ids = content.map { intern($0) }
    incompatibilities.append(Incompatibility(terms: ids, cause: cause))
    let none = TermID(index: -1)
    watches.append((none, none))
    return IncompatibilityID(index: incompatibilities.count - 1)
  }

  private mutating func intern(_ term: Term) -> TermID {
    let id = terms.intern(term)
    guard id.index == watchers.count else { return id }
    watchers.append([])
    while termsByPackage.count <= term.package.rawValue { termsByPackage.append([]) }
    termsByPackage[term.package.rawValue].append(id)
    return id
  }

  // MARK: Watching

  /// Puts an incompatibility to use; of two terms that are true, watch those that became so last.
  mutating func watch(_ id: IncompatibilityID, _ one: TermID, _ other: TermID) {
    watches[id.index] = (one, other)
    watchers[one.index].append(id)
    if one != other { watchers[other.index].append(id) }
  }

  /// The other term that an incompatibility watches.
  func watch(of id: IncompatibilityID, besides term: TermID) -> TermID {
    let (one, other) = watches[id.index]
    return one == term ? other : one
  }

  /// Watches another term of an incompatibility instead of one.
  ///
  /// - Parameters:
  ///   - term: the term that is watched now.
  ///   - place: the place of the incompatibility among its watchers; the last one takes it.
  ///   - replacement: the term to watch instead.
  mutating func moveWatch(from term: TermID, at place: Int, to replacement: TermID) {
    let id = watchers[term.index][place]
    watches[id.index] = (replacement, watch(of: id, besides: term))
    watchers[replacement.index].append(id)
    watchers[term.index].swapAt(place, watchers[term.index].count - 1)
    watchers[term.index].removeLast()
  }

  private mutating func unwatch(_ id: IncompatibilityID) {
    let (one, other) = watches[id.index]
    for term in one == other ? [one] : [one, other] where term.index >= 0 {
      // It is mostly among the newest.
      if let place = watchers[term.index].lastIndex(of: id) { watchers[term.index].remove(at: place) }
    }
  }
}
