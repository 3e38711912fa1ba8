public import EnvlockVersions

/// A branch of the driver.
public struct DriverBranchRow: Hashable, Sendable {
  /// Its number: 570.
  public let branch: Int
  /// The newest CUDA that it knows; nil where that is unknown.
  public let cudaMax: CUDAVersion?
  /// "lts", "production", "new-feature", "developer" or "legacy"; nil where that is unknown.
  public let kind: String?
  /// The day of its first release: "2025-01-27".
  public let released: String?
  /// The day or month of its last fix: "2026-01-27", "2029-09"; nil where none was announced or found.
  public let endOfLife: String?
  /// The newest version that was seen of it.
  public let latestSeen: DriverVersion?
  /// The lowest compute capability that it drives.
  public let minCapability: ComputeCapability?
  /// The architectures that the branch before it still drove: "Maxwell".
  public let drops: [String]
  /// The architectures that it is the first to drive, in words: "Blackwell 10.0/12.0 (CUDA 12.8)".
  public let adds: [String]
  /// Where this is from.
  public let source: MatrixSource
}

extension Matrix {
  /// All branches of the driver, newest first.
  public var driverBranches: [DriverBranchRow] {
    rows(driverBranchMemo, "drivers.json", "branches", DriverBranchRow.read)
  }

  /// The branch of this number.
  public func driverBranch(_ branch: Int) -> DriverBranchRow? {
    driverBranches.first { $0.branch == branch }
  }
}

extension DriverBranchRow {
  /// Reads a row of drivers.json.
  ///
  /// - Throws: `MatrixError` for a field that is missing, unknown or broken.
  static func read(_ row: MatrixRow) throws(MatrixError) -> DriverBranchRow {
    try row.allow([
      "branch", "cuda_max", "kind", "released", "end_of_life", "latest_seen", "min_sm", "drops", "adds",
    ])
    let branch = try row.required("branch", row.integer("branch"))
    return DriverBranchRow(
      branch: branch, cudaMax: try row.cuda("cuda_max"), kind: try row.text("kind"),
      released: try row.text("released"), endOfLife: try row.text("end_of_life"),
      latestSeen: try row.driver("latest_seen"), minCapability: try row.capability("min_sm"),
      drops: try row.texts("drops") ?? [], adds: try row.texts("adds") ?? [],
      source: try row.source(named: "R\(branch)"))
  }
}
