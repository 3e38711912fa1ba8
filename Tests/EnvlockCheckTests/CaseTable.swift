import EnvlockCheck
import EnvlockVersions
import EnvlockModel

/// Builds of frameworks on drivers and GPUs. Each was worked out by hand from the rows and documents that it names.
enum CaseTable {
  static let driver: [CheckCase] = [
    CheckCase(
      "torch 2.9.1", node("570.26", "A100-SXM4-80GB"), .fits,
      because: "CUDA 12.8.0 needs 570.26 (CUDA 13.2 release notes, table 3); 8.0 is compiled (wheel of 2.9.1)"
    ),
    CheckCase(
      "torch 2.9.1", node("525.60.13", "Tesla T4"), .fits, "N minor-version",
      because: "12.x runs from 525.60.13 on (release notes, minor-version table); 7.5 is compiled"),
    CheckCase(
      "torch 2.9.1", node("525.60.12", "Tesla T4"), .doesNotFit, "E driver-too-old",
      because: "one below the floor of 12.x, 525.60.13"),
    CheckCase(
      "torch 2.9.1", node("525.85.12", "T4"), .fits, "N minor-version",
      because: "between 525.60.13 and 570.26"),
    CheckCase(
      "torch 2.9.1", node("470.256.02", "Tesla K80"), .doesNotFit,
      "E driver-too-old E no-kernel E toolkit-dropped-gpu E cudnn-gpu",
      because: "470 is below 525; 3.7 is below 7.0 of the wheel, 5.0 of ptxas 12.8 and 5.0 of cuDNN 9.10"),
    CheckCase(
      "torch 2.15.0", node("570.124.06", "A100-SXM4-40GB"), .doesNotFit, "E driver-too-old W cudnn-driver",
      because: "13.x runs from 580 on; cuDNN 9.26 for CUDA 13 needs 615.71.09 (nixpkgs, so a warning)"),
    CheckCase(
      "torch 2.15.0", node("580.65.06", "Tesla T4"), .fits, "W cudnn-driver N minor-version",
      because: "13.2 in full needs 595.45.04; 7.5 is compiled"),
    CheckCase(
      "torch 2.15.0", node("595.45.04", "H100 PCIe"), .fits, "W cudnn-driver",
      because: "595.45.04 is 13.2's own driver; cuDNN 9.26 asks for 615.71.09"),
    CheckCase(
      "torch 2.15.0", node("615.71.09", "H100 PCIe"), .fits,
      because: "newer than 595.45.04 and cuDNN's 615.71.09"),
    CheckCase(
      "torch 2.15.0 cu126", node("570.124.06", "A100-SXM4-80GB"), .fits,
      because: "12.6 needs 560.28.03; 8.0 is compiled"),
    CheckCase(
      "torch 2.15.0 cu126", node("550.54.15", "GeForce GTX 1080"), .fits, "N minor-version",
      because: "6.1 runs code for 6.0; 550 is between 525.60.13 and 560.28.03"),
    CheckCase(
      "torch 2.7.0 cu118", node("450.80.02", "Tesla T4"), .fits, "N minor-version",
      because: "11.x runs from 450.80.02 on; 11.8 in full needs 520.61.05"),
    CheckCase(
      "torch 2.7.0 cu118", node("450.80.01", "Tesla T4"), .doesNotFit, "E driver-too-old",
      because: "one below the floor of 11.x"),
    CheckCase(
      "torch 2.7.0 cu118", node("520.61.05", "Tesla T4"), .fits, because: "11.8's own driver"),
    CheckCase(
      "torch 1.12.1", node("440.33", "Tesla T4"), .fits,
      because: "10.2 needs 440.33; code for 7.0 runs on 7.5"),
    CheckCase(
      "torch 1.12.1", node("440.32", "Tesla T4"), .doesNotFit, "E driver-too-old",
      because: "before CUDA 11 there is no minor-version compatibility"),
    CheckCase(
      "torch 2.14.1", node("580.65.06", "Tesla T4"), .fits,
      because: "13.0's own driver, and that of cuDNN 9.24"),
    CheckCase(
      "torch 2.9.1", node("700.10", "Tesla T4"), .fits, "N newer-than-matrix",
      because: "no branch 700 is known"),
    CheckCase(
      "torch 2.9.1",
      node(nil, "Tesla T4") { $0.cudaDriver = cudaVersion("12.4") }, .fits, "N minor-version",
      because: "a driver that knows 12.4 runs 12.8 as one of the same major version"),
    CheckCase(
      "torch 2.9.1",
      node(nil, "Tesla T4") { $0.cudaDriver = cudaVersion("11.8") }, .doesNotFit, "E driver-too-old",
      because: "a driver that knows 11.8 at most is older than 525.60.13"),
    CheckCase(
      "torch 2.9.1", node("550.54.15", "Tesla T4"), .fits, "W driver-end-of-life N minor-version",
      options: CheckOptions(today: "2026-11-24"), because: "branch 550 ended 2025-04-17 (endoflife.date)"),
    CheckCase(
      "torch 2.9.1", node("580.65.06", "Tesla T4"), .fits, options: CheckOptions(today: "2026-11-24"),
      because: "branch 580 lives until 2028-06"),
  ]

