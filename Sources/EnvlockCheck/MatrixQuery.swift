public import EnvlockModel
public import EnvlockVersions

/// A question to the matrix: which framework releases run on a node?
public struct MatrixQuery: Hashable, Sendable {
  /// What is known of the node: its driver, its GPUs, or both.
  public var facts: NodeFacts
  /// The system of the node.
  public var platform: Platform
  /// The frameworks to look at, in the order of the answer.
  public var frameworks: [ProjectName]
  /// The Python that there must be a wheel for; nil: any.
  public var python: PythonVersion?
  /// The CUDA release, by major and minor, that a build must be for; nil: any.
  public var cuda: CUDAVersion?
  /// Whether pre-releases, and builds that do not run, are in the answer.
  public var includesAll: Bool

  /// A question.
  ///
  /// - Parameters:
  ///   - facts: what is known of the node.
  ///   - platform: its system.
  ///   - frameworks: the frameworks to look at; nil: all that the matrix has builds with CUDA of.
  ///   - python: the Python that there must be a wheel for.
  ///   - cuda: the CUDA release that a build must be for.
  ///   - includesAll: whether pre-releases, and builds that do not run, are in the answer.
  public init(
    facts: NodeFacts, platform: Platform = .linuxAMD64, frameworks: [ProjectName]? = nil,
    python: PythonVersion? = nil, cuda: CUDAVersion? = nil, includesAll: Bool = false
  ) {
    self.facts = facts
    self.platform = platform
    self.frameworks = frameworks ?? Self.frameworks
    self.python = python
    self.cuda = cuda
    self.includesAll = includesAll
  }

  /// The frameworks that the matrix can have builds with CUDA of.
  public static let frameworks: [ProjectName] = [
    "torch", "tensorflow", "tensorflow-gpu", "jax",
  ].compactMap { try? ProjectName($0) }
}

/// What runs on a node.
public struct QueryAnswer: Hashable, Sendable {
  /// The node as it was looked at: a GPU whose name stands for models with different compute capabilities is there
  /// once for each capability, and all of them have to run a build.
  public let facts: NodeFacts
  /// The names that stand for models with different compute capabilities.
  public let ambiguities: [GPUAmbiguity]
  /// The answer for each framework that was asked for, in that order; without those that have no build with CUDA
  /// for the platform.
  public let frameworks: [FrameworkAnswer]
}

/// A GPU name that stands for models with different compute capabilities.
public struct GPUAmbiguity: Hashable, Sendable {
  /// The models of one compute capability.
  public struct Models: Hashable, Sendable {
    /// The capability.
    public let capability: ComputeCapability
    /// Their names, in the order of the matrix.
    public let names: [String]
  }

  /// The name, as it was given.
  public let name: String
  /// What it stands for, by ascending capability; at least two.
  public let models: [Models]
}

/// Which releases of a framework run on a node.
public struct FrameworkAnswer: Hashable, Sendable {
  /// The framework.
  public let project: ProjectName
  /// The releases with at least one build in the answer, newest first.
  public let releases: [ReleaseAnswer]
  /// How many releases have builds with CUDA that meet the question's other conditions.
  public let known: Int

  /// How many of them run.
  public var running: Int { releases.count { release in release.builds.contains(where: \.runs) } }
}

/// Which builds of a release run on a node.
public struct ReleaseAnswer: Hashable, Sendable {
  /// The release.
  public let version: Version
  /// Its builds with CUDA: that of the default index first, then from the newest CUDA down; at least one.
  public let builds: [BuildAnswer]
}

/// Whether and how a build runs on a node.
public struct BuildAnswer: Hashable, Sendable {
  /// The build.
  public let build: MatrixBuild
  /// What the rules say of it; its findings have mends only where one build was asked about.
  public let report: NodeReport
  /// The drivers that run its CUDA.
  public let need: DriverNeed?
  /// The forward-compatibility package that the image has to carry; nil where it runs without.
  public let package: String?
  /// How each GPU of the node runs it, in the answer's order of GPUs.
  public let code: [CodePath]

  /// Whether nothing that is known of the node speaks against it.
  public var runs: Bool { report.verdict != .doesNotFit }
}

/// From which of a framework's code a GPU runs.
public enum CodePath: Hashable, Sendable {
  /// From code compiled for this capability.
  case compiled(ComputeCapability)
  /// From PTX for this capability, which the driver compiles at the first start.
  case ptx(ComputeCapability)
  /// From code that the framework compiles on the node, for the GPU that it finds.
  case compiledThere
  /// From none.
  case none
  /// The GPU's capability, or what the framework has, is unknown.
  case unknown

  /// The code that a GPU runs from.
  ///
  /// Code compiled for X.Y runs on X.Y and on higher minors of X; PTX for p runs on p and everything newer. PTX is made
  /// for one of the architectures that there is code for, so that unknown PTX is of no use to a GPU older than all of
  /// them (CUDA C++ Programming Guide, "Compute Capabilities").
  ///
  /// - Parameters:
  ///   - capability: of the GPU.
  ///   - kernels: the capabilities that there is compiled code for.
  ///   - ptx: the capabilities that there is PTX for; nil where that is unknown.
  public init(on capability: ComputeCapability, kernels: [ComputeCapability], ptx: [ComputeCapability]?) {
    let fitting = kernels.filter { $0.major == capability.major && $0.minor <= capability.minor }
    if kernels.isEmpty, ptx?.isEmpty != false {
      self = .unknown
    } else if let best = fitting.max() {
      self = .compiled(best)
    } else if let ptx {
      self = ptx.filter { $0 <= capability }.max().map { .ptx($0) } ?? .none
    } else {
      self = kernels.contains { $0 < capability } ? .unknown : .none
    }
  }
}

