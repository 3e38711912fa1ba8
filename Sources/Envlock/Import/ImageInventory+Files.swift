import EnvlockModel
import EnvlockVersions

extension ImageInventory {
  /// Reads what is installed off an image's files.
  mutating func take(_ files: ImageFiles) {
    takeSystem(files)
    var owned = takeDebian(files)
    takeProjects(files, &owned)
    takeRest(files, owned)
  }

  private mutating func takeSystem(_ files: ImageFiles) {
    guard let bytes = files.contents["etc/os-release"] ?? files.contents["usr/lib/os-release"] else { return }
    var values: [Substring: String] = [:]
    let text = String(decoding: bytes, as: UTF8.self)
    for line in text.split(whereSeparator: \.isNewline) {
      guard let sign = line.firstIndex(of: "=") else { continue }
      values[line[..<sign]] = line[line.index(after: sign)...].filter { $0 != "\"" && $0 != "'" }
    }
    system = (values["ID"], values["VERSION_CODENAME"], values["PRETTY_NAME"])
  }

  // MARK: Debian

  /// Reads dpkg's files; gives the paths that packages own.
  private mutating func takeDebian(_ files: ImageFiles) -> Set<String> {
    var owned: Set<String> = []
    var paragraphs: [DebianParagraph] = []
    for (path, bytes) in files.contents.sorted(by: { $0.key < $1.key }) {
      if path == "var/lib/dpkg/status" {
        paragraphs += DebianParagraph.all(bytes)
      } else if path.hasPrefix("var/lib/dpkg/status.d/") {
        if path.hasSuffix(".md5sums") {
          owned.formUnion(Self.lines(bytes).compactMap { $0.split(separator: " ").last.map(Self.merged) })
        } else {
          paragraphs += DebianParagraph.all(bytes)
        }
      } else if path.hasPrefix("var/lib/dpkg/info/") {
        owned.formUnion(Self.lines(bytes).map { Self.merged($0.drop { $0 == "/" }) })
      }
    }
    let automatic = Set(
      (files.contents["var/lib/apt/extended_states"].map(DebianParagraph.all) ?? [])
        .filter { $0["Auto-Installed"] == "1" }.compactMap { $0["Package"] })
    var names: [String] = []
    var needed: Set<String> = []
    for paragraph in paragraphs {
      guard let name = paragraph["Package"], paragraph["Status"].map({ $0.hasSuffix(" installed") }) ?? true
      else { continue }
      debianCount += 1
      if name == "bash" { hasShell = true }
      for field in ["Depends", "Pre-Depends"] {
        needed.formUnion(Self.alternatives(paragraph[field] ?? ""))
      }
      let isBasic = ["required", "important", "standard"].contains(paragraph["Priority"] ?? "")
      if !isBasic, paragraph["Essential"] != "yes", !automatic.contains(name) { names.append(name) }
    }
    debianRoots = names.filter { !needed.contains($0) }.sorted()
    return owned
  }

  /// The names in a relation: "libc6 (>= 2.36), debconf | debconf-2.0".
  private static func alternatives(_ text: String) -> [String] {
    text.split { $0 == "," || $0 == "|" }.map { part in
      String(part.drop(while: \.isWhitespace).prefix { !$0.isWhitespace && $0 != ":" && $0 != "(" })
    }
  }

  /// A path as it is on a system whose `/bin`, `/sbin` and `/lib` are links into `/usr`.
  private static func merged(_ path: some StringProtocol) -> String {
    for folder in ["bin/", "sbin/", "lib/", "lib64/", "lib32/"] where path.hasPrefix(folder) {
      return "usr/" + path
    }
    return String(path)
  }

  private static func lines(_ bytes: [UInt8]) -> [Substring] {
    String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
  }

  // MARK: Python

