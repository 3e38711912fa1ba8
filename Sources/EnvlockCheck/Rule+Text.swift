extension Rule {
  /// What it is about, a few words: the heading of its documentation.
  public var title: String {
    switch self {
    case .driverTooOld: "the driver is too old for CUDA"
    case .minorVersion: "CUDA runs by minor-version compatibility"
    case .forwardCompatibility: "CUDA runs by forward compatibility"
    case .driverEndOfLife: "the driver's branch has ended"
    case .newerThanMatrix: "newer than the matrix"
    case .libraryMismatch: "the driver's libraries and module differ"
    case .noKernel: "no code for the GPU"
    case .ptxTooNew: "PTX newer than the driver"
    case .ptxCompiled: "PTX is compiled at the first start"
    case .gpuNotDriven: "the driver does not drive the GPU"
    case .toolkitDroppedGPU: "the CUDA libraries have no code for the GPU"
    case .openModules: "open or closed kernel modules"
    case .cudnnDriver: "cuDNN needs a newer driver"
    case .cudnnGPU: "cuDNN has no code for the GPU"
    case .gpuMemory: "too little GPU memory"
    case .migInstances: "MIG instances"
    case .sharedMemory: "shared GPU memory"
    case .vgpuDriver: "vGPU drivers of guest and host"
    case .cpuBuild: "a build for the CPU"
    case .platform: "no answer for the platform"
    case .noGPU: "no GPU"
    case .noFacts: "too little is known"
    case .contradictoryFacts: "contradictory facts"
    case .unknownGPU: "an unknown GPU"
    case .glibc: "an older C library on the node"
    }
  }

  /// What it says and where that is from, in a sentence.
  public var help: String {
    switch self {
    case .driverTooOld:
      "A program of CUDA needs at least the driver of its release, or from CUDA 11 on the first driver of its major version (NVIDIA, CUDA Toolkit Release Notes and CUDA Compatibility guide)."
    case .minorVersion:
      "From CUDA 11 on a program runs on every driver of the same CUDA major version, without compiling its PTX and without what the newer driver brings (NVIDIA, CUDA Compatibility guide)."
    case .forwardCompatibility:
      "A cuda-compat package in the image brings newer libraries to older driver branches, on data-center GPUs and some others, over the listed branches alone (NVIDIA, CUDA Compatibility guide)."
    case .driverEndOfLife:
      "A driver branch gets fixes, security fixes among them, until its end of life (NVIDIA, Data Center Drivers; endoflife.date)."
    case .newerThanMatrix:
      "What is newer than the compatibility data is checked as far as older rows tell, and no further."
    case .libraryMismatch:
      "The driver's user-space libraries work with the kernel module of exactly their own version; otherwise NVML says `Driver/library version mismatch` and CUDA does not start."
    case .noKernel:
      "Compiled code runs on the same major compute capability at the same or a higher minor, PTX on anything newer; a framework without either for a GPU does not run on it (NVIDIA, CUDA C++ Programming Guide)."
    case .ptxTooNew:
      "A driver compiles the PTX of its own CUDA release and of older ones; minor-version compatibility does not cover PTX (NVIDIA, CUDA Compatibility guide)."
    case .ptxCompiled:
      "Where a framework has only PTX for a GPU, the driver compiles it when the program first starts, which can take many minutes (NVIDIA, CUDA C++ Programming Guide, just-in-time compilation)."
    case .gpuNotDriven:
      "Each driver branch drives the architectures from the oldest that it kept to the newest that it knew: R470 is the last for Kepler, R580 for Maxwell, Pascal and Volta (NVIDIA, Data Center Drivers, architecture matrix)."
    case .toolkitDroppedGPU:
      "A CUDA release makes code for the compute capabilities that its compiler lists; CUDA 13 begins at 7.5 (ptxas of each release)."
    case .openModules:
      "Grace Hopper and Blackwell data-center GPUs need the open kernel modules, which drive Turing and newer (NVIDIA/open-gpu-kernel-modules, README)."
    case .cudnnDriver:
      "cuDNN states a lowest driver for each CUDA that it runs with (NVIDIA, cuDNN support matrix; NixOS/nixpkgs from 9.18 on)."
    case .cudnnGPU:
      "cuDNN states the compute capabilities that it supports (NVIDIA, cuDNN support matrix)."
    case .gpuMemory:
      "The GPU has less memory than was asked for; whole GiB are compared with the size that the GPU is sold with, other sizes with what it reports."
    case .migInstances:
      "A program sees one MIG instance, never the whole GPU; with MIG on and no instance there is no CUDA device (NVIDIA, MIG User Guide)."
    case .sharedMemory:
      "Time slicing and MPS by itself divide no memory: what one program takes, the others lack (NVIDIA/k8s-device-plugin)."
    case .vgpuDriver:
      "A guest's vGPU driver goes with hosts of its own release and of those that NVIDIA pairs with it (NVIDIA, Virtual GPU Software documentation)."
    case .cpuBuild:
      "A framework without GPU code, or without CUDA libraries, runs on the CPU without a word, also on a node with GPUs."
    case .platform:
      "A lock answers for the platforms that the manifest lists, and wheels of one do not run on another."
    case .noGPU:
      "The lock needs a GPU, and the node is known to have none."
    case .noFacts:
      "Without a node's driver or GPUs nobody can say whether a lock runs there, so it is never called good."
    case .contradictoryFacts:
      "What a node says of itself cannot all be true, so nothing is concluded from it."
    case .unknownGPU:
      "The node names a GPU that the matrix does not know; its compute capability would do instead."
    case .glibc:
      "The node's own glibc is older than the wheels need, which matters only where they run outside an image (PEP 600)."
    }
  }

  /// Whether an error of it means that too little is known, instead of that the stack does not run.
  public var isAboutKnowledge: Bool {
    switch self {
    case .noFacts, .contradictoryFacts, .unknownGPU: true
    default: false
    }
  }
}
