public import EnvlockVersions

/// A release of NVIDIA's vGPU software.
public struct VGPUReleaseRow: Hashable, Sendable {
  /// A point release with its drivers.
  public struct Point: Hashable, Sendable {
    /// "20.1".
    public let release: String
    /// The driver of the hypervisor; nil where that is unknown.
    public let host: DriverVersion?
    /// The Linux driver of the guest; nil where that is unknown.
    public let guest: DriverVersion?
    /// Where this is from.
    public let source: MatrixSource
  }

  /// Its name: "20.x".
  public let release: String
  /// The driver branch of its host and guest drivers: 595.
  public let hostBranch: Int
  /// "lts" or "production"; nil where that is unknown.
  public let kind: String?
  /// The month of its last fix: "2028-07"; nil where that is unknown.
  public let endOfLife: String?
  /// The newest CUDA that its guests know; nil where that is unknown.
  public let cudaMax: CUDAVersion?
  /// The point releases that were read, ascending.
  public let points: [Point]
  /// What is sold under it: "vWS (Q)".
  public let products: [String]
  /// The releases whose hosts its guests run on; nil where that is unknown.
  public let hosts: [String]?
  /// Where this is from; a confidence in "hosts" is that of the pairing.
  public let source: MatrixSource
}

/// A kind of vGPU that a row names.
public struct VGPUTypeRow: Hashable, Sendable {
  /// Its name, as nvidia-smi writes it in the guest: "GRID A100-10C".
  public let name: String
  /// Its id on the host: "nvidia-471"; nil where that is unknown.
  public let typeID: String?
  /// The models that it is a part of, by their names in gpus.json.
  public let gpus: [String]
  /// "time-sliced", "mig-backed" or "time-sliced-mig-backed".
  public let mode: String
  /// Where this is from.
  public let source: MatrixSource
}

/// The sizes of the time-sliced vGPUs for compute, series C, that models can be divided into.
public struct VGPUComputeRow: Hashable, Sendable {
  /// One size.
  public struct Size: Hashable, Sendable {
    /// The type's name: "A100DX-8C".
    public let type: String
    /// Its memory in GB, of which the guest sees a little less.
    public let memoryGB: Int
    /// How many there can be on a GPU.
    public let atMost: Int
  }

  /// The models, by their names in gpus.json.
  public let gpus: [String]
  /// The sizes, ascending.
  public let sizes: [Size]
  /// Where this is from.
  public let source: MatrixSource
}

/// Whether a guest's driver goes with a host's.
public enum VGPUPairing: Hashable, Sendable {
  /// It does.
  case supported
  /// It does not; the reason is a clause.
  case unsupported(reason: String)
  /// The matrix does not know one of the two.
  case unknown
}

extension Matrix {
  private var vgpuTable: VGPUTable {
    vgpuMemo.value { (try? VGPUTable(document("vgpu.json"))) ?? VGPUTable() }
  }

  /// Reads vgpu.json, where there is one.
  ///
  /// - Throws: `MatrixError` for the first row that is broken.
  func checkVGPU() throws(MatrixError) {
    guard fileNames.contains("vgpu.json") else { return }
    let table = try VGPUTable(document("vgpu.json"))
    _ = vgpuMemo.value { table }
  }

  /// The releases of NVIDIA's vGPU software, newest first.
  public var vgpuReleases: [VGPUReleaseRow] { vgpuTable.releases }

  /// The kinds of vGPU that have a row of their own; ``vgpuType(named:)`` knows the others by their names.
  public var vgpuTypes: [VGPUTypeRow] { vgpuTable.types }

  /// The release whose drivers are of this branch.
  public func vgpuRelease(hostBranch: Int) -> VGPUReleaseRow? {
    vgpuReleases.first { $0.hostBranch == hostBranch }
  }

  /// The product whose licence covers the vGPUs of a series, which is the last letter of their names; nil for an unknown
  /// one: "vGPU for Compute, NVIDIA AI Enterprise" for "C".
  public func vgpuProduct(series: String) -> String? { vgpuTable.products[series] }

  /// The sizes of time-sliced vGPUs for compute on these models; nil where no one name stands for all of them.
  public func vgpuCompute(of models: [GPURow]) -> VGPUComputeRow? {
    guard !models.isEmpty else { return nil }
    return vgpuTable.compute.first { row in models.allSatisfy { row.gpus.contains($0.name) } }
  }

  /// What the names of vGPUs that are parts of these models begin with: "A100DX"; nil where that is unknown.
  public func vgpuPrefix(of models: [GPURow]) -> String? {
    guard !models.isEmpty else { return nil }
    if let row = vgpuPrefixes.first(where: { row in models.allSatisfy { row.gpus.contains($0.name) } }) {
      return row.text
    }
    return vgpuCompute(of: models)?.sizes.first?.type.split(separator: "-").dropLast().joined(separator: "-")
  }

  /// What stands before the sizes in the names of vGPUs, with the models meant: "A100D" is an A100 with 80 GB.
  var vgpuPrefixes: [VGPUTable.Prefix] { vgpuTable.prefixes }

