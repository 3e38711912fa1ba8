import EnvlockModel
import EnvlockVersions

/// What is known of the node, and whether the lock has anything for it.
extension Examination {
  // MARK: The platform

  var platformDraft: Draft? {
    guard let platform = node.facts.platform, platform != subject.stack.platform else { return nil }
    return Self.platformDraft(platform, has: [subject.stack.platform])
  }

  static func platformDraft(_ platform: Platform, has others: [Platform]) -> Draft {
    let list = others.map(\.description).joined(separator: " and ")
    return Draft(
      .platform, .error, "there is no answer for \(platform)",
      evidence: [
        Evidence("node", platform.description),
        Evidence("lock", list.isEmpty ? "it is empty" : "it is for \(list)"),
      ], mends: [.other("add \(platform) to the manifest's platforms and resolve again")])
  }

  // MARK: The facts

  var factDrafts: [Draft] { gapDrafts + libraryMismatchDrafts + driverFactDrafts + gpuFactDrafts }

  private func isNeeded(_ subject: FactGap.Subject) -> Bool {
    switch subject {
    case .driver, .gpus, .computeCapability: true
    case .memory, .mig: options.gpuMemoryMiB != nil
    case .vgpu, .system: false
    }
  }

  private var gapDrafts: [Draft] {
    node.facts.gaps.filter(\.isContradiction).map { gap in
      Draft(
        .contradictoryFacts, isNeeded(gap.subject) ? .error : .warning,
        "what the node says of its \(Self.words(gap.subject)) contradicts itself",
        evidence: [Evidence("node", gap.reason)], mends: [.measure])
    }
  }

  private static func words(_ subject: FactGap.Subject) -> String {
    switch subject {
    case .driver: "driver"
    case .gpus: "GPUs"
    case .computeCapability: "compute capability"
    case .memory: "GPU memory"
    case .mig: "MIG instances"
    case .vgpu: "vGPU"
    case .system: "system"
    }
  }

  private var libraryMismatchDrafts: [Draft] {
    guard let driver = node.facts.driver, let library = node.facts.driverLibrary, library != driver else {
      return []
    }
    return [
      Draft(
        .libraryMismatch, .error,
        "the driver's libraries are \(library) and its kernel module is \(driver) (`Driver/library version mismatch`)",
        evidence: [Evidence("node", "kernel module \(driver), libraries \(library)")],
        mends: [
          .other(
            "restart the node, or unload and load the nvidia modules, so that module \(library) is loaded"),
          .other("install the libraries of driver \(driver)"),
        ])
    ]
  }

  private var driverFactDrafts: [Draft] {
    let facts = node.facts
    if let driver = facts.driver {
      guard let said = facts.cudaDriver, let row = node.branch, let newest = row.cudaMax,
        row.source.confidence(of: "cuda_max") == nil, (said.major, said.minor) != (newest.major, newest.minor)
      else { return [] }
      let evidence = [
        Evidence("node", "driver \(driver), CUDA \(said)"),
        Evidence("driver", "branch \(row.branch) knows CUDA \(newest)", source: row.source),
      ]
      if said < newest {
        return [
          Draft(
            .contradictoryFacts, .error,
            "driver \(driver) knows CUDA \(newest), but the node says that it knows only \(said)",
            evidence: evidence, mends: [.measure])
        ]
      }
      return [
        Draft(
          .contradictoryFacts, .warning,
          "the node says that it knows CUDA \(said), which is newer than what driver \(driver) knows: libraries of another driver may be in place",
          evidence: evidence)
      ]
    }
    if facts.cudaDriver != nil || lacksGPUs || hasContradiction(.driver) { return [] }
    return [
      Draft(
        .noFacts, .error, "the node's driver is not known\(node.reason(.driver))",
        mends: [.measure, .other("state it with `--driver`")])
    ]
  }

  private func hasContradiction(_ subject: FactGap.Subject) -> Bool {
    node.facts.gaps.contains { $0.subject == subject && $0.isContradiction }
  }

