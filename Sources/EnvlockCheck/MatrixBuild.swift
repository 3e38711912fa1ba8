public import EnvlockModel
public import EnvlockVersions

/// A build of a framework's release, whatever file of the matrix it stands in.
public struct MatrixBuild: Hashable, Sendable {
  /// The framework.
  public let project: ProjectName
  /// The release.
  public let version: Version
  /// The system that it runs on.
  public let platform: Platform
  /// The index that serves it, by name: "pytorch-cu126"; nil for the default index.
  public let indexName: String?
  /// The extra that asks for it: "cuda12" of JAX; nil where it is the project itself, or its extra `and-cuda`.
  public let extra: String?
  /// The CUDA release that it runs with; nil for the CPU, and where that is unknown.
  public let cuda: CUDAVersion?
  /// Whether ``cuda`` is only the lowest of the releases that it may run with.
  public let isLowestCUDA: Bool
  /// The cuDNN that it runs with, or the lowest.
  public let cudnn: Version?
  /// The NCCL that it runs with, or the lowest.
  public let nccl: Version?
  /// The compute capabilities that it has compiled code for, ascending.
  public let kernels: [ComputeCapability]
  /// The compute capabilities that it has PTX for, ascending; nil where that is unknown.
  public let ptx: [ComputeCapability]?
  /// Whether it carries no code for GPUs, but compiles it on the node.
  public let compilesOnNode: Bool
  /// The Python tags that it has wheels for, "cp311" or "cp313t"; empty where they are unknown.
  public let pythonTags: [String]
  /// The lowest glibc that it runs with; nil where that is unknown.
  public let glibc: Version?
  /// Where this is from.
  public let source: MatrixSource
  /// The row, where it is one of torch.json or tensorflow.json.
  package let row: FrameworkBuild?
  /// The row, where it is one of jax.json.
  package let jax: JAXBuildRow?

  /// A row of torch.json or tensorflow.json.
  public init(_ row: FrameworkBuild) {
    (project, version, platform) = (row.project, row.version, row.platform)
    (indexName, extra) = (row.indexName, nil)
    (cuda, isLowestCUDA, cudnn, nccl) = (row.cuda, false, row.cudnn, row.nccl)
    (kernels, ptx, compilesOnNode) = (row.kernels, row.ptx, false)
    (pythonTags, glibc, source) = (row.pythonTags, row.glibc, row.source)
    self.row = row
    jax = nil
  }

  /// A row of jax.json; never nil in practice.
  public init?(_ row: JAXBuildRow) {
    guard let jax = try? ProjectName("jax") else { return nil }
    project = jax
    (version, platform) = (row.version, row.platform)
    (indexName, extra) = (nil, row.extra)
    // An early release names no floor: then any CUDA of the major version will do.
    cuda = row.cudaFloor ?? row.cudaMajor.flatMap { try? CUDAVersion("\($0).0") }
    (isLowestCUDA, cudnn, nccl) = (cuda != nil, row.cudnnFloor, row.ncclFloor)
    (kernels, ptx, compilesOnNode) = ([], nil, row.cudaMajor != nil)
    (pythonTags, glibc, source) = (row.pythonTags, row.glibc, row.source)
    self.row = nil
    self.jax = row
  }

  /// Whether it has a wheel for a Python, as far as the matrix knows.
  public func hasWheel(for python: PythonVersion) -> Bool {
    pythonTags.isEmpty
      || pythonTags.contains("cp\(python.major)\(python.minor)\(python.freeThreaded ? "t" : "")")
  }

  /// What it is: "torch 2.9.1", "jax 0.7.2 with cuda12".
  public var title: String { "\(project) \(version)" + (extra.map { " with \($0)" } ?? "") }

  /// What has to run on a node.
  func stack(_ matrix: Matrix) -> Stack {
    if let row { return Stack(row, matrix: matrix) }
    // Nothing is said of its kernels, which are made on the node: the CUDA libraries decide alone.
    let need = cuda.map { matrix.driverNeeded(for: $0) }
    let strata = Strata(
      frameworks: [], cuda: cuda, cudnn: cudnn, nccl: nccl, glibc: glibc ?? Version(release: [2, 17]),
      driver: need.map { DriverFloor(full: $0.full, minorCompatibility: $0.minorCompatibility) })
    return Stack(strata, title: title, platform: platform)
  }
}

extension Matrix {
  /// The releases of a framework that the matrix knows, newest first, pre-releases included.
  public func buildVersions(of project: ProjectName) -> [Version] {
    guard project.text == "jax" else { return releases(of: project) }
    var versions: [Version] = []
    for row in jaxBuilds where versions.last != row.version { versions.append(row.version) }
    return versions
  }

  /// The builds of a release for a platform: that of the default index first, then from the newest CUDA down.
  ///
  /// - Parameters:
  ///   - project: the framework.
  ///   - version: its release; a local part does not count.
  ///   - platform: the system to run on.
  /// - Returns: none where the matrix does not know the release, or none of its wheels runs there.
  public func builds(of project: ProjectName, version: Version, platform: Platform) -> [MatrixBuild] {
    guard project.text == "jax" else {
      return frameworkBuilds(project: project, version: version, platform: platform).map { MatrixBuild($0) }
    }
    let rows = jaxBuilds(version: version.publicVersion, platform: platform).filter { row in
      row.jaxlibVersion != nil && (row.plugin == nil || row.pluginVersion != nil)
    }
    return rows.compactMap { MatrixBuild($0) }.sorted { one, other in
      guard let left = one.cuda else { return false }
      return other.cuda.map { left > $0 } ?? true
    }
  }
}