extension Checker {
  /// The framework releases of the matrix that run on a node. Builds without CUDA, which run on any, are left out.
  ///
  /// A build that runs only with the forward-compatibility package of its CUDA is in the answer, and the package
  /// named. Where only the driver is known, or only the GPU, a build is in the answer unless that speaks against it.
  ///
  /// - Parameter query: what is asked.
  /// - Returns: the releases, newest first; a pure function of the question and the matrix.
  public func answer(_ query: MatrixQuery) -> QueryAnswer {
    let (facts, ambiguities) = unfolded(query.facts)
    let frameworks = query.frameworks.compactMap { project in answer(project, query, on: facts) }
    return QueryAnswer(facts: facts, ambiguities: ambiguities, frameworks: frameworks)
  }

  /// Whether and how one build runs on a node.
  ///
  /// - Parameters:
  ///   - build: the build.
  ///   - facts: what is known of the node.
  /// - Returns: the answer, its findings with their mends.
  public func answer(_ build: MatrixBuild, on facts: NodeFacts) -> BuildAnswer {
    let stack = build.stack(matrix)
    return answer(build, on: facts) { checker in checker.report(stack, on: facts) }
  }

  private func answer(
    _ build: MatrixBuild, on facts: NodeFacts, by report: (Checker) -> NodeReport
  ) -> BuildAnswer {
    var best = report(self)
    var package: String?
    if best.verdict == .doesNotFit, !options.hasForwardCompatibility, let cuda = build.cuda,
      let row = matrix.forwardCompatibility(for: cuda)
    {
      var carrying = options
      carrying.hasForwardCompatibility = true
      let other = report(Checker(matrix: matrix, options: carrying))
      if other.verdict != .doesNotFit { (best, package) = (other, row.package) }
    }
    return BuildAnswer(
      build: build, report: best, need: build.cuda.map { matrix.driverNeeded(for: $0) }, package: package,
      code: facts.gpus.map { gpu in
        guard let capability = capability(of: gpu) else { return .unknown }
        if build.compilesOnNode { return .compiledThere }
        return CodePath(on: capability, kernels: build.kernels, ptx: build.ptx)
      })
  }

  private func answer(_ project: ProjectName, _ query: MatrixQuery, on facts: NodeFacts) -> FrameworkAnswer? {
    let node = NodeView(facts, matrix: matrix)
    var known = 0
    var hasBuilds = false
    var releases: [ReleaseAnswer] = []
    for version in matrix.buildVersions(of: project) where query.includesAll || !version.isPrerelease {
      let builds = matrix.builds(of: project, version: version, platform: query.platform)
        .filter { $0.cuda != nil }
      if !builds.isEmpty { hasBuilds = true }
      let wanted = builds.filter { query.wants($0, among: builds) }
      if wanted.isEmpty { continue }
      known += 1
      let answers = wanted.map { build in
        let subject = Subject(build.stack(matrix), matrix: matrix)
        return answer(build, on: facts) { $0.glance(at: subject, on: node) }
      }.filter { query.includesAll || $0.runs }
      if !answers.isEmpty { releases.append(ReleaseAnswer(version: version, builds: answers)) }
    }
    return hasBuilds ? FrameworkAnswer(project: project, releases: releases, known: known) : nil
  }

  // MARK: GPUs

  /// The compute capability of a GPU: as it was measured, or what all models of its name have; nil where that is
  /// unknown, or they differ.
  package func capability(of gpu: GPUFacts) -> ComputeCapability? {
    if let known = gpu.capability { return known }
    let capabilities = Set(gpu.product.map { matrix.gpus(matching: $0) }?.map(\.capability) ?? [])
    return capabilities.count == 1 ? capabilities.first : nil
  }

  /// The facts with every GPU of an ambiguous name replaced by one for each capability that it may have.
  private func unfolded(_ facts: NodeFacts) -> (facts: NodeFacts, ambiguities: [GPUAmbiguity]) {
    var unfolded = facts
    unfolded.gpus = []
    var ambiguities: [GPUAmbiguity] = []
    for gpu in facts.gpus {
      guard gpu.capability == nil, let name = gpu.product, let ambiguity = ambiguity(of: name) else {
        unfolded.gpus.append(gpu)
        continue
      }
      for models in ambiguity.models {
        var one = gpu
        one.product = models.names.first
        one.capability = models.capability
        unfolded.gpus.append(one)
      }
      if !ambiguities.contains(ambiguity) { ambiguities.append(ambiguity) }
    }
    return (unfolded, ambiguities)
  }

  /// What a GPU name stands for, where that has different compute capabilities.
  package func ambiguity(of name: String) -> GPUAmbiguity? {
    let models = matrix.gpus(matching: name)
    let capabilities = Set(models.map(\.capability)).sorted()
    guard capabilities.count > 1 else { return nil }
    return GPUAmbiguity(
      name: name,
      models: capabilities.map { capability in
        GPUAmbiguity.Models(
          capability: capability, names: models.filter { $0.capability == capability }.map(\.name))
      })
  }
}

extension MatrixQuery {
  /// Whether a build meets the conditions. Where its Pythons are unknown, those of the release's other builds count.
  fileprivate func wants(_ build: MatrixBuild, among builds: [MatrixBuild]) -> Bool {
    if let cuda, build.cuda.map({ ($0.major, $0.minor) == (cuda.major, cuda.minor) }) != true { return false }
    guard let python else { return true }
    guard build.pythonTags.isEmpty else { return build.hasWheel(for: python) }
    let telling = builds.filter { !$0.pythonTags.isEmpty }
    return telling.isEmpty || telling.contains { $0.hasWheel(for: python) }
  }
}
