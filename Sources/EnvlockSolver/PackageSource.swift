public import EnvlockVersions

/// Where the solver looks up what exists, and which of it is preferred.
///
/// Answers are facts: an answer other than `.notYet` depends on the arguments alone and never changes during a
/// solve, however often and in whatever order it is asked. Then the result depends on the facts alone, and not
/// on when they were gathered. Lists come in the order that the caller holds to be canonical (by name, say),
/// because the order in which packages are first met decides ties.
public protocol PackageSource {
  /// The version to try first.
  ///
  /// - Parameters:
  ///   - package: a package that is needed.
  ///   - allowed: the versions that are still possible; never empty.
  /// - Returns: a version inside `allowed`; or why there is none; or that this is not known yet.
  func pick(_ package: PackageID, in allowed: VersionSet) -> Pick

  /// What one version needs.
  ///
  /// - Parameters:
  ///   - package: the package.
  ///   - version: a version that `pick` has returned.
  /// - Returns: them; or why the version cannot be used; or that this is not known yet.
  func dependencies(of package: PackageID, at version: Version) -> Dependencies

  /// How early a package is decided: higher is earlier.
  ///
  /// Give exact pins and packages that cannot be chosen a high tier: whatever contradicts them then fails at
  /// once. Depends on the arguments alone, never on what is gathered.
  ///
  /// - Parameters:
  ///   - package: a package that is needed and not decided.
  ///   - allowed: the versions that are still possible.
  /// - Returns: any number; packages of equal tiers are decided in the order in which they were met.
  func tier(of package: PackageID, allowed: VersionSet) -> Int

  /// Whether the dependencies of a version are gathered; asked for packages that are not the next to be decided.
  ///
  /// Only used to say all that is missing at once. The default asks for the dependencies themselves; a source
  /// that does work when it is asked for them can answer more cheaply.
  ///
  /// - Parameters:
  ///   - package: a package that is needed and not decided.
  ///   - version: the version that would be tried if it were its turn.
  /// - Returns: whether `dependencies` would answer.
  func knowsDependencies(of package: PackageID, at version: Version) -> Bool

  /// The package that this one is an aspect of, such as the project that an extra belongs to; otherwise itself.
  ///
  /// Conflicts between aspects of one package say nothing about the order of decisions, and are not counted.
  func family(of package: PackageID) -> PackageID
}

extension PackageSource {
  /// Asks for the dependencies themselves.
  public func knowsDependencies(of package: PackageID, at version: Version) -> Bool {
    if case .notYet = dependencies(of: package, at: version) { false } else { true }
  }

  /// Every package stands for itself.
  public func family(of package: PackageID) -> PackageID { package }
}

/// What a source says to the question which version to try.
public enum Pick: Hashable, Sendable {
  /// Try this one.
  case version(Version)
  /// No version among those allowed can be used, and why.
  case nothing(FactID)
  /// The candidates of this package are not gathered yet.
  case notYet
}

/// What a source says to the question what a version needs.
public enum Dependencies: Hashable, Sendable {
  /// It needs all of these, in canonical order.
  case known([Dependency])
  /// It cannot be used at all, and why.
  case unusable(FactID)
  /// Its dependencies are not gathered yet.
  case notYet
}
