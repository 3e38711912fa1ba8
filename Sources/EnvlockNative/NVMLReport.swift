/// What NVML says of a machine, as it says it; what it does not say stands in ``faults``.
public struct NVMLReport: Hashable, Sendable {
  /// The file that was loaded, behind symbolic links; nil where none was.
  public var path: String?
  /// Whether NVML was found and began to work.
  public var isStarted = false
  /// The driver's version: "550.54.15".
  public var driver: String?
  /// NVML's own version, the CUDA major version before that of the driver it belongs to: "12.550.54.15".
  public var version: String?
  /// The CUDA version of the driver's libraries, 1000 × major + 10 × minor.
  public var cuda: Int?
  /// The GPUs in NVML's order.
  public var gpus: [NVMLGPU] = []
  /// The calls that failed.
  public var faults: [NVMLFault] = []

  /// An empty report.
  public init() {}
}

/// What NVML says of one GPU.
public struct NVMLGPU: Hashable, Sendable {
  /// Its number.
  public var index: Int
  /// "NVIDIA A100-SXM4-80GB".
  public var name: String?
  /// "GPU-…".
  public var uuid: String?
  /// "00000000:3B:00.0".
  public var busID: String?
  /// The PCI device id in the high 16 bits, the vendor's in the low: 0x20B210DE.
  public var pciID: Int?
  /// Its memory in bytes.
  public var memory: Int?
  /// The compute capability's two numbers.
  public var capability: [Int]?
  /// MIG; nil where the GPU or the driver knows none.
  public var mig: NVMLMIG?
  /// `nvmlGpuVirtualizationMode_t`: 0 none, 1 passthrough, 2 vGPU in a guest, 3 vGPU host, 4 vSGA host.
  public var virtualization: Int?

  /// A GPU of which nothing is known.
  public init(index: Int) { self.index = index }
}

/// What NVML says of a GPU's MIG.
public struct NVMLMIG: Hashable, Sendable {
  /// Whether the mode is on.
  public var isEnabled: Bool
  /// Whether it will be on after the next reset.
  public var isPending: Bool
  /// The instances that exist.
  public var instances: [NVMLMIGInstance] = []

  /// A mode without instances.
  public init(isEnabled: Bool, isPending: Bool) {
    self.isEnabled = isEnabled
    self.isPending = isPending
  }
}

/// What NVML says of a MIG device.
public struct NVMLMIGInstance: Hashable, Sendable {
  /// "NVIDIA A100-SXM4-80GB MIG 1g.10gb"; older drivers give the GPU's name alone.
  public var name: String?
  /// "MIG-…".
  public var uuid: String?
  /// Its memory in MiB.
  public var memoryMiB: Int?
  /// The slices of its GPU instance.
  public var gpuSlices: Int?
  /// The slices of its compute instance.
  public var computeSlices: Int?
  /// The GPU instance that it is part of.
  public var gpuInstance: Int?
  /// Which compute instance of that it is.
  public var computeInstance: Int?

  /// An instance of which nothing is known.
  public init() {}
}

/// A call of NVML that failed.
public struct NVMLFault: Error, Hashable, Sendable {
  /// What could not be learned.
  public enum Fact: String, Hashable, CaseIterable, Sendable {
    case load, start, driver, version, cuda, count, gpu, name, uuid, pci, memory, capability, mig,
      virtualization
  }

  /// What could not be learned.
  public var fact: Fact
  /// The function: "nvmlDeviceGetName"; empty for a library that was not loaded.
  public var call: String
  /// Of which GPU, where it is about one.
  public var gpu: Int?
  /// `nvmlReturn_t`; nil where no code says it.
  public var code: Int?
  /// Why, in a clause.
  public var reason: String

  /// A fault.
  public init(_ fact: Fact, call: String, gpu: Int? = nil, code: Int? = nil, reason: String) {
    self.fact = fact
    self.call = call
    self.gpu = gpu
    self.code = code
    self.reason = reason
  }
}