  static let forward: [CheckCase] = [
    CheckCase(
      "torch 2.15.0", node("570.124.06", "A100-SXM4-40GB"), .fits, "N forward-compatibility",
      options: CheckOptions(hasForwardCompatibility: true),
      because: "cuda-compat-13-2 works over 570 on data-center GPUs (CUDA Compatibility guide v615)"),
    CheckCase(
      "torch 2.15.0", node("550.54.15", "A100-SXM4-40GB"), .doesNotFit,
      "E forward-compatibility W cudnn-driver",
      options: CheckOptions(hasForwardCompatibility: true), because: "550 is not among 535, 570, 580, 590"),
    CheckCase(
      "torch 2.15.0", node("570.124.06", "GeForce RTX 3090"), .doesNotFit,
      "E forward-compatibility W cudnn-driver", options: CheckOptions(hasForwardCompatibility: true),
      because: "not for GeForce; CUDA error 804 (CUDA Compatibility guide)"),
    CheckCase(
      "torch 2.15.0", node("570.124.06", "RTX A6000"), .fits, "W forward-compatibility",
      options: CheckOptions(hasForwardCompatibility: true),
      because: "only NGC-Server-Ready RTX models, and which is not known"),
    CheckCase(
      "torch 2.9.1", node("535.104.05", "GeForce RTX 3090"), .doesNotFit, "E forward-compatibility",
      options: CheckOptions(hasForwardCompatibility: true),
      because:
        "minor-version compatibility would do, but the package's libraries take its place and fail with 804"),
    CheckCase(
      "torch 2.9.1", node("580.65.06", "A100-SXM4-40GB"), .fits, "N forward-compatibility",
      options: CheckOptions(hasForwardCompatibility: true),
      because: "cuda-compat-12-8 never over 580; the driver is newer than 570.26 and needs none"),
    CheckCase(
      "tensorflow 2.21.0", node("535.104.05", "H100 PCIe"), .fits, "W ptx-compiled N forward-compatibility",
      options: CheckOptions(hasForwardCompatibility: true),
      because: "cuda-compat-12-5 works over 535; the limit on PTX is one of minor-version compatibility alone"
    ),
  ]

