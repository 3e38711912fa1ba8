import EnvlockModel
import EnvlockVersions

/// The GPU: whether the driver drives it, whether the framework and the CUDA libraries have code for it.
extension Examination {
  // MARK: The driver's branch

  func drivenDrafts(_ variant: GPUView.Variant, _ gpu: GPUView) -> [Draft] {
    var drafts: [Draft] = []
    if let driver = node.facts.driver {
      if let draft = droppedDraft(driver, variant, gpu) { drafts.append(draft) }
      if let draft = tooNewDraft(driver, variant, gpu) { drafts.append(draft) }
    }
    if let draft = modulesDraft(variant, gpu) { drafts.append(draft) }
    return drafts
  }

  private func droppedDraft(_ driver: DriverVersion, _ variant: GPUView.Variant, _ gpu: GPUView) -> Draft? {
    if variant.kind == "jetson" { return nil }
    let branches = matrix.driverBranches
    // Of a branch without a row, the one before it: what was dropped does not come back.
    let row = branches.first { $0.branch <= driver.branch }
    var evidence: [Evidence] = []
    if let last = variant.lastBranch, last < driver.branch, let model = variant.rows.first {
      evidence.append(
        Evidence("GPU", "the last branch that drives \(model.name) is \(last)", source: model.source))
    }
    if let row, let lowest = row.minCapability, variant.capability < lowest {
      evidence.append(
        Evidence(
          "driver", "branch \(row.branch) drives compute capability \(lowest) and newer", source: row.source))
      let drop = branches.last { $0.branch <= driver.branch && ($0.minCapability ?? lowest) == lowest }
      if let drop, !drop.drops.isEmpty {
        evidence.append(
          Evidence(
            "driver", "branch \(drop.branch) dropped \(drop.drops.joined(separator: ", "))",
            source: drop.source))
      }
    }
    guard !evidence.isEmpty else { return nil }
    return Draft(
      .gpuNotDriven, .error, "driver \(driver) does not drive \(gpu.name) any more", gpu: gpu.place,
      evidence: evidence, remedies: [.otherGPU, .driver, .gpu])
  }

  private func tooNewDraft(_ driver: DriverVersion, _ variant: GPUView.Variant, _ gpu: GPUView) -> Draft? {
    if variant.kind == "jetson" { return nil }
    // Of a bare compute capability, the first branch of its first model.
    let models =
      variant.rows.isEmpty ? matrix.gpus.filter { $0.capability == variant.capability } : variant.rows
    guard let first = models.compactMap(\.firstBranch).min(), driver.branch < first,
      let model = models.first(where: { $0.firstBranch == first })
    else { return nil }
    let confidence = model.source.confidence(of: "first_branch") ?? (variant.rows.isEmpty ? .derived : nil)
    return .unless(
      weak: confidence, .gpuNotDriven, "driver \(driver) does not know \(gpu.name) yet", gpu: gpu.place,
      evidence: [
        Evidence("GPU", "the first branch that drives \(model.name) is \(first)", source: model.source)
      ], remedies: [.otherGPU, .driver, .gpu])
  }

  /// Turing is the first architecture with open kernel modules (NVIDIA/open-gpu-kernel-modules, README).
  private func modulesDraft(_ variant: GPUView.Variant, _ gpu: GPUView) -> Draft? {
    guard let isOpen = node.facts.hasOpenModules, variant.kind != "jetson" else { return nil }
    let isTuring = (variant.capability.major, variant.capability.minor) >= (7, 5)
    if isOpen, !isTuring {
      return Draft(
        .openModules, .error, "the open kernel modules do not drive \(gpu.name)", gpu: gpu.place,
        evidence: [Evidence("node", "its kernel modules are the open ones")] + variant.evidence + [
          Evidence("rule", "they drive Turing (7.5) and newer (NVIDIA/open-gpu-kernel-modules, README)")
        ], mends: [.other("install the closed kernel modules of the same driver")], remedies: [.otherGPU])
    }
    guard !isOpen, variant.needsOpenModules, let model = variant.rows.first else { return nil }
    return Draft(
      .openModules, .error, "\(gpu.name) needs the open kernel modules", gpu: gpu.place,
      evidence: [
        Evidence("node", "its kernel modules are the closed ones"),
        Evidence("GPU", "\(model.name) is \(model.architecture), for data centers", source: model.source),
        Evidence(
          "rule",
          "Grace Hopper and Blackwell data-center GPUs need them (NVIDIA/open-gpu-kernel-modules, README)"),
      ], mends: [.other("install the open kernel modules of the same driver")], remedies: [.otherGPU])
  }

  // MARK: The framework's code

  func kernelDrafts(_ variant: GPUView.Variant, _ gpu: GPUView) -> [Draft] {
    subject.frameworks.filter(\.hasKnownCode).compactMap { kernelDraft($0, variant, gpu) }
  }

