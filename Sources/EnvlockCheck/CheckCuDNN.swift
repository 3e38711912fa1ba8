import EnvlockModel
import EnvlockVersions

/// cuDNN's own floors.
extension Examination {
  func cudnnDrafts(_ outcome: DriverOutcome) -> [Draft] {
    guard let (version, need) = subject.cudnn else { return [] }
    var drafts: [Draft] = []
    if let draft = cudnnDriverDraft(version, need, outcome) { drafts.append(draft) }
    for gpu in node.gpus {
      drafts += spread(over: gpu) { variant in cudnnGPUDrafts(version, need, variant, gpu) }
    }
    return drafts
  }

  private func cudnnDriverDraft(_ version: Version, _ need: CuDNNNeed, _ outcome: DriverOutcome) -> Draft? {
    guard let floor = need.driver else { return nil }
    // Where the forward-compatibility package is used, its libraries are the driver that cuDNN meets.
    let isPackage = outcome.isForward
    guard let driver = isPackage ? subject.cuda?.forward?.packageDriver : node.facts.driver, driver < floor
    else { return nil }
    // Where CUDA itself asks for as much, one finding says it.
    if outcome.relation == .tooOld, !isPackage, let lowest = subject.cuda?.lowest, floor <= lowest {
      return nil
    }
    return .unless(
      weak: need.source.confidence(of: "drivers"), .cudnnDriver,
      "cuDNN \(version) needs driver \(floor) or newer, and this is \(isPackage ? "the package's " : "")driver \(driver)",
      evidence: [
        driverEvidence,
        Evidence(
          "cuDNN", "with CUDA \(subject.cuda?.cuda.major ?? 0) it needs driver \(floor)", source: need.source),
      ], remedies: [.build, .driver])
  }

  private func cudnnGPUDrafts(
    _ version: Version, _ need: CuDNNNeed, _ variant: GPUView.Variant, _ gpu: GPUView
  ) -> [Draft] {
    if let lowest = need.minCapability, variant.capability < lowest {
      return [
        .unless(
          weak: need.source.confidence(of: "sm_min"), .cudnnGPU,
          "cuDNN \(version) has no code for compute capability \(variant.capability)", gpu: gpu.place,
          evidence: [
            Evidence("cuDNN", "it runs on compute capability \(lowest) and newer", source: need.source)
          ] + variant.evidence, remedies: [.build, .otherGPU, .gpu])
      ]
    }
    // Code for X.0 also runs on higher minors of X.
    guard let highest = need.maxCapability, highest.major < variant.capability.major else { return [] }
    return [
      Draft(
        .cudnnGPU, .warning,
        "cuDNN \(version) was not made for compute capability \(variant.capability)", gpu: gpu.place,
        evidence: [
          Evidence("cuDNN", "its makers name compute capabilities up to \(highest)", source: need.source)
        ] + variant.evidence, remedies: [.build, .otherGPU])
    ]
  }
}