  private mutating func takeProjects(_ files: ImageFiles, _ owned: inout Set<String>) {
    var byFolder: [String: [Distribution]] = [:]
    for path in files.contents.keys.sorted() where path.hasSuffix(".dist-info/METADATA") {
      let folder = String(path.dropLast("/METADATA".utf8.count))
      let above = folder.split(separator: "/").dropLast().joined(separator: "/")
      if let record = files.contents[folder + "/RECORD"] {
        owned.formUnion(Self.lines(record).compactMap { Self.recorded($0, below: above) })
      }
      owned.formUnion(["METADATA", "RECORD", "INSTALLER", "direct_url.json"].map { "\(folder)/\($0)" })
      guard let bytes = files.contents[path], let metadata = try? CoreMetadata(parsing: bytes) else {
        continue
      }
      let installer = files.contents[folder + "/INSTALLER"].flatMap { Self.lines($0).first.map(String.init) }
      byFolder[above, default: []].append(
        Distribution(
          name: metadata.name, version: metadata.version,
          folder: folder,
          installer: installer, directURL: Self.directURL(files.contents[folder + "/direct_url.json"]),
          isOfDebian: owned.contains(Self.merged(path)) && above.hasPrefix("usr/lib/python3")))
    }
    condaFolders = Set(
      files.sizes.keys.compactMap { path in
        path.firstRange(of: "/conda-meta/").map { String(path[..<$0.lowerBound]) }
      }
    ).sorted()
    let sorted = byFolder.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
    guard let main = sorted.first else { return }
    distributions = main.value.sorted { $0.name < $1.name }
    python = Self.python(main.key) ?? Self.python(files)
    otherFolders = sorted.dropFirst().map { ($0.key, $0.value.count) }
  }

  /// The Python in a folder's name: "usr/local/lib/python3.11/site-packages".
  private static func python(_ folder: String) -> PythonVersion? {
    for part in folder.split(separator: "/") where part.hasPrefix("python") {
      if let version = try? PythonVersion(part.dropFirst("python".utf8.count)) { return version }
    }
    return nil
  }

  /// The newest Python that has a program.
  private static func python(_ files: ImageFiles) -> PythonVersion? {
    (Array(files.sizes.keys) + files.links.keys).compactMap { path -> PythonVersion? in
      guard path.contains("bin/python3.") else { return nil }
      return python(path)
    }.max()
  }

  /// The path that a line of RECORD names, from the root.
  private static func recorded(_ line: Substring, below folder: String) -> String? {
    let path: Substring
    if line.first == "\"" {
      path = line.dropFirst().prefix { $0 != "\"" }
    } else {
      path = line.prefix { $0 != "," }
    }
    guard !path.isEmpty else { return nil }
    var parts = path.hasPrefix("/") ? [] : folder.split(separator: "/")
    for part in path.split(separator: "/") {
      switch part {
      case ".": break
      case "..": _ = parts.popLast()
      default: parts.append(part)
      }
    }
    return parts.joined(separator: "/")
  }

  private static func directURL(_ bytes: [UInt8]?) -> String? {
    guard let bytes, let value = try? JSONValue(parsing: bytes), let url = value["url"]?.stringValue else {
      return nil
    }
    let commit = value["vcs_info"]?["commit_id"]?.stringValue.map { "@\($0)" } ?? ""
    return URLCredentials.redacted(url) + commit
  }

  // MARK: the rest

  /// Counts what no package owns, by folder.
  private mutating func takeRest(_ files: ImageFiles, _ owned: Set<String>) {
    var groups: [String: Unowned] = [:]
    for (path, size) in files.sizes {
      guard !owned.contains(path), !owned.contains(Self.merged(path)), !Self.isMade(path) else { continue }
      let parts = path.split(separator: "/")
      // Below these two lies what installing makes, a little of it everywhere.
      let depth = parts.first == "etc" || parts.first == "var" ? 1 : 2
      let folder = parts.dropLast().prefix(depth).joined(separator: "/")
      groups[folder, default: Unowned(folder: folder, count: 0, bytes: 0)].count += 1
      groups[folder]?.bytes += size
    }
    unowned = groups.values.sorted { ($1.bytes, $0.folder) < ($0.bytes, $1.folder) }
  }

  /// Whether programs make a file by themselves: caches, states of package managers, compiled modules.
  private static func isMade(_ path: String) -> Bool {
    path.hasSuffix(".pyc") || path.hasSuffix("/ld.so.cache")
      || ["var/lib/dpkg/", "var/lib/apt/", "var/cache/", "var/log/", "etc/ssl/certs/", "proc/", "sys/"]
        .contains { path.hasPrefix($0) }
  }
}

extension DebianParagraph {
  /// The paragraphs of a text, which blank lines part.
  fileprivate static func all(_ bytes: [UInt8]) -> [DebianParagraph] {
    var paragraphs: [DebianParagraph] = []
    var lines: [Substring] = []
    for line in String(decoding: bytes, as: UTF8.self).split(
      omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    {
      if line.isEmpty {
        if !lines.isEmpty { paragraphs.append(DebianParagraph(lines.joined(separator: "\n"))) }
        lines = []
      } else {
        lines.append(line)
      }
    }
    if !lines.isEmpty { paragraphs.append(DebianParagraph(lines.joined(separator: "\n"))) }
    return paragraphs
  }
}
