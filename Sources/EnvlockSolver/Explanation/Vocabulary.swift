public import EnvlockVersions

/// The words for packages, versions and facts in an explanation, given by the caller.
///
/// Phrases stand inside sentences: no capital at the start unless it is a name, no period at the end. An empty
/// phrase leaves a premise out, for what goes without saying.
public protocol Vocabulary {
  /// A package in some of its versions: "torch 2.15.0", "driver 580 or newer", "numpy" for all versions.
  ///
  /// It must read well as a subject before "cannot be used", and as an object after "requires" and "with".
  ///
  /// - Parameters:
  ///   - package: any package but the root.
  ///   - versions: some versions of it.
  /// - Returns: a noun phrase.
  func term(_ package: PackageID, _ versions: VersionSet) -> String

  /// That one package needs another: "torch 2.15.0 is built with CUDA 13.2", "a 1.0 depends on b >=2".
  ///
  /// Also asked for needs by way of others: of torch on the driver, say.
  ///
  /// - Parameters:
  ///   - package: the package that needs the other; the root for what the user asks for ("you require b >=2").
  ///   - versions: its versions that do; every version for the root.
  ///   - other: the package that is needed.
  ///   - required: the versions that serve.
  /// - Returns: a clause, or nothing for what goes without saying.
  func dependency(
    _ package: PackageID, _ versions: VersionSet, on other: PackageID, _ required: VersionSet
  ) -> String

  /// That versions cannot be used, and why: "torch 2.0.1 has no wheel for Python 3.13".
  ///
  /// - Parameters:
  ///   - package: the package.
  ///   - versions: the versions that the fact rules out.
  ///   - fact: why.
  /// - Returns: a clause, or nothing for what goes without saying.
  func fact(_ package: PackageID, _ versions: VersionSet, _ fact: FactID) -> String

  /// Which packages are named first: lower is earlier, so hardware has the lowest.
  func rank(_ package: PackageID) -> Int

  /// The package that this one merely stands for, as `a[extra]` does for `a`; nil for any other.
  ///
  /// That the one depends on the other is left out of explanations.
  func isProxy(_ package: PackageID) -> PackageID?

  /// A set that holds the same of the versions that exist, and reads better.
  ///
  /// - Parameters:
  ///   - package: any package but the root.
  ///   - versions: some versions of it, mostly more than exist.
  /// - Returns: an equivalent set.
  func simplify(_ package: PackageID, _ versions: VersionSet) -> VersionSet

  /// Whether a fact says no more than that none of these versions exist.
  ///
  /// Such a fact is left out where it only completes a range: after "a 1.0 and a 1.1 depend on c" nobody wants to
  /// hear that there is no other a.
  func isAbsence(_ package: PackageID, _ versions: VersionSet, _ fact: FactID) -> Bool
}

extension Vocabulary {
  /// No package stands for another.
  public func isProxy(_ package: PackageID) -> PackageID? { nil }

  /// The set itself.
  public func simplify(_ package: PackageID, _ versions: VersionSet) -> VersionSet { versions }

  /// Every fact is worth telling.
  public func isAbsence(_ package: PackageID, _ versions: VersionSet, _ fact: FactID) -> Bool { false }
}