  private func kernelDraft(
    _ framework: Framework, _ variant: GPUView.Variant, _ gpu: GPUView
  ) -> Draft? {
    let capability = variant.capability
    switch GPUCode.use(by: capability, kernels: framework.kernels, ptx: framework.ptx) {
    case .compiled: return nil
    case .ptx(let ptx): return ptxDraft(framework, ptx, variant, gpu)
    case .perhaps:
      return Draft(
        .noKernel, .warning,
        "\(framework.title) has no compiled code for compute capability \(capability), and whether it has PTX is not known",
        gpu: gpu.place, evidence: codeEvidence(framework) + variant.evidence,
        remedies: [.build, .otherGPU, .gpu])
    case .none:
      return .unless(
        weak: framework.codeConfidence, .noKernel,
        "\(framework.title) has neither compiled code nor PTX for compute capability \(capability)",
        gpu: gpu.place, evidence: codeEvidence(framework) + variant.evidence,
        remedies: [.build, .otherGPU, .gpu])
    }
  }

  private func ptxDraft(
    _ framework: Framework, _ ptx: ComputeCapability, _ variant: GPUView.Variant, _ gpu: GPUView
  ) -> Draft {
    let evidence = codeEvidence(framework) + variant.evidence
    if let need = framework.cuda, !compiles(need) {
      var evidence = evidence + [driverEvidence] + fullEvidence(need)
      evidence.append(
        Evidence(
          "rule", "PTX of a newer toolkit is outside minor-version compatibility",
          source: need.minorSource ?? need.fullSource))
      return .unless(
        weak: framework.codeConfidence ?? need.fullConfidence, .ptxTooNew,
        "\(framework.title) has no compiled code for compute capability \(variant.capability), and its PTX cannot be compiled here",
        gpu: gpu.place, evidence: evidence,
        remedies: [.build, .forwardCompatibility, .otherGPU, .driver, .gpu])
    }
    return Draft(
      .ptxCompiled, .warning,
      "\(framework.title) has only PTX for compute capability \(variant.capability), which the driver compiles at the first start",
      gpu: gpu.place,
      evidence: evidence + [
        Evidence(
          "cost",
          "the first start can take many minutes, and again after each change of driver; keep ~/.nv/ComputeCache, and give it room by CUDA_CACHE_MAXSIZE"
        )
      ], remedies: [.build, .otherGPU])
  }

  /// Whether the driver, or the package in its place, compiles the PTX of a CUDA release; where nothing is known of
  /// the driver, as if.
  private func compiles(_ need: CUDANeed) -> Bool {
    if let outcome, outcome.isForward, let stack = subject.cuda, need.cuda <= stack.cuda { return true }
    switch DriverRelation(need, node) {
    case .full, .unknown: return true
    case .minor, .tooOld: return false
    }
  }

  private func codeEvidence(_ framework: Framework) -> [Evidence] {
    var evidence = [Evidence("kernels", framework.codeText, source: framework.codeSource)]
    if let cuda = framework.cuda?.cuda, cuda.major >= 13, framework.ptx?.isEmpty == true {
      evidence.append(
        Evidence(
          "PTX", "the CUDA \(cuda.major) wheels of \(framework.title) carry none",
          source: framework.codeSource))
    }
    return evidence
  }

  /// Frameworks whose code is not known.
  var frameworkDrafts: [Draft] {
    guard subject.cuda != nil, !node.facts.gpus.isEmpty else { return [] }
    if subject.frameworks.isEmpty {
      return [
        Draft(
          .newerThanMatrix, .note,
          "which GPUs the wheels have code for is not in the matrix, so only the CUDA libraries were checked against them"
        )
      ]
    }
    return subject.frameworks.filter { !$0.hasKnownCode && !$0.isForCPU }.map { framework in
      if framework.row == nil {
        let what = framework.isKnownRelease ? "this build of \(framework.title)" : framework.title
        return Draft(
          .newerThanMatrix, .warning,
          "\(what) is not in the matrix, so its kernels could not be checked against the GPUs")
      }
      return Draft(
        .noKernel, .warning,
        "which GPUs \(framework.title) has code for is not known, so it could not be checked",
        evidence: [Evidence("kernels", "not in the matrix", source: framework.row?.source)])
    }
  }

  // MARK: The CUDA libraries

  func libraryDrafts(_ variant: GPUView.Variant, _ gpu: GPUView, _ need: CUDANeed) -> [Draft] {
    var evidence: [Evidence] = []
    var confidence: MatrixConfidence?
    if let last = variant.rows.compactMap(\.lastCUDA).max(), last < need.cuda, let model = variant.rows.first,
      variant.rows.allSatisfy({ $0.lastCUDA != nil })
    {
      evidence.append(
        Evidence("GPU", "the last CUDA with code for \(model.name) is \(last)", source: model.source))
      confidence = model.source.confidence(of: "last_cuda")
    }
    if let targets = need.targets, let lowest = targets.capabilities.min(), variant.capability < lowest {
      evidence.append(
        Evidence(
          "CUDA", "CUDA \(need.cuda) makes code for compute capability \(lowest) and newer",
          source: targets.source))
      confidence = targets.source.confidence(of: "sm")
    }
    guard !evidence.isEmpty else { return [] }
    return [
      .unless(
        weak: confidence, .toolkitDroppedGPU,
        "the libraries of CUDA \(need.cuda) have no code for compute capability \(variant.capability)",
        gpu: gpu.place, evidence: evidence, remedies: [.build, .otherGPU, .gpu])
    ]
  }
}
