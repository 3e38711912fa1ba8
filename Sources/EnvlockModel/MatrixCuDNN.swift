public import EnvlockVersions

/// What a release of cuDNN needs with a CUDA.
public struct CuDNNNeed: Hashable, Sendable {
  /// The lowest driver; nil where that is unknown.
  public let driver: DriverVersion?
  /// The lowest compute capability that it has code for; nil where that is unknown.
  public let minCapability: ComputeCapability?
  /// The highest compute capability that its makers named; nil where that is unknown.
  public let maxCapability: ComputeCapability?
  /// Where this is from; a confidence in "drivers", "sm_min" or "sm_max".
  public let source: MatrixSource
}

/// A release of cuDNN, or several one after another that are alike.
public struct CuDNNRow: Hashable, Sendable {
  /// The first release: 9.10.0.
  public let first: Version
  /// The last release: 9.10.2.
  public let last: Version
  /// The CUDA releases that it is built for or runs with, as its makers write them: "12.x", "11.0-11.8", "10.2".
  public let cuda: [String]
  /// The lowest driver by CUDA release ("11.8") or major version ("12").
  public let drivers: [String: DriverVersion]
  /// The lowest compute capability that it has code for; nil where that is unknown.
  public let minCapability: ComputeCapability?
  /// The highest compute capability that its makers named; nil where that is unknown.
  public let maxCapability: ComputeCapability?
  /// Where this is from.
  public let source: MatrixSource
}

extension Matrix {
  /// All releases of cuDNN, newest first.
  public var cudnnReleases: [CuDNNRow] { rows(cudnnMemo, "cudnn.json", "releases", CuDNNRow.read) }

  /// The row that holds a release of cuDNN; its fourth number, which tells builds apart, does not count.
  public func cudnn(_ version: Version) -> CuDNNRow? {
    let release = Version(release: Array(version.release.prefix(3)))
    return cudnnReleases.first { $0.first <= release && release <= $0.last }
  }

  /// What a release of cuDNN needs with a CUDA.
  ///
  /// - Parameters:
  ///   - cudnn: the release: 9.10.2.21; its fourth number does not count.
  ///   - cuda: the CUDA that it runs with; the patch does not count.
  /// - Returns: nil where the matrix does not know the release.
  public func cudnnNeed(_ cudnn: Version, cuda: CUDAVersion) -> CuDNNNeed? {
    guard let row = self.cudnn(cudnn) else { return nil }
    return CuDNNNeed(
      driver: row.drivers["\(cuda.major).\(cuda.minor)"] ?? row.drivers["\(cuda.major)"],
      minCapability: row.minCapability, maxCapability: row.maxCapability, source: row.source)
  }
}

extension CuDNNRow {
  /// Reads a row of cudnn.json.
  ///
  /// - Throws: `MatrixError` for a field that is missing, unknown or broken.
  static func read(_ row: MatrixRow) throws(MatrixError) -> CuDNNRow {
    try row.allow(["first", "last", "cuda", "sm_min", "sm_max", "drivers"])
    let first = try row.required("first", row.version("first"))
    let last = try row.required("last", row.version("last"))
    guard first <= last else { throw row.error("the last release is before the first", at: "last") }
    let drivers = try row.field("drivers") { (value) throws(JSONDecodingError) in
      var drivers: [String: DriverVersion] = [:]
      for (cuda, driver) in try value.members() { drivers[cuda] = try driver.parse { try DriverVersion($0) } }
      return drivers
    }
    return CuDNNRow(
      first: first, last: last, cuda: try row.texts("cuda") ?? [], drivers: drivers ?? [:],
      minCapability: try row.capability("sm_min"), maxCapability: try row.capability("sm_max"),
      source: try row.source(named: first == last ? "\(first)" : "\(first) to \(last)"))
  }
}
