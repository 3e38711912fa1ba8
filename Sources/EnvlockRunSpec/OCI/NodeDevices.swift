/// The device nodes of a node, and which of them belong to which GPU: what a container needs to be handed a GPU by hand.
public struct NodeDevices: Hashable, Sendable {
  /// A GPU of the node.
  public struct GPU: Hashable, Sendable {
    /// "GPU-…".
    public var uuid: String
    /// The number in /dev/nvidiaN, which need not be the one that tools count.
    public var minor: Int
    /// Whether it is divided by MIG, and can then be used by its instances only.
    public var isDivided: Bool
    /// The compute instances that exist.
    public var instances: [Instance]

    /// A GPU.
    public init(uuid: String, minor: Int, isDivided: Bool = false, instances: [Instance] = []) {
      self.uuid = uuid
      self.minor = minor
      self.isDivided = isDivided
      self.instances = instances
    }
  }

  /// A compute instance of a GPU that is divided by MIG.
  public struct Instance: Hashable, Sendable {
    /// "MIG-…"; nil where nobody told.
    public var uuid: String?
    /// Its profile: "1g.10gb"; nil where nobody told.
    public var profile: String?
    /// The GPU instance that it is part of, as the driver counts.
    public var gpuInstance: Int
    /// Which compute instance of that it is.
    public var computeInstance: Int
    /// The device node that gives access to the GPU instance: "/dev/nvidia-caps/nvidia-cap21".
    public var gpuInstanceAccess: String
    /// The device node that gives access to the compute instance.
    public var computeInstanceAccess: String

    /// An instance.
    public init(
      uuid: String? = nil, profile: String? = nil, gpuInstance: Int, computeInstance: Int,
      gpuInstanceAccess: String,
      computeInstanceAccess: String
    ) {
      self.uuid = uuid
      self.profile = profile
      self.gpuInstance = gpuInstance
      self.computeInstance = computeInstance
      self.gpuInstanceAccess = gpuInstanceAccess
      self.computeInstanceAccess = computeInstanceAccess
    }
  }

  /// The device nodes by ascending path, with their numbers, modes and owners on the node.
  public var nodes: [OCIDevice]
  /// The GPUs in the order of their bus addresses, which is the one that tools count in.
  public var gpus: [GPU]

  /// Devices.
  public init(nodes: [OCIDevice] = [], gpus: [GPU] = []) {
    self.nodes = nodes
    self.gpus = gpus
  }

  /// The node at a path; nil where none is known.
  func node(_ path: String) -> OCIDevice? { nodes.first { $0.path == path } }
}
