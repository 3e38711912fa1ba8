import EnvlockModel

extension KubernetesSpec.Kind {
  /// Whether it starts several pods that know their number.
  var isNumbered: Bool {
    switch self {
    case .indexedJob, .jobSet, .trainJob: true
    case .pod, .job, .deployment: false
    }
  }

  /// - Throws: A plan that this kind of object cannot carry out.
  func check(_ plan: RunPlan, _ options: KubernetesSpec.Options) throws(RunSpecError) {
    guard plan.nodes == 1 || isNumbered else {
      throw RunSpecError(
        "a \(rawValue) starts one pod, and \(plan.nodes) nodes are asked for",
        hints: ["indexed-job, jobset and trainjob start several that find each other: `--kind indexed-job`"])
    }
    if self == .deployment, plan.request.seconds != nil {
      throw RunSpecError(
        "a deployment starts its pod again whenever it ends, and takes no `time`",
        hints: ["leave `time` out, or start a job: `--kind job`"])
    }
    if options.keepSeconds != nil, ![.job, .indexedJob, .jobSet].contains(self) {
      throw RunSpecError(
        "a \(rawValue) is not deleted by itself after it ended",
        hints: ["job, indexed-job and jobset can be: `--kind job`"])
    }
    if [.jobSet, .trainJob].contains(self) {
      // The controller names pods NAME-node-0-INDEX and puts five letters behind.
      let length = plan.name.count + Self.jobName.count + 4 + "\(plan.nodes - 1)".count + 6
      guard length <= 63 else {
        throw RunSpecError(
          "“\(plan.name)” is too long for a \(rawValue), whose pods would have names of \(length) characters",
          hints: ["take a name of at most \(plan.name.count - length + 63) characters with `--name`"])
      }
    }
    if plan.nodes > 1, plan.request.network == RunNetwork.none {
      throw RunSpecError(
        "\(plan.nodes) nodes have to reach each other, and `network = \"none\"` keeps them apart",
        hints: ["leave `network` out"])
    }
    if plan.request.network == .host, options.podSecurity < .privileged {
      throw RunSpecError(
        "`network = \"host\"` is refused by the Pod Security Standard “\(options.podSecurity.rawValue)”",
        hints: [
          "leave it out: pods reach each other by a network of their own",
          "or say that the namespace admits it: `--pod-security privileged`",
        ], kind: .answerIsNo)
    }
  }

  /// Why this kind.
  func reason(_ plan: RunPlan, isAsked: Bool) -> RunChoice {
    let reason =
      switch self {
      case _ where isAsked: "it is asked for"
      case .indexedJob:
        "\(plan.nodes) nodes: its pods have numbers, and names by the headless Service beside it"
      default: "it runs to its end, once"
      }
    return RunChoice("kind", rawValue, reason)
  }
}
