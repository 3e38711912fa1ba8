import EnvlockModel

/// GPUs that are divided by MIG: a program sees one instance, never the whole.
extension Examination {
  func migDrafts(_ gpu: GPUView) -> [Draft] {
    guard let mig = gpu.facts.mig else { return [] }
    var drafts: [Draft] = []
    if let pending = mig.isPending, pending != mig.isEnabled {
      drafts.append(
        Draft(
          .migInstances, .warning,
          "MIG of \(gpu.name) is \(mig.isEnabled ? "on" : "off") and will be \(pending ? "on" : "off") after the next reset",
          gpu: gpu.place))
    }
    guard mig.isEnabled else { return drafts }
    let rows = gpu.variants.flatMap(\.rows)
    if !rows.isEmpty, rows.allSatisfy({ $0.hasMIG == false }), let row = rows.first {
      drafts.append(
        Draft(
          .contradictoryFacts, .error,
          "\(gpu.name) cannot be divided by MIG, but the node says that MIG is on",
          gpu: gpu.place, evidence: [Evidence("GPU", "\(row.name) has no MIG", source: row.source)]))
      return drafts
    }
    if mig.instances.isEmpty { return drafts + [emptyDraft(gpu)] }
    if let asked = options.gpuMemoryMiB, let draft = smallDraft(asked, mig, gpu) { drafts.append(draft) }
    return drafts
  }

  private func emptyDraft(_ gpu: GPUView) -> Draft {
    if node.hasGap(.mig) {
      return Draft(
        .noFacts, .error, "which MIG instances \(gpu.name) has is not known\(node.reason(.mig))",
        gpu: gpu.place)
    }
    return Draft(
      .migInstances, .error, "MIG of \(gpu.name) is on and there is no instance, so CUDA sees no device",
      gpu: gpu.place, mends: createMends(0, gpu) + [.other("turn MIG off: `nvidia-smi -mig 0`")],
      remedies: [.otherGPU])
  }

  private func smallDraft(_ asked: Int, _ mig: MIGFacts, _ gpu: GPUView) -> Draft? {
    let sizes = mig.instances.map { instance in
      (
        instance: instance, memory: memory(of: instance, gpu),
        gb: GPUMemory.gigabytes(inProfile: instance.profile)
      )
    }
    if sizes.contains(where: { Self.meets(asked, $0.memory, $0.gb) }) { return nil }
    if let unsized = sizes.first(where: { $0.memory == nil && $0.gb == nil }) {
      return Draft(
        .noFacts, .error, "the memory of MIG instance \(unsized.instance.profile) is not known",
        gpu: gpu.place)
    }
    let list = sizes.map { size in
      let memory = size.memory.map { ", \($0) MiB" } ?? ""
      return "\(size.instance.count) x \(size.instance.profile)\(memory)"
    }
    return Draft(
      .migInstances, .error,
      "no MIG instance of \(gpu.name) has the \(GPUMemory.text(asked)) of memory that are asked for",
      gpu: gpu.place, evidence: [Evidence("node", list.joined(separator: "; "))] + profileEvidence(mig, gpu),
      mends: createMends(asked, gpu), remedies: [.otherGPU])
  }

  /// An instance of 40gb counts as one with 40 GiB, though it reports some less, as GPUs do.
  private static func meets(_ asked: Int, _ memory: Int?, _ gb: Int?) -> Bool {
    if let memory, asked <= memory { return true }
    guard let gb, memory == nil || GPUMemory.isWhole(asked) else { return false }
    return GPUMemory.meets(asked, nominalGiB: gb)
  }

  private func memory(of instance: MIGInstanceFacts, _ gpu: GPUView) -> Int? {
    instance.memoryMiB
      ?? profiles(gpu).first { $0.name == MIGProfile.normalised(instance.profile) }?.memoryMiB
  }

  /// The profiles of the first model that it may be and of which they are known.
  private func profiles(_ gpu: GPUView) -> [MIGProfile] {
    gpu.variants.flatMap(\.rows).lazy.compactMap { matrix.mig(of: $0)?.profiles }.first ?? []
  }

  private func profileEvidence(_ mig: MIGFacts, _ gpu: GPUView) -> [Evidence] {
    let profiles = profiles(gpu)
    return mig.instances.compactMap { instance in
      guard let profile = profiles.first(where: { $0.name == MIGProfile.normalised(instance.profile) }),
        let memory = profile.memoryMiB
      else { return nil }
      return Evidence("profile", "\(profile.name) has \(memory) MiB", source: profile.source)
    }
  }

  /// The smallest profile that has the memory.
  private func createMends(_ asked: Int, _ gpu: GPUView) -> [Mend] {
    let good = profiles(gpu).filter {
      Self.meets(asked, $0.memoryMiB, GPUMemory.gigabytes(inProfile: $0.name)) && !$0.name.contains("+")
    }
    guard
      let least = good.min(by: {
        ($0.memorySlices ?? 0, $0.computeSlices) < ($1.memorySlices ?? 0, $1.computeSlices)
      })
    else { return [] }
    let size = least.memoryMiB.map { " (\($0) MiB)" } ?? ""
    return [
      .other(
        "make an instance of profile \(least.name)\(size) or larger: `nvidia-smi mig -cgi \(least.name) -C`")
    ]
  }
}
