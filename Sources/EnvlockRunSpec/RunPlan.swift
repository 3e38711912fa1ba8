public import EnvlockModel

/// What is started, decided and checked; every run spec is a function of it. ``RunPlanner`` makes it.
public struct RunPlan: Hashable, Sendable {
  /// What it is called: a DNS label (RFC 1123) of at most 52 characters, so that what Kubernetes adds fits behind it.
  public internal(set) var name: String
  /// The image.
  public var image: RunImage
  /// The digest of the lock's text.
  public let lock: Digest
  /// What is locked, in a few words: "torch 2.9.1, CUDA 12.8".
  public let title: String
  /// The framework that the processes of several nodes find each other by; nil where the lock has neither.
  public let framework: RunFramework?
  /// What the nodes must have.
  public let demand: NodeDemand
  /// The GPUs of each node; nil for none.
  public let gpu: GPUGrant?
  /// On how many nodes it runs at once, at least 1.
  public let nodes: Int
  /// What runs instead of the image's own command; nil for that.
  public let command: [String]?
  /// Variables that are set beside the image's own, by name.
  public let environment: [String: String]
  /// The request as it was made. Name, GPUs, nodes, command and variables count as they stand above; limits, mounts,
  /// folder, user, network are read from here.
  public var request: RunDeclaration
  /// What was decided, in the order in which it was.
  public let choices: [RunChoice]
}

extension RunPlan {
  /// The same plan under its name with a number, so that several can run at once.
  public func numbered(_ number: Int) -> RunPlan {
    var plan = self
    let suffix = "-\(number)"
    plan.name = RunName.label(String(name.prefix(max(1, RunName.limit - suffix.count))) + suffix)
    return plan
  }
}

/// A framework that starts processes on several nodes.
public enum RunFramework: String, Hashable, Sendable {
  /// PyTorch, by `torchrun`.
  case torch
  /// TensorFlow, by `TF_CONFIG`.
  case tensorflow
}
