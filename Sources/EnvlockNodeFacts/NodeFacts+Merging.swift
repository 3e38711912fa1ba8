import EnvlockModel
import EnvlockVersions

extension NodeFacts {
  /// What several sources know of one node together.
  ///
  /// The source that stands nearest to the hardware leads, and the others fill in what it does not know. What two say
  /// differently is a contradiction, and of a version nothing remains.
  static func merged(_ parts: [NodeFacts]) -> NodeFacts {
    // The sort must be stable, since equal ranks keep the order in which they were read.
    let order = parts.indices.sorted { (parts[$0].origin.rank, $0) < (parts[$1].origin.rank, $1) }
    guard let first = order.first else { return NodeFacts(origin: .declared) }
    return order.dropFirst().reduce(parts[first]) { $0.completed(by: parts[$1]) }
  }

  /// These facts and what the same source says again: the rest of a node's resource slices, or the same once more.
  func joined(with other: NodeFacts) -> NodeFacts {
    if self == other || kind == other.kind && origin != .resourceSlice { return self }
    guard origin == .resourceSlice else { return completed(by: other) }
    var joined = self
    joined.reconcileVersions(with: other)
    for gpu in other.gpus { joined.add(gpu) }
    for gap in other.gaps where !joined.gaps.contains(gap) { joined.gaps.append(gap) }
    return joined
  }

  /// Adds a GPU, or more of one that is known by its UUID.
  mutating func add(_ gpu: GPUFacts) {
    guard let uuid = gpu.uuid, let place = gpus.firstIndex(where: { $0.uuid == uuid }) else {
      gpus.append(gpu)
      return
    }
    gpus[place].product = gpus[place].product ?? gpu.product
    gpus[place].capability = gpus[place].capability ?? gpu.capability
    gpus[place].memoryMiB = gpus[place].memoryMiB ?? gpu.memoryMiB
    gpus[place].pciBusID = gpus[place].pciBusID ?? gpu.pciBusID
    guard let more = gpu.mig else { return }
    guard var mig = gpus[place].mig else {
      gpus[place].mig = more
      return
    }
    mig.isEnabled = mig.isEnabled || more.isEnabled
    for instance in more.instances
    where instance.uuid == nil || !mig.instances.contains(where: { $0.uuid == instance.uuid }) {
      mig.instances.append(instance)
    }
    gpus[place].mig = mig
  }

  // MARK: two sources

  private func completed(by other: NodeFacts) -> NodeFacts {
    var facts = self
    let knewDriver = driver != nil
    facts.reconcileVersions(with: other)
    facts.hasOpenModules = hasOpenModules ?? other.hasOpenModules
    facts.vgpuHost = vgpuHost ?? other.vgpuHost
    facts.system = system ?? other.system
    if gpus.isEmpty {
      facts.gpus = other.gpus
      if !other.gpus.isEmpty, !gaps.contains(where: { $0.subject == .gpus }) {
        facts.contradict(.gpus, other, "no GPU", "\(other.gpuCount)")
      }
    } else if !other.gpus.isEmpty {
      facts.reconcileGPUs(with: other)
    } else if !other.gaps.contains(where: { $0.subject == .gpus }) {
      facts.contradict(.gpus, other, "\(gpuCount)", "no GPU")
    }
    // What one could not find out is no gap any more where the other knows it.
    if !knewDriver, facts.driver != nil {
      facts.gaps.removeAll { $0.subject == .driver && !$0.isContradiction }
    }
    if gpus.isEmpty, !facts.gpus.isEmpty { facts.gaps.removeAll { $0.isOfGPUs && !$0.isContradiction } }
    for gap in other.gaps where !facts.gaps.contains(gap) {
      let isKnown = gap.subject == .driver ? facts.driver != nil : gap.isOfGPUs && !gpus.isEmpty
      if gap.isContradiction || !isKnown { facts.gaps.append(gap) }
    }
    return facts
  }

  private mutating func reconcileVersions(with other: NodeFacts) {
    driver = agreed(driver, other.driver, .driver, "driver ", other)
    driverLibrary = agreed(driverLibrary, other.driverLibrary, .driver, "driver libraries ", other)
    cudaDriver = agreed(cudaDriver, other.cudaDriver, .driver, "CUDA ", other)
    platform = agreed(platform, other.platform, .system, "", other)
  }

