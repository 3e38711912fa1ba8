import EnvlockModel
import EnvlockVersions

/// A node's facts with the rows of the matrix that bear on them.
struct NodeView: Sendable {
  let facts: NodeFacts
  let gpus: [GPUView]
  /// The branch of its driver; nil where the matrix has none of that number.
  let branch: DriverBranchRow?
  /// Whether its driver is of a newer branch than any in the matrix.
  let hasNewerDriver: Bool

  init(_ facts: NodeFacts, matrix: Matrix) {
    self.init(
      facts, facts.gpus.enumerated().map { GPUView($1, place: $0, matrix: matrix) }, matrix: matrix)
  }

  private init(_ facts: NodeFacts, _ gpus: [GPUView], matrix: Matrix) {
    self.facts = facts
    self.gpus = gpus
    branch = facts.driver.flatMap { matrix.driverBranch($0.branch) }
    hasNewerDriver = facts.driver.map { $0.branch > matrix.driverBranches.first?.branch ?? Int.max } ?? false
  }

  /// The same node with another driver.
  func with(_ driver: DriverVersion, _ matrix: Matrix) -> NodeView {
    var facts = facts
    facts.driver = driver
    facts.driverLibrary = nil
    facts.cudaDriver = nil
    return NodeView(facts, gpus, matrix: matrix)
  }

  /// The same node with one other GPU.
  func with(_ gpu: GPUFacts, _ matrix: Matrix) -> NodeView {
    var facts = facts
    facts.gpus = [gpu]
    return NodeView(facts, [GPUView(gpu, place: 0, matrix: matrix)], matrix: matrix)
  }

  /// Whether nobody knows anything of a subject, or the sources disagree.
  func hasGap(_ subject: FactGap.Subject) -> Bool { facts.gaps.contains { $0.subject == subject } }

  /// Why a subject is not known, in brackets' place: ": nvidia-smi did not answer"; empty where nobody said.
  func reason(_ subject: FactGap.Subject) -> String {
    facts.gaps.first { $0.subject == subject }.map { ": \($0.reason)" } ?? ""
  }
}

/// A GPU of a node, and the models that it may be.
struct GPUView: Sendable {
  /// What cannot be told apart by what is known of a GPU: models that all rules treat alike, but for memory.
  struct Variant: Sendable {
    let capability: ComputeCapability
    /// "data-center"; nil where no model is known.
    let kind: String?
    let firstBranch: Int?
    let lastBranch: Int?
    /// Whether only the open kernel modules drive it.
    let needsOpenModules: Bool
    /// The models; none where only the compute capability is known.
    var rows: [GPURow]
  }

  let place: Int
  let facts: GPUFacts
  /// Empty where the GPU cannot be told, and then ``problem`` says why.
  let variants: [Variant]
  let problem: Draft?

  init(_ facts: GPUFacts, place: Int, matrix: Matrix) {
    self.place = place
    self.facts = facts
    let rows = Self.narrowed(Self.rows(facts, matrix), by: facts, matrix)
    let agreeing = rows.filter { facts.capability == nil || $0.capability == facts.capability }
    if let capability = facts.capability, let row = rows.first, agreeing.isEmpty {
      variants = []
      problem = Self.contradiction(facts, capability, row, place)
      return
    }
    var variants: [Variant] = []
    for row in agreeing {
      let variant = Variant(row)
      if let known = variants.firstIndex(where: { $0.isAlike(variant) }) {
        variants[known].rows.append(row)
      } else {
        variants.append(variant)
      }
    }
    if variants.isEmpty, let capability = facts.capability { variants = [Variant(capability)] }
    self.variants = variants
    problem = rows.isEmpty ? Self.unknown(facts, place, matrix) : nil
  }

  /// What the node calls it.
  var name: String { Self.name(facts) }

  private static func name(_ facts: GPUFacts) -> String {
    if let name = facts.product ?? facts.vgpuType { return name }
    if let capability = facts.capability { return "GPU of compute capability \(capability)" }
    return facts.pciDeviceID.map { "GPU with PCI device \($0)" } ?? "GPU"
  }

