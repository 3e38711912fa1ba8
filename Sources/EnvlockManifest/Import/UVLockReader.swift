import EnvlockModel
import EnvlockVersions

/// Reads uv's lock, version 1, as uv 0.4 to 0.13 write it (revisions up to 5; a revision only adds keys).
///
/// Source: uv's documentation, "Locking and syncing" and "Lockfile format"; files that uv 0.13 wrote.
struct UVLockReader {
  static let version = 1

  private let source: SourceText
  private let directory: String

  private init(_ source: SourceText) {
    self.source = source
    directory = Path.directory(of: source.name)
  }

  /// - Throws: `ManifestError` with the place of what cannot be read.
  static func read(_ source: SourceText) throws(ManifestError) -> ImportedLock {
    try UVLockReader(source).lock()
  }

  private func lock() throws(ManifestError) -> ImportedLock {
    let top = try source.table()
    try checkVersion(top)
    var lock = ImportedLock(.uvLock, fileName: source.name)
    lock.requiresPython = try top.specifiers("requires-python")
    lock.environments = try top.markers("supported-markers")
    if let options = try top.table("options", title: "[options]") {
      lock.prerelease = try options.string("prerelease-mode").flatMap { Self.prereleaseMode($0.text) }
      if let newer = try options.timestamp("exclude-newer") {
        lock.leftOut.append(
          "exclude-newer = \(newer.text): `--exclude-newer \(newer.text)` puts it into the manifest")
      }
    }
    for table in try top.tables("package", title: "[[package]]") { lock.packages.append(try package(table)) }
    try takeManifest(top, &lock)
    try takeProjects(top, &lock)
    return lock
  }

  private func checkVersion(_ top: TableReader) throws(ManifestError) {
    guard let value = top.member("version")?.value, case .integer(let version) = value.content else {
      throw ManifestError(
        "\(source.name) has no `version`, so it is no lock of uv",
        hints: ["if it is a file of another kind, say which with `--format`"])
    }
    guard version == Self.version else {
      throw ManifestError(
        "this lock has version \(version), and version \(Self.version) is what can be read", at: value.range,
        in: source,
        hints: [
          "`uv export --format pylock.toml -o pylock.toml` writes the same answer in a form that can be read"
        ])
    }
  }

  private static func prereleaseMode(_ text: String) -> PrereleaseMode? {
    text == "if-necessary-or-explicit" ? .ifNecessary : PrereleaseMode(rawValue: text)
  }

  /// `[manifest]`: what holds for the whole workspace.
  private func takeManifest(_ top: TableReader, _ lock: inout ImportedLock) throws(ManifestError) {
    guard let table = try top.table("manifest", title: "[manifest]") else { return }
    for entry in try table.tables("requirements", title: "[[manifest.requirements]]") {
      lock.requirements.append(try requirement(entry))
    }
    if let groups = try table.table("dependency-groups", title: "[manifest.dependency-groups]") {
      for (key, name) in try groups.extraNameKeys() {
        lock.groups[name] = try requirements(groups, key)
      }
    }
    // They change what wheels say of themselves, which a lock of wheels can't.
    for (key, what) in [("overrides", "override-dependencies"), ("excludes", "exclude-dependencies")] {
      guard let member = table.member(key), case .array(let elements) = member.value.content else { continue }
      lock.leftOut.append(
        "\(what) (\(elements.count)): what the wheels themselves ask for counts here "
          + "(\(source.name):\(source.position(of: member.value.range.lowerBound).line))")
    }
  }

  /// Which packages are the projects whose lock this is.
  private func takeProjects(_ top: TableReader, _ lock: inout ImportedLock) throws(ManifestError) {
    let members = try top.table("manifest", title: "[manifest]")?.strings("members").map(\.text) ?? []
    let places = lock.packages.indices.filter { lock.packages[$0].source.isFolder }
    let root = places.filter { lock.packages[$0].source == .folder(Path.joined(directory, ".")) }
    let named = places.filter { members.contains(lock.packages[$0].name.text) }
    // A workspace without a project at its root stands for all its members.
    lock.projects = root.isEmpty ? named : root
    guard !lock.projects.isEmpty || !lock.requirements.isEmpty || !lock.groups.isEmpty else {
      throw ManifestError(
        "\(source.name) names no project: no package of it has the source `virtual` or `editable`",
        hints: ["`uv lock` in the project's folder writes it anew"])
    }
    for place in lock.projects {
      lock.knownExtras.formUnion(lock.packages[place].extras.keys)
      lock.knownGroups.formUnion(lock.packages[place].groups.keys)
      lock.knownGroups.formUnion(lock.packages[place].groupRequires.keys)
      lock.knownExtras.formUnion(
        (lock.packages[place].requires ?? []).flatMap { $0.requirement.marker?.mentionedExtras ?? [] })
    }
    lock.knownGroups.formUnion(lock.groups.keys)
    lock.project = lock.projects.count == 1 ? lock.packages[lock.projects[0]].name.text : nil
  }

