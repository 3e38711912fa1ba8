public import EnvlockVersions

/// What is known of a node's stack below the containers: its driver and its GPUs.
///
/// What is unknown is nil or empty, and why it is unknown stands in ``gaps``; nothing is guessed.
public struct NodeFacts: Hashable, Sendable {
  /// Where facts are from.
  public enum Origin: String, Hashable, CaseIterable, Sendable {
    /// Somebody stated them: `--driver`, `--gpu`.
    case declared
    /// Measured on the node, by `envlock probe` or `--node`.
    case probe
    /// The labels of a Kubernetes node, as GPU Feature Discovery writes them.
    case kubernetesLabels = "kubernetes-labels"
    /// The `ResourceSlice` objects of NVIDIA's DRA driver.
    case resourceSlice = "resource-slice"
    /// `nvidia-smi -q -x`.
    case smiXML = "nvidia-smi-xml"
  }

  /// Where the facts are from.
  public var origin: Origin
  /// The system, where it is known.
  public var platform: Platform?
  /// The version of the kernel driver.
  public var driver: DriverVersion?
  /// The version of the driver's user-space libraries, where it was measured apart from ``driver``.
  public var driverLibrary: DriverVersion?
  /// Whether the kernel modules are the open ones; nil where that is unknown.
  public var hasOpenModules: Bool?
  /// The newest CUDA that the driver's user-space libraries speak.
  public var cudaDriver: CUDAVersion?
  /// The GPUs, in the node's own order where it has one.
  public var gpus: [GPUFacts]
  /// The driver of the hypervisor, where the node is a virtual machine with a vGPU.
  public var vgpuHost: VGPUHostFacts?
  /// The rest of the system; only a probe knows it.
  public var system: SystemFacts?
  /// What could not be found out, or is contradicted.
  public var gaps: [FactGap]

  /// Facts of one origin; everything else starts unknown.
  public init(
    origin: Origin, platform: Platform? = nil, driver: DriverVersion? = nil,
    driverLibrary: DriverVersion? = nil,
    hasOpenModules: Bool? = nil, cudaDriver: CUDAVersion? = nil, gpus: [GPUFacts] = [],
    vgpuHost: VGPUHostFacts? = nil, system: SystemFacts? = nil, gaps: [FactGap] = []
  ) {
    self.origin = origin
    self.platform = platform
    self.driver = driver
    self.driverLibrary = driverLibrary
    self.hasOpenModules = hasOpenModules
    self.cudaDriver = cudaDriver
    self.gpus = gpus
    self.vgpuHost = vgpuHost
    self.system = system
    self.gaps = gaps
  }

  /// The same facts without what tells two nodes of one kind apart: UUIDs, bus addresses, and what ``system`` says.
  /// GPUs that are then equal are counted together. Nodes whose kinds are equal get equal verdicts.
  public var kind: NodeFacts {
    var kind = self
    kind.system = nil
    kind.gpus = []
    for gpu in gpus {
      let anonymous = gpu.anonymous
      if let place = kind.gpus.firstIndex(where: { $0.isAlike(anonymous) }) {
        kind.gpus[place].count += anonymous.count
      } else {
        kind.gpus.append(anonymous)
      }
    }
    return kind
  }
}

/// One GPU of a node, or several that are alike.
public struct GPUFacts: Hashable, Sendable {
  /// How many there are of this kind, at least 1. Physical GPUs; under MIG's single strategy Kubernetes counts MIG
  /// devices, and then ``mig`` says so.
  public var count: Int
  /// Its name as the driver, a label or a person writes it: "NVIDIA A100-SXM4-80GB".
  public var product: String?
  /// Its compute capability.
  public var capability: ComputeCapability?
  /// Its memory in MiB; of the whole GPU, also under MIG.
  public var memoryMiB: Int?
  /// "GPU-…".
  public var uuid: String?
  /// "00000000:3B:00.0".
  public var pciBusID: String?
  /// The PCI device id of NVIDIA's, four upper-case hexadecimal digits: "20B2".
  public var pciDeviceID: String?
  /// Whether and how it is divided by MIG; nil where that is unknown, or it cannot be divided.
  public var mig: MIGFacts?
  /// How it is shared by time slicing or MPS; nil where it is not, or that is unknown.
  public var sharing: SharingFacts?
  /// The type of the vGPU that it is: "GRID A100-10C"; nil for a physical GPU.
  public var vgpuType: String?