  /// Whether a guest's driver goes with a host's: of the same release, or of one that the guest's pairing names.
  ///
  /// - Parameters:
  ///   - guest: the driver in the virtual machine.
  ///   - host: the driver of its hypervisor.
  /// - Returns: the answer, and the row it is from; nil where a row is missing.
  public func vgpuPairing(
    guest: DriverVersion, host: DriverVersion
  ) -> (pairing: VGPUPairing, source: MatrixSource?) {
    guard let of = vgpuRelease(hostBranch: guest.branch), let on = vgpuRelease(hostBranch: host.branch),
      let hosts = of.hosts
    else { return (.unknown, nil) }
    if hosts.contains(on.release) { return (.supported, of.source) }
    let good = hosts.joined(separator: " or ")
    let reason =
      "a guest with vGPU \(of.release) runs on hosts with vGPU \(good), and this host has vGPU \(on.release)"
    return (.unsupported(reason: reason), of.source)
  }
}

/// The rows of vgpu.json.
struct VGPUTable: Sendable {
  struct Prefix: Hashable, Sendable {
    let text: String
    let gpus: [String]
    let source: MatrixSource
  }

  let releases: [VGPUReleaseRow]
  let types: [VGPUTypeRow]
  let prefixes: [Prefix]
  let compute: [VGPUComputeRow]
  /// By series.
  let products: [String: String]

  init() { (releases, types, prefixes, compute, products) = ([], [], [], [], [:]) }

  /// Reads the tables.
  ///
  /// - Throws: `MatrixError` for the first row that is broken.
  init(_ document: MatrixDocument) throws(MatrixError) {
    var points: [String: [VGPUReleaseRow.Point]] = [:]
    for row in try document.rows("points") {
      try row.allow(["release", "of", "host", "guest"])
      let release = try row.required("release", row.text("release"))
      points[try row.required("of", row.text("of")), default: []].append(
        VGPUReleaseRow.Point(
          release: release, host: try row.driver("host"), guest: try row.driver("guest"),
          source: try row.source(named: "vGPU \(release)")))
    }
    releases = try document.decoded("releases") { (row) throws(MatrixError) in
      try row.allow(["release", "branch", "kind", "end_of_life", "cuda_max", "products", "hosts"])
      let release = try row.required("release", row.text("release"))
      return VGPUReleaseRow(
        release: release, hostBranch: try row.required("branch", row.integer("branch")),
        kind: try row.text("kind"), endOfLife: try row.text("end_of_life"), cudaMax: try row.cuda("cuda_max"),
        points: points[release] ?? [], products: try row.texts("products") ?? [],
        hosts: try row.texts("hosts"), source: try row.source(named: "vGPU \(release)"))
    }
    types = try document.decoded("types") { (row) throws(MatrixError) in
      try row.allow(["name", "id", "gpus", "mode"])
      let name = try row.required("name", row.text("name"))
      return VGPUTypeRow(
        name: name, typeID: try row.text("id"), gpus: try row.required("gpus", row.texts("gpus")),
        mode: try row.required("mode", row.text("mode")), source: try row.source(named: name))
    }
    prefixes = try document.decoded("prefixes") { (row) throws(MatrixError) in
      try row.allow(["prefix", "gpus"])
      let prefix = try row.required("prefix", row.text("prefix"))
      return Prefix(
        text: prefix, gpus: try row.required("gpus", row.texts("gpus")),
        source: try row.source(named: "vGPU names with \(prefix)"))
    }
    // A folder given with `--matrix` may be older than this table.
    compute =
      document.tableNames.contains("compute")
      ? try document.decoded("compute") { (row) throws(MatrixError) in try VGPUComputeRow(row) } : []
    var products: [String: String] = [:]
    for row in try document.rows("series") {
      try row.allow(["series", "product"])
      products[try row.required("series", row.text("series"))] = try row.required(
        "product", row.text("product"))
    }
    self.products = products
  }
}

extension VGPUComputeRow {
  /// Reads a row of the sizes in vgpu.json.
  ///
  /// - Throws: `MatrixError` for a field that is missing, unknown or broken.
  fileprivate init(_ row: MatrixRow) throws(MatrixError) {
    try row.allow(["prefix", "gpus", "gb", "at_most"])
    let prefix = try row.required("prefix", row.text("prefix"))
    let memory = try row.required("gb", row.integers("gb"))
    let most = try row.required("at_most", row.integers("at_most"))
    guard memory.count == most.count else {
      throw row.error("it has another number of elements than `gb`", at: "at_most")
    }
    guard (memory + most).allSatisfy({ (1...100_000).contains($0) }) else {
      throw row.error("that is no size of a vGPU", at: "gb")
    }
    gpus = try row.required("gpus", row.texts("gpus"))
    sizes = zip(memory, most).map { Size(type: "\(prefix)-\($0)C", memoryGB: $0, atMost: $1) }
    source = try row.source(named: "vGPU sizes of \(prefix)")
  }
}
