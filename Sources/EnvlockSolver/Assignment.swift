import EnvlockVersions

/// One step of a partial solution: something became known about a package.
struct Assignment: Sendable {
  let package: PackageID
  /// How many decisions had been made, this one included.
  let level: Int
  /// Everything that is known about the package from here on.
  let known: Term
  let reason: Reason
  /// Distinguishes this step from every other, also from those that were taken back.
  let stamp: Int

  enum Reason: Sendable {
    /// The solver chose this version.
    case decision(Version)
    /// All other terms of an incompatibility are true, so its term of this package must be false.
    case derivation(IncompatibilityID)
  }
}
