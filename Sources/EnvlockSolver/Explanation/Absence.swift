import EnvlockVersions

/// Versions of one package that do not exist, as far as a proof rests on that.
struct Absence {
  /// All of them.
  private(set) var versions = VersionSet.none
  /// The leaves that say so.
  private(set) var leaves: Set<Leaf> = []
  private var first: Leaf?

  /// Collects from the leaves of a proof those that are absences.
  static func collect(_ leaves: [Leaf], where isAbsence: (Leaf) -> Bool) -> [PackageID: Absence] {
    var result: [PackageID: Absence] = [:]
    for leaf in leaves where isAbsence(leaf) { result[leaf.package, default: Absence()].add(leaf) }
    return result
  }

  private mutating func add(_ leaf: Leaf) {
    versions = versions.union(leaf.versions)
    leaves.insert(leaf)
    if first == nil { first = leaf }
  }

  /// The leaf to tell beside what is said of the same package: if that asks for versions of which none exist,
  /// that is the point; otherwise some others do, and whatever rules those out is.
  func needed(beside term: Term) -> Leaf? {
    guard !term.isPositive, term.versions.isSubset(of: versions) else { return nil }
    return first?.of(term.versions)
  }
}
