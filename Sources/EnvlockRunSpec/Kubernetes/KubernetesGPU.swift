import EnvlockModel

/// How a pod gets its GPUs.
struct KubernetesGPU {
  /// Extended resources of the container, by name.
  var resources: [String: Int] = [:]
  /// What the pod claims, under the name that its container uses.
  var claim: (name: String, source: JSONObject)?
  /// The claims' template, where the pod claims by one.
  var claimTemplate: JSONObject?
  /// What the labels of the node must say.
  var nodes = NodeConditions.none
  /// Variables that keep other GPUs out.
  var environment: [String: String] = [:]
  /// Whether the pods go where the nodes are kept for GPUs.
  let isGPU: Bool

  /// Decides.
  ///
  /// - Throws: What the plugin or driver that hands GPUs out cannot give.
  init(
    _ plan: RunPlan, _ options: KubernetesSpec.Options, _ choices: inout [RunChoice]
  ) throws(RunSpecError) {
    // A container's own value would win over the device plugin's, and let it see all GPUs of the node.
    if plan.environment["NVIDIA_VISIBLE_DEVICES"] != nil {
      throw RunSpecError(
        "NVIDIA_VISIBLE_DEVICES decides which GPUs a container sees, and is the device plugin's to set",
        hints: ["leave it out of the variables; `gpus` and `gpu` say what is handed over"])
    }
    isGPU = plan.gpu != nil
    guard let grant = plan.gpu else {
      environment["NVIDIA_VISIBLE_DEVICES"] = "void"
      choices.append(
        RunChoice(
          "GPU", "NVIDIA_VISIBLE_DEVICES=void",
          "no GPU is asked for, and where NVIDIA's runtime is the default an image can ask for all of them by itself"
        ))
      return
    }
    if options.sharedClaim != nil, options.gpuAPI == .devicePlugin || ![.shared, .mps].contains(grant.form) {
      throw RunSpecError(
        "a claim that is shared with other pods goes with `gpu = \"shared\"` or \"mps\" by dynamic resource allocation only",
        hints: ["leave the claim out"])
    }
    switch options.gpuAPI {
    case .devicePlugin: try askPlugin(plan, grant, options, &choices)
    case .dra: try claimDevices(plan, grant, options, &choices)
    }
    if plan.request.peerToPeer == true {
      choices.append(
        RunChoice(
          "peer-to-peer", "not in a pod's words",
          "the device plugin prefers GPUs that are linked, and promises nothing: whole nodes or one kind of node do"
        ))
    }
    if options.gpuAPI == .devicePlugin, options.nodeLabels != .none {
      choices.append(
        RunChoice(
          "nodes", "required node affinity on labels of GPU Feature Discovery",
          "pods stay off nodes whose driver or GPU does not fit; labels know no forward compatibility and one model of GPU "
            + "a node: `kubectl get nodes -o json | envlock check --nodes -` says more"))
    }
  }

  /// The objects that have to exist before the pods.
  func objects(_ workload: KubernetesWorkload) -> [KubernetesObject] {
    guard let claimTemplate else { return [] }
    return [
      workload.object("resource.k8s.io/v1", "ResourceClaimTemplate", ["spec": .object(claimTemplate)])
    ]
  }
}

extension GPUGrant {
  /// What labels and claims ask as the least memory of a GPU, in MiB; nil where nothing is asked.
  ///
  /// A driver reports less than the size in a GPU's name: its firmware takes a part, and ECC on GDDR memory a sixteenth
  /// (T4 of 16 GB: 15360 MiB or less; L4 of 24 GB: 23034 MiB). So a model that is named gets eight hundredths of its size
  /// forgiven; without a model what is asked for counts as it stands.
  var leastMemoryMiB: Int? {
    guard let memory else { return nil }
    let sizes = models.flatMap(\.memoryGiB).map { $0 * 1024 }.filter { $0 >= memory.mebibytes }
    return sizes.min().map { min(memory.mebibytes, $0 * 92 / 100) } ?? memory.mebibytes
  }
}