  // MARK: packages

  private func package(_ table: TableReader) throws(ManifestError) -> ImportedPackage {
    var package = ImportedPackage(
      name: try table.projectName("name"), version: try table.version("version"),
      source: try origin(table), origin: table.origin)
    package.forks = try table.markers("resolution-markers")
    package.edges = try edges(table, "dependencies")
    if let extras = try table.table("optional-dependencies", title: "[package.optional-dependencies]") {
      for (key, name) in try extras.extraNameKeys() { package.extras[name] = try edges(extras, key) }
    }
    if let groups = try table.table("dev-dependencies", title: "[package.dev-dependencies]") {
      for (key, name) in try groups.extraNameKeys() { package.groups[name] = try edges(groups, key) }
    }
    if let metadata = try table.table("metadata", title: "[package.metadata]") {
      package.requires = try requirements(metadata, "requires-dist")
      if let groups = try metadata.table("requires-dev", title: "[package.metadata.requires-dev]") {
        for (key, name) in try groups.extraNameKeys() {
          package.groupRequires[name] = try requirements(groups, key)
        }
      }
    }
    if let hash = try table.table("sdist", title: "sdist")?.string("hash"), hash.text.hasPrefix("sha256:") {
      package.sources.insert(try hash.parsed { text throws(MalformedText) in try Digest(text) })
    }
    for wheel in try table.tables("wheels", title: "wheels") {
      guard let hash = try wheel.string("hash") else {
        package.hasOtherHashes = true
        continue
      }
      guard hash.text.hasPrefix("sha256:") else {
        package.hasOtherHashes = true
        continue
      }
      package.wheels.insert(try hash.parsed { text throws(MalformedText) in try Digest(text) })
    }
    return package
  }

  private func origin(_ table: TableReader) throws(ManifestError) -> ImportedSource {
    guard let source = try table.table("source", title: "source") else {
      throw ManifestError("\(table.title) needs a `source`", at: table.range, in: table.source)
    }
    return try place(source) ?? .index(nil)
  }

  /// What the keys of a source say; nil where none is known.
  private func place(_ table: TableReader) throws(ManifestError) -> ImportedSource? {
    if let url = try table.string("registry")?.text { return .index(url) }
    if let url = try table.string("git")?.text { return .repository(url) }
    if let url = try table.string("url")?.text { return Self.file(url) }
    if let path = try table.string("path")?.text { return Self.file(Path.joined(directory, path)) }
    for key in ["directory", "editable", "virtual"] {
      if let path = try table.string(key)?.text { return .folder(Path.joined(directory, path)) }
    }
    return nil
  }

  private static func file(_ place: String) -> ImportedSource {
    place.prefix { $0 != "#" && $0 != "?" }.hasSuffix(".whl") ? .wheel(place) : .archive(place)
  }

  private func edges(_ table: TableReader, _ key: String) throws(ManifestError) -> [ImportedPackage.Edge] {
    var edges: [ImportedPackage.Edge] = []
    for entry in try table.tables(key, title: "an element of `\(key)`") {
      var edge = ImportedPackage.Edge(name: try entry.projectName("name"))
      edge.version = try entry.version("version")
      edge.source = try entry.table("source", title: "source").flatMap { table throws(ManifestError) in
        try place(table)
      }
      edge.extras = try entry.extraNames("extra")
      edge.marker = try entry.marker("marker")
      edges.append(edge)
    }
    return edges
  }

  // MARK: requirements

  private func requirements(_ table: TableReader, _ key: String) throws(ManifestError) -> [SourcedRequirement]
  {
    var requirements: [SourcedRequirement] = []
    for entry in try table.tables(key, title: "an element of `\(key)`") {
      requirements.append(try requirement(entry))
    }
    return requirements
  }

  private func requirement(_ entry: TableReader) throws(ManifestError) -> SourcedRequirement {
    SourcedRequirement(
      Requirement(
        name: try entry.projectName("name"), extras: try entry.extraNames("extras"),
        specifiers: try entry.specifiers("specifier") ?? .any, marker: try entry.marker("marker")),
      origin: entry.origin)
  }
}

extension ImportedSource {
  /// Whether it is a tree on the disk.
  var isFolder: Bool { if case .folder = self { true } else { false } }
}
