import EnvlockModel
import EnvlockVersions

/// Reads `pylock.toml` (PEP 751, "pylock.toml Specification", lock-version 1).
struct PylockReader {
  private let source: SourceText
  private let directory: String

  /// - Throws: `ManifestError` with the place of what cannot be read.
  static func read(_ source: SourceText) throws(ManifestError) -> ImportedLock {
    try PylockReader(source: source, directory: Path.directory(of: source.name)).lock()
  }

  private func lock() throws(ManifestError) -> ImportedLock {
    let top = try source.table()
    let version = try top.requiredString("lock-version")
    guard version.text == "1" || version.text.hasPrefix("1.") else {
      throw version.error(
        "this file has the lock-version \(version.text), and 1 is what can be read",
        hints: ["let the tool that wrote it write lock-version 1.0"])
    }
    var lock = ImportedLock(.pylock, fileName: source.name)
    lock.requiresPython = try top.specifiers("requires-python")
    lock.environments = try top.markers("environments")
    lock.knownExtras = Set(try top.extraNames("extras"))
    lock.knownGroups = Set(try top.extraNames("dependency-groups"))
    lock.defaultGroups = Set(try top.extraNames("default-groups"))
    for table in try top.tables("packages", title: "[[packages]]") {
      let package = try package(table)
      if case .folder(let path) = package.source {
        lock.leftOut.append(package.ownCode(path))
      } else {
        lock.packages.append(package)
        lock.requirements.append(package.asRequirement)
      }
    }
    return lock
  }

  private func package(_ table: TableReader) throws(ManifestError) -> ImportedPackage {
    let version = try table.version("version")
    let wheels = try table.tables("wheels", title: "wheels")
    var package = ImportedPackage(
      name: try table.projectName("name"), version: version,
      source: try place(table, wheels), origin: table.origin)
    package.marker = try table.marker("marker")
    package.requiresPython = try table.specifiers("requires-python")
    for wheel in wheels { try take(wheel, &package) }
    if let sdist = try table.table("sdist", title: "sdist"),
      let hash = try sdist.table("hashes", title: "hashes")?.string("sha256")
    {
      package.sources.insert(
        try hash.parsed { text throws(MalformedText) in try Digest(sha256Hex: text) })
    }
    if let archive = try table.table("archive", title: "archive"), case .wheel = package.source {
      try take(archive, &package)
    }
    return package
  }

  private func take(_ wheel: TableReader, _ package: inout ImportedPackage) throws(ManifestError) {
    guard let hash = try wheel.table("hashes", title: "hashes")?.string("sha256") else {
      package.hasOtherHashes = true
      return
    }
    package.wheels.insert(try hash.parsed { text throws(MalformedText) in try Digest(sha256Hex: text) })
  }

  private func place(_ table: TableReader, _ wheels: [TableReader]) throws(ManifestError) -> ImportedSource {
    if let vcs = try table.table("vcs", title: "vcs") {
      if let url = try vcs.string("url")?.text { return .repository(url) }
      return .repository(try vcs.requiredString("path").text)
    }
    if let folder = try table.table("directory", title: "directory") {
      return .folder(Path.joined(directory, try folder.requiredString("path").text))
    }
    if let archive = try table.table("archive", title: "archive") {
      let place = try location(archive)
      return place.prefix { $0 != "#" && $0 != "?" }.hasSuffix(".whl") ? .wheel(place) : .archive(place)
    }
    if let index = try table.string("index")?.text { return .index(index) }
    // Without an index, a wheel that is the only one is named for its own sake.
    if wheels.count == 1, table.member("sdist") == nil, wheels[0].member("path") != nil {
      return .wheel(try location(wheels[0]))
    }
    return .index(nil)
  }

  private func location(_ table: TableReader) throws(ManifestError) -> String {
    if let url = try table.string("url")?.text { return url }
    return Path.joined(directory, try table.requiredString("path").text)
  }
}