  static let code: [CheckCase] = [
    CheckCase(
      "tensorflow 2.21.0", node("535.104.05", "H100 PCIe"), .doesNotFit, "E ptx-too-new N minor-version",
      because: "the wheel has PTX 9.0 of CUDA 12.5 alone for 9.0, and PTX needs 12.5's own 555.42.02"),
    CheckCase(
      "tensorflow 2.21.0", node("555.42.02", "H100 PCIe"), .fits, "W ptx-compiled",
      because: "12.5's own driver"),
    CheckCase(
      "tensorflow 2.21.0", node("535.104.05", "L4"), .fits, "N minor-version", because: "8.9 is compiled"),
    CheckCase(
      "tensorflow 2.21.0", node("535.104.05", "T4"), .fits, "N minor-version",
      because: "code for 7.0 runs on 7.5"),
    CheckCase(
      "tensorflow 2.21.0", node("535.104.05", "GeForce RTX 3090"), .fits, "N minor-version",
      because: "code for 8.0 runs on 8.6"),
    CheckCase(
      "tensorflow 2.21.0", node("570.26", "B200"), .fits, "W ptx-compiled W cudnn-gpu",
      because: "PTX 9.0 is compiled for 10.0; cuDNN 9.3 names 9.0 as its highest"),
    CheckCase(
      "tensorflow 2.21.0", node("555.42.02", "GeForce GTX 980"), .doesNotFit, "E no-kernel",
      because: "5.2 is below 6.0 and has no PTX"),
    CheckCase(
      "tensorflow 2.16.1", node("545.23.06", "L4"), .fits,
      because: "code for 8.0 runs on 8.9; 12.3's own driver"),
    CheckCase(
      "tensorflow 2.15.0", node("535.54.03", "A100-SXM4-40GB"), .fits, "W ptx-compiled",
      because: "up to 7.5 is compiled; PTX 8.0 with 12.2's own driver"),
    CheckCase(
      "tensorflow 2.15.0", node("525.60.13", "A100-SXM4-40GB"), .doesNotFit, "E ptx-too-new N minor-version",
      because: "PTX of 12.2 on a driver of 12.0"),
    CheckCase(
      "tensorflow 2.15.0", node("525.60.13", "T4"), .fits, "N minor-version", because: "7.5 is compiled"),
    CheckCase(
      "tensorflow 2.10.0", node("450.80.02", "Tesla K80"), .fits, "N minor-version",
      because: "code for 3.5 runs on 3.7; R470 is the last for Kepler"),
    CheckCase(
      "tensorflow 2.10.0", node("460.27.03", "GeForce RTX 3090"), .fits, "W ptx-compiled",
      because: "PTX 8.0 for 8.6, with 11.2's own driver"),
    CheckCase(
      "tensorflow-gpu 2.0.0", node("418.39", "Tesla T4"), .fits, "W no-kernel",
      because: "its kernels were never read, so they could not be checked"),
    CheckCase(
      "torch 2.9.1", node("570.26", "GTX 1080"), .doesNotFit, "E no-kernel",
      because: "6.1 is below 7.0, and no PTX"),
    CheckCase(
      "torch 2.9.1", node("575.57.08", "B300"), .fits,
      because: "code for 10.0 runs on 10.3, of the same major version"),
    CheckCase(
      "torch 2.9.1", node("580.65.06", "V100"), .fits,
      because: "7.0 is compiled; R580 is the last for Volta; the name's six models are alike"),
    CheckCase(
      "torch 2.0.1", node("525.60.13", "H100 PCIe"), .doesNotFit, "E no-kernel",
      because: "the wheel ends at 8.6, and 9.0 is another major version"),
    CheckCase(
      "torch 2.0.1", node("525.60.13", "GeForce RTX 4090"), .fits, because: "code for 8.6 runs on 8.9"),
    CheckCase(
      "torch 1.12.1", node("470.256.02", "A100-SXM4-40GB"), .doesNotFit, "E no-kernel W cudnn-gpu",
      because: "the wheel ends at 7.0 without PTX; cuDNN 7.6.5 names 7.5 as its highest"),
    CheckCase(
      "torch 1.8.1 cu111", node("525.60.13", "H100 PCIe"), .fits, "W no-kernel",
      because: "the row's kernels are derived, so no refusal rests on them"),
    CheckCase(
      "torch 2.15.0 cu126", node("570.124.06", "B200"), .fits, "W no-kernel",
      because: "compiled up to 9.0, and whether there is PTX is not known"),
    CheckCase(
      "torch 2.15.0", node("615.71.09", "GB10", platform: .linuxARM64), .doesNotFit, "E platform",
      because: "a build for amd64 on an arm64 node"),
    CheckCase(
      "torch 2.15.0 aarch64", node("615.71.09", "GB10", platform: .linuxARM64), .fits,
      because: "code for 12.0 runs on 12.1"),
    CheckCase(
      "torch 2.15.0", node("580.65.06", "V100"), .doesNotFit,
      "E no-kernel E toolkit-dropped-gpu E cudnn-gpu W cudnn-driver N minor-version",
      because: "CUDA 13 begins at 7.5 (ptxas 13.2), the wheel and cuDNN 9.26 as well; 580 still drives Volta"),
  ]

