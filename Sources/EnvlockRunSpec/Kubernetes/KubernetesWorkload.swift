import EnvlockModel

/// Makes the objects around a pod.
struct KubernetesWorkload {
  let plan: RunPlan
  let options: KubernetesSpec.Options
  let kind: KubernetesSpec.Kind
  let pod: KubernetesPod

  /// Objects that the pods' network needs.
  func network(_ choices: inout [RunChoice]) -> [KubernetesObject] {
    if plan.request.network == RunNetwork.none {
      choices.append(
        RunChoice(
          "network", "NetworkPolicy that allows nothing",
          "the cluster's network plugin has to enforce such policies; the pod's own node reaches it anyway"))
      return [
        object(
          "networking.k8s.io/v1", "NetworkPolicy",
          [
            "podSelector": ["matchLabels": .strings(Self.selector(plan))],
            "policyTypes": ["Ingress", "Egress"],
          ])
      ]
    }
    guard kind == .indexedJob else { return [] }
    return [
      object(
        "v1", "Service",
        [
          "clusterIP": "None", "selector": .strings(Self.selector(plan)),
          // Pods look for each other before they are ready.
          "publishNotReadyAddresses": true,
        ])
    ]
  }

  /// What starts the pods.
  func objects() -> [KubernetesObject] {
    switch kind {
    case .pod: [object("v1", "Pod", pod.spec)]
    case .job, .indexedJob:
      [object("batch/v1", "Job", keeping(job(template)))]
    case .deployment:
      [
        object(
          "apps/v1", "Deployment",
          [
            "replicas": 1, "selector": ["matchLabels": .strings(Self.selector(plan))],
            // A rolling update would need a second GPU for a while.
            "strategy": ["type": "Recreate"], "template": template,
          ])
      ]
    case .jobSet: [object("jobset.x-k8s.io/v1alpha2", "JobSet", keeping(jobSet()))]
    case .trainJob: trainJob()
    }
  }

  /// An object of this run.
  func object(_ apiVersion: String, _ kind: String, _ spec: JSONObject) -> KubernetesObject {
    KubernetesObject(
      apiVersion: apiVersion, kind: kind, name: plan.name, namespace: options.namespace,
      labels: Self.labels(plan),
      annotations: Self.annotations(plan), spec: spec)
  }

  private func keeping(_ spec: JSONObject) -> JSONObject {
    var spec = spec
    spec["ttlSecondsAfterFinished"] = options.keepSeconds.map { .integer($0) }
    return spec
  }

  /// A Job: what fails is not tried again, because it would hold GPUs to fail once more.
  private func job(_ template: JSONValue) -> JSONObject {
    var job: JSONObject = ["backoffLimit": 0, "template": template]
    if kind.isNumbered {
      job["completionMode"] = "Indexed"
      job["completions"] = .integer(plan.nodes)
      job["parallelism"] = .integer(plan.nodes)
    }
    return job
  }

  private func jobSet() -> JSONObject {
    [
      "failurePolicy": ["maxRestarts": 0],
      "network": [
        "enableDNSHostnames": true, "publishNotReadyAddresses": true, "subdomain": .string(plan.name),
      ],
      "replicatedJobs": [
        [
          "name": .string(KubernetesSpec.Kind.jobName), "replicas": 1,
          "template": ["spec": .object(job(template))],
        ]
      ],
    ]
  }

  /// A TrainJob and the runtime that it refers to, which holds the whole pod: what a TrainJob itself can say of a pod
  /// differs from release to release.
  ///
  /// Source: kubeflow/trainer, pkg/apis/trainer/v1alpha1; the container that trains is called “node”.
  private func trainJob() -> [KubernetesObject] {
    var policy: JSONObject = ["numNodes": .integer(plan.nodes)]
    if plan.framework == .torch { policy["torch"] = [:] }
    // The controller sets how many pods there are, and numbers them.
    var job = job(template)
    for key in ["completionMode", "completions", "parallelism"] { job[key] = nil }
    let runtime = object(
      "trainer.kubeflow.org/v1alpha1", "TrainingRuntime",
      [
        "mlPolicy": .object(policy),
        "template": [
          "spec": [
            "replicatedJobs": [
              [
                "name": .string(KubernetesSpec.Kind.jobName),
                "template": [
                  "metadata": ["labels": ["trainer.kubeflow.org/trainjob-ancestor-step": "trainer"]],
                  "spec": .object(job),
                ],
              ]
            ]
          ]
        ],
      ])
    var trainer: JSONObject = ["numNodes": .integer(plan.nodes)]
    if plan.framework == .torch { trainer["numProcPerNode"] = .integer(plan.gpu?.perNode ?? 1) }
    let train = object(
      "trainer.kubeflow.org/v1alpha1", "TrainJob",
      [
        "runtimeRef": [
          "apiGroup": "trainer.kubeflow.org", "kind": "TrainingRuntime", "name": .string(plan.name),
        ],
        "trainer": .object(trainer),
      ])
    return [runtime, train]
  }

  private var template: JSONValue {
    [
      "metadata": [
        "labels": .strings(Self.labels(plan)), "annotations": .strings(Self.annotations(plan)),
      ], "spec": .object(pod.spec),
    ]
  }

  /// The labels by which the pods are found.
  static func selector(_ plan: RunPlan) -> [String: String] { ["app.kubernetes.io/name": plan.name] }

  private static func labels(_ plan: RunPlan) -> [String: String] {
    selector(plan).merging(["app.kubernetes.io/managed-by": "envlock"]) { $1 }
  }

  private static func annotations(_ plan: RunPlan) -> [String: String] {
    ["envlock.dev/lock": "\(plan.lock)", "envlock.dev/title": plan.title]
  }
}
