public import EnvlockModel

extension KubernetesSpec {
  /// What may be said beside the plan.
  public struct Options: Sendable {
    /// What kind of object starts it; nil for a job on one node and an indexed job on several.
    public var kind: Kind?
    /// How GPUs are asked for.
    public var gpuAPI: GPUAPI
    /// How NVIDIA's device plugin offers MIG instances.
    public var migStrategy: MIGStrategy
    /// Whether shares of a GPU have a name of their own, `nvidia.com/gpu.shared`: `renameByDefault` of the device
    /// plugin's configuration.
    public var renamesShares: Bool
    /// The ResourceClaim whose GPU is shared with other pods, where DRA hands out shares.
    public var sharedClaim: String?
    /// Which labels of nodes are relied upon.
    public var nodeLabels: NodeLabels
    /// The RuntimeClass; nil for the cluster's default.
    public var runtimeClass: String?
    /// The namespace; nil for the one that kubectl is set to.
    public var namespace: String?
    /// The most that the namespace admits. Nothing is used that the request does not need.
    public var podSecurity: PodSecurity
    /// Whether nothing of the image can be written; /tmp, HOME and volumes always can.
    public var readOnlyRoot: Bool
    /// PersistentVolumeClaims, each named as the source of a mount.
    public var claims: [RunMount]
    /// After how many seconds a job that ended is deleted; nil to keep it.
    public var keepSeconds: Int?
    /// Whether an image without a digest does.
    public var allowTag: Bool

    /// The defaults.
    public init() {
      gpuAPI = .devicePlugin
      migStrategy = .mixed
      renamesShares = true
      nodeLabels = .current
      podSecurity = .restricted
      readOnlyRoot = true
      claims = []
      allowTag = false
    }
  }

  /// What starts the pods.
  public enum Kind: String, CaseIterable, Sendable {
    /// A bare pod.
    case pod
    /// A Job of one pod.
    case job
    /// A Deployment of one pod that is started again whenever it ends.
    case deployment
    /// A Job of numbered pods and a headless Service, by which they find each other.
    case indexedJob = "indexed-job"
    /// A JobSet (jobset.x-k8s.io/v1alpha2), which the cluster has to have installed.
    case jobSet = "jobset"
    /// A TrainJob with a TrainingRuntime of its own (trainer.kubeflow.org/v1alpha1), which the cluster has to have installed.
    case trainJob = "trainjob"
  }

  /// How GPUs are asked for.
  public enum GPUAPI: String, CaseIterable, Sendable {
    /// Extended resources of NVIDIA's device plugin.
    case devicePlugin = "device-plugin"
    /// Claims of dynamic resource allocation (resource.k8s.io/v1), which NVIDIA's DRA driver serves.
    case dra
  }

  /// How NVIDIA's device plugin offers MIG instances (k8s-device-plugin, README.md, `MIG_STRATEGY`).
  public enum MIGStrategy: String, CaseIterable, Sendable {
    /// Each profile as a resource of its own: `nvidia.com/mig-1g.10gb`.
    case mixed
    /// Every GPU of a node is divided alike, and an instance is called `nvidia.com/gpu`.
    case single
  }

  /// Which labels tell nodes apart.
  public enum NodeLabels: String, CaseIterable, Sendable {
    /// Those of GPU Feature Discovery: `nvidia.com/cuda.driver-version.major` and others.
    case current = "gfd"
    /// Those of GPU Feature Discovery before it renamed the driver's: `nvidia.com/cuda.driver.major` and others.
    case older = "gfd-older"
    /// None: the nodes have no labels of GPU Feature Discovery.
    case none
  }

  /// The levels of Kubernetes' Pod Security Standards.
  public enum PodSecurity: String, CaseIterable, Comparable, Sendable {
    /// The strictest.
    case restricted
    /// With root inside the container.
    case baseline
    /// With folders and network of the node.
    case privileged

    /// Orders by how much is admitted.
    public static func < (left: PodSecurity, right: PodSecurity) -> Bool {
      func rank(_ level: PodSecurity) -> Int { allCases.firstIndex(of: level) ?? 0 }
      return rank(left) < rank(right)
    }
  }
}
