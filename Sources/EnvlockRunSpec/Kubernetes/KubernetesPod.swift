import EnvlockModel

/// The pod: what runs, as whom, with which resources, and where.
struct KubernetesPod {
  /// `spec` of the pod or of its template.
  let spec: JSONObject

  /// - Throws: What the options do not admit.
  init(
    _ plan: RunPlan, _ options: KubernetesSpec.Options, kind: KubernetesSpec.Kind, gpu: KubernetesGPU,
    launch: KubernetesLaunch, _ choices: inout [RunChoice]
  ) throws(RunSpecError) {
    let user = try KubernetesUser(plan, options, &choices)
    let volumes = try KubernetesVolumes(plan, options, &choices)
    var environment = plan.environment.merging(gpu.environment) { ours, _ in ours }
    environment["HOME"] = environment["HOME"] ?? volumes.home
    var container: JSONObject = [
      "name": .string(KubernetesSpec.Kind.jobName),
      "image": .string(try plan.pulledReference(allowTag: options.allowTag, target: "Kubernetes")),
      "securityContext": [
        "allowPrivilegeEscalation": false, "capabilities": ["drop": ["ALL"]],
        "readOnlyRootFilesystem": .bool(options.readOnlyRoot),
      ],
      "volumeMounts": .array(volumes.mounts),
      "env": .array(
        environment.sorted { $0.key < $1.key }.map {
          ["name": .string($0.key), "value": .string(KubernetesNames.verbatim($0.value))]
        }),
    ]
    container["command"] = launch.command.map { .strings($0) }
    container["args"] = launch.arguments.map { .strings($0) }
    container["workingDir"] = plan.request.workdir.map { .string($0) }
    container["resources"] = Self.resources(plan, gpu)
    var spec: JSONObject = [
      "containers": [.object(container)], "volumes": .array(volumes.volumes),
      "securityContext": .object(user.podSecurity),
      "restartPolicy": kind == .deployment ? "Always" : "Never",
      // Neither the cluster's API nor its other services are the program's business.
      "automountServiceAccountToken": false, "enableServiceLinks": false,
      "nodeSelector": [
        "kubernetes.io/os": "linux", "kubernetes.io/arch": .string(plan.demand.platform.architecture),
      ],
    ]
    spec["activeDeadlineSeconds"] = plan.request.seconds.map { .integer($0) }
    if kind == .indexedJob { spec["subdomain"] = .string(plan.name) }
    if gpu.isGPU {
      spec["tolerations"] = [["key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"]]
    }
    if let claim = gpu.claim {
      var source = claim.source
      source["name"] = .string(claim.name)
      spec["resourceClaims"] = [.object(source)]
    }
    spec["affinity"] = Self.affinity(plan, gpu.nodes)
    spec["runtimeClassName"] = options.runtimeClass.map { .string($0) }
    if plan.request.network == .host {
      spec["hostNetwork"] = true
      spec["dnsPolicy"] = "ClusterFirstWithHostNet"
    }
    self.spec = spec
    choices += Self.reasons(plan, options, gpu)
  }

  /// Requests equal limits: the pod gets what it asks for, and no more.
  private static func resources(_ plan: RunPlan, _ gpu: KubernetesGPU) -> JSONValue? {
    var amounts: JSONObject = [:]
    amounts["cpu"] = plan.request.cpus.map(KubernetesNames.quantity)
    amounts["memory"] = plan.request.memory.map(KubernetesNames.quantity)
    for (name, count) in gpu.resources { amounts[name] = .integer(count) }
    var resources: JSONObject = [:]
    if !amounts.isEmpty {
      resources["limits"] = .object(amounts)
      resources["requests"] = .object(amounts)
    }
    resources["claims"] = gpu.claim.map { [["name": .string($0.name)]] }
    return resources.isEmpty ? nil : .object(resources)
  }

  private static func affinity(_ plan: RunPlan, _ nodes: NodeConditions) -> JSONValue? {
    var affinity: JSONObject = [:]
    affinity["nodeAffinity"] = nodes.affinity
    if plan.nodes > 1 {
      affinity["podAntiAffinity"] = [
        "requiredDuringSchedulingIgnoredDuringExecution": [
          [
            "labelSelector": ["matchLabels": .strings(KubernetesWorkload.selector(plan))],
            "topologyKey": "kubernetes.io/hostname",
          ]
        ]
      ]
    }
    return affinity.isEmpty ? nil : .object(affinity)
  }

  // MARK: Words

  private static func reasons(
    _ plan: RunPlan, _ options: KubernetesSpec.Options, _ gpu: KubernetesGPU
  ) -> [RunChoice] {
    var choices: [RunChoice] = []
    if plan.nodes > 1 {
      choices.append(
        RunChoice(
          "pods", "one on a node", "\(plan.nodes) nodes are asked for: the pods keep off each other's"))
    }
    if plan.request.cpus == nil || plan.request.memory == nil {
      choices.append(
        RunChoice(
          "resources", "no limit on \(plan.request.cpus == nil ? "processors" : "memory")",
          "`cpus` and `memory` together give the pod its own share of a node, which is not taken away from it"
        ))
    }
    if let seconds = plan.request.seconds {
      choices.append(
        RunChoice(
          "time", "activeDeadlineSeconds: \(seconds)",
          "the pod's own, which counts from when a node takes it, and not while it waits for a GPU"))
    }
    if gpu.isGPU {
      choices.append(
        RunChoice(
          "RuntimeClass", options.runtimeClass ?? "none",
          options.runtimeClass == nil
            ? "current GPU Operators hand GPUs over by CDI; where a cluster needs its class, it is `--runtime-class nvidia`"
            : "it is asked for"))
    }
    choices.append(
      RunChoice(
        "security", "Pod Security Standard “\(level(plan).rawValue)”",
        "no capabilities, no way to more rights, the runtime's seccomp filter, no token of the cluster's API")
    )
    choices += unsaid(plan.request)
    return choices
  }

  /// The strictest standard that the pod keeps.
  private static func level(_ plan: RunPlan) -> KubernetesSpec.PodSecurity {
    if plan.request.network == .host || !plan.request.mounts.isEmpty { return .privileged }
    return plan.request.user.map { $0 == "0" || $0.hasPrefix("0:") } == true ? .baseline : .restricted
  }

  /// What a pod has no words for.
  private static func unsaid(_ request: RunDeclaration) -> [RunChoice] {
    var choices: [RunChoice] = []
    if let pids = request.pids {
      choices.append(
        RunChoice(
          "pids", "not \(pids)",
          "a pod has no word for it; the kubelet's `podPidsLimit` holds for a whole node"))
    }
    if !request.io.isEmpty || request.ioWeight != nil {
      choices.append(
        RunChoice(
          "io", "no bounds", "a pod has no word for the speed of block devices; classes of storage may have"))
    }
    return choices
  }
}
