public import EnvlockModel
import EnvlockVersions

/// A manifest with all files that it names read.
public struct LoadedManifest: Hashable, Sendable {
  /// What is asked for.
  public var manifest: Manifest
  /// What requirements files say about indexes.
  public var indexOptions: IndexOptions
  /// What a person should know about how the files were read, a sentence each.
  public var notes: [String]
  /// The files that were read.
  public var fileNames: [String] = []

  /// A manifest that names no further files.
  public init(manifest: Manifest, indexOptions: IndexOptions = IndexOptions(), notes: [String] = []) {
    self.manifest = manifest
    self.indexOptions = indexOptions
    self.notes = notes
  }
}

/// Reads `envlock.toml` and `pyproject.toml` with the requirements files that they name.
public struct ManifestReader: Sendable {
  /// The manifest's own file.
  public static let fileName = "envlock.toml"
  static let projectFileName = "pyproject.toml"

  let files: FileReader
  let variable: @Sendable (String) -> String?

  /// A reader.
  ///
  /// - Parameters:
  ///   - files: How it gets at files.
  ///   - variable: The value of an environment variable that a requirements file refers to as `${NAME}`.
  public init(files: FileReader = .disk, variable: @escaping @Sendable (String) -> String? = { _ in nil }) {
    self.files = files
    self.variable = variable
  }

  /// Reads `envlock.toml` of a folder, or its `pyproject.toml` where that has a `[tool.envlock]` table.
  ///
  /// - Parameter directory: The folder; empty for the current one.
  /// - Returns: The manifest.
  /// - Throws: A `UserFacingError` when there is neither, or what is there cannot be used.
  public func discover(in directory: String) throws -> LoadedManifest {
    if let source = try source(Path.joined(directory, Self.fileName)) { return try read(source) }
    let place = directory.isEmpty || directory == "." ? "here" : "in \(directory)"
    let hints = [
      "name what you need, as in `envlock resolve torch --python 3.11`",
      "or let `envlock init` write an \(Self.fileName) to start from",
    ]
    guard let source = try source(Path.joined(directory, Self.projectFileName)) else {
      throw ManifestError(
        "there is no \(Self.fileName) \(place), and no \(Self.projectFileName)", hints: hints)
    }
    guard try toolTable(try root(source)) != nil else {
      throw ManifestError(
        "there is no \(Self.fileName) \(place), and \(source.name) has no [tool.envlock] table", hints: hints)
    }
    return try read(source)
  }

  /// Reads a manifest.
  ///
  /// - Parameter path: The file; one called `pyproject.toml` is read as such, every other as an `envlock.toml`.
  /// - Returns: The manifest.
  /// - Throws: A `UserFacingError` when it is missing or cannot be used.
  public func read(_ path: String) throws -> LoadedManifest {
    guard let source = try source(path) else {
      throw ManifestError("there is no manifest \(path)", hints: ["`envlock init` writes one to start from"])
    }
    return try read(source)
  }

  private func read(_ source: SourceText) throws -> LoadedManifest {
    let root = try root(source)
    let isProject = source.name == Self.projectFileName || source.name.hasSuffix("/" + Self.projectFileName)
    let decoded = isProject ? try project(root) : try ManifestDecoder(prefix: "").decode(root)
    var loaded = LoadedManifest(manifest: decoded.manifest)
    loaded.fileNames = [source.name]
    let directory = Path.directory(of: source.name)
    var reader = RequirementsReader(files: files, variable: variable)
    for (texts, role) in [
      (decoded.requirementsFiles, RequirementsReader.Role.requirements),
      (decoded.constraintsFiles, .constraints),
    ] {
      for text in texts {
        try reader.read(Path.joined(directory, text.text), as: role) { text.error($0) }
      }
    }
    loaded.add(reader)
    return loaded
  }

  /// Reads requirements and constraints files into a manifest.
  ///
  /// - Parameters:
  ///   - requirements: Paths of requirements files; "-" is standard input.
  ///   - constraints: Paths of constraints files.
  ///   - loaded: What they are added to.
  /// - Throws: A `UserFacingError` for a file that is missing or cannot be used.
  public func add(requirements: [String], constraints: [String], to loaded: inout LoadedManifest) throws {
    var reader = RequirementsReader(files: files, variable: variable)
    for (paths, role) in [(requirements, RequirementsReader.Role.requirements), (constraints, .constraints)] {
      for path in paths { try reader.read(path, as: role) { ManifestError($0) } }
    }
    loaded.add(reader)
  }

  /// `[tool.envlock]`, with what `[project]` says of the same things.
  private func project(_ root: TableReader) throws(ManifestError) -> DecodedManifest {
    let empty = TableReader(source: root.source, title: "[tool.envlock]", range: 0..<0, members: [])
    var decoded = try ManifestDecoder(prefix: "tool.envlock.").decode(try toolTable(root) ?? empty)
    guard let project = try root.table("project", title: "[project]") else { return decoded }
    if decoded.manifest.name == nil { decoded.manifest.name = try project.string("name")?.text }
    decoded.manifest.requiresPython = try project.string("requires-python")?.parsed {
      text throws(MalformedText) in
      try SpecifierSet(text)
    }
    var requirements: [SourcedRequirement] = []
    for text in try project.strings("dependencies") { requirements.append(try text.requirement()) }
    if let dynamic = try project.strings("dynamic").first(where: { $0.text == "dependencies" }) {
      throw dynamic.error(
        "the dependencies of [project] are made by its build backend, which envlock does not run",
        hints: ["list them in [project] dependencies, or write an \(Self.fileName) beside it"])
    }
    decoded.manifest.requirements.insert(contentsOf: requirements, at: 0)
    return decoded
  }

  private func toolTable(_ root: TableReader) throws(ManifestError) -> TableReader? {
    try root.table("tool", title: "[tool]")?.table("envlock", title: "[tool.envlock]")
  }

  private func root(_ source: SourceText) throws(ManifestError) -> TableReader {
    let document = try TOMLParser.parse(source)
    guard case .table(let members) = document.content else {
      return TableReader(source: source, title: source.name, range: document.range, members: [])
    }
    return TableReader(source: source, title: "the top level", range: document.range, members: members)
  }

  /// The text of a file; nil where there is none.
  private func source(_ path: String) throws(ManifestError) -> SourceText? {
    do {
      return SourceText(name: path, bytes: try files.read(path).withoutByteOrderMark)
    } catch {
      switch error {
      case .notFound: return nil
      case .unreadable(let why):
        throw ManifestError("\(path) could not be read: \(why)", kind: .couldNotFindOut)
      }
    }
  }
}

extension [UInt8] {
  /// The bytes without the mark that some editors put in front of UTF-8 text.
  var withoutByteOrderMark: [UInt8] {
    starts(with: [0xEF, 0xBB, 0xBF]) ? Array(dropFirst(3)) : self
  }
}