  /// A GPU; everything that is not given is unknown.
  public init(
    count: Int = 1, product: String? = nil, capability: ComputeCapability? = nil, memoryMiB: Int? = nil,
    uuid: String? = nil, pciBusID: String? = nil, pciDeviceID: String? = nil, mig: MIGFacts? = nil,
    sharing: SharingFacts? = nil, vgpuType: String? = nil
  ) {
    self.count = count
    self.product = product
    self.capability = capability
    self.memoryMiB = memoryMiB
    self.uuid = uuid
    self.pciBusID = pciBusID
    self.pciDeviceID = pciDeviceID
    self.mig = mig
    self.sharing = sharing
    self.vgpuType = vgpuType
  }

  fileprivate var anonymous: GPUFacts {
    var gpu = self
    gpu.uuid = nil
    gpu.pciBusID = nil
    if let mig { gpu.mig = mig.anonymous }
    return gpu
  }

  fileprivate func isAlike(_ other: GPUFacts) -> Bool {
    var same = other
    same.count = count
    return self == same
  }
}

/// Whether and how a GPU is divided by MIG.
public struct MIGFacts: Hashable, Sendable {
  /// Whether MIG mode is on now.
  public var isEnabled: Bool
  /// Whether MIG mode will be on after the next reset; nil where that is unknown.
  public var isPending: Bool?
  /// The instances that exist; those that are alike may be counted together.
  public var instances: [MIGInstanceFacts]

  /// MIG facts.
  public init(isEnabled: Bool, isPending: Bool? = nil, instances: [MIGInstanceFacts] = []) {
    self.isEnabled = isEnabled
    self.isPending = isPending
    self.instances = instances
  }

  fileprivate var anonymous: MIGFacts {
    var mig = self
    mig.instances = []
    for instance in instances {
      var anonymous = instance
      anonymous.uuid = nil
      anonymous.gpuInstance = nil
      anonymous.computeInstance = nil
      if let place = mig.instances.firstIndex(where: {
        $0.profile == anonymous.profile && $0.memoryMiB == anonymous.memoryMiB
      }) {
        mig.instances[place].count += anonymous.count
      } else {
        mig.instances.append(anonymous)
      }
    }
    return mig
  }
}

/// A MIG instance, or several that are alike.
public struct MIGInstanceFacts: Hashable, Sendable {
  /// Its profile, with `+` as in NVIDIA's tools: "1g.10gb", "1g.5gb+me", "1c.3g.20gb".
  public var profile: String
  /// How many there are, at least 1.
  public var count: Int
  /// The memory of one in MiB.
  public var memoryMiB: Int?
  /// "MIG-…".
  public var uuid: String?
  /// The GPU instance that it is part of, as the driver counts them.
  public var gpuInstance: Int?
  /// Which compute instance of that it is.
  public var computeInstance: Int?

  /// An instance.
  public init(
    profile: String, count: Int = 1, memoryMiB: Int? = nil, uuid: String? = nil, gpuInstance: Int? = nil,
    computeInstance: Int? = nil
  ) {
    self.profile = profile
    self.count = count
    self.memoryMiB = memoryMiB
    self.uuid = uuid
    self.gpuInstance = gpuInstance
    self.computeInstance = computeInstance
  }
}

/// How a GPU is handed to several processes without dividing it.
public struct SharingFacts: Hashable, Sendable {
  /// By what.
  public enum Strategy: String, Hashable, CaseIterable, Sendable {
    /// Processes take turns; memory is not divided.
    case timeSlicing = "time-slicing"
    /// Processes run at once through NVIDIA's Multi-Process Service.
    case mps
  }

  /// By what.
  public var strategy: Strategy
  /// As how many GPUs each GPU is offered; nil where that is unknown.
  public var replicas: Int?

  /// Sharing facts.
  public init(strategy: Strategy, replicas: Int? = nil) {
    self.strategy = strategy
    self.replicas = replicas
  }
}

