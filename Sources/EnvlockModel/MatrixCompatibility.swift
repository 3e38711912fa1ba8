public import EnvlockVersions

/// What the compiler of a CUDA release makes code for.
public struct CompilerTargetsRow: Hashable, Sendable {
  /// The release, without a patch: 12.8.
  public let cuda: CUDAVersion
  /// The compute capabilities that it makes code for, ascending.
  public let capabilities: [ComputeCapability]
  /// Its targets for one architecture ("9.0a") or family ("10.0f") alone, whose code runs on no later one.
  public let specific: [String]
  /// Where this is from.
  public let source: MatrixSource
}

/// A package that brings the user-space libraries of a newer driver (forward compatibility).
public struct ForwardCompatibilityRow: Hashable, Sendable {
  /// The release that it makes possible, without a patch: 12.8.
  public let cuda: CUDAVersion
  /// Its name: "cuda-compat-12-8".
  public let package: String
  /// The driver whose libraries are in it, where one was seen.
  public let packageDriver: DriverVersion?
  /// The branches that it is supported over, ascending.
  public let over: [Int]
  /// The branch that knows the release by itself; nil where that one is not in the maker's table any more.
  public let native: Int?
  /// The newer branches that it must never be used over, ascending.
  public let neverOver: [Int]
  /// The kinds of GPU that it is for: "data-center", "selected workstation", "jetson".
  public let gpuKinds: [String]
  /// Where this is from.
  public let source: MatrixSource
}

extension Matrix {
  /// What the compiler of a CUDA release makes code for, whatever the patch; nil where that is unknown.
  public func compilerTargets(of cuda: CUDAVersion) -> CompilerTargetsRow? {
    rows(compilerTargetsMemo, "cuda.json", "targets", CompilerTargetsRow.read)
      .first { ($0.cuda.major, $0.cuda.minor) == (cuda.major, cuda.minor) }
  }

  /// The packages for forward compatibility, that for the newest CUDA first.
  public var forwardCompatibility: [ForwardCompatibilityRow] {
    rows(forwardMemo, "cuda.json", "forward_compatibility", ForwardCompatibilityRow.read)
  }

  /// The package that brings a CUDA release, whatever the patch, to older drivers; nil where none is known.
  public func forwardCompatibility(for cuda: CUDAVersion) -> ForwardCompatibilityRow? {
    forwardCompatibility.first { ($0.cuda.major, $0.cuda.minor) == (cuda.major, cuda.minor) }
  }
}

extension CompilerTargetsRow {
  /// Reads a row of the targets in cuda.json.
  ///
  /// - Throws: `MatrixError` for a field that is missing, unknown or broken.
  static func read(_ row: MatrixRow) throws(MatrixError) -> CompilerTargetsRow {
    try row.allow(["cuda", "sm", "specific"])
    let cuda = try row.required("cuda", row.cuda("cuda"))
    return CompilerTargetsRow(
      cuda: cuda, capabilities: try row.required("sm", row.capabilities("sm")),
      specific: try row.texts("specific") ?? [],
      source: try row.source(named: "compiler targets of CUDA \(cuda)"))
  }
}

extension ForwardCompatibilityRow {
  /// Reads a row of the forward compatibility in cuda.json.
  ///
  /// - Throws: `MatrixError` for a field that is missing, unknown or broken.
  static func read(_ row: MatrixRow) throws(MatrixError) -> ForwardCompatibilityRow {
    try row.allow(["cuda", "package", "package_driver", "over", "native", "never_over", "gpus"])
    let package = try row.required("package", row.text("package"))
    return ForwardCompatibilityRow(
      cuda: try row.required("cuda", row.cuda("cuda")), package: package,
      packageDriver: try row.driver("package_driver"), over: try row.required("over", row.integers("over")),
      native: try row.integer("native"),
      neverOver: try row.required("never_over", row.integers("never_over")),
      gpuKinds: try row.texts("gpus") ?? [], source: try row.source(named: package))
  }
}
