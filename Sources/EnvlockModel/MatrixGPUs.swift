public import EnvlockVersions

/// A GPU model.
public struct GPURow: Hashable, Sendable {
  /// Its name: "A100-SXM4-80GB", "GeForce GTX 1080".
  public let name: String
  /// Further names that it goes by.
  public let aliases: [String]
  /// "data-center", "workstation", "geforce", "jetson" or "desktop-soc".
  public let kind: String
  /// "Ampere".
  public let architecture: String
  /// Its compute capability.
  public let capability: ComputeCapability
  /// Its memory in GiB; several where one name stands for several sizes, none where it is unknown.
  public let memoryGiB: [Int]
  /// Whether it can be divided by MIG; nil where that is unknown.
  public let hasMIG: Bool?
  /// Into how many MIG instances it can be divided at most; nil where it cannot, or that is unknown.
  public let migInstances: Int?
  /// Whether vGPU exists for it; nil where that is unknown.
  public let hasVGPU: Bool?
  /// The first CUDA release with code for it; nil where that is unknown.
  public let firstCUDA: CUDAVersion?
  /// The last CUDA release with code for it; nil where none has dropped it.
  public let lastCUDA: CUDAVersion?
  /// The first driver branch that drives it; nil where that is unknown.
  public let firstBranch: Int?
  /// The last driver branch that drives it; nil where none has dropped it.
  public let lastBranch: Int?
  /// Its PCI ids, in upper case: the device, "20B2", or the device with the subsystem's vendor and number,
  /// "20B2:10DE:1463".
  public let pciIDs: [String]
  /// Where this is from.
  public let source: MatrixSource
}

extension Matrix {
  private var gpuRows: GPUTable {
    gpuTable.value { (try? GPUTable(document("gpus.json"))) ?? GPUTable() }
  }

  /// All GPU models, in the order of their file.
  public var gpus: [GPURow] { gpuRows.gpus }

  /// The models that a text names, as nvidia-smi, GPU Feature Discovery and people write them.
  ///
  /// "NVIDIA A100-SXM4-80GB", "NVIDIA-A100-SXM4-80GB-MIG-1g.10gb", "Tesla T4", "gtx1080" and "H100 PCIe" name one
  /// model; "a100" names all of that name; a vGPU such as "GRID A100-10C" names the models behind it.
  ///
  /// - Parameter text: the name; capability texts such as "8.0" are not names.
  /// - Returns: the models in the order of their file; none for an unknown name.
  public func gpus(matching text: String) -> [GPURow] {
    let named = gpus(named: text)
    return named.isEmpty ? vgpuType(named: text)?.gpus ?? [] : named
  }

  /// The models that a text names, none for a vGPU.
  func gpus(named text: String) -> [GPURow] { gpuRows.matching(text) }

  /// The models with a PCI id.
  ///
  /// - Parameter pciID: the device, "20B2", or the device with the subsystem's vendor and number,
  ///   "20B2:10DE:1463"; also NVML's number, "0x20B210DE". Where no model has the subsystem, it does not count.
  /// - Returns: the models in the order of their file; none for an unknown id.
  public func gpus(pciID: String) -> [GPURow] {
    var id = pciID.uppercased()[...]
    if id.hasPrefix("0X") { id = id.dropFirst(2) }
    if id.utf8.count == 8, id.hasSuffix("10DE") { id = id.prefix(4) }
    let exact = gpus.filter { $0.pciIDs.contains { $0 == id } }
    if !exact.isEmpty, id.contains(":") { return exact }
    let device = id.prefix { $0 != ":" }
    guard !device.isEmpty else { return [] }
    return gpus.filter { $0.pciIDs.contains { $0.prefix { $0 != ":" } == device } }
  }

  /// The names of models that look like a text that names none, nearest first, at most three.
  public func gpuNames(near text: String) -> [String] { gpuRows.names(near: text) }
}

/// The rows of gpus.json.
struct GPUTable: Sendable {
  let gpus: [GPURow]
  private let names: [[GPUName]]

  init() { (gpus, names) = ([], []) }

  /// Reads the models.
  ///
  /// - Throws: `MatrixError` for the first row that is broken.
  init(_ document: MatrixDocument) throws(MatrixError) {
    var gpus: [GPURow] = []
    for row in try document.rows("gpus") {
      try row.allow([
        "name", "aliases", "kind", "architecture", "sm", "memory_gib", "mig", "mig_instances", "vgpu",
        "first_cuda", "last_cuda", "first_branch", "last_branch", "pci",
      ])
      let name = try row.required("name", row.text("name"))
      gpus.append(
        GPURow(
          name: name, aliases: try row.texts("aliases") ?? [],
          kind: try row.required("kind", row.text("kind")),
          architecture: try row.required("architecture", row.text("architecture")),
          capability: try row.required("sm", row.parsed("sm") { try ComputeCapability($0) }),
          memoryGiB: try row.integers("memory_gib") ?? [], hasMIG: try row.bool("mig"),
          migInstances: try row.integer("mig_instances"), hasVGPU: try row.bool("vgpu"),
          firstCUDA: try row.cuda("first_cuda"), lastCUDA: try row.cuda("last_cuda"),
          firstBranch: try row.integer("first_branch"), lastBranch: try row.integer("last_branch"),
          pciIDs: try row.texts("pci") ?? [],
          source: try row.source(named: name)))
    }
    self.gpus = gpus
    names = gpus.map { gpu in ([gpu.name] + gpu.aliases).map { GPUName($0) } }
  }

  func matching(_ text: String) -> [GPURow] {
    let wanted = GPUName(text)
    guard !wanted.words.isEmpty else { return [] }
    var best = GPUName.Match.none
    var found: [GPURow] = []
    for (gpu, names) in zip(gpus, names) {
      guard let match = names.map({ wanted.match($0) }).max(), match != .none, match >= best else { continue }
      if match > best { found = [] }
      best = match
      found.append(gpu)
    }
    return found
  }

  func names(near text: String) -> [String] {
    let wanted = GPUName(text).joined
    guard !wanted.isEmpty else { return [] }
    let limit = max(1, wanted.count / 3)
    var near: [(name: String, distance: Int, place: Int)] = []
    for (place, names) in names.enumerated() {
      // Who mistypes "h100" means a word of "H100 PCIe", not all of it.
      let spellings = names.flatMap { [$0.joined] + $0.words }
      guard let distance = spellings.map({ NearestName.distance(wanted, $0) }).min(), distance <= limit else {
        continue
      }
      near.append((gpus[place].name, distance, place))
    }
    near.sort { ($0.distance, $0.place) < ($1.distance, $1.place) }
    return near.prefix(3).map(\.name)
  }
}
