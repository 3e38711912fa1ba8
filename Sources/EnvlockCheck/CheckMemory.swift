import EnvlockModel

/// The GPU memory that was asked for, and GPUs that several programs share.
extension Examination {
  func memoryDrafts(_ gpu: GPUView) -> [Draft] {
    guard let asked = options.gpuMemoryMiB, gpu.facts.mig?.isEnabled != true else { return [] }
    // Of a GPU that is not known at all, that is said already.
    if gpu.variants.isEmpty, gpu.facts.memoryMiB == nil { return [] }
    if let reported = gpu.facts.memoryMiB { return reportedDrafts(asked, reported, gpu) }
    if let type = gpu.facts.vgpuType, let size = GPUMemory.gigabytes(inProfile: type) {
      guard !GPUMemory.meets(asked, nominalGiB: size) else { return [] }
      return [lackDraft(asked, "\(size) GiB", gpu)]
    }
    return nominalDrafts(asked, gpu)
  }

  /// By what the GPU reports.
  private func reportedDrafts(_ asked: Int, _ reported: Int, _ gpu: GPUView) -> [Draft] {
    if asked <= reported { return [] }
    let rows = gpu.variants.flatMap(\.rows)
    let nominal = rows.flatMap(\.memoryGiB).filter { GPUMemory.isNominal($0, for: reported) }.max()
    let isMet =
      nominal.map { GPUMemory.meets(asked, nominalGiB: $0) }
      ?? (rows.isEmpty && GPUMemory.isNominal(asked / 1024, for: reported))
    guard GPUMemory.isWhole(asked), gpu.facts.vgpuType == nil, isMet else {
      return [lackDraft(asked, "\(reported) MiB", gpu)]
    }
    return [
      Draft(
        .gpuMemory, .note,
        "\(gpu.name) counts as one with \(GPUMemory.text(asked)), of which \(reported) MiB are usable",
        gpu: gpu.place, evidence: memoryEvidence(gpu))
    ]
  }

  /// By what the models are sold with.
  private func nominalDrafts(_ asked: Int, _ gpu: GPUView) -> [Draft] {
    let rows = gpu.variants.flatMap(\.rows)
    if rows.isEmpty || rows.contains(where: { $0.memoryGiB.isEmpty }) {
      let reason = node.reason(.memory)
      return [
        Draft(
          .noFacts, .error, "the memory of \(gpu.name) is not known\(reason)", gpu: gpu.place,
          mends: [.measure])
      ]
    }
    func meets(_ size: Int) -> Bool { GPUMemory.meets(asked, nominalGiB: size) }
    let small = rows.filter { !$0.memoryGiB.contains(where: meets) }
    if !small.isEmpty {
      let sizes = Set(small.flatMap(\.memoryGiB)).sorted().map { "\($0)" }.joined(separator: " or ")
      let confidence = small.compactMap { $0.source.confidence(of: "memory_gib") }.first
      var draft = lackDraft(asked, "\(sizes) GiB", gpu, confidence)
      let large = rows.filter { $0.memoryGiB.contains(where: meets) }
      if large.isEmpty { return [draft] }
      draft.summary = "as \(Self.names(small)): \(draft.summary)"
      return [Self.partly(draft, not: large, gpu)]
    }
    guard let mixed = rows.first(where: { !$0.memoryGiB.allSatisfy(meets) }) else { return [] }
    // One model, several sizes.
    let sizes = mixed.memoryGiB.map { "\($0)" }.joined(separator: " and ")
    return [
      Draft(
        .noFacts, .error,
        "\(mixed.name) is sold with \(sizes) GiB, and which one this is, is not known", gpu: gpu.place,
        evidence: memoryEvidence(gpu), mends: [.measure])
    ]
  }

  private func lackDraft(_ asked: Int, _ has: String, _ gpu: GPUView, _ weak: MatrixConfidence? = nil)
    -> Draft
  {
    Draft.unless(
      weak: weak, .gpuMemory, "\(gpu.name) has \(has) of memory, and \(GPUMemory.text(asked)) are asked for",
      gpu: gpu.place, evidence: memoryEvidence(gpu), remedies: [.otherGPU]
    ).adding([.other("use a GPU with \(GPUMemory.text(asked)) of memory or more")])
  }

  private func memoryEvidence(_ gpu: GPUView) -> [Evidence] {
    var evidence: [Evidence] = []
    if let reported = gpu.facts.memoryMiB {
      evidence.append(Evidence("node", "\(gpu.name) reports \(reported) MiB"))
    }
    for row in gpu.variants.flatMap(\.rows) where !row.memoryGiB.isEmpty {
      let sizes = row.memoryGiB.map { "\($0)" }.joined(separator: " or ")
      evidence.append(Evidence("GPU", "\(row.name) is sold with \(sizes) GiB", source: row.source))
    }
    return evidence
  }

  // MARK: Shared GPUs

  func sharingDrafts(_ gpu: GPUView) -> [Draft] {
    guard let sharing = gpu.facts.sharing, sharing.replicas != 1 else { return [] }
    let asked = options.gpuMemoryMiB
    let severity: Severity = asked == nil ? .note : .warning
    let number = sharing.replicas.map { "\($0) programs" } ?? "several programs"
    let how = sharing.strategy == .mps ? "MPS" : "time slicing"
    var evidence = [Evidence("node", "\(gpu.name) is offered by \(how) to \(number)")]
    if sharing.strategy == .mps {
      // NVIDIA/k8s-device-plugin: its MPS daemon limits each program to its part; a daemon of one's own does not.
      evidence.append(
        Evidence(
          "rule",
          "NVIDIA's device plugin gives each an equal part of the memory; MPS by itself does not divide it"))
    } else {
      evidence.append(
        Evidence("rule", "time slicing divides no memory: what one program takes, the others lack"))
    }
    let want = asked.map { ", and \(GPUMemory.text($0)) are asked for" } ?? ""
    return [
      Draft(
        .sharedMemory, severity,
        "the memory of \(gpu.name) is shared by \(number)\(want)", gpu: gpu.place, evidence: evidence,
        mends: asked == nil ? [] : [.other("use a whole GPU, or a MIG instance, whose memory is its own")])
    ]
  }
}
