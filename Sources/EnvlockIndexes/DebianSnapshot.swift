package import EnvlockModel

/// What a suite of Debian holds for an architecture, with its updates, at one time.
package struct DebianSnapshot: Sendable {
  /// The suite's code name: "bookworm", also where "stable" was asked for.
  package let suite: String
  /// The version of the suite: "12.11"; nil where it is not released.
  package let version: String?
  /// "amd64".
  package let architecture: String
  /// All packages; of each the newest version counts.
  package let index: DebianPackageIndex
  /// What the person at the terminal should know.
  package let notes: [String]

  /// The archive that a package comes from.
  package func archive(of package: DebianPackage) -> LockedDebianPackage.Archive { package.archive }
}
