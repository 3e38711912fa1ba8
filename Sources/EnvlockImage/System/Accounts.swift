public import EnvlockVersions

/// The users and groups of an image that is made of Debian's packages: those that every Debian system has, and one for a
/// number that the image is to run as. Nobody has a password.
///
/// Source: the master files of Debian's base-passwd; passwd(5), group(5), shadow(5).
public struct Accounts: Hashable, Sendable {
  /// A user.
  struct User: Hashable, Sendable {
    let name: String
    let uid: UInt32
    let gid: UInt32
    let comment: String
    let home: String
    let shell: String
  }

  private var users: [User]
  private var groups: [(name: String, gid: UInt32)]

  /// Those that every system of a suite has.
  ///
  /// - Parameter suite: the suite's code name; one that is not known has what the newest has.
  public init(suite: String) {
    let hasGnats = ["stretch", "buster", "bullseye"].contains(suite)
    users = Self.daemons.map { row in
      User(
        name: row.0, uid: row.1, gid: row.2, comment: row.3 ?? row.0, home: row.4,
        shell: Self.shells[row.0] ?? "/usr/sbin/nologin")
    }
    groups = Self.groupRows.map { ($0.0, $0.1) }
    if hasGnats {
      users.append(
        User(
          name: "gnats", uid: 41, gid: 41, comment: "Gnats Bug-Reporting System (admin)",
          home: "/var/lib/gnats", shell: "/usr/sbin/nologin"))
      groups.append(("gnats", 41))
    } else {
      users.append(
        User(
          name: "_apt", uid: 42, gid: 65534, comment: "", home: "/nonexistent", shell: "/usr/sbin/nologin"))
    }
    users.sort { $0.uid < $1.uid }
    groups.sort { $0.gid < $1.gid }
  }

  /// Whom an image runs as and who owns the files that are copied into it.
  public struct Owner: Hashable, Sendable {
    /// The user's number.
    public let uid: UInt32
    /// The group's number.
    public let gid: UInt32

    /// Names both.
    public init(uid: UInt32, gid: UInt32) {
      self.uid = uid
      self.gid = gid
    }

    /// The administrator.
    public static let root = Owner(uid: 0, gid: 0)
  }

