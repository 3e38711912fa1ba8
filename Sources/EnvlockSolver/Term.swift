import EnvlockVersions

/// A statement about one package: "one of these versions is chosen", or its opposite.
///
/// The opposite, written `not a^1`, is also true where the package is not chosen at all. So a term is a set of
/// outcomes: versions, and "none" for the package being absent. Relations between terms are those of sets.
struct Term: Hashable, Sendable {
  let package: PackageID
  /// Whether a version must be chosen.
  let isPositive: Bool
  let versions: VersionSet

  init(_ package: PackageID, _ versions: VersionSet) {
    self.init(package: package, isPositive: true, versions: versions)
  }

  init(package: PackageID, isPositive: Bool, versions: VersionSet) {
    self.package = package
    self.isPositive = isPositive
    self.versions = versions
  }

  /// True exactly where this is false.
  var inverse: Term { Term(package: package, isPositive: !isPositive, versions: versions) }

  /// Whether every outcome fits, so that the term says nothing.
  var isAlwaysTrue: Bool { !isPositive && versions.isEmpty }

  /// What is left when both are true; of the same package.
  func intersection(_ other: Term) -> Term {
    switch (isPositive, other.isPositive) {
    case (true, true): Term(package, versions.intersection(other.versions))
    case (true, false): Term(package, versions.subtracting(other.versions))
    case (false, true): Term(package, other.versions.subtracting(versions))
    case (false, false):
      Term(package: package, isPositive: false, versions: versions.union(other.versions))
    }
  }

  /// What is left when either is true; of the same package.
  func union(_ other: Term) -> Term { inverse.intersection(other.inverse).inverse }

  /// Whether every outcome of this one is an outcome of `other`; of the same package.
  func isSubset(of other: Term) -> Bool {
    switch (isPositive, other.isPositive) {
    case (true, true): versions.isSubset(of: other.versions)
    case (true, false): versions.isDisjoint(with: other.versions)
    case (false, true): false
    case (false, false): other.versions.isSubset(of: versions)
    }
  }

  /// Whether no outcome fits both; of the same package.
  func isDisjoint(with other: Term) -> Bool { isSubset(of: other.inverse) }

  /// What becomes of this term, given that `known` is true.
  func relation(given known: Term) -> Relation {
    if known.isSubset(of: self) { return .satisfied }
    return known.isDisjoint(with: self) ? .contradicted : .inconclusive
  }
}

/// What a partial solution says of a term.
enum Relation: Sendable {
  /// It is certainly true.
  case satisfied
  /// It is certainly false.
  case contradicted
  /// It may still become either.
  case inconclusive
}
