public import EnvlockVersions

/// A way to install a release of JAX on a system: for the CPU, or with a plugin for a CUDA.
public struct JAXBuildRow: Hashable, Sendable {
  /// The release of jax.
  public let version: Version
  /// The system that it is for.
  public let platform: Platform
  /// The extra that asks for it: "cuda12"; nil for the CPU.
  public let extra: String?
  /// The CUDA that its plugin is for: 12; nil for the CPU.
  public let cudaMajor: Int?
  /// The releases of jaxlib that it requires; nil before jax required any.
  public let jaxlib: SpecifierSet?
  /// The newest of these that has a wheel for the system, as far as the matrix knows.
  public let jaxlibVersion: Version?
  /// The plugin that it requires: "jax-cuda12-plugin"; nil for the CPU, and where jaxlib itself has the CUDA code.
  public let plugin: Requirement?
  /// The newest release of the plugin that has a wheel for the system, as far as the matrix knows.
  public let pluginVersion: Version?
  /// NVIDIA's wheels that it or its plugin requires, with lower bounds; none for the CPU.
  public let requires: [Requirement]
  /// The lowest CUDA that these allow; nil where they state none.
  public let cudaFloor: CUDAVersion?
  /// The lowest cuDNN that these allow; nil where they state none.
  public let cudnnFloor: Version?
  /// The lowest NCCL that these allow; nil where they state none.
  public let ncclFloor: Version?
  /// The Pythons that jax itself admits; nil where it does not say.
  public let requiresPython: SpecifierSet?
  /// The Python tags of the plugin's wheels, for the CPU of jaxlib's: "cp312", "cp314t"; none where it has none.
  public let pythonTags: [String]
  /// The lowest glibc that these wheels run with; nil where there are none.
  public let glibc: Version?
  /// The day of jax's upload: "2026-10-21".
  public let uploaded: String?
  /// Whether its makers withdrew it.
  public let isYanked: Bool
  /// Where this is from.
  public let source: MatrixSource
}

extension Matrix {
  /// JAX, newest release first; of one release that for the CPU first, and each for linux/amd64 before linux/arm64.
  public var jaxBuilds: [JAXBuildRow] { jaxMemo.value { (try? jaxRows()) ?? [] } }

  /// The ways to install a release of JAX on a system, that for the CPU first.
  public func jaxBuilds(version: Version, platform: Platform) -> [JAXBuildRow] {
    jaxBuilds.filter { $0.version == version && $0.platform == platform }
  }

  /// Reads jax.json, where there is one.
  ///
  /// - Throws: `MatrixError` for the first row that is broken.
  func checkJAX() throws(MatrixError) {
    guard fileNames.contains("jax.json") else { return }
    let rows = try jaxRows()
    _ = jaxMemo.value { rows }
  }

  private func jaxRows() throws(MatrixError) -> [JAXBuildRow] {
    let document = try document("jax.json")
    let table = try JAXTable(document)
    var rows: [JAXBuildRow] = []
    for release in table.releases {
      let builds: [JAXTable.Build?] = [nil] + table.builds.filter { $0.version == release.version }
      for build in builds {
        for platform in Platform.allCases { rows.append(row(release, build, platform, table)) }
      }
    }
    return rows
  }

  private func row(
    _ release: JAXTable.Release, _ build: JAXTable.Build?, _ platform: Platform, _ table: JAXTable
  ) -> JAXBuildRow {
    let range = build?.jaxlib ?? release.jaxlib
    let library = table.newest(of: "jaxlib", in: range, for: platform)
    let plugin = build?.plugin.flatMap { table.newest(of: $0.name.text, in: $0.specifiers, for: platform) }
    let requires = (build?.needs ?? plugin?.needs).flatMap { table.needs[$0] } ?? []
    var floors: [WheelStratum: Version] = [:]
    for requirement in requires {
      guard let floor = requirement.floor, let found = stratum(ofWheel: requirement.name, version: floor)
      else { continue }
      floors[found.stratum] = found.version
    }
    let wheel = build?.plugin == nil ? library : plugin
    return JAXBuildRow(
      version: release.version, platform: platform, extra: build?.extra, cudaMajor: build?.cudaMajor,
      jaxlib: range, jaxlibVersion: library?.version, plugin: build?.plugin, pluginVersion: plugin?.version,
      requires: requires, cudaFloor: floors[.cuda].flatMap { try? CUDAVersion($0.description) },
      cudnnFloor: floors[.cudnn], ncclFloor: floors[.nccl], requiresPython: release.requiresPython,
      pythonTags: wheel?.pythonTags ?? [], glibc: wheel?.glibc, uploaded: release.uploaded,
      isYanked: release.isYanked, source: build?.source ?? release.source)
  }
}

