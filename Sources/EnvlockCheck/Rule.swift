/// The rules of a check. The raw value is the name that users see and give to `--allow`; it never changes its meaning.
public enum Rule: String, Hashable, Comparable, CaseIterable, Sendable {
  // The driver and CUDA.
  /// The driver is older than every one that runs the CUDA release.
  case driverTooOld = "driver-too-old"
  /// The driver runs the CUDA release by minor-version compatibility only.
  case minorVersion = "minor-version"
  /// The driver runs the CUDA release only with the forward-compatibility package.
  case forwardCompatibility = "forward-compatibility"
  /// The driver's branch gets no fixes any more.
  case driverEndOfLife = "driver-end-of-life"
  /// The driver, or the framework's release, is newer than the matrix.
  case newerThanMatrix = "newer-than-matrix"
  /// The driver's libraries and its kernel module are of different versions.
  case libraryMismatch = "library-mismatch"

  // The GPU.
  /// The framework has neither compiled code nor PTX for the GPU.
  case noKernel = "no-kernel"
  /// The framework has only PTX for the GPU, and the driver is too old to compile it.
  case ptxTooNew = "ptx-too-new"
  /// The framework has only PTX for the GPU, which the driver compiles at the first start.
  case ptxCompiled = "ptx-compiled"
  /// The driver's branch does not drive the GPU: dropped, or not yet known.
  case gpuNotDriven = "gpu-not-driven"
  /// The CUDA libraries have no code for the GPU.
  case toolkitDroppedGPU = "toolkit-dropped-gpu"
  /// The GPU needs the open kernel modules.
  case openModules = "open-modules"

  // cuDNN.
  /// cuDNN needs a newer driver.
  case cudnnDriver = "cudnn-driver"
  /// cuDNN has no code for the GPU.
  case cudnnGPU = "cudnn-gpu"

  // Memory and sharing.
  /// The GPU has less memory than was asked for.
  case gpuMemory = "gpu-memory"
  /// No MIG instance has the memory that was asked for, or there is none although MIG is on.
  case migInstances = "mig-instances"
  /// The memory of a shared GPU is not divided.
  case sharedMemory = "shared-memory"
  /// The guest's vGPU driver does not go with the host's.
  case vgpuDriver = "vgpu-driver"

  // The lock and the node.
  /// A framework in the lock has no GPU code for this platform.
  case cpuBuild = "cpu-build"
  /// The lock has no answer for the node's platform.
  case platform
  /// The lock needs a GPU, and the node has none.
  case noGPU = "no-gpu"
  /// Too little is known of the node.
  case noFacts = "no-facts"
  /// What is known of the node contradicts itself.
  case contradictoryFacts = "contradictory-facts"
  /// The node names a GPU that the matrix does not know.
  case unknownGPU = "unknown-gpu"
  /// The node's own C library is older than the wheels need; inside an image that does not matter.
  case glibc

  /// In the order of their declaration, which is the order in which findings are printed.
  public static func < (one: Rule, other: Rule) -> Bool { one.order < other.order }

  private var order: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