/// The driver of a hypervisor that gives a vGPU.
public struct VGPUHostFacts: Hashable, Sendable {
  /// Its version: "550.90.05".
  public var driver: DriverVersion?
  /// Its branch, as the label writes it: "r550_00".
  public var branch: String?

  /// Host facts.
  public init(driver: DriverVersion? = nil, branch: String? = nil) {
    self.driver = driver
    self.branch = branch
  }
}

/// Something about a node that is not known, with the reason.
public struct FactGap: Hashable, Sendable {
  /// What is not known.
  public enum Subject: String, Hashable, CaseIterable, Sendable {
    case driver, gpus
    case computeCapability = "compute-capability"
    case memory, mig, vgpu, system
  }

  /// What is not known.
  public var subject: Subject
  /// Whether several sources say different things, instead of none saying anything.
  public var isContradiction: Bool
  /// Why, in a clause: "nvidia-smi did not answer within 10 s", "cuda.driver.major says 550, cuda.driver-version.major
  /// 560".
  public var reason: String

  /// A gap.
  public init(_ subject: Subject, isContradiction: Bool = false, reason: String) {
    self.subject = subject
    self.isContradiction = isContradiction
    self.reason = reason
  }
}

/// What a probe finds of the system around the GPU.
public struct SystemFacts: Hashable, Sendable {
  /// How the control groups are mounted.
  public enum CgroupMode: String, Hashable, CaseIterable, Sendable {
    case v1, v2, hybrid
  }

  /// A container runtime that is installed.
  public struct Runtime: Hashable, Sendable {
    /// "podman".
    public var name: String
    /// Where its program lies.
    public var path: String
    /// Its version, where it told it in time.
    public var version: String?

    /// A runtime.
    public init(name: String, path: String, version: String? = nil) {
      self.name = name
      self.path = path
      self.version = version
    }
  }

  /// A Container Device Interface file.
  public struct CDIFile: Hashable, Sendable {
    /// Where it lies.
    public var path: String
    /// Its `kind`, "nvidia.com/gpu"; nil where it could not be read.
    public var kind: String?
    /// The names of its devices, in its order.
    public var devices: [String]
    /// What is wrong with it; nil where nothing is.
    public var fault: String?

    /// A file.
    public init(path: String, kind: String? = nil, devices: [String] = [], fault: String? = nil) {
      self.path = path
      self.kind = kind
      self.devices = devices
      self.fault = fault
    }
  }

  /// The kernel's release: "6.1.0-21-amd64".
  public var kernel: String?
  /// The C library's version.
  public var glibc: Version?
  /// "Debian GNU/Linux 12 (bookworm)".
  public var distribution: String?
  /// How the control groups are mounted.
  public var cgroups: CgroupMode?
  /// Whether ordinary users may make user namespaces.
  public var hasUserNamespaces: Bool?
  /// The container runtimes, sorted by name.
  public var runtimes: [Runtime]
  /// The CDI files, sorted by path.
  public var cdiFiles: [CDIFile]
  /// Whether an MPS control daemon runs.
  public var hasMPSDaemon: Bool?

  /// System facts; what is not given is unknown.
  public init(
    kernel: String? = nil, glibc: Version? = nil, distribution: String? = nil, cgroups: CgroupMode? = nil,
    hasUserNamespaces: Bool? = nil, runtimes: [Runtime] = [], cdiFiles: [CDIFile] = [],
    hasMPSDaemon: Bool? = nil
  ) {
    self.kernel = kernel
    self.glibc = glibc
    self.distribution = distribution
    self.cgroups = cgroups
    self.hasUserNamespaces = hasUserNamespaces
    self.runtimes = runtimes
    self.cdiFiles = cdiFiles
    self.hasMPSDaemon = hasMPSDaemon
  }
}

/// Nodes whose facts are of one kind.
public struct NodeGroup: Hashable, Sendable {
  /// The nodes' names, in the order in which they were read.
  public var names: [String]
  /// What is known of each of them; of several nodes, their ``NodeFacts/kind``.
  public var facts: NodeFacts

  /// A group.
  public init(names: [String], facts: NodeFacts) {
    self.names = names
    self.facts = facts
  }
}