extension Requirement {
  /// The lowest version that it names; nil where it names none.
  fileprivate var floor: Version? {
    specifiers.specifiers.first { $0.operator == .atLeast || $0.operator == .equal }?.version
  }
}

/// The rows of jax.json.
private struct JAXTable {
  struct Release {
    let version: Version
    let uploaded: String?
    let requiresPython: SpecifierSet?
    let jaxlib: SpecifierSet?
    let isYanked: Bool
    let source: MatrixSource
  }

  struct Build {
    let version: Version
    let extra: String
    let cudaMajor: Int
    let jaxlib: SpecifierSet
    let plugin: Requirement?
    let needs: String?
    let source: MatrixSource
  }

  /// The wheels of a release of jaxlib or of a plugin.
  struct Wheels {
    let project: String
    let version: Version
    let platforms: [Platform]
    let pythonTags: [String]
    let glibc: Version?
    let needs: String?
  }

  var releases: [Release] = []
  var builds: [Build] = []
  /// By descending version, project by project.
  var wheels: [Wheels] = []
  var needs: [String: [Requirement]] = [:]

  /// Reads the tables.
  ///
  /// - Throws: `MatrixError` for the first row that is broken.
  init(_ document: MatrixDocument) throws(MatrixError) {
    for row in try document.rows("needs") {
      try row.allow(["name", "cuda_major", "requires"])
      let name = try row.required("name", row.text("name"))
      needs[name] = try row.required("requires", row.parsedList("requires") { try Requirement($0) })
      _ = try row.source(named: name)
    }
    wheels = try document.decoded("jaxlib") { (row) throws(MatrixError) in
      try row.allow([
        "version", "arch", "python", "glibc", "requires_python", "requires", "uploaded", "yanked",
      ])
      return try wheels(row, of: "jaxlib")
    }
    wheels += try document.decoded("plugins") { (row) throws(MatrixError) in
      try row.allow([
        "version", "cuda_major", "arch", "python", "glibc", "requires_python", "needs", "uploaded", "yanked",
      ])
      let major = try row.required("cuda_major", row.integer("cuda_major"))
      return try wheels(row, of: "jax-cuda\(major)-plugin")
    }
    releases = try document.decoded("releases") { (row) throws(MatrixError) in
      try row.allow([
        "version", "uploaded", "requires_python", "jaxlib", "numpy", "cuda_extra", "yanked",
      ])
      let version = try row.required("version", row.version("version"))
      return Release(
        version: version, uploaded: try row.text("uploaded"),
        requiresPython: try row.specifiers("requires_python"), jaxlib: try row.specifiers("jaxlib"),
        isYanked: try row.bool("yanked") ?? false, source: try row.source(named: "jax \(version)"))
    }
    builds = try document.decoded("builds") { (row) throws(MatrixError) in try build(row) }
  }

  private func build(_ row: MatrixRow) throws(MatrixError) -> Build {
    try row.allow(["version", "extra", "cuda_major", "jaxlib", "plugin", "needs"])
    let version = try row.required("version", row.version("version"))
    let extra = try row.required("extra", row.text("extra"))
    let major = try row.required("cuda_major", row.integer("cuda_major"))
    return Build(
      version: version, extra: extra, cudaMajor: major,
      jaxlib: try row.required("jaxlib", row.specifiers("jaxlib")),
      plugin: try row.parsed("plugin") { try Requirement("jax-cuda\(major)-plugin\($0)") },
      needs: try known(row), source: try row.source(named: "jax \(version) \(extra)"))
  }

  private func wheels(_ row: MatrixRow, of project: String) throws(MatrixError) -> Wheels {
    let version = try row.required("version", row.version("version"))
    _ = try row.source(named: "\(project) \(version)")
    return Wheels(
      project: project, version: version,
      platforms: try row.required("arch", row.parsedList("arch") { try Platform($0) }),
      pythonTags: try row.texts("python") ?? [], glibc: try row.version("glibc"), needs: try known(row))
  }

  private func known(_ row: MatrixRow) throws(MatrixError) -> String? {
    guard let name = try row.text("needs") else { return nil }
    guard needs[name] != nil else { throw row.error("`\(name)` is not in the table of needs", at: "needs") }
    return name
  }

  func newest(of project: String, in range: SpecifierSet?, for platform: Platform) -> Wheels? {
    guard let range else { return nil }
    return wheels.first {
      $0.project == project && $0.platforms.contains(platform) && range.contains($0.version)
    }
  }
}