  /// Whether it is known that the node has no GPU. Whoever states a driver alone has not said so.
  private var lacksGPUs: Bool {
    node.facts.gpus.isEmpty && !node.hasGap(.gpus) && node.facts.origin != .declared
  }

  private var gpuFactDrafts: [Draft] {
    if node.facts.gpus.isEmpty {
      if lacksGPUs {
        return [
          Draft(
            .noGPU, .error, "\(subject.stack.title) needs a GPU, and the node has none",
            evidence: [Evidence("lock", "it brings CUDA \(subject.cuda.map { "\($0.cuda)" } ?? "")")],
            mends: [.other("resolve with `--cuda cpu` for nodes without a GPU")])
        ]
      }
      if hasContradiction(.gpus) { return [] }
      return [
        Draft(
          .noFacts, .error,
          node.facts.origin == .declared
            ? "no GPU was named" : "the node's GPUs are not known\(node.reason(.gpus))",
          mends: [.measure, .other("name them with `--gpu`")])
      ]
    }
    return node.gpus.compactMap(\.problem)
  }

  // MARK: Builds for the CPU

  var cpuDrafts: [Draft] {
    let frameworks = subject.frameworks
    guard subject.cuda == nil else {
      let hasGPUCode = frameworks.contains { !$0.isForCPU }
      return frameworks.filter(\.isForCPU).map { framework in
        // "tensorflow-cpu" beside a torch for CUDA is meant so.
        let isMeant = framework.stratum.name.text.hasSuffix("-cpu")
        return cpuDraft(
          isMeant ? .note : hasGPUCode ? .warning : .error, framework, because: "the lock brings CUDA")
      }
    }
    let hasGPU = !node.facts.gpus.isEmpty
    guard let framework = frameworks.first else {
      return [Draft(.cpuBuild, .note, "nothing in the lock needs a GPU")]
    }
    switch intent {
    case .gpu(let words): return [cpuDraft(.error, framework, because: words)]
    case .elsewhere(let platform) where hasGPU:
      return [cpuDraft(.error, framework, because: "for \(platform) the lock brings CUDA")]
    case .unstated where hasGPU && hasGPUBuild(framework):
      return [cpuDraft(.warning, framework, because: "the node has a GPU")]
    case .cpu, .elsewhere, .unstated:
      return [
        Draft(
          .cpuBuild, .note, "the lock brings no CUDA: it needs no GPU, and uses none",
          evidence: [codeLessEvidence(framework)])
      ]
    }
  }

  private func cpuDraft(_ severity: Severity, _ framework: Framework, because reason: String) -> Draft {
    let what =
      framework.isForCPU
      ? "\(framework.title) for \(subject.stack.platform) has no GPU code"
      : "\(framework.title) comes without CUDA libraries"
    return Draft(
      .cpuBuild, severity, "\(what) and would run on the CPU without a word, but \(reason)",
      evidence: [codeLessEvidence(framework)], remedies: severity == .note ? [] : [.build])
  }

  private func codeLessEvidence(_ framework: Framework) -> Evidence {
    Evidence(
      "kernels", framework.isForCPU ? "none, and no PTX" : "\(framework.title) brings no CUDA",
      source: framework.row?.source)
  }

  private func hasGPUBuild(_ framework: Framework) -> Bool {
    matrix.frameworkBuilds(
      project: framework.stratum.name, version: framework.stratum.version, platform: subject.stack.platform
    ).contains { $0.cuda != nil }
  }

  // MARK: The C library

  var glibcDrafts: [Draft] {
    guard let own = node.facts.system?.glibc, own < subject.stack.strata.glibc else { return [] }
    return [
      Draft(
        .glibc, .note,
        "the node's own glibc \(own) is older than the \(subject.stack.strata.glibc) that the wheels were chosen for; inside an image that does not matter",
        evidence: [Evidence("node", "glibc \(own)")])
    ]
  }
}
