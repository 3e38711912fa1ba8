import EnvlockModel

/// Reads requirements and constraints files with all that they include.
struct RequirementsReader {
  /// What a file's requirements are.
  enum Role: Hashable {
    case requirements
    case constraints
  }

  private let files: FileReader
  private let variable: @Sendable (String) -> String?
  private(set) var requirements: [SourcedRequirement] = []
  private(set) var constraints: [SourcedRequirement] = []
  private(set) var indexOptions = IndexOptions()
  private(set) var allowsPrereleases = false
  /// The files that may be used (`--hash`), by where the requirement stands.
  private(set) var hashes: [String: Set<Digest>] = [:]
  private(set) var notes: [String] = []
  /// The names of the files, in the order in which they were opened.
  private(set) var names: [String] = []
  private var finished: Set<Visit> = []
  /// The files that are being read, each included by the one before it.
  private var open: [String] = []

  private struct Visit: Hashable {
    let path: String
    let role: Role
  }

  init(files: FileReader, variable: @escaping @Sendable (String) -> String?) {
    self.files = files
    self.variable = variable
  }

  /// Reads one file and what it includes.
  ///
  /// - Parameters:
  ///   - path: The file, from the current folder; "-" is standard input.
  ///   - role: What its requirements are.
  ///   - fault: Makes the error for a path that cannot be followed, from a sentence.
  /// - Throws: `RequirementsFileError` for what stands in a file, and what `fault` makes.
  mutating func read(
    _ path: String, as role: Role, fault: (String) -> ManifestError
  ) throws {
    if path.contains("://") {
      throw fault("\(path) is not a file on this machine: fetch it first")
    }
    if open.contains(path) {
      throw fault("\(path) includes itself: " + (open + [path]).joined(separator: " → "))
    }
    // What is included twice says the same twice.
    guard finished.insert(Visit(path: path, role: role)).inserted else { return }
    let name = path == "-" ? "standard input" : path
    let file = try RequirementsFile(
      parsing: try text(path, name: name, fault: fault), name: name, variable: variable)
    open.append(path)
    names.append(name)
    defer { open.removeLast() }

    for line in file.requirements {
      let requirement = SourcedRequirement(line.requirement, origin: "\(name):\(line.line)")
      if !line.hashes.isEmpty { hashes[requirement.origin] = Set(line.hashes) }
      switch role {
      case .requirements: requirements.append(requirement)
      case .constraints: constraints.append(requirement)
      }
    }
    if file.requirements.contains(where: { !$0.hashes.isEmpty }) || file.requiresHashes {
      notes.append("the hashes in \(name) are not compared: the lock records those of the index")
    }
    try take(file, directory: Path.directory(of: path), role: role)
  }

  private mutating func take(_ file: RequirementsFile, directory: String, role: Role) throws {
    if let url = file.indexURL { indexOptions.indexURL = url.value }
    var options = IndexOptions()
    options.extraIndexURLs = file.extraIndexURLs.map(\.value)
    options.findLinks = file.findLinks.map {
      $0.value.contains("://") ? $0.value : Path.joined(directory, $0.value)
    }
    options.noIndex = file.noIndex
    indexOptions.append(options)
    allowsPrereleases = allowsPrereleases || file.allowsPrereleases
    let included = file.includes.map { ($0, role) } + file.constraints.map { ($0, Role.constraints) }
    for (setting, role) in included.sorted(by: { $0.0.line < $1.0.line }) {
      let path = setting.value.contains("://") ? setting.value : Path.joined(directory, setting.value)
      try read(path, as: role) { ManifestError("\(file.name):\(setting.line): \($0)") }
    }
  }

  private func text(_ path: String, name: String, fault: (String) -> ManifestError) throws -> String {
    let bytes: [UInt8]
    do {
      bytes = try files.read(path)
    } catch .notFound {
      throw fault("there is no file \(name)")
    } catch .unreadable(let why) {
      throw ManifestError("\(name) could not be read: \(why)", kind: .couldNotFindOut)
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ManifestError("\(name): this is not UTF-8 text", hints: ["save the file as UTF-8"])
    }
    return text
  }
}

extension LoadedManifest {
  /// Adds what requirements files say.
  mutating func add(_ files: RequirementsReader) {
    manifest.requirements += files.requirements
    manifest.constraints += files.constraints
    if files.allowsPrereleases { manifest.prerelease = .allow }
    indexOptions.append(files.indexOptions)
    notes += files.notes
    fileNames += files.names
  }
}
