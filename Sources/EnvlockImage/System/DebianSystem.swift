public import EnvlockModel

/// A system of Debian's packages whose maintainer scripts never ran: what those would have made is made here.
///
/// A layer is a function of the packages in it, and of whether it is the lowest. Of two packages in one layer that have a
/// folder in common, the first by name says its mode and owner, as of those that dpkg unpacks the first does; and a few
/// folders are always the same (`StandardFolders`). Of files that two packages of a layer have in common, those of the
/// package that replaces the other's are taken; else they are refused unless they are the same.
///
/// Made are: the links of the merged /usr; users and groups; what base-files and libc-bin copy to /etc and /root, and the
/// folders of base-files; the bundle of certificates, and the names by which OpenSSL looks for it; the time zone, which
/// is UTC; the usual choices of update-alternatives. Not made are: links of certificates by hash, since everything finds
/// the bundle; accounts, empty logs, byte code and answers to debconf of other packages. The cache of libraries is for all
/// layers together (`LibraryCache`).
public struct DebianSystem: Hashable, Sendable {
  /// The suite's code name.
  public let suite: String
  /// The system's architecture.
  public let platform: Platform

  /// Describes a system.
  public init(suite: String, platform: Platform) {
    self.suite = suite
    self.platform = platform
  }

  /// What one layer holds.
  ///
  /// - Parameters:
  ///   - trees: the packages in it, in any order.
  ///   - isLowest: whether it is the lowest, which also holds what belongs to no package.
  /// - Returns: the entries by ascending path, each path once.
  /// - Throws: `TreeFault` where two packages have different files at one path; `PathProblem` and `MalformedText` never.
  public func layer(of trees: [DebianTree], isLowest: Bool) throws -> [LayerEntry] {
    var layer = SystemLayer()
    for tree in trees.sorted(by: { $0.package < $1.package }) { try layer.add(tree) }
    try layer.makeLinks(isLowest: isLowest)
    if isLowest {
      for entry in try Accounts(suite: suite).entries() { layer.make(entry) }
      for folder in ["dev", "home", "proc", "run", "sys"] { try layer.makeFolder(folder) }
      try layer.makeFolder("run/lock")
      for folder in ["root", "tmp", "var/tmp"] { try layer.makeFolder(folder) }
      // Runtimes that bring one of their own put it in front of this.
      try layer.makeFile("etc/hosts", Array(Self.hosts.utf8))
      try layer.makeLink("var/run", to: "/run")
      try layer.makeLink("var/lock", to: "/run/lock")
    }
    try copyDefaults(&layer)
    try makeBaseFolders(&layer)
    try Certificates.make(in: &layer)
    if layer.has("usr/share/zoneinfo/Etc/UTC") {
      try layer.makeLink("etc/localtime", to: "/usr/share/zoneinfo/Etc/UTC")
      try layer.makeFile("etc/timezone", Array("Etc/UTC\n".utf8))
    }
    for (link, name, candidates) in Alternatives.table(triplet: triplet) {
      guard let target = candidates.first(where: { layer.has($0) }), !layer.has(link) else { continue }
      try layer.makeLink(link, to: "/etc/alternatives/\(name)")
      try layer.makeLink("etc/alternatives/\(name)", to: "/" + target)
    }
    return layer.entries
  }

  /// The names of the machine itself, which nothing else can tell.
  private static let hosts = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"

  /// The name of the architecture in the folders of libraries: "x86_64-linux-gnu".
  var triplet: String { "\(platform.machine)-linux-gnu" }

  /// What scripts copy once, when a package is installed for the first time: from where, to where.
  ///
  /// Source: postinst of base-files and of libc-bin.
  private static let defaults = [
    ("usr/share/base-files/dot.bashrc", "root/.bashrc"),
    ("usr/share/base-files/dot.profile", "root/.profile"),
    ("usr/share/base-files/motd", "etc/motd"),
    ("usr/share/base-files/profile", "etc/profile"),
    ("usr/share/libc-bin/nsswitch.conf", "etc/nsswitch.conf"),
  ]

  private func copyDefaults(_ layer: inout SystemLayer) throws {
    for (original, copy) in Self.defaults {
      if let bytes = layer.text(original) { try layer.makeFile(copy, bytes) }
    }
  }

  /// What base-files makes.
  ///
  /// Source: its postinst.
  private func makeBaseFolders(_ layer: inout SystemLayer) throws {
    guard layer.has("usr/lib/os-release") else { return }
    let folders = [
      "etc/opt", "media", "mnt", "opt", "srv", "usr/local/bin", "usr/local/etc", "usr/local/games",
      "usr/local/include", "usr/local/lib", "usr/local/sbin", "usr/local/share/man", "usr/local/src",
      "var/mail", "var/opt",
    ]
    for folder in folders { try layer.makeFolder(folder) }
    try layer.makeLink("usr/local/man", to: "share/man")
    try layer.makeLink("var/spool/mail", to: "../mail")
    if layer.has("etc/dpkg/origins/debian") {
      try layer.makeLink("etc/dpkg/origins/default", to: "debian")
    }
  }

  /// Whether the content of a file of a package is needed to make others.
  static func isRead(_ path: ImagePath) -> Bool {
    Certificates.isCertificate(path) || defaults.contains { $0.0 == path.text }
  }
}
