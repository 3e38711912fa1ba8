import EnvlockModel
import EnvlockVersions

extension NodeLabels {
  private func value(_ name: String) -> String? { values["nvidia.com/\(name)"] }

  /// The number in a label; nil, with a gap, where it holds something else.
  private func number(
    in name: String, _ subject: FactGap.Subject, _ facts: inout NodeFacts
  ) -> Int? {
    guard let text = value(name) else { return nil }
    if let number = number(text) { return number }
    facts.gaps.append(FactGap(subject, reason: "the label \(name) says “\(text)”, which is no number"))
    return nil
  }

  /// The GPUs that the labels describe.
  func readGPUs(_ facts: inout NodeFacts) {
    guard let product = value("gpu.product") else {
      let reason = "no label of the node names its GPUs"
      if let count = number(in: "gpu.count", .gpus, &facts), count > 0 {
        facts.gpus = [GPUFacts(count: count)]
      }
      facts.gaps.append(FactGap(.gpus, reason: reason))
      return
    }
    var gpu = GPUFacts(name: product)
    gpu.capability = capability(&facts)
    if let model = product[...].without(suffix: "MIG-INVALID") {
      // The single strategy asks that all GPUs are divided alike; then no device is offered at all.
      gpu.product = String(model)
      gpu.mig = MIGFacts(isEnabled: true)
      facts.gpus = [gpu]
      facts.gaps.append(
        FactGap(
          .mig,
          reason:
            "GPU Feature Discovery calls its MIG layout invalid: under the strategy “single” all GPUs have to be "
            + "divided alike"))
      return
    }
    let count = number(in: "gpu.count", .gpus, &facts)
    // Its driver runs, but it drives no GPU.
    if count == 0 { return }
    gpu.count = count ?? 1
    let memory = number(in: "gpu.memory", .memory, &facts).flatMap { $0 > 0 ? $0 : nil }
    if let profile = gpu.mig?.instances.first?.profile {
      // Under the single strategy the labels describe one MIG device, not the GPU.
      gpu.mig?.instances = [MIGInstanceFacts(profile: profile, memoryMiB: memory)]
    } else {
      gpu.memoryMiB = memory
    }
    let replicas = number(in: "gpu.replicas", .gpus, &facts)
    readSharing(&gpu, replicas, &facts)
    if gpu.mig == nil {
      facts.gpus = divided(gpu, replicas, &facts)
    } else {
      facts.gpus = [gpu]
    }
    if count != nil { compareCapacity(gpu, replicas, &facts) }
    if let state = value("mig.config.state"), state != "success" {
      facts.gaps.append(
        FactGap(.mig, reason: "the label mig.config.state says \(state): its layout may change"))
    }
  }

  private func capability(_ facts: inout NodeFacts) -> ComputeCapability? {
    guard let major = value("gpu.compute.major"), let minor = value("gpu.compute.minor") else { return nil }
    if let capability = try? ComputeCapability("\(major).\(minor)") { return capability }
    facts.gaps.append(
      FactGap(.computeCapability, reason: "the labels gpu.compute.* say “\(major).\(minor)”, which is none"))
    return nil
  }

  // MARK: sharing

  private func readSharing(_ gpu: inout GPUFacts, _ replicas: Int?, _ facts: inout NodeFacts) {
    let several = replicas.flatMap { $0 > 1 ? $0 : nil }
    let isShared = gpu.sharing != nil || several != nil
    switch value("gpu.sharing-strategy") {
    case "time-slicing": gpu.sharing = SharingFacts(strategy: .timeSlicing, replicas: several)
    case "mps": gpu.sharing = SharingFacts(strategy: .mps, replicas: several)
    case "none":
      gpu.sharing = nil
      guard isShared else { return }
      facts.gaps.append(
        FactGap(
          .gpus, isContradiction: true,
          reason:
            "the label gpu.sharing-strategy says none, \(several == nil ? "gpu.product" : "gpu.replicas") that "
            + "the GPUs are shared"))
    default:
      // Older releases have no such label, and know time slicing only; MPS has one of its own since it exists.
      guard isShared else { return }
      gpu.sharing = SharingFacts(
        strategy: value("mps.capable") == "true" ? .mps : .timeSlicing, replicas: several)
    }
  }

  // MARK: MIG

