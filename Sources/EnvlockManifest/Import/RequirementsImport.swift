import EnvlockModel
import EnvlockVersions

/// Reads requirements in pip's format as an answer: what is pinned, with its hashes, and what is not.
struct RequirementsImport {
  private let files: FileReader
  private let variable: @Sendable (String) -> String?

  init(files: FileReader, variable: @escaping @Sendable (String) -> String?) {
    self.files = files
    self.variable = variable
  }

  /// Reads a text and what it includes into `lock`.
  ///
  /// - Throws: `RequirementsFileError` and `ManifestError` with the place of what cannot be read.
  func read(_ text: String, path: String, into lock: inout ImportedLock) throws {
    let stripped = StrippedRequirements(text, fileName: path)
    lock.refusals += stripped.refusals
    lock.leftOut += stripped.leftOut
    let rest = stripped.text
    let files = files
    let reading = FileReader { wanted throws(FileFault) in
      wanted == path ? Array(rest.utf8) : try files.read(wanted)
    }
    var reader = RequirementsReader(files: reading, variable: variable)
    try reader.read(path, as: .requirements) { ManifestError($0) }
    if reader.allowsPrereleases { lock.prerelease = .allow }
    for line in reader.requirements { take(line, reader.hashes[line.origin] ?? [], &lock) }
    for bound in reader.constraints { take(bound: bound, reader.hashes[bound.origin] ?? [], &lock) }
    let options = reader.indexOptions
    for url in [options.indexURL].compactMap({ $0 }) + options.extraIndexURLs + options.findLinks {
      lock.leftOut.append(
        "the place of wheels \(URLCredentials.redacted(url)): the configured index is asked; "
          + "declare others with `--index NAME=URL` or `--find-links`")
    }
  }

  private func take(_ line: SourcedRequirement, _ hashes: Set<Digest>, _ lock: inout ImportedLock) {
    let requirement = line.requirement
    lock.requirements.append(line)
    guard let package = Self.package(line, hashes) else {
      if requirement.url == nil { lock.isComplete = false }
      return
    }
    lock.packages.append(package)
  }

  private func take(bound: SourcedRequirement, _ hashes: Set<Digest>, _ lock: inout ImportedLock) {
    guard var package = Self.package(bound, hashes) else {
      lock.leftOut.append(
        "the constraint \(bound.requirement): name its file in `constraints-files` of the manifest "
          + "(\(bound.origin))")
      return
    }
    // The requirement of the same name says it already.
    guard !lock.packages.contains(where: { $0.name == package.name }) else { return }
    package.isBound = true
    lock.packages.append(package)
  }

  /// What a line pins; nil where it leaves a choice.
  private static func package(_ line: SourcedRequirement, _ hashes: Set<Digest>) -> ImportedPackage? {
    guard let version = line.requirement.pinnedVersion else { return nil }
    var package = ImportedPackage(
      name: line.requirement.name, version: version, source: .index(nil), origin: line.origin)
    package.marker = line.requirement.marker
    package.wheels = hashes
    return package
  }
}

extension Requirement {
  /// The one version that `==` or `===` demands; nil where there is a choice.
  var pinnedVersion: Version? {
    guard url == nil, specifiers.specifiers.count == 1, let only = specifiers.specifiers.first,
      only.operator == .equal || only.operator == .arbitrary
    else { return nil }
    return try? Version(only.versionText)
  }
}

/// A text of requirements without the lines that ask for a source tree.
///
/// `uv export` writes `-e .` for the project itself: its code is no wheel, and the rest of the file is of use without it.
/// Lines keep their numbers.
struct StrippedRequirements {
  private(set) var text = ""
  private(set) var refusals: [ImportRefusal] = []
  private(set) var leftOut: [String] = []

  init(_ text: String, fileName: String) {
    var lines: [String] = []
    var number = 0
    for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
      number += 1
      let isTree = take(line.drop(while: \.isWhitespace), "\(fileName):\(number)")
      lines.append(isTree ? "" : String(line))
    }
    self.text = lines.joined(separator: "\n")
  }

  /// Whether a line asks for a source tree.
  private mutating func take(_ line: Substring, _ origin: String) -> Bool {
    let words = line.split(whereSeparator: \.isWhitespace)
    guard let first = words.first else { return false }
    if first == "-e" || first == "--editable" || first.hasPrefix("--editable=") {
      let place = words.count > 1 ? words[1] : first.drop { $0 != "=" }.dropFirst()
      tree(String(place), origin)
      return true
    }
    if first.hasPrefix("./") || first.hasPrefix("../") || first == "." || first.hasPrefix("file:"),
      !first.prefix(while: { $0 != "#" }).hasSuffix(".whl"), !first.isArchive
    {
      tree(String(first), origin)
      return true
    }
    let places = words.filter { $0.hasPrefix("git+") || $0.hasPrefix("hg+") || $0.hasPrefix("svn+") }
    guard let place = places.first, line.first != "#" else { return false }
    repository(line, String(place), origin)
    return true
  }

  private mutating func tree(_ place: String, _ origin: String) {
    if let scheme = place.firstIndex(of: "+"), place[scheme...].contains("://") {
      repository(Substring(place), place, origin)
      return
    }
    leftOut.append(
      "the tree \(URLCredentials.redacted(place)), which is code and no wheel: name it in `copy` of the "
        + "manifest's [image] (\(origin))")
  }

  private mutating func repository(_ line: Substring, _ place: String, _ origin: String) {
    let front = line.prefix { $0 != "@" && !$0.isWhitespace && $0 != "[" }
    let egg = place.firstRange(of: "egg=").map { place[$0.upperBound...].prefix { $0 != "&" && $0 != "[" } }
    let name = (try? ProjectName(front)) ?? egg.flatMap { try? ProjectName($0) }
    let shown = URLCredentials.redacted(place)
    refusals.append(
      ImportRefusal(
        name: name,
        text: "\(name?.text ?? "a package") comes from the repository \(shown) (\(origin))",
        hint: "build a wheel of it and name that instead"
          + (name.map { "; or go on without it: `--without \($0)`" } ?? "; or take the line out")))
  }
}

extension Substring {
  fileprivate var isArchive: Bool {
    [".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz"].contains { hasSuffix($0) }
  }
}
