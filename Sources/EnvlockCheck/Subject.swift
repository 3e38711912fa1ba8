import EnvlockModel
import EnvlockVersions

/// A stack with the rows of the matrix that bear on it, looked up once.
struct Subject: Sendable {
  let stack: Stack
  /// What its CUDA needs; nil for a stack that needs no GPU.
  let cuda: CUDANeed?
  let frameworks: [Framework]
  /// cuDNN with what it needs, where both are known.
  let cudnn: (version: Version, need: CuDNNNeed)?

  init(_ stack: Stack, matrix: Matrix) {
    let frameworks = stack.strata.frameworks.map { Framework($0, platform: stack.platform, matrix: matrix) }
    self.init(stack, frameworks, matrix)
  }

  /// A build alone.
  init(_ build: FrameworkBuild, matrix: Matrix) {
    let stack = Stack(build, matrix: matrix)
    let need = build.cuda.map { CUDANeed($0, lock: nil, matrix: matrix) }
    self.init(stack, stack.strata.frameworks.map { Framework($0, row: build, cuda: need) }, matrix)
  }

  private init(_ stack: Stack, _ frameworks: [Framework], _ matrix: Matrix) {
    self.stack = stack
    self.frameworks = frameworks
    cuda = stack.strata.cuda.map { CUDANeed($0, lock: stack.strata.driver, matrix: matrix) }
    cudnn = stack.strata.cudnn.flatMap { version in
      stack.strata.cuda.flatMap { matrix.cudnnNeed(version, cuda: $0) }.map { (version, $0) }
    }
  }
}

/// What a CUDA release needs of a driver and of a GPU.
struct CUDANeed: Sendable {
  /// The release, without a patch.
  let cuda: CUDAVersion
  /// The lowest driver with everything of it; nil where that is unknown.
  let full: DriverVersion?
  let fullSource: MatrixSource?
  /// How far `full` is to be trusted.
  let fullConfidence: MatrixConfidence?
  /// The lowest driver by minor-version compatibility; nil where that does not reach below `full`.
  let minor: DriverVersion?
  let minorSource: MatrixSource?
  let targets: CompilerTargetsRow?
  let forward: ForwardCompatibilityRow?

  init(_ cuda: CUDAVersion, lock: DriverFloor?, matrix: Matrix) {
    self.cuda = cuda
    let need = matrix.driverNeeded(for: cuda)
    full = need.full ?? lock?.full
    fullSource = need.source
    let row = matrix.cuda(cuda)
    fullConfidence = need.source.flatMap { source in
      source.confidence(of: "driver") ?? (row?.driver == nil ? source.confidence(of: "branch") : nil)
    }
    minor = need.minorCompatibility ?? lock?.minorCompatibility
    minorSource = need.minorSource
    targets = matrix.compilerTargets(of: cuda)
    forward = matrix.forwardCompatibility(for: cuda)
  }

  /// The lowest driver that runs it at all.
  var lowest: DriverVersion? { [full, minor].compactMap { $0 }.min() }
}

/// A framework of a stack.
struct Framework: Sendable {
  let stratum: FrameworkStratum
  /// The matrix's row of its build; nil where there is none.
  let row: FrameworkBuild?
  /// Whether the matrix knows its release, if not this build of it.
  let isKnownRelease: Bool
  let kernels: [ComputeCapability]
  /// Nil where it is unknown.
  let ptx: [ComputeCapability]?
  /// What the CUDA that it was built with needs; nil where that is unknown.
  let cuda: CUDANeed?

  init(_ stratum: FrameworkStratum, platform: Platform, matrix: Matrix) {
    let builds = matrix.frameworkBuilds(project: stratum.name, version: stratum.version, platform: platform)
    let row = Self.row(of: stratum, in: builds)
    let cuda = stratum.cuda ?? row?.cuda
    self.init(
      stratum, row: row, cuda: cuda.map { CUDANeed($0, lock: nil, matrix: matrix) },
      isKnownRelease: !builds.isEmpty)
  }

  init(_ stratum: FrameworkStratum, row: FrameworkBuild?, cuda: CUDANeed?, isKnownRelease: Bool = true) {
    self.stratum = stratum
    self.row = row
    self.cuda = cuda
    self.isKnownRelease = isKnownRelease
    // The lock's own statement counts; a lock made before the matrix knew the build has none.
    let isStated = !stratum.kernels.isEmpty || stratum.ptx?.isEmpty == false
    kernels = isStated ? stratum.kernels : row?.kernels ?? []
    ptx = isStated ? stratum.ptx : row?.ptx
  }

  private static func row(of stratum: FrameworkStratum, in builds: [FrameworkBuild]) -> FrameworkBuild? {
    if let local = stratum.version.local?.description,
      let named = builds.first(where: { $0.variant == local })
    {
      return named
    }
    if let cuda = stratum.cuda {
      return builds.first { $0.cuda == cuda && $0.kernels == stratum.kernels }
        ?? builds.first { $0.cuda == cuda }
    }
    return builds.first { $0.cuda == nil } ?? (stratum.kernels.isEmpty ? builds.first { $0.isDefault } : nil)
  }

  /// "torch 2.9.1".
  var title: String { "\(stratum.name) \(stratum.version.publicVersion)" }

  /// Whether it is known to have no code for a GPU.
  var isForCPU: Bool { stratum.cuda == nil && row?.linkage == .noCUDA }

  /// Whether what is known of its code allows a check.
  var hasKnownCode: Bool { !kernels.isEmpty || ptx?.isEmpty == false }

  /// Where its code is known from, where the matrix says the same as the lock.
  var codeSource: MatrixSource? { row.flatMap { $0.kernels == kernels ? $0.source : nil } }

  /// How far to trust what is known of its code.
  var codeConfidence: MatrixConfidence? {
    codeSource.flatMap { $0.confidence(of: "kernels") ?? $0.confidence(of: "ptx") }
  }

  /// "7.5 8.0 8.6, no PTX".
  var codeText: String {
    let compiled = kernels.isEmpty ? "none" : kernels.map(\.description).joined(separator: " ")
    guard let ptx else { return "\(compiled); whether it has PTX is not known" }
    guard !ptx.isEmpty else { return "\(compiled), no PTX" }
    let release = cuda.map { " of CUDA \($0.cuda)" } ?? ""
    return "\(compiled), PTX \(ptx.map(\.description).joined(separator: " "))\(release)"
  }
}
