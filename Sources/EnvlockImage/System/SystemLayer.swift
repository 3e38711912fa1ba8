/// A layer of a system while it is made: what packages bring, then what is made where they bring nothing.
struct SystemLayer {
  private var byPath: [ImagePath: (entry: LayerEntry, package: String?)] = [:]
  private var read: [ImagePath: [UInt8]] = [:]
  /// By package, whose files its own may replace.
  private var replaces: [String: Set<String>] = [:]

  /// The entries by ascending path, each path once.
  var entries: [LayerEntry] {
    var entries = byPath.values.map(\.entry)
    entries += StandardFolders.above(entries.map(\.path).sorted()).filter { byPath[$0.path] == nil }
    return entries.sorted { $0.path < $1.path }
  }

  /// Adds a package; packages come by ascending name.
  ///
  /// - Throws: `TreeFault` where a package before has something else at a path.
  mutating func add(_ tree: DebianTree) throws(TreeFault) {
    replaces[tree.package] = tree.replaces
    for entry in tree.entries {
      guard let other = byPath[entry.path] else {
        let standard = entry.content == .directory ? StandardFolders.entry(entry.path) : nil
        byPath[entry.path] = (standard ?? entry, tree.package)
        continue
      }
      switch (entry.content, other.entry.content) {
      case (.directory, .directory), (.directory, .symbolicLink): continue
      case (.symbolicLink, .directory):
        // To dpkg, a link to a folder is as good as the folder; where something lies below it, the layer's plan says so.
        byPath[entry.path] = (entry, tree.package)
        continue
      default: break
      }
      if let package = other.package {
        if replaces[package]?.contains(tree.package) ?? false { continue }
        if tree.replaces.contains(package) {
          byPath[entry.path] = (entry, tree.package)
          continue
        }
      }
      guard entry.isSame(as: other.entry) else {
        throw TreeFault(
          "the package \(tree.package)", path: entry.path.text,
          .clash(with: "the package \(other.package ?? "")"))
      }
    }
    read.merge(tree.texts) { first, _ in first }
  }

  /// Whether something stands at a path.
  func has(_ path: String) -> Bool {
    guard let path = try? ImagePath(path) else { return false }
    return byPath[path] != nil
  }

  /// The text of a file that was read.
  func text(_ path: String) -> [UInt8]? {
    guard let path = try? ImagePath(path) else { return nil }
    return read[path]
  }

  /// The texts of files that were read, by ascending path.
  func texts(where isWanted: (ImagePath) -> Bool) -> [(path: ImagePath, bytes: [UInt8])] {
    read.filter { isWanted($0.key) }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// Makes something, unless a package brings it.
  mutating func make(_ entry: LayerEntry) {
    if byPath[entry.path] == nil { byPath[entry.path] = (entry, nil) }
  }

  /// Makes a file of root's.
  mutating func makeFile(_ path: String, _ bytes: [UInt8]) throws(PathProblem) {
    make(LayerEntry(try ImagePath(path), .bytes(bytes), mode: 0o644))
  }

  /// Makes a folder.
  mutating func makeFolder(_ path: String) throws(PathProblem) {
    let path = try ImagePath(path)
    make(StandardFolders.entry(path) ?? LayerEntry(path, .directory, mode: 0o755))
  }

  /// Makes a symbolic link.
  mutating func makeLink(_ path: String, to text: String) throws(PathProblem) {
    make(.link(try ImagePath(path), to: try LinkTarget(text)))
  }

  /// Makes the links of a merged /usr to the folders that there is something in; the lowest layer has the three that
  /// every system has in any case.
  mutating func makeLinks(isLowest: Bool) throws(PathProblem) {
    let used = Set(
      byPath.keys.compactMap { path -> Substring? in
        let parts = path.text.split(separator: "/", maxSplits: 2)
        return parts.count > 2 && parts[0] == "usr" ? parts[1] : nil
      })
    for link in MergedUsr.links {
      let isBasic = ["bin", "lib", "sbin"].contains(link)
      guard isBasic ? isLowest : used.contains(Substring(link)) else { continue }
      try makeFolder("usr/\(link)")
      try makeLink(link, to: "usr/\(link)")
    }
  }
}