  /// What both say, or the one that says anything; nil, with a gap, where they differ.
  private mutating func agreed<Value: Equatable & CustomStringConvertible>(
    _ mine: Value?, _ theirs: Value?, _ subject: FactGap.Subject, _ what: String, _ other: NodeFacts
  ) -> Value? {
    guard let theirs else { return mine }
    guard let mine else {
      // Once contradicted, it stays unknown whatever a third one says.
      return gaps.contains { $0.subject == subject && $0.isContradiction } ? nil : theirs
    }
    if mine == theirs { return mine }
    contradict(subject, other, what + mine.description, what + theirs.description)
    return nil
  }

  private mutating func contradict(
    _ subject: FactGap.Subject, _ other: NodeFacts, _ mine: String, _ theirs: String
  ) {
    let sources =
      origin == other.origin
      ? ("\(origin.words) say \(mine)", "elsewhere \(theirs)")
      : ("\(origin.words) say \(mine)", "\(other.origin.words) \(theirs)")
    gaps.append(FactGap(subject, isContradiction: true, reason: "\(sources.0), \(sources.1)"))
  }

  private mutating func reconcileGPUs(with other: NodeFacts) {
    // Of a GPU that is only counted nothing can be compared.
    for theirs in other.gpus where theirs.product != nil || theirs.capability != nil {
      let places = gpus.indices.filter { gpus[$0].mayBe(theirs) }
      guard !places.isEmpty else {
        contradict(.gpus, other, gpus.map(\.words).joined(separator: ", "), theirs.words)
        continue
      }
      // Kubernetes counts MIG devices where others count GPUs.
      let isDivided = theirs.mig?.isEnabled == true || places.contains { gpus[$0].mig?.isEnabled == true }
      let count = places.reduce(0) { $0 + gpus[$1].count }
      let theirCount = other.gpus.filter { $0.product == theirs.product }.reduce(0) { $0 + $1.count }
      if !isDivided, count != theirCount {
        contradict(.gpus, other, gpus[places[0]].words(count), theirs.words(theirCount))
      }
      for place in places {
        gpus[place].product = gpus[place].product ?? theirs.product
        gpus[place].capability = gpus[place].capability ?? theirs.capability
        gpus[place].memoryMiB = gpus[place].memoryMiB ?? theirs.memoryMiB
        gpus[place].sharing = gpus[place].sharing ?? theirs.sharing
        gpus[place].mig = gpus[place].mig ?? theirs.mig
        gpus[place].vgpuType = gpus[place].vgpuType ?? theirs.vgpuType
      }
    }
  }

  private var gpuCount: String {
    let count = gpus.reduce(0) { $0 + $1.count }
    return count == 1 ? "1 GPU" : "\(count) GPUs"
  }
}

extension NodeFacts.Origin {
  /// How near to the hardware it stands; 0 is nearest.
  fileprivate var rank: Int {
    switch self {
    case .probe: 0
    case .smiXML: 1
    case .resourceSlice: 2
    case .kubernetesLabels: 3
    case .declared: 4
    }
  }

  /// A plural that can stand before "say".
  fileprivate var words: String {
    switch self {
    case .declared: "the arguments"
    case .probe: "the probe's facts"
    case .kubernetesLabels: "the node's labels"
    case .resourceSlice: "its resource slices"
    case .smiXML: "nvidia-smi's values"
    }
  }
}

extension FactGap {
  fileprivate var isOfGPUs: Bool {
    subject == .gpus || subject == .memory || subject == .computeCapability || subject == .mig
  }
}

extension GPUFacts {
  /// Whether nothing that is known of both tells them apart.
  fileprivate func mayBe(_ other: GPUFacts) -> Bool {
    if let capability, let theirs = other.capability, capability != theirs { return false }
    guard let product, let theirs = other.product else { return true }
    let (mine, others) = (Self.words(of: product), Self.words(of: theirs))
    return mine.starts(with: others) || others.starts(with: mine)
  }

  /// The words of a name without the maker's and brand names, so that "NVIDIA A100-SXM4-80GB" and
  /// "NVIDIA-A100-SXM4-80GB" are the same.
  private static func words(of name: String) -> [Substring] {
    name.lowercased().split { !$0.isLetter && !$0.isNumber }
      .filter { !["nvidia", "tesla", "geforce", "grid"].contains($0) }
  }

  fileprivate var words: String { words(count) }

  /// "2x NVIDIA A100-SXM4-80GB (8.0)".
  fileprivate func words(_ count: Int) -> String {
    let name = product ?? "GPU"
    return "\(count)x \(name)" + (capability.map { " (\($0))" } ?? "")
  }
}