  static let branches: [CheckCase] = [
    CheckCase(
      "torch 2.9.1", node("590.48.01", "V100"), .doesNotFit, "E gpu-not-driven",
      because: "R590 drops Maxwell, Pascal and Volta (architecture matrix)"),
    CheckCase(
      "torch 2.15.0 cu126", node("595.45.04", "GTX 1080"), .doesNotFit, "E gpu-not-driven",
      because: "Pascal ended with R580"),
    CheckCase(
      "torch 2.15.0 cu126", node("580.65.06", "GTX 1080"), .fits, because: "R580 is the last for Pascal"),
    CheckCase(
      "tensorflow 2.10.0", node("495.29.05", "Tesla K80"), .doesNotFit, "E gpu-not-driven",
      because: "R470 is the last for Kepler"),
    CheckCase(
      "tensorflow 2.10.0", node("495.29.05", "3.7"), .doesNotFit, "E gpu-not-driven",
      because: "the same by compute capability: branch 495 begins at 5.0"),
    CheckCase(
      "torch 2.9.1", node("565.57.01", "B200"), .doesNotFit, "E gpu-not-driven N minor-version",
      because: "R570 is the first for B200 (MIG guide: HGX B200 from 570.133.20)"),
    CheckCase(
      "torch 2.9.1", node("565.57.01", "GeForce RTX 5090"), .fits, "W gpu-not-driven N minor-version",
      because: "that R570 is the first is derived from CUDA 12.8, so no refusal rests on it"),
    CheckCase(
      "torch 2.9.1", node("570.133.20", "B200") { $0.hasOpenModules = false }, .doesNotFit, "E open-modules",
      because: "Blackwell data-center GPUs need the open modules (open-gpu-kernel-modules, README)"),
    CheckCase(
      "torch 2.9.1", node("570.133.20", "B200") { $0.hasOpenModules = true }, .fits,
      because: "with the open modules"),
    CheckCase(
      "torch 2.15.0 aarch64",
      node("615.71.09", "GH200 480GB", platform: .linuxARM64) { $0.hasOpenModules = false }, .doesNotFit,
      "E open-modules", because: "Grace Hopper needs the open modules"),
    CheckCase(
      "torch 2.9.1", node("570.26", "V100") { $0.hasOpenModules = true }, .doesNotFit, "E open-modules",
      because: "the open modules begin with Turing"),
    CheckCase(
      "torch 2.9.1", node("570.26", "Tesla T4") { $0.hasOpenModules = true }, .fits, because: "Turing is 7.5"),
    CheckCase(
      "torch 2.6.0 cu118", node("470.256.02", "Tesla K80"), .fits, "W cudnn-gpu N minor-version",
      because: "3.7 is compiled and ptxas 11.8 knows it; that cuDNN 9.1 begins at 5.0 is derived"),
  ]

