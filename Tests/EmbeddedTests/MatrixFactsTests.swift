import EnvlockData
import EnvlockModel
import EnvlockVersions
import Testing

/// Facts that are known well, by hand, and what the matrix says of them.
@Suite struct MatrixFactsTests {
  let matrix = Matrix.embedded

  private func build(
    _ project: String, _ version: String, _ platform: Platform = .linuxAMD64, variant: String? = nil
  ) throws -> FrameworkBuild {
    let builds = matrix.frameworkBuilds(
      project: try ProjectName(project), version: try Version(version), platform: platform)
    return try #require(builds.first { $0.variant == variant })
  }

  private func words(_ build: FrameworkBuild) -> String {
    func list(_ capabilities: [ComputeCapability]) -> String {
      capabilities.isEmpty ? "none" : capabilities.map(\.description).joined(separator: " ")
    }
    let cuda = build.cuda.map { "CUDA \($0)" } ?? "CPU"
    let ptx = build.ptx.map { list($0) } ?? "unknown"
    return "\(cuda), \(build.linkage.rawValue), kernels \(list(build.kernels)), PTX \(ptx)"
  }

  @Test(
    arguments: [
      ("torch", "2.15.0", "CUDA 13.2, cuda-toolkit, kernels 7.5 8.0 8.6 9.0 10.0 12.0, PTX none"),
      ("torch", "2.12.1", "CUDA 13.0, cuda-toolkit, kernels 7.5 8.0 8.6 9.0 10.0 12.0, PTX none"),
      ("torch", "2.9.1", "CUDA 12.8, nvidia-wheels, kernels 7.0 7.5 8.0 8.6 9.0 10.0 12.0, PTX none"),
      ("torch", "2.4.1", "CUDA 12.1, nvidia-wheels, kernels 5.0 6.0 7.0 7.5 8.0 8.6 9.0, PTX none"),
      ("torch", "2.0.1", "CUDA 11.7, nvidia-wheels, kernels 3.7 5.0 6.0 7.0 7.5 8.0 8.6, PTX none"),
      ("torch", "1.13.1", "CUDA 11.7, nvidia-wheels, kernels 3.7 5.0 6.0 7.0 7.5 8.0 8.6, PTX none"),
      ("torch", "1.12.1", "CUDA 10.2, bundled, kernels 3.7 5.0 6.0 7.0, PTX none"),
      ("tensorflow", "2.21.0", "CUDA 12.5, nvidia-wheels, kernels 6.0 7.0 8.0 8.9, PTX 9.0"),
      ("tensorflow", "2.19.1", "CUDA 12.5, nvidia-wheels, kernels 6.0 7.0 8.0 8.9, PTX 9.0"),
      ("tensorflow", "2.15.1", "CUDA 12.2, nvidia-wheels, kernels 5.0 6.0 7.0 7.5, PTX 8.0"),
      ("tensorflow", "2.13.1", "CUDA 11.8, external, kernels 3.5 5.0 6.0 7.0 7.5, PTX 8.0"),
      ("tensorflow-cpu", "2.21.0", "CPU, none, kernels none, PTX none"),
    ])
  func `knows what the default wheels for amd64 contain`(
    project: String, version: String, expected: String
  ) throws {
    #expect(words(try build(project, version)) == expected)
  }

  @Test(
    arguments: [
      ("torch", "2.15.0", "CUDA 13.2, cuda-toolkit, kernels 8.0 9.0 10.0 11.0 12.0, PTX none"),
      ("torch", "2.9.1", "CPU, none, kernels none, PTX none"),
      ("tensorflow", "2.21.0", "CPU, none, kernels none, PTX none"),
    ])
  func `knows what the default wheels for arm64 contain`(
    project: String, version: String, expected: String
  ) throws {
    #expect(words(try build(project, version, .linuxARM64)) == expected)
  }

  @Test(
    arguments: [
      ("12.8", "570.26", "525.60.13"), ("13.2", "595.45.04", "580"), ("12.5", "555.42.02", "525.60.13"),
      ("11.8", "520.61.05", "450.80.02"), ("11.7", "515.43.04", "450.80.02"), ("11.0", "450.51.05", nil),
      ("13.4", "615", "580"), ("10.2", "440.33", nil), ("12.0", "525.60.13", nil),
    ] as [(String, String, String?)])
  func `knows the drivers of a CUDA release`(cuda: String, full: String, minor: String?) throws {
    let need = matrix.driverNeeded(for: try CUDAVersion(cuda))
    #expect(need.full?.description == full)
    #expect(need.minorCompatibility?.description == minor)
  }

