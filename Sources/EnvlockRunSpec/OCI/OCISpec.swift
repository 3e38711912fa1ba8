import EnvlockModel

/// A bundle for an OCI runtime: the config.json by which `runc run` or `crun run` starts an unpacked image, with no engine
/// and no hook of NVIDIA's beside it.
///
/// Everything is shut first: no capabilities, no device, a root that cannot be written, calls of the kernel by
/// ``OCISeccomp/standard(_:)``. Then exactly the GPUs that the plan has are handed over, by the node's CDI documents or by
/// its device nodes. Sources: opencontainers/runtime-spec, config.md and config-linux.md.
public struct OCISpec: RunSpec, Hashable {
  /// What may be set beside the plan.
  public struct Options: Sendable {
    /// The folder of the unpacked image, absolute or relative to the bundle.
    public var rootPath = "rootfs"
    /// Whether the unpacked image cannot be written. What frameworks write to is then memory.
    public var isRootReadOnly = true
    /// Further folders that are memory: absolute paths.
    public var temporaryFolders: [String] = []
    /// The control group; nil for the runtime's own choice.
    public var cgroupsPath: String?
    /// How users are mapped where an ordinary user starts it; nil where root does.
    public var rootless: OCIRootless?
    /// Who the user that the image or the request names is by number, for whoever has read the image's files.
    public var user: OCIUser?
    /// Capabilities that are kept: "CAP_NET_RAW".
    public var capabilities: [String] = []
    /// Which calls of the kernel can be made.
    public var seccomp = Filter.standard
    /// Whether what is mounted in folders that are mounted read-only is read-only, too: needs Linux 5.12, and runc 1.1 or
    /// crun 1.0.
    public var isRecursivelyReadOnly = true
    /// Which of the node's GPUs: "0", "GPU-…", "MIG-…", "all", a CDI device such as "nvidia.com/gpu=0" or "0:1" for short,
    /// or without CDI "0/3/0" for a GPU, its GPU instance and its compute instance. Empty for the first that fit.
    public var gpus: [String] = []
    /// The node's CDI documents; with none, ``node`` says which devices belong to a GPU.
    public var cdi = CDIRegistry()
    /// The kind of the CDI devices.
    public var cdiKind = "nvidia.com/gpu"
    /// Whether programs that the CDI documents name are run on the node, as they have to be for the driver's libraries to
    /// be found.
    public var runsHooks = true
    /// The node's device nodes, measured; nil where nobody measured them.
    public var node: NodeDevices?
    /// The folder of pipes of the node's MPS daemon; nil where it has none.
    public var mpsPipes: String?
    /// The numbers of the block devices that ``RunDeclaration/io`` names, by path.
    public var blockDevices: [String: OCIDeviceNumber] = [:]

    /// The defaults.
    public init() {}
  }

  /// A filter of calls.
  public enum Filter: Hashable, Sendable {
    /// envlock's own.
    case standard
    /// Another.
    case other(OCISeccomp)
    /// None.
    case none
  }

  /// The configuration.
  public var config: OCIConfig
  /// What was decided.
  public let choices: [RunChoice]
  private let hosts: String?

  /// Makes a bundle's configuration.
  ///
  /// - Throws: `RunSpecError` for several nodes, for users by name, for limits without a control group, for GPUs that the
  ///   node's documents do not have, and for paths that would hide or show what they must not.
  public init(_ plan: RunPlan, options: Options) throws(RunSpecError) {
    var maker = try OCIMaker(plan, options)
    try maker.make()
    config = maker.config
    choices = maker.choices
    hosts = maker.hosts
  }

  /// The file of a bundle that is mounted at /etc/hosts. Mounts may be relative to the bundle (config.md, "Mounts").
  static let hostsFile = "hosts"

  /// The bundle's documents, which belong in one folder.
  public var files: [SpecFile] {
    [SpecFile("config.json", .json(config.json))]
      + (hosts.map { [SpecFile(Self.hostsFile, .text($0))] } ?? [])
  }
}

/// How an ordinary user's ids are mapped.
public struct OCIRootless: Hashable, Sendable {
  /// Users of the container on the node.
  public var uidMappings: [OCIMapping]
  /// Groups of the container on the node.
  public var gidMappings: [OCIMapping]
  /// Whether the user has been given a control group with the controllers of the limits, as systemd does on request.
  public var hasControlGroup: Bool

  /// A mapping.
  public init(uidMappings: [OCIMapping], gidMappings: [OCIMapping], hasControlGroup: Bool = false) {
    self.uidMappings = uidMappings
    self.gidMappings = gidMappings
    self.hasControlGroup = hasControlGroup
  }
}
