import EnvlockModel
import EnvlockVersions

/// What the matrix adds to the solve: from a wheel to its CUDA, from CUDA to the driver, from a
/// framework's kernels to the GPU.
final class Hardware {
  private let question: Question
  private let matrix: Matrix
  /// The CUDA releases of the matrix (major and minor), newest first, then "no CUDA".
  let toolkits: [Version]
  /// What `build(of:_:)` found, by the wheel's file name.
  private var builds: [String: FrameworkBuild?] = [:]

  init(question: Question, matrix: Matrix) {
    self.question = question
    self.matrix = matrix
    toolkits = matrix.toolkitReleases.map { Self.release($0) } + [.noCUDA]
  }

  /// CUDA is solved by major and minor: a patch changes neither the driver's floor nor compatibility.
  static func release(_ cuda: CUDAVersion) -> Version { Version(release: [cuda.major, cuda.minor]) }

  private var withoutCUDA: Bool { question.cuda == .cpu }

  // MARK: What the user and the targets fix

  /// `--cuda` as a requirement of the user's.
  var rootDependencies: [StackDependency] {
    switch question.cuda {
    case nil: []
    case .cpu?: [StackDependency(.cuda, VersionSet(.noCUDA))]
    case .version(let cuda)?: [StackDependency(.cuda, VersionSet(Self.release(cuda)))]
    }
  }

  /// The driver of a target, or the compute capability of one of its GPUs.
  func fixedVersion(of package: StackPackage) -> Version? {
    switch package {
    case .driver(let target): question.targets[target].driver?.version
    case .gpu(let target, let gpu): question.targets[target].gpus[gpu].capability.version
    default: nil
    }
  }

  /// The version of CUDA, cuDNN or NCCL inside `allowed`: what the wheels bring, which may be newer than the
  /// matrix; where that leaves a choice, the newest CUDA release.
  func stratumVersion(_ package: StackPackage, in allowed: VersionSet) -> Version? {
    if let only = allowed.singleton { return only }
    if package == .cuda { return toolkits.first { allowed.contains($0) } }
    guard case .including(let lowest)? = allowed.ranges.last?.lower else { return nil }
    return lowest
  }

  /// A driver's version in NVIDIA's spelling: "525.60.13"; the matrix has it so, a solver's version hasn't.
  func driverText(_ version: Version) -> String {
    for release in matrix.toolkitReleases {
      let need = matrix.driverNeeded(for: release)
      if let full = need.full, full.version == version { return full.description }
      if let minor = need.minorCompatibility, minor.version == version { return minor.description }
    }
    return version.description
  }

  // MARK: CUDA → driver

  /// The drivers that run `cuda` on each target: the toolkit's own and, by minor-version compatibility,
  /// every one from the first of its major version on.
  ///
  /// Of a major version that the matrix doesn't know only this is sure: it needs more than the newest known one.
  func driverDependencies(cuda: Version) -> [StackDependency] {
    guard let toolkit = Self.toolkit(cuda) else { return [] }
    let need = matrix.driverNeeded(for: toolkit)
    let newest = matrix.toolkitReleases.first.flatMap { matrix.driverNeeded(for: $0).full }
    guard let floor = [need.full, need.minorCompatibility].compactMap({ $0 }).min() ?? newest else {
      return []
    }
    return question.targets.indices.filter { question.targets[$0].driver != nil }
      .map { StackDependency(.driver(target: $0), .atLeast(floor.version)) }
  }

  /// The toolkit that a version of the CUDA package stands for; nil for "no CUDA".
  static func toolkit(_ cuda: Version) -> CUDAVersion? {
    cuda == .noCUDA ? nil : try? CUDAVersion(cuda.description)
  }

  // MARK: Wheel → CUDA, GPU

