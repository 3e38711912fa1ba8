import EnvlockModel

/// What a container runs, and how the pods of several nodes find each other.
struct KubernetesLaunch {
  /// What runs instead of the image's entrypoint and command; nil for those.
  let command: [String]?
  /// What runs behind the image's entrypoint; nil for the image's own.
  let arguments: [String]?

  /// The port at which the first pod gathers the others, as `torchrun` has it by default.
  private static let torchPort = 29500
  /// The port at which TensorFlow's workers listen, as its own tutorials have it.
  private static let tensorFlowPort = 2222

  /// Decides.
  ///
  /// - Throws: A command that says itself how the nodes find each other, or none where one is needed.
  init(
    _ plan: RunPlan, _ kind: KubernetesSpec.Kind, _ choices: inout [RunChoice]
  ) throws(RunSpecError) {
    guard plan.nodes > 1, let framework = plan.framework else {
      command = nil
      arguments = plan.command?.map(KubernetesNames.verbatim)
      if plan.nodes > 1 {
        choices.append(
          RunChoice(
            "launch", "the command as it is, on each of \(plan.nodes) pods",
            "the lock has no framework that starts on several nodes; JOB_COMPLETION_INDEX numbers the pods, and \(kind.host(0, plan)) is the first"
          ))
      }
      return
    }
    arguments = nil
    let words =
      switch framework {
      case .torch: try Self.torch(plan, kind, &choices)
      case .tensorflow: try Self.tensorFlow(plan, kind, &choices)
      }
    command = words
  }

  /// `torchrun`, whose processes meet at the first pod.
  ///
  /// The pod's number says which is the first. The other way, `--rdzv-backend=c10d`, lets a pod find out by its own name
  /// in DNS, which may not be there yet when it starts.
  ///
  /// Source: PyTorch, "torchrun (Elastic Launch)"; Kubernetes, "Define Dependent Environment Variables"; Kubeflow
  /// Trainer, torch plugin, which sets `PET_MASTER_ADDR`, `PET_NODE_RANK` and others, of which `torchrun` takes what its
  /// options do not say.
  private static func torch(
    _ plan: RunPlan, _ kind: KubernetesSpec.Kind, _ choices: inout [RunChoice]
  ) throws(RunSpecError) -> [String] {
    let launch = try Launch(plan)
    var rendezvous: [String] = []
    if kind != .trainJob {
      rendezvous = [
        "--master-addr=\(kind.host(0, plan))", "--master-port=\(torchPort)",
        "--node-rank=$(JOB_COMPLETION_INDEX)",
        // A pod that has to pull the image first may come much later than the others.
        "--rdzv-conf=timeout=1800",
      ]
    }
    choices.append(
      RunChoice(
        "launch", (launch.launcher + rendezvous).joined(separator: " "),
        "`python` and a script become torchrun's, anything else runs by --no-python; "
          + (kind == .trainJob
            ? "the trainer's controller says by PET_MASTER_ADDR and PET_NODE_RANK how the nodes find each other"
            : "the first pod gathers the others")))
    return launch.launcher.map(KubernetesNames.verbatim) + rendezvous
      + launch.program.map(KubernetesNames.verbatim)
  }

  /// Puts `TF_CONFIG` together from the workers and the pod's number, which only the pod knows. The script is the same
  /// whatever the user says; the workers and the command are its arguments.
  ///
  /// Source: TensorFlow, "Multi-worker training with Keras"; Kubernetes, "Job completion mode".
  static let tensorFlowScript = """
    workers=$1
    shift
    TF_CONFIG="{\\"cluster\\":{\\"worker\\":$workers},\\"task\\":{\\"type\\":\\"worker\\",\\"index\\":$JOB_COMPLETION_INDEX}}"
    export TF_CONFIG
    exec "$@"
    """

  private static func tensorFlow(
    _ plan: RunPlan, _ kind: KubernetesSpec.Kind, _ choices: inout [RunChoice]
  ) throws(RunSpecError) -> [String] {
    guard !plan.process.isEmpty else {
      throw RunSpecError(
        "there is no command to start on \(plan.nodes) nodes", hints: ["say one: `command`, or behind `--`"])
    }
    guard plan.environment["TF_CONFIG"] == nil else {
      throw RunSpecError(
        "TF_CONFIG is among the variables, and differs from pod to pod",
        hints: ["leave it out: it is put together from the pods' names"])
    }
    let hosts = (0..<plan.nodes).map { "\(kind.host($0, plan)):\(tensorFlowPort)" }
    let workers = JSONValue.strings(hosts).canonical().dropLast()
    choices.append(
      RunChoice(
        "launch", "TF_CONFIG with \(plan.nodes) workers",
        "the image's `sh` puts the pod's number into it and then becomes the command"))
    return ["sh", "-c", tensorFlowScript, "sh", String(workers)] + plan.process.map(KubernetesNames.verbatim)
  }
}

extension KubernetesSpec.Kind {
  /// What the jobs of a set are called.
  static let jobName = "node"

  /// The name by which the pods of one run find one of them.
  func host(_ index: Int, _ plan: RunPlan) -> String {
    switch self {
    case .jobSet, .trainJob: "\(plan.name)-\(Self.jobName)-0-\(index).\(plan.name)"
    case .indexedJob, .pod, .job, .deployment: "\(plan.name)-\(index).\(plan.name)"
    }
  }
}
