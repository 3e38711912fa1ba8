public import EnvlockVersions

/// What a version of a package needs: another package, in one of these versions.
public struct Dependency: Hashable, Sendable {
  /// The package that is needed; never the root.
  public let package: PackageID
  /// The versions that serve.
  public let versions: VersionSet

  /// - Parameters:
  ///   - package: the package that is needed; never the root.
  ///   - versions: the versions that serve.
  public init(package: PackageID, versions: VersionSet) {
    precondition(package != .root, "nothing can depend on the root")
    self.package = package
    self.versions = versions
  }
}
