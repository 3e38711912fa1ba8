import EnvlockData
import EnvlockModel
import EnvlockRunSpec
import EnvlockVersions

/// Locks, images and plans that the tests start from.
enum SampleRuns {
  static let matrix = Matrix.embedded

  /// A lock of torch 2.9.1 with CUDA 12.8.
  static func torch(gpus: [String] = [], driver: String = "550.54.15") throws -> PlatformLock {
    let kernels = try ["7.0", "7.5", "8.0", "8.6", "9.0", "10.0", "12.0"].map { try ComputeCapability($0) }
    return try answer(
      FrameworkStratum(
        name: ProjectName("torch"), version: Version("2.9.1"), cuda: CUDAVersion("12.8"), kernels: kernels,
        ptx: [], added: []),
      full: "570.26", minor: "525.60.13", gpus: gpus, driver: driver)
  }

  /// A lock of tensorflow 2.21.0 with CUDA 12.5.
  static func tensorflow(gpus: [String] = []) throws -> PlatformLock {
    let kernels = try ["6.0", "7.0", "8.0", "8.9"].map { try ComputeCapability($0) }
    return try answer(
      FrameworkStratum(
        name: ProjectName("tensorflow"), version: Version("2.21.0"), cuda: CUDAVersion("12.5"),
        kernels: kernels, ptx: [ComputeCapability("9.0")], added: []),
      full: "555.42.02", minor: "525.60.13", gpus: gpus, driver: "560.35.03")
  }

  /// A lock for the CPU.
  static func cpu() throws -> PlatformLock {
    try answer(
      FrameworkStratum(
        name: ProjectName("torch"), version: Version("2.9.1+cpu"), cuda: nil, kernels: [], ptx: nil, added: []
      ),
      full: nil, minor: nil, gpus: [], driver: nil)
  }

  private static func answer(
    _ framework: FrameworkStratum, full: String?, minor: String?, gpus: [String], driver: String?
  ) throws -> PlatformLock {
    let floor = try full.map {
      DriverFloor(full: try DriverVersion($0), minorCompatibility: try minor.map { try DriverVersion($0) })
    }
    let target = LockedTarget(
      name: "lab", driver: try driver.map { try DriverVersion($0) }, gpus: gpus, compatibility: .minorVersion)
    return PlatformLock(
      platform: .linuxAMD64, python: try PythonVersion("3.11"),
      strata: Strata(
        frameworks: [framework], cuda: framework.cuda, cudnn: nil, nccl: nil, glibc: try Version("2.28"),
        driver: floor),
      targets: gpus.isEmpty ? [] : [target], roots: [], wheels: [])
  }

  /// An image that a registry has.
  static func image() throws -> RunImage {
    RunImage(
      name: "registry.example.com/lab/resnet:1",
      digest: try Digest(sha256Hex: String(repeating: "ab", count: 32)),
      process: ImageProcess(
        cmd: ["python"],
        env: [
          "PATH=/opt/env/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8",
          "NVIDIA_DRIVER_CAPABILITIES=compute,utility",
        ], workdir: "/app"))
  }

  /// A plan.
  ///
  /// - Parameters:
  ///   - answer: The lock's answer; nil for ``torch(gpus:driver:)``.
  ///   - gpus: GPUs that the request names.
  ///   - change: What the request asks for.
  /// - Returns: The plan.
  /// - Throws: What the planner refuses.
  static func plan(
    _ answer: PlatformLock? = nil, gpus: [String] = [],
    _ change: (inout RunDeclaration) throws -> Void = { _ in }
  ) throws -> RunPlan {
    var request = RunDeclaration()
    try change(&request)
    return try RunPlanner(matrix: matrix).plan(
      try answer ?? torch(), lock: try Digest(sha256Hex: String(repeating: "cd", count: 32)),
      image: try image(),
      request: request, environment: "resnet", gpus: gpus)
  }

  /// A request that uses most of what can be said, with texts that break whatever quotes badly.
  static func full(_ request: inout RunDeclaration) throws {
    request.gpus = 2
    request.cpus = try CPUCount("7.5")
    request.memory = try ByteCount("64GiB")
    request.shm = try ByteCount("8GiB")
    request.pids = 4096
    request.seconds = 5400
    request.command = ["python", "train.py", "--note", "it's \"$HOME\"\nand `more`", "--empty", ""]
    request.env = [
      "GREETING": "say \"hi\" to $USER; it's 100 % \\ fine\nnext line", "EPOCHS": "10", "FLAG": "yes",
    ]
    request.mounts = [try RunMount("/srv/data:/data:ro"), try RunMount("/srv/out put:/out")]
    request.workdir = "/app"
    request.user = "1000:1000"
    request.deterministic = true
  }
}