  static let memory: [CheckCase] = [
    CheckCase(
      "torch 2.9.1", node("570.26", "H100 PCIe") { $0.gpus[0].memoryMiB = 81559 }, .fits, "N gpu-memory",
      options: CheckOptions(gpuMemoryMiB: 81920), because: "sold with 80 GiB, reports 81559 MiB"),
    CheckCase(
      "torch 2.9.1", node("570.26", "H100 PCIe") { $0.gpus[0].memoryMiB = 81559 }, .doesNotFit,
      "E gpu-memory",
      options: CheckOptions(gpuMemoryMiB: 81600),
      because: "a size that is not whole GiB is meant as it stands"),
    CheckCase(
      "torch 2.9.1", node("570.26", "H100 PCIe") { $0.gpus[0].memoryMiB = 81559 }, .fits,
      options: CheckOptions(gpuMemoryMiB: 76294), because: "80 GB of 10^9 bytes"),
    CheckCase(
      "torch 2.9.1", node("570.26", "A10G") { $0.gpus[0].memoryMiB = 22731 }, .fits, "N gpu-memory",
      options: CheckOptions(gpuMemoryMiB: 24576), because: "sold with 24 GiB"),
    CheckCase(
      "torch 2.9.1", node("570.26", "H100 NVL") { $0.gpus[0].memoryMiB = 95830 }, .doesNotFit, "E gpu-memory",
      options: CheckOptions(gpuMemoryMiB: 96 * 1024), because: "sold with 94 GiB"),
    CheckCase(
      "torch 2.9.1", node("570.26", "GeForce RTX 4090"), .doesNotFit, "E gpu-memory",
      options: CheckOptions(gpuMemoryMiB: 32 * 1024), because: "sold with 24 GiB"),
    CheckCase(
      "torch 2.9.1", node("570.26", "GeForce RTX 4090"), .fits,
      options: CheckOptions(gpuMemoryMiB: 24 * 1024),
      because: "sold with 24 GiB"),
    CheckCase(
      "torch 2.9.1", node("570.26", "a100"), .unknown, "E gpu-memory",
      options: CheckOptions(gpuMemoryMiB: 60 * 1024), because: "A100 is sold with 40, 64 and 80 GiB"),
    CheckCase(
      "torch 2.9.1", node("570.26", "a100") { $0.gpus[0].memoryMiB = 81920 }, .fits,
      options: CheckOptions(gpuMemoryMiB: 60 * 1024), because: "what it reports counts"),
    CheckCase(
      "torch 2.9.1", node("570.26", "GeForce RTX 4060 Ti"), .unknown, "E no-facts",
      options: CheckOptions(gpuMemoryMiB: 12 * 1024), because: "one model, sold with 8 and 16 GiB"),
    CheckCase(
      "torch 2.9.1", node("570.26", "RTX 9090") { $0.gpus[0].capability = try? ComputeCapability("12.0") },
      .unknown, "E no-facts N unknown-gpu", options: CheckOptions(gpuMemoryMiB: 12 * 1024),
      because: "an unknown model whose memory nobody knows"),
    CheckCase(
      "torch 2.9.1", node("570.26", "8.0"), .unknown, "E no-facts",
      options: CheckOptions(gpuMemoryMiB: 12 * 1024), because: "a compute capability says nothing of memory"),
    CheckCase(
      "torch 2.9.1",
      node("570.26", "NVIDIA-A100-SXM4-80GB-MIG-1g.10gb") {
        $0.gpus[0].mig = MIGFacts(
          isEnabled: true, instances: [MIGInstanceFacts(profile: "1g.10gb", count: 7, memoryMiB: 9728)])
      }, .doesNotFit, "E mig-instances", options: CheckOptions(gpuMemoryMiB: 20 * 1024),
      because: "1g.10gb has 9.5 GiB (MIG guide)"),
    CheckCase(
      "torch 2.9.1",
      node("570.26", "A100-SXM4-80GB") {
        $0.gpus[0].mig = MIGFacts(
          isEnabled: true,
          instances: [
            MIGInstanceFacts(profile: "1g.10gb", count: 3), MIGInstanceFacts(profile: "3g.40gb"),
          ])
      }, .fits, options: CheckOptions(gpuMemoryMiB: 40 * 1024), because: "3g.40gb counts as 40 GiB"),
    CheckCase(
      "torch 2.9.1",
      node("570.26", "A100-SXM4-80GB") { $0.gpus[0].mig = MIGFacts(isEnabled: true) }, .doesNotFit,
      "E mig-instances", because: "MIG on without an instance leaves CUDA no device (MIG guide)"),
    CheckCase(
      "torch 2.9.1",
      node("570.26", "A100-SXM4-80GB") { $0.gpus[0].mig = MIGFacts(isEnabled: false, isPending: true) },
      .fits,
      "W mig-instances", because: "the mode changes with the next reset"),
    CheckCase(
      "torch 2.9.1",
      node("570.26", "Tesla T4") {
        $0.gpus[0].mig = MIGFacts(isEnabled: true, instances: [MIGInstanceFacts(profile: "1g.5gb")])
      }, .unknown, "E contradictory-facts", because: "a T4 cannot be divided by MIG"),
    CheckCase(
      "torch 2.9.1",
      node("570.26", "Tesla-T4-SHARED") {
        $0.gpus[0].sharing = SharingFacts(strategy: .timeSlicing, replicas: 4)
      }, .fits, "N shared-memory", because: "time slicing divides no memory (k8s-device-plugin)"),
    CheckCase(
      "torch 2.9.1",
      node("570.26", "Tesla-T4-SHARED") { $0.gpus[0].sharing = SharingFacts(strategy: .mps, replicas: 4) },
      .fits,
      "W shared-memory", options: CheckOptions(gpuMemoryMiB: 8 * 1024), because: "MPS shares the memory"),
  ]

