/// How an image is to be started: the manifest's `[run]`, or the options of a command line. What is nil or empty is
/// left to envlock or to the runtime.
public struct RunDeclaration: Hashable, Sendable {
  /// What the container, job or pod is called; else as the environment.
  public var name: String?
  /// What a registry calls the image: "registry.example.com/lab/resnet:1".
  public var image: String?
  /// In which form GPUs are handed over.
  public var gpu: GPUForm?
  /// How many GPUs, MIG instances, shares or vGPUs, over all nodes; 0 for none.
  public var gpus: Int?
  /// How many on each node.
  public var gpusPerNode: Int?
  /// The memory that each GPU, instance or share must have at least.
  public var gpuMemory: ByteCount?
  /// How well others on the same GPU must be kept apart.
  public var isolation: GPUIsolation?
  /// The product whose licence covers the vGPU, as the site bought it.
  public var licence: String?
  /// On how many nodes it runs at once.
  public var nodes: Int?
  /// How many processors each node gives it.
  public var cpus: CPUCount?
  /// How much memory each node gives it.
  public var memory: ByteCount?
  /// The size of /dev/shm.
  public var shm: ByteCount?
  /// How many processes and threads there can be.
  public var pids: Int?
  /// After how many seconds it is ended.
  public var seconds: Int?
  /// Bounds on reading and writing block devices.
  public var io: [IOLimit]
  /// Its share of a busy disk, from 10 to 1000.
  public var ioWeight: Int?
  /// What runs instead of the image's own command; with an entrypoint its arguments.
  public var command: [String]?
  /// Variables by name.
  public var env: [String: String]
  /// What of the node is seen inside.
  public var mounts: [RunMount]
  /// Where it starts.
  public var workdir: String?
  /// User and group, by name or number: "1000:1000".
  public var user: String?
  /// What network it has.
  public var network: RunNetwork?
  /// Whether the frameworks' own switches for repeatable results are set.
  public var deterministic: Bool?
  /// Whether its GPUs must reach each other's memory.
  public var peerToPeer: Bool?

  /// Says nothing.
  public init() {
    io = []
    env = [:]
    mounts = []
  }

  /// This declaration where it says something, else what `other` says. Variables are merged by name; a list that is
  /// not empty counts whole.
  public func over(_ other: RunDeclaration) -> RunDeclaration {
    var result = self
    result.name = name ?? other.name
    result.image = image ?? other.image
    result.gpu = gpu ?? other.gpu
    // Both keys say how many GPUs: one of them here leaves out both of the other's.
    if gpus == nil, gpusPerNode == nil {
      result.gpus = other.gpus
      result.gpusPerNode = other.gpusPerNode
    }
    result.gpuMemory = gpuMemory ?? other.gpuMemory
    result.isolation = isolation ?? other.isolation
    result.licence = licence ?? other.licence
    result.nodes = nodes ?? other.nodes
    result.cpus = cpus ?? other.cpus
    result.memory = memory ?? other.memory
    result.shm = shm ?? other.shm
    result.pids = pids ?? other.pids
    result.seconds = seconds ?? other.seconds
    result.io = io.isEmpty ? other.io : io
    result.ioWeight = ioWeight ?? other.ioWeight
    result.command = command ?? other.command
    result.env = other.env.merging(env) { _, ours in ours }
    result.mounts = mounts.isEmpty ? other.mounts : mounts
    result.workdir = workdir ?? other.workdir
    result.user = user ?? other.user
    result.network = network ?? other.network
    result.deterministic = deterministic ?? other.deterministic
    result.peerToPeer = peerToPeer ?? other.peerToPeer
    return result
  }
}
