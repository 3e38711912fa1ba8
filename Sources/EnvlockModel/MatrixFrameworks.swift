public import EnvlockVersions

extension Matrix {
  private func frameworkRows(_ project: ProjectName) -> FrameworkTable? {
    switch project.text {
    case "torch":
      torchTable.value { (try? FrameworkTable(document("torch.json"))) ?? FrameworkTable() }
    case "tensorflow", "tensorflow-gpu", "tensorflow-cpu", "tensorflow-cpu-aws":
      tensorflowTable.value { (try? FrameworkTable(document("tensorflow.json"))) ?? FrameworkTable() }
    default: nil
    }
  }

  /// Whether the matrix has builds of this project.
  public func isFramework(_ project: ProjectName) -> Bool { frameworkRows(project) != nil }

  /// The releases of a framework that the matrix knows, newest first, pre-releases included.
  public func releases(of project: ProjectName) -> [Version] {
    frameworkRows(project)?.releases(of: project) ?? []
  }

  /// The builds of a release for a platform: that of the default index first, then the named ones from the newest
  /// CUDA down to the CPU.
  ///
  /// - Parameters:
  ///   - project: the framework.
  ///   - version: its release; a local part does not count.
  ///   - platform: the system to run on.
  /// - Returns: none where the matrix does not know the release.
  public func frameworkBuilds(
    project: ProjectName, version: Version, platform: Platform
  ) -> [FrameworkBuild] {
    frameworkRows(project)?.builds(project, version.publicVersion).filter { $0.platform == platform } ?? []
  }

  /// The compute capabilities that a build runs on, compiled code and PTX together; nil where it has no GPU code
  /// or its kernels are unknown.
  ///
  /// Code compiled for X.Y runs on X.Y and on higher minors of X; PTX for p runs on p and everything newer, after
  /// the driver compiled it. Unknown PTX counts as none (CUDA C++ Programming Guide, "Compute Capabilities").
  public func capabilitySet(of build: FrameworkBuild) -> VersionSet? {
    guard !build.kernels.isEmpty || build.ptx?.isEmpty == false else { return nil }
    var set = cubinSet(of: build)
    for capability in build.ptx ?? [] { set = set.union(.atLeast(capability.version)) }
    return set
  }

  /// The compute capabilities that a build's compiled code runs on without PTX; none where it has no GPU code or
  /// its kernels are unknown.
  public func cubinSet(of build: FrameworkBuild) -> VersionSet {
    var set = VersionSet.none
    for capability in build.kernels {
      let end = Version(release: [capability.major + 1, 0])
      set = set.union(.between(capability.version, end))
    }
    return set
  }
}

/// The rows of torch.json or tensorflow.json. Only the names and versions are read at first, a build when it is
/// asked for.
struct FrameworkTable: Sendable {
  private static let table = "builds"

  private let document: MatrixDocument?
  private let rows: [(project: ProjectName, version: Version)]

  init() { (document, rows) = (nil, []) }

  /// Reads the names and versions.
  ///
  /// - Throws: `MatrixError` for the first row whose name or version is broken.
  init(_ document: MatrixDocument) throws(MatrixError) {
    self.document = document
    var rows: [(project: ProjectName, version: Version)] = []
    let torch = ProjectName(unchecked: "torch")
    for (index, row) in try document.members("version", "package", of: Self.table).enumerated() {
      let place = "\(Self.table)[\(index)]"
      guard let text = row.first else {
        throw MatrixError(file: document.file, place: "\(place).version", reason: "the field is missing")
      }
      do throws(MalformedText) {
        var project = torch
        if let package = row.second { project = try ProjectName(package) }
        rows.append((project, try Version(text)))
      } catch {
        throw MatrixError(file: document.file, place: place, reason: "\(error)")
      }
    }
    self.rows = rows
  }

  func releases(of project: ProjectName) -> [Version] {
    var releases: [Version] = []
    for version in rows.filter({ $0.project == project }).map(\.version).sorted(by: >)
    where releases.last != version {
      releases.append(version)
    }
    return releases
  }

  func builds(_ project: ProjectName, _ version: Version) -> [FrameworkBuild] {
    rows.indices.compactMap { index in
      guard rows[index].version == version, rows[index].project == project else { return nil }
      return try? build(at: index)
    }
  }

  /// Reads every build.
  ///
  /// - Throws: `MatrixError` for the first row that is broken.
  func check() throws(MatrixError) {
    for index in rows.indices { _ = try build(at: index) }
  }

  private func build(at index: Int) throws(MatrixError) -> FrameworkBuild? {
    guard let document else { return nil }
    return try FrameworkBuild(document.row(Self.table, at: index), project: rows[index].project)
  }
}
