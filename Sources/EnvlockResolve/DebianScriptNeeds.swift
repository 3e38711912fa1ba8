import EnvlockModel

/// Dependencies that packages of Debian have for the sake of their maintainer scripts alone.
///
/// envlock unpacks packages and runs no script of theirs; what those scripts would have made, it writes itself. So what
/// they call need not be in an image. A dependency is such a one when its first alternative is; what the user names is
/// kept all the same.
public struct DebianScriptNeeds: Hashable, Sendable {
  /// The packages that only scripts need, whoever depends on them.
  public let packages: Set<String>
  /// By package: those that only its own scripts need.
  public let ofPackage: [String: Set<String>]

  /// Takes both.
  public init(packages: Set<String>, ofPackage: [String: Set<String>] = [:]) {
    self.packages = packages
    self.ofPackage = ofPackage
  }

  /// Every dependency counts.
  public static let none = DebianScriptNeeds(packages: [])

  /// What is known of Debian 11 to 13.
  ///
  /// - `debconf`, `cdebconf`: ask questions while packages are installed; with them Perl would come.
  /// - `dpkg`: `dpkg-maintscript-helper`, `dpkg-trigger`, `update-alternatives` (the links are made by scripts).
  /// - `install-info`: the index of Info manuals.
  /// - `init-system-helpers`, `lsb-base`, `sysvinit-utils`, `runit-helper`: services, which nothing starts here.
  /// - `ucf`: changes to configuration files by hand.
  /// - `adduser`, `update-inetd`: users and inetd's services, made by scripts.
  public static let standard = DebianScriptNeeds(
    packages: [
      "adduser", "cdebconf", "debconf", "dpkg", "init-system-helpers", "install-info", "lsb-base",
      "runit-helper", "sysvinit-utils", "ucf", "update-inetd",
    ],
    ofPackage: [
      // An interpreter for its scripts; what it ships are texts.
      "base-files": ["awk", "mawk"],
      // They write themselves into /etc/shells.
      "bash": ["debianutils"],
      "dash": ["debianutils"],
      // Its script hashes the certificates with openssl; envlock writes the bundle and the links.
      "ca-certificates": ["openssl"],
      // Its script makes a user for the agent.
      "openssh-client": ["passwd"],
    ])

  /// Whether a dependency is left out of what a package needs, where the user named some packages.
  func contains(_ dependency: DebianDependency, of package: String, named: Set<String>) -> Bool {
    guard let first = dependency.alternatives.first?.name,
      packages.contains(first) || ofPackage[package]?.contains(first) ?? false
    else { return false }
    return !dependency.alternatives.contains { named.contains($0.name) }
  }
}
