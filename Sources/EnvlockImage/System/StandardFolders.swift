/// Folders that every Debian system has and that are not simply root's with mode 0o755.
///
/// Every layer that holds something below one of them has to say this again: whoever unpacks the layer takes the folder
/// from it. So that no layer depends on another, what a package says of them does not count.
///
/// Source: Debian's base-files (its members and what its postinst makes).
enum StandardFolders {
  /// The folder of a path, as an image has it; nil where it is an ordinary one.
  static func entry(_ path: ImagePath) -> LayerEntry? {
    guard let row = table.first(where: { $0.path == path.text }) else { return nil }
    return LayerEntry(path, .directory, mode: row.mode, gid: row.gid)
  }

  /// Those of the folders above paths that have to be described, each once.
  ///
  /// - Parameter paths: what is in the layer.
  /// - Returns: the folders by ascending path.
  static func above(_ paths: some Sequence<ImagePath>) -> [LayerEntry] {
    var known: Set<ImagePath> = []
    var found: [LayerEntry] = []
    for path in paths {
      var parent = path.parent
      while let folder = parent, known.insert(folder).inserted {
        if let entry = entry(folder) { found.append(entry) }
        parent = folder.parent
      }
    }
    return found.sorted { $0.path < $1.path }
  }

  /// The groups `mail` and root's own.
  private static let table: [(path: String, mode: UInt16, gid: UInt32)] = [
    ("root", 0o700, 0), ("run/lock", 0o1777, 0), ("tmp", 0o1777, 0), ("var/mail", 0o2775, 8),
    ("var/tmp", 0o1777, 0),
  ]

  /// Whether a folder is one that every system has: it does not change hands when files are copied into it.
  ///
  /// Source: Filesystem Hierarchy Standard 3.0.
  static func isOfSystem(_ path: ImagePath) -> Bool {
    let parts = path.text.split(separator: "/")
    switch parts.count {
    case 1: return top.contains(parts[0])
    case 2:
      switch parts[0] {
      case "usr", "var": return second.contains(parts[1])
      case "run": return parts[1] == "lock"
      case "opt": return parts[1] == "env" || parts[1] == "python"
      case "etc": return true
      default: return false
      }
    default: return parts[0] == "usr" && parts[1] == "local" && parts.count == 3
    }
  }

  private static let top: Set<Substring> = [
    "bin", "boot", "dev", "etc", "home", "lib", "lib32", "lib64", "libx32", "media", "mnt", "opt", "proc",
    "root",
    "run", "sbin", "srv", "sys", "tmp", "usr", "var",
  ]

  private static let second: Set<Substring> = [
    "backups", "bin", "cache", "games", "include", "lib", "lib32", "lib64", "libexec", "libx32", "local",
    "lock",
    "log", "mail", "opt", "run", "sbin", "share", "spool", "src", "tmp",
  ]
}
