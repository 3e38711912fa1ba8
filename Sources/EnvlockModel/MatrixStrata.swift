public import EnvlockVersions

/// A level of the stack that wheels bring: CUDA, cuDNN or NCCL.
public enum WheelStratum: String, Hashable, CaseIterable, Sendable {
  /// The CUDA runtime, by major and minor version.
  case cuda
  /// cuDNN.
  case cudnn
  /// NCCL.
  case nccl
}

extension Matrix {
  private var strataRows: StrataTable {
    strataTable.value { (try? StrataTable(document("strata.json"))) ?? StrataTable() }
  }

  /// The projects whose wheels say the version of a level of the stack.
  public var stratumProjects: [ProjectName] { strataRows.entries.keys.sorted() }

  /// The level of the stack that a wheel brings, and its version there: CUDA 12.8 for
  /// `nvidia-cuda-runtime-cu12 12.8.90`; nil for other wheels, and for placeholders of version 0.
  public func stratum(
    ofWheel project: ProjectName, version: Version
  ) -> (stratum: WheelStratum, version: Version)? {
    guard let entry = strataRows.entries[project] else { return nil }
    let release = version.release
    guard let first = release.first, first > 0 else { return nil }
    guard let segments = entry.segments else { return (entry.stratum, version.publicVersion) }
    return (entry.stratum, Version(release: Array(release.prefix(segments))))
  }
}

/// The rows of strata.json.
struct StrataTable: Sendable {
  struct Entry: Sendable {
    let stratum: WheelStratum
    /// How many numbers of the wheel's version count; nil: all.
    let segments: Int?
  }

  let entries: [ProjectName: Entry]

  init() { entries = [:] }

  /// Reads the wheels.
  ///
  /// - Throws: `MatrixError` for the first row that is broken.
  init(_ document: MatrixDocument) throws(MatrixError) {
    var entries: [ProjectName: Entry] = [:]
    for row in try document.rows("wheels") {
      try row.allow(["wheel", "stratum", "segments"])
      let project = try row.required("wheel", row.parsed("wheel") { try ProjectName($0) })
      let name = try row.required("stratum", row.text("stratum"))
      guard let stratum = WheelStratum(rawValue: name) else {
        throw row.error("expected cuda, cudnn or nccl", at: "stratum")
      }
      entries[project] = Entry(stratum: stratum, segments: try row.integer("segments"))
    }
    self.entries = entries
  }
}
