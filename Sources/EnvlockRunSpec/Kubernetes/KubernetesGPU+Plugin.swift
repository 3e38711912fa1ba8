import EnvlockModel

extension KubernetesGPU {
  /// Asks NVIDIA's device plugin, and keeps the pods on nodes whose labels fit.
  ///
  /// Sources: NVIDIA/k8s-device-plugin, README.md, "Shared Access to GPUs" and "Catalog of Labels";
  /// docs/gpu-feature-discovery/README.md.
  mutating func askPlugin(
    _ plan: RunPlan, _ grant: GPUGrant, _ options: KubernetesSpec.Options, _ choices: inout [RunChoice]
  ) throws(RunSpecError) {
    let (resource, reason) = Self.resource(grant, options)
    resources[resource] = grant.perNode
    choices.append(RunChoice("GPU", "\(resource): \(grant.perNode)", reason))
    guard options.nodeLabels != .none else {
      choices.append(
        RunChoice(
          "nodes", "no node affinity",
          "labels of GPU Feature Discovery are not relied upon: nothing keeps the pods off nodes that do not fit"
        ))
      return
    }
    nodes = NodeConditions(plan.demand, labels: options.nodeLabels)
      .and(NodeConditions(try Self.form(grant, options)))
    if let least = grant.leastMemoryMiB, Self.isWholeGPU(grant.form) {
      nodes = nodes.and(NodeConditions([.atLeast("nvidia.com/gpu.memory", least)]))
      choices.append(
        RunChoice(
          "GPU memory", "nvidia.com/gpu.memory above \(least - 1) MiB",
          grant.models.isEmpty
            ? "what is asked for; a driver reports somewhat less than the size in a GPU's name, and a model that is named with `--gpu` counts with that size"
            : "a driver reports somewhat less than the size in a GPU's name"))
    }
  }

  /// The name of what is asked for, and why.
  private static func resource(
    _ grant: GPUGrant, _ options: KubernetesSpec.Options
  ) -> (name: String, reason: String) {
    let share = options.renamesShares ? "nvidia.com/gpu.shared" : "nvidia.com/gpu"
    switch grant.form {
    case .mig(let profile):
      guard options.migStrategy == .single else {
        return (
          "nvidia.com/mig-\(grant.resourceProfile ?? profile)",
          "the device plugin names each profile under its strategy “mixed”"
        )
      }
      return ("nvidia.com/gpu", "under the strategy “single” the device plugin calls every instance so")
    case .shared:
      return (
        share, "a share by time slicing" + (options.renamesShares ? ", as `renameByDefault` names it" : "")
      )
    case .mps:
      return (
        share,
        "a share by MPS" + (options.renamesShares ? ", as `renameByDefault` names it" : "")
          + "; pods on one GPU have to run as the same user"
      )
    case .vgpu: return ("nvidia.com/gpu", "in a virtual machine the device plugin counts vGPUs as GPUs")
    case .whole, .none: return ("nvidia.com/gpu", "the device plugin's name of a whole GPU")
    }
  }

  private static func isWholeGPU(_ form: GPUForm) -> Bool {
    switch form {
    case .whole, .shared, .mps: true
    case .mig, .vgpu, .none: false
    }
  }

  /// What tells nodes with this form of GPU from others, which may offer something else under the same name.
  private static func form(
    _ grant: GPUGrant, _ options: KubernetesSpec.Options
  ) throws(RunSpecError) -> [LabelCondition] {
    // Only an instance of the strategy “single” has slices under the name of a GPU.
    let isNoInstance = LabelCondition.missing("nvidia.com/gpu.slices.gi")
    let isPhysical = LabelCondition.notIn("nvidia.com/vgpu.present", ["true"])
    let isUnshared = LabelCondition.notIn("nvidia.com/gpu.sharing-strategy", ["time-slicing", "mps"])
    switch grant.form {
    case .whole, .none: return [isUnshared, isNoInstance, isPhysical]
    case .shared: return [.in("nvidia.com/gpu.sharing-strategy", ["time-slicing"]), isNoInstance]
    case .mps: return [.in("nvidia.com/gpu.sharing-strategy", ["mps"]), isNoInstance]
    case .vgpu(let name):
      return [
        .in("nvidia.com/vgpu.present", ["true"]), .in("nvidia.com/gpu.product", products(name, grant)),
        isUnshared,
      ]
    case .mig(let profile):
      guard options.migStrategy == .single else {
        // An instance can be shared by time slicing as well.
        let label = "nvidia.com/mig-\(grant.resourceProfile ?? profile).sharing-strategy"
        return [.in("nvidia.com/mig.strategy", ["mixed"]), .notIn(label, ["time-slicing", "mps"])]
      }
      return try single(profile, grant) + [isUnshared]
    }
  }

  /// The names that a driver gives a vGPU, as labels spell them: releases say GRID or NVIDIA.
  private static func products(_ typed: String, _ grant: GPUGrant) -> [String] {
    var names = grant.vgpu.map { [$0.name] } ?? []
    let isName = typed.utf8.allSatisfy { KubernetesNames.isLabelByte($0) }
    if isName, names.contains(where: { $0.uppercased() == typed.uppercased() }), !names.contains(typed) {
      names.append(typed)
    }
    return names.flatMap { ["GRID-\($0)", "NVIDIA-\($0)"] }
  }

  /// An instance of this profile under the strategy “single”, whose labels tell its slices and its memory.
  private static func single(
    _ name: String, _ grant: GPUGrant
  ) throws(RunSpecError) -> [LabelCondition] {
    guard let profile = grant.profile, !name.contains("+"), !name.contains("-") else {
      throw RunSpecError(
        "no label tells \(name) from other profiles under the MIG strategy “single”",
        hints: ["under the strategy “mixed” each profile is a resource of its own: `--mig-strategy mixed`"],
        kind: .answerIsNo)
    }
    let slices = LabelCondition.in("nvidia.com/gpu.slices.gi", ["\(profile.computeSlices)"])
    guard let nominal = GPUGranter.nominalGiB(name) else { return [slices] }
    // What is reported lies below the size in the name, and above that of the next smaller profile.
    return [
      slices, .atLeast("nvidia.com/gpu.memory", nominal * 1024 * 17 / 20),
      .below("nvidia.com/gpu.memory", nominal * 1024 + 1),
    ]
  }
}