  /// Finds a user and a group.
  ///
  /// - Parameter text: "1000", "1000:1000", "www-data", "nobody:users". The group of a number that nobody has is 0, as it is
  ///   for runtimes.
  /// - Returns: the numbers.
  /// - Throws: `MalformedText` for a name that nobody has, a number that is too large, and anything else.
  public func owner(_ text: String) throws(MalformedText) -> Owner {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), let first = parts.first, !first.isEmpty else {
      throw Self.malformed(text, "it has to look like 1000, 1000:1000 or www-data")
    }
    let user = users.first { $0.name == first }
    let uid: UInt32
    if let user {
      uid = user.uid
    } else if let number = try Self.number(first, in: text) {
      uid = number
    } else {
      throw Self.malformed(text, "the image has no user of this name; numbers always work")
    }
    guard parts.count == 2 else {
      let gid = users.first { $0.uid == uid }?.gid ?? 0
      return Owner(uid: uid, gid: gid)
    }
    let group = groups.first { $0.name == parts[1] }
    if let group { return Owner(uid: uid, gid: group.gid) }
    guard let gid = try Self.number(parts[1], in: text) else {
      throw Self.malformed(text, "the image has no group of this name; numbers always work")
    }
    return Owner(uid: uid, gid: gid)
  }

  /// Finds a user by numbers alone, for images whose names are not known.
  ///
  /// - Parameter text: "1000", "1000:1000".
  /// - Returns: the numbers; nil where there is a name in it.
  /// - Throws: `MalformedText` for a number that is too large.
  public static func numbers(_ text: String) throws(MalformedText) -> Owner? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard let first = parts.first, let uid = try number(first, in: text) else { return nil }
    guard parts.count == 2 else { return parts.count == 1 ? Owner(uid: uid, gid: 0) : nil }
    return try number(parts[1], in: text).map { Owner(uid: uid, gid: $0) }
  }

  /// Whether a user has an entry.
  public func has(_ owner: Owner) -> Bool { users.contains { $0.uid == owner.uid } }

  /// These accounts with one for a number that nobody has: programs ask for the name of whom they run as, and some stop
  /// where there is none.
  ///
  /// - Parameters:
  ///   - owner: the numbers.
  ///   - home: the user's home.
  public mutating func add(_ owner: Owner, home: String) {
    guard !has(owner) else { return }
    users.append(
      User(name: "user", uid: owner.uid, gid: owner.gid, comment: "", home: home, shell: "/bin/sh"))
    guard !groups.contains(where: { $0.gid == owner.gid }) else { return }
    groups.append(("user", owner.gid))
  }

  /// The files in /etc: `passwd`, `group` and `shadow`.
  ///
  /// - Throws: `PathProblem`, which the paths do not have.
  public func entries() throws(PathProblem) -> [LayerEntry] {
    let passwd = users.map { user in
      "\(user.name):x:\(user.uid):\(user.gid):\(user.comment):\(user.home):\(user.shell)\n"
    }
    let shadow = users.map { "\($0.name):*:::::::\n" }
    let group = groups.map { "\($0.name):x:\($0.gid):\n" }
    func file(_ path: String, _ lines: [String]) throws(PathProblem) -> LayerEntry {
      LayerEntry(try ImagePath(path), .bytes(Array(lines.joined().utf8)), mode: 0o644)
    }
    var secret = try file("etc/shadow", shadow)
    secret.mode = 0o640
    secret.gid = groups.first { $0.name == "shadow" }?.gid ?? 0
    return [try file("etc/group", group), try file("etc/passwd", passwd), secret]
  }

  /// Equal when users and groups are.
  public static func == (a: Accounts, b: Accounts) -> Bool {
    a.users == b.users && a.groups.elementsEqual(b.groups) { $0 == $1 }
  }

  /// Hashes the users.
  public func hash(into hasher: inout Hasher) { hasher.combine(users) }

  /// The number that a text is; nil for a name.
  private static func number(_ text: Substring, in whole: String) throws(MalformedText) -> UInt32? {
    guard !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
      return nil
    }
    // The largest number means "nobody" to system calls.
    guard let number = UInt32(text), number < UInt32.max else {
      throw malformed(whole, "the number is too large")
    }
    return number
  }

  private static func malformed(_ text: String, _ reason: String) -> MalformedText {
    MalformedText(what: "user of an image", text: text, reason: reason)
  }

  private static let shells = ["root": "/bin/bash", "sync": "/bin/sync"]

  /// Name, number, group, who it is unless that is the name, home.
  private static let daemons: [(String, UInt32, UInt32, String?, String)] = [
    ("root", 0, 0, nil, "/root"),
    ("daemon", 1, 1, nil, "/usr/sbin"),
    ("bin", 2, 2, nil, "/bin"),
    ("sys", 3, 3, nil, "/dev"),
    ("sync", 4, 65534, nil, "/bin"),
    ("games", 5, 60, nil, "/usr/games"),
    ("man", 6, 12, nil, "/var/cache/man"),
    ("lp", 7, 7, nil, "/var/spool/lpd"),
    ("mail", 8, 8, nil, "/var/mail"),
    ("news", 9, 9, nil, "/var/spool/news"),
    ("uucp", 10, 10, nil, "/var/spool/uucp"),
    ("proxy", 13, 13, nil, "/bin"),
    ("www-data", 33, 33, nil, "/var/www"),
    ("backup", 34, 34, nil, "/var/backups"),
    ("list", 38, 38, "Mailing List Manager", "/var/list"),
    ("irc", 39, 39, "ircd", "/run/ircd"),
    ("nobody", 65534, 65534, nil, "/nonexistent"),
  ]

  private static let groupRows: [(String, UInt32)] = [
    ("root", 0), ("daemon", 1), ("bin", 2), ("sys", 3), ("adm", 4), ("tty", 5), ("disk", 6), ("lp", 7),
    ("mail", 8), ("news", 9), ("uucp", 10), ("man", 12), ("proxy", 13), ("kmem", 15), ("dialout", 20),
    ("fax", 21), ("voice", 22), ("cdrom", 24), ("floppy", 25), ("tape", 26), ("sudo", 27), ("audio", 29),
    ("dip", 30), ("www-data", 33), ("backup", 34), ("operator", 37), ("list", 38), ("irc", 39), ("src", 40),
    ("shadow", 42), ("utmp", 43), ("video", 44), ("sasl", 45), ("plugdev", 46), ("staff", 50),
    ("games", 60), ("users", 100), ("nogroup", 65534),
  ]
}
