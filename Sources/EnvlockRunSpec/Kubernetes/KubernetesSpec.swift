public import EnvlockModel

/// The objects that start an image on a Kubernetes cluster: `kubectl apply -f kubernetes.yaml`.
///
/// Sources: Kubernetes API reference 1.34 and later, "Pod Security Standards", "Dynamic Resource Allocation"; the
/// READMEs of NVIDIA/k8s-device-plugin and its GPU Feature Discovery.
public struct KubernetesSpec: RunSpec {
  /// The objects, in the order in which they are to be created; the last one starts the pods.
  public let objects: [KubernetesObject]
  /// What was decided, beside the plan's own choices.
  public let choices: [RunChoice]

  /// Makes the objects.
  ///
  /// - Throws: What Kubernetes, or what the options admit of it, cannot give.
  public init(_ plan: RunPlan, options: Options = Options()) throws(RunSpecError) {
    let kind = options.kind ?? (plan.nodes == 1 ? .job : .indexedJob)
    try KubernetesNames.check(options)
    try kind.check(plan, options)
    var choices = [kind.reason(plan, isAsked: options.kind != nil)]
    let gpu = try KubernetesGPU(plan, options, &choices)
    let launch = try KubernetesLaunch(plan, kind, &choices)
    let pod = try KubernetesPod(plan, options, kind: kind, gpu: gpu, launch: launch, &choices)
    let workload = KubernetesWorkload(plan: plan, options: options, kind: kind, pod: pod)
    objects = gpu.objects(workload) + workload.network(&choices) + workload.objects()
    self.choices = choices
  }

  /// "kubernetes.yaml".
  public var files: [SpecFile] { [SpecFile("kubernetes.yaml", .yaml(objects.map(\.document)))] }
}

/// An object of Kubernetes.
public struct KubernetesObject: Hashable, Sendable {
  /// "batch/v1".
  public let apiVersion: String
  /// "Job".
  public let kind: String
  /// Its name: a DNS label.
  public let name: String
  /// Its namespace; nil for the one that kubectl is set to.
  public let namespace: String?
  /// By name.
  public let labels: [String: String]
  /// By name.
  public let annotations: [String: String]
  /// What it is to be.
  public let spec: JSONObject

  /// The document.
  public var document: JSONValue {
    var metadata: JSONObject = [
      "name": .string(name), "labels": .strings(labels), "annotations": .strings(annotations),
    ]
    metadata["namespace"] = namespace.map { .string($0) }
    return [
      "apiVersion": .string(apiVersion), "kind": .string(kind), "metadata": .object(metadata),
      "spec": .object(spec),
    ]
  }
}

extension JSONValue {
  /// An array of strings.
  static func strings(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }

  /// An object of strings.
  static func strings(_ texts: [String: String]) -> JSONValue {
    .object(JSONObject(texts.map { ($0.key, .string($0.value)) }))
  }
}

extension RunMount {
  /// Whether nothing but this can lie at a path.
  func covers(_ path: String) -> Bool { path == target || path.hasPrefix(target + "/") }
}
