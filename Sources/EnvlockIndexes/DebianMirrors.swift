/// Where this machine gets packages of Debian from.
///
/// envlock knows no mirror of its own. In this order: the command line, ENVLOCK_DEBIAN_MIRROR and
/// ENVLOCK_DEBIAN_SECURITY_MIRROR, envlock's user configuration, the machine's own sources of apt. The security archive is
/// looked for in the same places; where only a mirror is named, it is expected beside it.
package struct DebianMirrors: Sendable {
  /// A place and who named it.
  package typealias Place = IndexDiscovery.Place

  /// The main archive, without a slash at its end; nil where none is known.
  package let main: Place?
  /// The archive of security updates, without a slash at its end; nil where none is known.
  package let security: Place?
  /// Whether ``security`` is only guessed, beside ``main``.
  package let isSecurityGuessed: Bool
  /// The keys that signatures of archives are checked with: a path, and who named it; nil where there are none.
  package let keyring: Place?
  /// The path of gpgv, which checks signatures; nil where it is not installed.
  package let verifier: String?
  /// Where files can lie for a moment.
  let temporaryFolder: String

  /// Where distributions put the keys: Debian's package debian-archive-keyring, and Ubuntu's of the same name.
  private static let keyrings = [
    "/usr/share/keyrings/debian-archive-keyring.gpg", "/usr/share/keyrings/debian-archive-keyring.pgp",
  ]

  /// Looks at the machine.
  ///
  /// - Parameters:
  ///   - environment: the environment variables.
  ///   - mirror: what the command line says.
  ///   - securityMirror: what the command line says of the security archive.
  ///   - files: reads configuration files and looks for programs.
  package init(
    environment: [String: String], mirror: String? = nil, securityMirror: String? = nil,
    files: MachineFiles = .disk
  ) {
    let configuration = UserConfiguration(environment: environment, files: files)
    func named(_ flag: String?, _ option: String?, variable: String, key: String) -> Place? {
      if let flag, let option, !flag.isEmpty { return Place(url: flag, source: option) }
      if let value = environment[variable], !value.isEmpty { return Place(url: value, source: variable) }
      return configuration.place(key)
    }
    let main = named(
      mirror, "--debian-mirror", variable: "ENVLOCK_DEBIAN_MIRROR", key: "debian-mirror")
    let security = named(
      securityMirror, "--debian-security-mirror", variable: "ENVLOCK_DEBIAN_SECURITY_MIRROR",
      key: "debian-security-mirror")
    let sources = main == nil ? AptSources(files) : nil
    self.main = (main ?? sources?.main).map(Self.trimmed)
    let known = security ?? (main == nil ? sources?.security : nil)
    self.security = (known ?? self.main.map(Self.beside)).map(Self.trimmed)
    isSecurityGuessed = known == nil
    keyring =
      named(nil, nil, variable: "ENVLOCK_DEBIAN_KEYRING", key: "debian-keyring")
      ?? Self.keyrings.first(where: files.exists).map { Place(url: $0, source: $0) }
    let searched = (environment["PATH"] ?? "").split(separator: ":").map(String.init)
    let folders = searched + ["/usr/bin", "/bin", "/usr/local/bin"]
    verifier = folders.filter { $0.hasPrefix("/") }.map { $0 + "/gpgv" }.first(where: files.exists)
    temporaryFolder = environment["TMPDIR"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/tmp"
  }

  private static func trimmed(_ place: Place) -> Place {
    var url = place.url
    while url.hasSuffix("/") { url.removeLast() }
    return Place(url: url, source: place.source)
  }

  /// ".../debian-security" for ".../debian".
  private static func beside(_ place: Place) -> Place {
    let url = trimmed(place).url
    // A host without a path has nothing to take away.
    let path = url.firstRange(of: "://").map { url[$0.upperBound...] } ?? url[...]
    guard let slash = path.lastIndex(of: "/") else {
      return Place(url: url + "/debian-security", source: place.source)
    }
    return Place(url: url[..<slash] + "/debian-security", source: place.source)
  }
}