  @Test func `offers other CUDA builds of a release by named index`() throws {
    let torch = try ProjectName("torch")
    let variants = matrix.frameworkBuilds(
      project: torch, version: try Version("2.15.0"), platform: .linuxAMD64
    )
    .map { $0.variant ?? "default" }
    #expect(variants == ["default", "cu134", "cu132", "cu130", "cu126", "cpu"])
    #expect(try build("torch", "2.9.1", variant: "cu130").indexName == "pytorch-cu130")
    #expect(matrix.index(named: "pytorch-cu128")?.url == "https://download.pytorch.org/whl/cu128")
    #expect(matrix.index(for: .cpu)?.url == "https://download.pytorch.org/whl/cpu")
  }

  @Test func `knows the exact levels of torch 2.9.1`() throws {
    let torch = try build("torch", "2.9.1")
    #expect(torch.cudnn?.description == "9.10.2.21")
    #expect(torch.nccl?.description == "2.27.5")
    #expect(torch.glibc?.description == "2.28")
    #expect(torch.uploaded == "2025-11-12")
    #expect(torch.hasWheel(for: try PythonVersion("3.13t")))
    #expect(!torch.hasWheel(for: try PythonVersion("3.9")))
  }

  @Test func `adds CUDA 11_8 wheels to TensorFlow 2_13 and says that none exist for 2_11`() throws {
    let new = try build("tensorflow", "2.13.1")
    #expect(new.adds.contains { $0.description == "nvidia-cuda-runtime-cu11==11.8.*" })
    #expect(new.adds.contains { $0.description == "nvidia-cudnn-cu11==8.6.*" })
    #expect(new.adds.count == 9)
    let old = try build("tensorflow", "2.11.0")
    #expect(old.adds.isEmpty)
    #expect(old.addsReason?.hasPrefix("no nvidia-*-cu11 wheels exist for CUDA 11.2") == true)
  }

  @Test(
    arguments: [
      ("NVIDIA A100-SXM4-80GB", ["8.0"], [80]), ("a100", ["8.0"], [40, 64, 80]), ("Tesla T4", ["7.5"], [16]),
      ("GTX 1080", ["6.1"], [8]), ("H100 PCIe", ["9.0"], [80]), ("V100", ["7.0"], [16, 32]),
      ("NVIDIA H100 80GB HBM3", ["9.0"], [80]), ("NVIDIA-GH200-480GB", ["9.0"], [96]),
      ("NVIDIA GB200", ["10.0"], [186]), ("RTX 5090", ["12.0"], [32]), ("NVIDIA L40S", ["8.9"], [48]),
      ("Tesla K80", ["3.7"], [12]), ("NVIDIA A10G", ["8.6"], [24]), ("DGX Spark", ["12.1"], [128]),
      ("NVIDIA GeForce RTX 4070 Laptop GPU", ["8.9"], [12]), ("Jetson AGX Orin", ["8.7"], [32, 64]),
      ("RTX 6000", ["7.5", "8.9", "12.0"], [24, 48, 96]), ("Radeon VII", [], []),
    ] as [(String, [String], [Int])])
  func `knows GPUs by name`(name: String, capabilities: [String], memory: [Int]) {
    let gpus = matrix.gpus(matching: name)
    #expect(Set(gpus.map(\.capability)).sorted().map(\.description) == capabilities)
    #expect(Set(gpus.flatMap(\.memoryGiB)).sorted() == memory)
  }

  @Test(
    arguments: [
      ("nvidia-cuda-runtime", "13.0.96", "cuda 13.0"), ("cuda-toolkit", "13.0.3.0", "cuda 13.0"),
      ("nvidia-cuda-runtime-cu11", "11.8.89", "cuda 11.8"),
      ("nvidia-cudnn-cu13", "9.26.0.51", "cudnn 9.26.0.51"),
      ("nvidia-nccl-cu12", "2.27.5", "nccl 2.27.5"), ("nvidia-cublas-cu12", "12.8.4.1", nil),
    ] as [(String, String, String?)])
  func `reads the level of the stack from NVIDIA's wheels`(
    name: String, version: String, expected: String?
  ) throws {
    let found = matrix.stratum(ofWheel: try ProjectName(name), version: try Version(version))
    #expect(found.map { "\($0.stratum.rawValue) \($0.version)" } == expected)
  }
}