  // MARK: Which model it is

  private static func rows(_ facts: GPUFacts, _ matrix: Matrix) -> [GPURow] {
    for name in [facts.product, facts.vgpuType] {
      guard let name else { continue }
      let rows = matrix.gpus(matching: name)
      if !rows.isEmpty { return rows }
    }
    guard let device = facts.pciDeviceID else { return [] }
    return matrix.gpus(pciID: device)
  }

  /// Those of several models that go with the rest of what is known; all where none does.
  private static func narrowed(_ rows: [GPURow], by facts: GPUFacts, _ matrix: Matrix) -> [GPURow] {
    guard rows.count > 1 else { return rows }
    var rows = rows
    if let device = facts.pciDeviceID {
      let named = Set(matrix.gpus(pciID: device).map(\.name))
      let same = rows.filter { named.contains($0.name) }
      if !same.isEmpty { rows = same }
    }
    if let memory = facts.memoryMiB, facts.vgpuType == nil {
      let same = rows.filter { $0.memoryGiB.contains { GPUMemory.isNominal($0, for: memory) } }
      if !same.isEmpty { rows = same }
    }
    return rows
  }

  private static func contradiction(
    _ facts: GPUFacts, _ capability: ComputeCapability, _ row: GPURow, _ place: Int
  ) -> Draft {
    Draft(
      .contradictoryFacts, .error,
      "\(name(facts)) has compute capability \(row.capability), but the node says \(capability)",
      gpu: place,
      evidence: [
        Evidence("node", "\(name(facts)), compute capability \(capability)"),
        Evidence("GPU", "\(row.name) has compute capability \(row.capability)", source: row.source),
      ])
  }

  private static func unknown(_ facts: GPUFacts, _ place: Int, _ matrix: Matrix) -> Draft? {
    let stated = facts.product ?? facts.vgpuType
    if let capability = facts.capability {
      guard let stated else { return nil }
      return Draft(
        .unknownGPU, .note,
        "the matrix does not know `\(stated)`; it is checked by its compute capability, \(capability)",
        gpu: place)
    }
    guard let stated else {
      return Draft(
        .noFacts, .error, "nothing is known of the model of a GPU", gpu: place, mends: [.measure])
    }
    var mends: [Mend] = []
    let near = matrix.gpuNames(near: stated)
    if let last = near.last {
      let names =
        near.count == 1
        ? "`\(last)`" : near.dropLast().map { "`\($0)`" }.joined(separator: ", ") + " or `\(last)`"
      mends.append(.other("write \(names), where that is meant"))
    }
    mends.append(.other("state the GPU's compute capability instead, such as 8.0"))
    return Draft(
      .unknownGPU, .error, "the matrix does not know the GPU `\(stated)`", gpu: place, mends: mends)
  }
}

extension GPUView.Variant {
  /// A model alone.
  init(_ row: GPURow) {
    capability = row.capability
    kind = row.kind
    firstBranch = row.firstBranch
    lastBranch = row.lastBranch
    // NVIDIA/open-gpu-kernel-modules, README: Grace Hopper and Blackwell data-center GPUs.
    needsOpenModules =
      row.kind == "data-center" && (row.architecture == "Blackwell" || row.name.hasPrefix("GH200"))
    rows = [row]
  }

  /// Any model of a compute capability.
  init(_ capability: ComputeCapability) {
    self.capability = capability
    (kind, firstBranch, lastBranch, needsOpenModules, rows) = (nil, nil, nil, false, [])
  }

  /// Whether all rules but those about memory treat another alike.
  func isAlike(_ other: GPUView.Variant) -> Bool {
    (capability, kind, firstBranch) == (other.capability, other.kind, other.firstBranch)
      && (lastBranch, needsOpenModules) == (other.lastBranch, other.needsOpenModules)
  }

  /// A row that says what its compute capability is.
  var evidence: [Evidence] {
    guard let row = rows.first else { return [] }
    return [Evidence("GPU", "\(row.name) has compute capability \(capability)", source: row.source)]
  }
}