  static let vgpu: [CheckCase] = [
    CheckCase(
      "torch 2.9.1",
      node("570.133.20", "A100-SXM4-40GB") {
        $0.gpus[0].vgpuType = "GRID A100-10C"
        $0.vgpuHost = VGPUHostFacts(driver: driverVersion("570.133.10"))
      }, .fits, because: "vGPU 18.1: guest 570.133.20, host 570.133.10"),
    CheckCase(
      "torch 2.9.1",
      node("580.82.07", "A100-SXM4-40GB") {
        $0.gpus[0].vgpuType = "GRID A100-10C"
        $0.vgpuHost = VGPUHostFacts(driver: driverVersion("570.133.10"))
      }, .doesNotFit, "E vgpu-driver", because: "a guest of 19 on a host of 18: the host must not be older"),
    CheckCase(
      "torch 2.9.1",
      node("580.82.07", "A100-SXM4-40GB") {
        $0.gpus[0].vgpuType = "GRID A100-10C"
        $0.vgpuHost = VGPUHostFacts(branch: "r570_00")
      }, .fits, "W vgpu-driver", because: "the same by the host's branch alone: implied, so a warning"),
    CheckCase(
      "torch 2.9.1", node("570.133.20", "A100-SXM4-40GB") { $0.gpus[0].vgpuType = "GRID A100-10C" }, .fits,
      "W vgpu-driver", because: "the host's driver is not known"),
    CheckCase(
      "torch 2.9.1",
      node("570.133.20") {
        $0.gpus = [GPUFacts(vgpuType: "GRID A100-10C")]
        $0.vgpuHost = VGPUHostFacts(driver: driverVersion("570.133.10"))
      }, .doesNotFit, "E gpu-memory", options: CheckOptions(gpuMemoryMiB: 20 * 1024),
      because: "A100-10C has 10 GB, and 8.0 as the A100 has"),
  ]

