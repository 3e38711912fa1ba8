public import EnvlockVersions

/// A release of the CUDA toolkit.
public struct CUDAToolkitRow: Hashable, Sendable {
  /// The release, with its patch number: 12.8.1.
  public let version: CUDAVersion
  /// The lowest Linux driver with full support, where a table states one.
  public let driver: DriverVersion?
  /// The driver branch that the release is paired with: 570.
  public let branch: Int
  /// Whether it is a preview or a release candidate.
  public let isPreview: Bool
  /// The day, month or year of the release: "2025-03".
  public let released: String?
  /// Where this is from.
  public let source: MatrixSource
}

/// The drivers that run programs of a CUDA release.
public struct DriverNeed: Hashable, Sendable {
  /// The lowest driver with full support, PTX included; nil where the matrix does not know the release.
  public let full: DriverVersion?
  /// The lowest driver that runs it by minor-version compatibility, without compiling its PTX; nil where that
  /// does not reach below `full`, and before CUDA 11.
  public let minorCompatibility: DriverVersion?
  /// Where `full` is from; nil where that is nil.
  public let source: MatrixSource?
  /// Where `minorCompatibility` is from; nil where that is nil.
  public let minorSource: MatrixSource?
}

extension Matrix {
  private var cudaRows: CUDATable {
    cudaTable.value { (try? CUDATable(document("cuda.json"))) ?? CUDATable() }
  }

  /// The minor releases of the toolkit, newest first, without patch numbers: 13.5, 13.4, … .
  public var toolkitReleases: [CUDAVersion] { cudaRows.minors }

  /// The toolkit of this version: of a patch that has no row, the newest before it in the same minor release; of
  /// a version without a patch, the first release of the minor that is no preview.
  public func cuda(_ version: CUDAVersion) -> CUDAToolkitRow? { cudaRows.toolkit(version) }

  /// The drivers that run programs of a CUDA release.
  ///
  /// A toolkit without a driver of its own takes that of the release before it in the same minor, and failing
  /// that the lowest driver of its branch.
  public func driverNeeded(for cuda: CUDAVersion) -> DriverNeed { cudaRows.driverNeeded(for: cuda) }
}

/// The rows of cuda.json.
struct CUDATable: Sendable {
  private struct Floor: Sendable {
    let major: Int
    let driver: DriverVersion
    let source: MatrixSource
  }

  /// By descending version.
  private let toolkits: [CUDAToolkitRow]
  private let floors: [Floor]
  let minors: [CUDAVersion]

  init() { (toolkits, floors, minors) = ([], [], []) }

  /// Reads the toolkits and the rules of minor-version compatibility.
  ///
  /// - Throws: `MatrixError` for the first row that is broken.
  init(_ document: MatrixDocument) throws(MatrixError) {
    var toolkits: [CUDAToolkitRow] = []
    for row in try document.rows("toolkits") {
      try row.allow(["version", "driver", "branch", "released", "preview"])
      let version = try row.required("version", row.cuda("version"))
      toolkits.append(
        CUDAToolkitRow(
          version: version, driver: try row.driver("driver"),
          branch: try row.required("branch", row.integer("branch")),
          isPreview: try row.bool("preview") ?? false, released: try row.text("released"),
          source: try row.source(named: version.description)))
    }
    toolkits.sort { $0.version > $1.version }
    self.toolkits = toolkits
    var floors: [Floor] = []
    for row in try document.rows("minor_compatibility") {
      try row.allow(["cuda_major", "driver", "below"])
      let major = try row.required("cuda_major", row.integer("cuda_major"))
      floors.append(
        Floor(
          major: major, driver: try row.required("driver", row.driver("driver")),
          source: try row.source(named: "minor-version compatibility of CUDA \(major)")))
    }
    self.floors = floors
    var minors: [CUDAVersion] = []
    for toolkit in toolkits {
      let (major, minor) = (toolkit.version.major, toolkit.version.minor)
      if let last = minors.last, (last.major, last.minor) == (major, minor) { continue }
      guard let release = try? CUDAVersion("\(major).\(minor)") else { continue }
      minors.append(release)
    }
    self.minors = minors
  }

  /// The rows of a minor release, newest first.
  private func releases(of version: CUDAVersion) -> [CUDAToolkitRow] {
    toolkits.filter { ($0.version.major, $0.version.minor) == (version.major, version.minor) }
  }

  func toolkit(_ version: CUDAVersion) -> CUDAToolkitRow? {
    let rows = releases(of: version)
    guard version.patch == nil else { return rows.first { $0.version <= version } ?? rows.last }
    return rows.last { !$0.isPreview } ?? rows.last
  }

  func driverNeeded(for cuda: CUDAVersion) -> DriverNeed {
    let own = fullDriver(for: cuda)
    var floor = floors.first { $0.major == cuda.major }
    if let full = own?.driver, let known = floor, known.driver >= full { floor = nil }
    return DriverNeed(
      full: own?.driver, minorCompatibility: floor?.driver, source: own?.source, minorSource: floor?.source)
  }

  private func fullDriver(for cuda: CUDAVersion) -> (driver: DriverVersion, source: MatrixSource)? {
    guard let row = toolkit(cuda) else { return nil }
    for earlier in releases(of: cuda) where earlier.version <= row.version {
      if let driver = earlier.driver { return (driver, earlier.source) }
    }
    guard let branch = try? DriverVersion(String(row.branch)) else { return nil }
    return (branch, row.source)
  }
}