  /// What `project` at this candidate needs below the wheels.
  func dependencies(
    of project: ProjectName, extra: ExtraName?, _ candidate: Candidate
  ) -> [StackDependency] {
    if extra == nil, let (stratum, version) = matrix.stratum(ofWheel: project, version: candidate.version) {
      switch stratum {
      case .cuda: return [StackDependency(.cuda, VersionSet(version))]
      case .cudnn: return [StackDependency(.cudnn, VersionSet(version))]
      case .nccl: return [StackDependency(.nccl, VersionSet(version))]
      }
    }
    guard let build = build(of: project, candidate), !(withoutCUDA && build.cudaExtra != nil) else {
      return []
    }
    // Where an extra brings the CUDA wheels, the framework alone is a program for the CPU.
    let bearer = build.cudaExtra == nil ? nil : Self.cudaExtra
    guard extra?.text == bearer else { return [] }
    return frameworkDependencies(build)
  }

  /// The extra of TensorFlow that brings the CUDA wheels.
  static let cudaExtra = "and-cuda"

  private func frameworkDependencies(_ build: FrameworkBuild) -> [StackDependency] {
    // TensorFlow without its CUDA wheels runs on the CPU, whatever it was built with.
    if withoutCUDA && build.linkage == .external { return [] }
    guard let cuda = build.cuda else {
      // A CPU build sits beside CUDA without harm, but it isn't what `--cuda 12.8` asks for.
      guard case .version = question.cuda else { return [] }
      return [StackDependency(.cuda, VersionSet(.noCUDA))]
    }
    var result: [StackDependency] = []
    if build.bringsExactCUDA { result.append(StackDependency(.cuda, VersionSet(Self.release(cuda)))) }
    if build.linkage == .bundled {
      if let cudnn = build.cudnn { result.append(StackDependency(.cudnn, VersionSet(cudnn))) }
      if let nccl = build.nccl { result.append(StackDependency(.nccl, VersionSet(nccl))) }
    }
    guard let kernels = matrix.capabilitySet(of: build) else { return result }
    let full = matrix.driverNeeded(for: cuda).full
    for (target, node) in question.targets.enumerated() {
      for gpu in node.gpus.indices {
        result.append(StackDependency(.gpu(target: target, gpu: gpu), kernels))
      }
      guard node.driver != nil, let full, gpuThatCompiles(build, target: target) != nil else { continue }
      // PTX is compiled by the driver, which must know the toolkit's PTX: minor-version compatibility doesn't
      // cover that (CUDA Compatibility guide).
      result.append(StackDependency(.driver(target: target), .atLeast(full.version)))
    }
    return result
  }

  /// The first GPU of a target for which the build has no kernel but PTX.
  func gpuThatCompiles(_ build: FrameworkBuild, target: Int) -> Question.Target.GPU? {
    guard let kernels = matrix.capabilitySet(of: build) else { return nil }
    let compiled = matrix.cubinSet(of: build)
    return question.targets[target].gpus.first {
      kernels.contains($0.capability.version) && !compiled.contains($0.capability.version)
    }
  }

  /// The wheels that a framework needs and does not name itself (TensorFlow before 2.14).
  func additions(to project: ProjectName, _ candidate: Candidate) -> [Requirement] {
    guard !withoutCUDA, let build = build(of: project, candidate) else { return [] }
    return build.adds
  }

  /// The matrix's row for a framework's wheel.
  func build(of project: ProjectName, _ candidate: Candidate) -> FrameworkBuild? {
    guard matrix.isFramework(project) else { return nil }
    let name = candidate.wheel.name.fileName
    if let known = builds[name] { return known }
    let build = lookUp(project, candidate)
    builds[name] = .some(build)
    return build
  }

  private func lookUp(_ project: ProjectName, _ candidate: Candidate) -> FrameworkBuild? {
    let variant =
      candidate.version.local
      ?? matrix.index(named: candidate.index)?.variant
    return matrix.frameworkBuilds(
      project: project, version: candidate.version, platform: question.platform
    ).first { $0.variant == variant || (variant == nil && $0.isDefault) }
  }
}
