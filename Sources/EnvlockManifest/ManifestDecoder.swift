import EnvlockModel
import EnvlockVersions

/// What a manifest's own text says, before the files that it names are read.
struct DecodedManifest {
  var manifest: Manifest
  var requirementsFiles: [LocatedText]
  var constraintsFiles: [LocatedText]
}

/// Reads the tables of a manifest.
struct ManifestDecoder {
  /// The keys of each table; what a person may write, and nothing else.
  enum Keys {
    static let top = ["environment", "target", "index", "base", "image", "run"]
    static let environment = [
      "name", "python", "framework", "requirements", "requirements-files", "constraints-files", "cuda",
      "platforms",
      "glibc", "exclude-newer", "prerelease", "build-sdist", "split",
    ]
    static let target = ["name", "driver", "gpus"]
    static let index = ["name", "url", "packages"]
    static let base = ["debian", "image", "packages", "security"]
    static let image = ["copy", "workdir", "entrypoint", "cmd", "env", "user", "labels", "bytecode"]
    static let run = [
      "name", "image", "gpus", "gpus-per-node", "gpu", "gpu-memory", "isolation", "licence", "nodes", "cpus",
      "memory",
      "shm", "pids", "time", "io", "io-weight", "command", "env", "mounts", "workdir", "user", "network",
      "deterministic", "peer-to-peer",
    ]
    static let io = ["device", "read-bytes", "write-bytes", "read-operations", "write-operations"]
  }

  /// What stands before a table's name: "" in `envlock.toml`, "tool.envlock." in `pyproject.toml`.
  let prefix: String

  func decode(_ top: TableReader) throws(ManifestError) -> DecodedManifest {
    let environmentKeys = Dictionary(
      uniqueKeysWithValues: Keys.environment.map { ($0, title("environment")) })
    try top.expectOnly(Keys.top, elsewhere: environmentKeys)
    var decoded = DecodedManifest(manifest: Manifest(), requirementsFiles: [], constraintsFiles: [])
    if let table = try top.table("environment", title: title("environment")) {
      try environment(table, into: &decoded)
    }
    decoded.manifest.targets = try targets(top)
    decoded.manifest.indexes = try indexes(top)
    decoded.manifest.base = try base(top)
    decoded.manifest.image = try image(top)
    decoded.manifest.run = try run(top)
    return decoded
  }

  /// What a table is called in errors.
  func title(_ table: String) -> String { "[\(prefix)\(table)]" }

  private func environment(
    _ table: TableReader, into decoded: inout DecodedManifest
  ) throws(ManifestError) {
    var elsewhere: [String: String] = [:]
    for key in Keys.target where key != "name" { elsewhere[key] = "[\(title("target"))]" }
    elsewhere["url"] = "[\(title("index"))]"
    try table.expectOnly(Keys.environment, elsewhere: elsewhere)
    decoded.manifest.name = try table.string("name")?.text
    decoded.manifest.python = try table.string("python")?.parsed { text throws(MalformedText) in
      try PythonVersion(text)
    }
    decoded.manifest.framework = try table.string("framework")?.requirement()
    for text in try table.strings("requirements") {
      decoded.manifest.requirements.append(try text.requirement())
    }
    decoded.requirementsFiles = try table.strings("requirements-files")
    decoded.constraintsFiles = try table.strings("constraints-files")
    decoded.manifest.cuda = try table.string("cuda")?.parsed { text throws(MalformedText) in
      try CUDARequest(text)
    }
    try platforms(table, into: &decoded.manifest)
    if let glibc = try table.string("glibc") {
      decoded.manifest.statedGlibc = try glibc.parsed { text throws(MalformedText) in try Manifest.glibc(text)
      }
    }
    decoded.manifest.excludeNewer = try table.timestamp("exclude-newer")?.parsed {
      text throws(MalformedText) in
      try UploadCutoff(text)
    }
    if let mode = try table.string("prerelease") {
      guard let value = PrereleaseMode(rawValue: mode.text) else {
        let known = PrereleaseMode.allCases.map(\.rawValue).joined(separator: ", ")
        throw mode.error("`prerelease` cannot be “\(mode.text)”", hints: ["it can be: \(known)"])
      }
      decoded.manifest.prerelease = value
    }
    for text in try table.strings("build-sdist") {
      decoded.manifest.buildSdist.append(
        try text.parsed { text throws(MalformedText) in try ProjectName(text) })
    }
    decoded.manifest.split = try table.boolean("split") ?? false
  }

  private func platforms(_ table: TableReader, into manifest: inout Manifest) throws(ManifestError) {
    guard let member = table.member("platforms") else { return }
    manifest.platforms = []
    for text in try table.strings("platforms") {
      let platform = try text.parsed { text throws(MalformedText) in try Platform(text) }
      if !manifest.platforms.contains(platform) { manifest.platforms.append(platform) }
    }
    guard manifest.platforms.isEmpty else { return }
    throw ManifestError(
      "`platforms` is empty", at: member.value.range, in: table.source,
      hints: ["name at least one, such as \"linux/amd64\", or leave the key out"])
  }

  private func targets(_ top: TableReader) throws(ManifestError) -> [Target] {
    var targets: [Target] = []
    for table in try top.tables("target", title: "[\(title("target"))]") {
      try table.expectOnly(Keys.target)
      let name = try table.requiredString("name")
      guard !targets.contains(where: { $0.name == name.text }) else {
        throw name.error("there are two targets named “\(name.text)”")
      }
      let driver = try table.string("driver")?.parsed { text throws(MalformedText) in try DriverVersion(text)
      }
      targets.append(Target(name: name.text, driver: driver, gpus: try table.strings("gpus").map(\.text)))
    }
    return targets
  }

  private func indexes(_ top: TableReader) throws(ManifestError) -> [IndexDeclaration] {
    var indexes: [IndexDeclaration] = []
    for table in try top.tables("index", title: "[\(title("index"))]") {
      try table.expectOnly(Keys.index)
      let name = try table.requiredString("name")
      try name.parsed { text throws(MalformedText) in try IndexDeclaration.checkName(text) }
      guard !indexes.contains(where: { $0.name == name.text }) else {
        throw name.error("there are two indexes named “\(name.text)”")
      }
      let url = try table.string("url")
      if let url {
        do { try IndexDeclaration.checkURL(url.text) } catch {
          throw url.errorWithoutExcerpt(error.description)
        }
      }
      var packages: [ProjectName] = []
      for text in try table.strings("packages") {
        packages.append(try text.parsed { text throws(MalformedText) in try ProjectName(text) })
      }
      indexes.append(IndexDeclaration(name: name.text, url: url?.text, packages: packages))
    }
    return indexes
  }
}

extension LocatedText {
  /// The requirement that stands here.
  func requirement() throws(ManifestError) -> SourcedRequirement {
    let directory = Path.directory(of: source.name)
    let requirement = try parsed { text throws(MalformedText) in
      try RequirementText.read(text, directory: directory)
    }
    return SourcedRequirement(requirement, origin: origin)
  }
}

extension TableReader {
  /// A string, or a date or time of TOML's own as it is written.
  func timestamp(_ key: String) throws(ManifestError) -> LocatedText? {
    guard let value = member(key)?.value, case .time(let text) = value.content else { return try string(key) }
    return LocatedText(text: text, range: value.range, source: source)
  }
}