  /// The GPUs of one model with what is known of MIG: those that are whole, and those that are divided.
  private func divided(_ gpu: GPUFacts, _ replicas: Int?, _ facts: inout NodeFacts) -> [GPUFacts] {
    let strategy = value("mig.strategy")
    let instances = mixedInstances(&facts)
    var gpu = gpu
    if instances.isEmpty {
      if replicas == 0 {
        // What is said of GPUs that are all in MIG mode.
        gpu.mig = MIGFacts(isEnabled: true)
        if strategy != "mixed" {
          facts.gaps.append(
            FactGap(
              .mig, reason: "the label gpu.replicas says that MIG is on, and no label names the instances"))
        }
      } else if strategy != nil, strategy != "none", value("mig.capable") == "true" {
        gpu.mig = MIGFacts(isEnabled: false)
      }
      return [gpu]
    }
    var whole = gpu
    whole.mig = MIGFacts(isEnabled: false)
    gpu.mig = MIGFacts(isEnabled: true, instances: instances)
    gpu.sharing = nil
    if replicas == 0 { return [gpu] }
    // The resource counts the GPUs that are not divided, each as often as it is shared.
    let offered = offeredGPUs.map { $0 / max(1, replicas ?? 1) }
    guard let offered, offered < gpu.count else {
      if offered == nil {
        facts.gaps.append(
          FactGap(.mig, reason: "the labels do not say how many of its \(gpu.count) GPUs are divided"))
        return [gpu]
      }
      facts.gaps.append(
        FactGap(
          .mig, isContradiction: true,
          reason: "the node has MIG instances, and offers all of its \(gpu.count) GPUs whole"))
      return [gpu]
    }
    if offered == 0 { return [gpu] }
    whole.count = offered
    gpu.count -= offered
    return [whole, gpu]
  }

  /// The instances of the mixed strategy, over all GPUs of the node, ordered by profile.
  private func mixedInstances(_ facts: inout NodeFacts) -> [MIGInstanceFacts] {
    var instances: [MIGInstanceFacts] = []
    let prefix = "nvidia.com/mig-"
    for key in values.keys.sorted() where key.hasPrefix(prefix) && key.hasSuffix(".count") {
      let name = key.dropFirst(prefix.count).dropLast(".count".count)
      guard let profile = MIGProfileName.canonical(name) else {
        facts.gaps.append(FactGap(.mig, reason: "the label mig-\(name).count names no MIG profile"))
        continue
      }
      guard let count = number(in: "mig-\(name).count", .mig, &facts), count > 0 else { continue }
      let memory = number(in: "mig-\(name).memory", .mig, &facts).flatMap { $0 > 0 ? $0 : nil }
      instances.append(MIGInstanceFacts(profile: profile, count: count, memoryMiB: memory))
    }
    if !instances.isEmpty { return instances }
    // Without those labels the resources still tell how many there are.
    for key in capacity.keys.sorted() where key.hasPrefix(prefix) {
      let name = key.dropFirst(prefix.count)
      guard let profile = MIGProfileName.canonical(name), let text = capacity[key],
        let count = number(text), count > 0
      else { continue }
      instances.append(MIGInstanceFacts(profile: profile, count: count))
    }
    return instances
  }

  // MARK: resources

  /// How many GPUs, or shares of one, the node offers; nil where its resources are not known.
  private var offeredGPUs: Int? {
    let counts = ["nvidia.com/gpu", "nvidia.com/gpu.shared"].compactMap {
      capacity[$0].flatMap { number($0) }
    }
    return counts.isEmpty ? nil : counts.reduce(0, +)
  }

  /// Compares the labels with the resources, which count the GPUs of every model.
  private func compareCapacity(_ gpu: GPUFacts, _ replicas: Int?, _ facts: inout NodeFacts) {
    guard let offered = offeredGPUs, replicas != 0, facts.gpus.count == 1 else { return }
    // Fewer are offered where one is not healthy; more only where there are more.
    let described = gpu.count * max(1, replicas ?? 1)
    guard offered > described else { return }
    facts.gpus.append(GPUFacts(count: max(1, (offered - described) / max(1, replicas ?? 1))))
    facts.gaps.append(
      FactGap(
        .gpus,
        reason: "the node offers \(offered) GPUs, and its labels describe \(described) of them, as "
          + "\(gpu.product ?? "GPUs"): the others are of a model that no label names"))
  }
}