  static let facts: [CheckCase] = [
    CheckCase("torch 2.9.1", node(nil, "Tesla T4"), .unknown, "E no-facts", because: "no driver is known"),
    CheckCase("torch 2.9.1", node("570.26"), .doesNotFit, "E no-gpu", because: "a probe that found no GPU"),
    CheckCase(
      "torch 2.9.1", node("570.26") { $0.gaps = [FactGap(.gpus, reason: "nvidia-smi did not answer")] },
      .unknown,
      "E no-facts", because: "a probe that could not look"),
    CheckCase(
      "torch 2.9.1", node("570.26") { $0.origin = .declared }, .unknown, "E no-facts",
      because: "whoever states a driver alone has not said that there is no GPU"),
    CheckCase("torch 2.9.1", node(nil), .doesNotFit, "E no-gpu", because: "no GPU, and so no driver"),
    CheckCase(
      "torch 2.9.1", node("570.26", "A1000-SXM9"), .unknown, "E unknown-gpu", because: "no such model"),
    CheckCase(
      "torch 2.9.1", node("570.26", "RTX 9090") { $0.gpus[0].capability = try? ComputeCapability("12.0") },
      .fits,
      "N unknown-gpu", because: "an unknown model with a compute capability: 12.0 is compiled"),
    CheckCase(
      "torch 2.9.1", node("570.26", "Tesla T4") { $0.gpus[0].capability = try? ComputeCapability("8.0") },
      .unknown, "E contradictory-facts", because: "a T4 has 7.5"),
    CheckCase(
      "torch 2.9.1",
      node("570.26", "Tesla T4") {
        $0.gaps = [FactGap(.driver, isContradiction: true, reason: "two labels say 550 and 570")]
      }, .unknown, "E contradictory-facts", because: "labels that disagree"),
    CheckCase(
      "torch 2.9.1", node("570.26", "Tesla T4") { $0.cudaDriver = cudaVersion("12.2") }, .unknown,
      "E contradictory-facts", because: "branch 570 knows 12.8"),
    CheckCase(
      "torch 2.9.1", node("535.104.05", "Tesla T4") { $0.cudaDriver = cudaVersion("12.8") }, .fits,
      "W contradictory-facts N minor-version", because: "newer libraries may be in place; the driver counts"),
    CheckCase(
      "torch 2.9.1", node("570.26", "Tesla T4") { $0.driverLibrary = driverVersion("575.57.08") },
      .doesNotFit,
      "E library-mismatch", because: "NVML: Driver/library version mismatch"),
    CheckCase(
      "torch 2.9.1", node("570.26", "Tesla T4") { $0.driverLibrary = driverVersion("570.26") }, .fits,
      because: "they match"),
    CheckCase(
      "torch 2.9.1", node("570.26", "Tesla T4", "GTX 1080"), .doesNotFit, "E no-kernel",
      because: "the wheel has code for the T4 alone"),
    CheckCase(
      "torch 2.9.1", node("580.65.06", "RTX 6000"), .fits,
      because: "Quadro RTX 6000 (7.5), RTX 6000 Ada (8.9) and RTX PRO 6000 (12.0) are all compiled"),
    CheckCase(
      "tensorflow 2.15.0", node("525.60.13", "RTX 6000"), .unknown,
      "E ptx-too-new W gpu-not-driven W cudnn-gpu N minor-version",
      because:
        "runs on the Quadro (7.5), not on Ada and Blackwell, for which there is only PTX of 12.2; cuDNN 8.9 names 9.0 as its highest"
    ),
    CheckCase(
      "torch 2.9.1 aarch64", node("570.26", "GH200 480GB", platform: .linuxARM64), .fits, "W cpu-build",
      because: "the wheel of the default index for aarch64 has no GPU code before 2.11"),
    CheckCase(
      "torch 2.9.1 aarch64", node(nil, platform: .linuxARM64), .fits, "N cpu-build",
      because: "nothing needs a GPU"),
    CheckCase(
      "torch 2.9.1 cpu", node("570.26", "Tesla T4"), .fits, "W cpu-build", because: "a GPU that nobody uses"),
    CheckCase(
      "torch 2.9.1",
      node("570.26", "Tesla T4") { $0.system = SystemFacts(glibc: Version(release: [2, 17])) },
      .fits, "N glibc", because: "the wheels need 2.28 (manylinux_2_28)"),
    CheckCase(
      "torch 2.9.1",
      node("570.26", "Tesla T4") { $0.system = SystemFacts(glibc: Version(release: [2, 36])) },
      .fits, because: "newer than 2.28"),
    CheckCase(
      "torch 2.9.1", node("570.26", "Jetson AGX Orin 64GB"), .fits,
      because: "its driver is JetPack's own; 8.0 runs on 8.7"),
  ]

  static let all = driver + forward + code + branches + memory + vgpu + facts
}
