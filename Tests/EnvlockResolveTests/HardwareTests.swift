import EnvlockModel
import EnvlockResolve
import EnvlockTestSupport
import EnvlockVersions
import Testing

/// The three layouts of torch's CUDA wheels, and TensorFlow's.
@Suite struct HardwareTests {
  private func index() throws -> FakeIndex {
    let index = FakeIndex()
    let native = "cp311-cp311-manylinux_2_28_x86_64"
    try index.add(
      "torch", "2.15.0", needs: ["cuda-toolkit[cudart]==13.2.2", "nvidia-cudnn-cu13==9.26.0.51"], tags: native
    )
    try index.add(
      "torch", "2.9.1",
      needs: [
        "nvidia-cuda-runtime-cu12==12.8.90", "nvidia-cudnn-cu12==9.10.2.21", "nvidia-nccl-cu12==2.27.5",
      ],
      tags: native)
    try index.add("torch", "1.12.1", tags: "cp310-cp310-manylinux1_x86_64")
    try index.add("torch", "99.0", needs: ["nvidia-cuda-runtime==14.1.3"], tags: native)
    try index.add(
      "cuda-toolkit", "13.2.2", needs: ["nvidia-cuda-runtime==13.2.86.*; extra == 'cudart'"],
      extras: ["cudart"])
    try index.add("nvidia-cuda-runtime", "13.2.86.1").add("nvidia-cuda-runtime", "14.1.3")
    try index.add("nvidia-cuda-runtime-cu12", "12.8.90").add("nvidia-cuda-runtime-cu12", "12.5.82")
    try index.add("nvidia-cuda-runtime-cu12", "12.9.79").add("nvidia-cudnn-cu13", "9.26.0.51")
    try index.add("nvidia-cudnn-cu12", "9.10.2.21").add("nvidia-nccl-cu12", "2.27.5")
    try index.add(
      "tensorflow", "2.21.0", needs: ["nvidia-cuda-runtime-cu12<13.0,>=12.5.82; extra == 'and-cuda'"],
      tags: "cp311-cp311-manylinux_2_27_x86_64", extras: ["and-cuda"])
    try index.add("tensorflow", "2.13.1", tags: "cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64")
    for (name, version) in [
      ("cublas", "11.11.3.6"), ("cuda-cupti", "11.8.87"), ("cuda-nvcc", "11.8.89"),
      ("cuda-runtime", "11.8.89"),
      ("cudnn", "8.6.0.163"), ("cudnn", "9.1.0.70"), ("cufft", "10.9.0.58"), ("curand", "10.3.0.86"),
      ("cusolver", "11.4.1.48"), ("cusparse", "11.7.5.86"),
    ] { try index.add("nvidia-\(name)-cu11", version) }
    return index
  }

  private func strata(_ ask: Ask) throws -> String {
    guard let lock = try index().lock(ask) else { return "no solution" }
    let strata = lock.strata
    let parts: [String?] = [
      strata.cuda.map { "CUDA \($0)" }, strata.cudnn.map { "cuDNN \($0)" }, strata.nccl.map { "NCCL \($0)" },
      strata.driver?.full.map { "driver \($0)" }, strata.driver?.minorCompatibility.map { "or \($0)" },
      lock.targets.first?.compatibility?.rawValue,
    ]
    return parts.compactMap { $0 }.joined(separator: ", ")
  }

  @Test func `reads CUDA off a wheel of any layout`() throws {
    #expect(try strata(Ask(roots: ["torch==2.15.0"])).hasPrefix("CUDA 13.2, cuDNN 9.26.0.51"))
    #expect(
      try strata(Ask(roots: ["torch==2.9.1"]))
        == "CUDA 12.8, cuDNN 9.10.2.21, NCCL 2.27.5, driver 570.26, or 525.60.13")
    #expect(
      try strata(Ask(roots: ["torch==1.12.1"], python: "3.10")) == "CUDA 10.2, cuDNN 7.6.5.32, driver 440.33")
  }

  @Test func `knows a CUDA newer than the matrix from the wheels alone`() throws {
    #expect(try strata(Ask(roots: ["torch==99.0"])) == "CUDA 14.1")
  }

  @Test func `reads CUDA off TensorFlow's extra, and adds the wheels of its tested configuration before it`()
    throws
  {
    #expect(try strata(Ask(roots: ["tensorflow[and-cuda]==2.21.0"])).hasPrefix("CUDA 12.9, driver"))
    #expect(try strata(Ask(roots: ["tensorflow==2.21.0"])) == "")
    #expect(try strata(Ask(roots: ["tensorflow==2.13.1"])).hasPrefix("CUDA 11.8, cuDNN 8.6.0.163"))
    #expect(try strata(Ask(roots: ["tensorflow==2.13.1"], cuda: "cpu")) == "")
    let lock = try index().lock(Ask(roots: ["tensorflow==2.13.1"]))
    #expect(lock?.strata.frameworks.first?.added.count == 9)
  }

  @Test func `says by which promise a driver runs the answer`() throws {
    #expect(try strata(Ask(roots: ["torch==2.9.1"], driver: "570.86.10")).hasSuffix(", full"))
    #expect(try strata(Ask(roots: ["torch==2.9.1"], driver: "550.54.15")).hasSuffix(", minor-version"))
  }

  @Test func `lets the driver choose the framework`() throws {
    let ask = Ask(roots: ["torch<99"], driver: "550.54.15", gpus: ["A100"])
    #expect(try index().lock(ask)?.wheel(try ProjectName("torch"))?.version.description == "2.9.1")
  }

  @Test func `chooses the CUDA that is asked for`() throws {
    #expect(try strata(Ask(roots: ["tensorflow[and-cuda]==2.21.0"], cuda: "12.5")).hasPrefix("CUDA 12.5"))
    #expect(try strata(Ask(roots: ["torch"], cuda: "12.8")).hasPrefix("CUDA 12.8"))
  }

  @Test(arguments: [
    ("driver-too-old.txt", Ask(roots: ["torch==2.15.0"], driver: "570.124.06")),
    ("gpu-too-old.txt", Ask(roots: ["torch==2.15.0"], driver: "580.65.06", gpus: ["V100"])),
    (
      "ptx-too-new.txt",
      Ask(roots: ["tensorflow[and-cuda]==2.21.0"], driver: "535.104.05", gpus: ["H100 PCIe"])
    ),
    ("other-cuda.txt", Ask(roots: ["torch==2.15.0"], cuda: "12.6")),
    ("unknown-cuda.txt", Ask(roots: ["torch<99"], cuda: "99.9")),
    ("no-cpu-build.txt", Ask(roots: ["torch==2.9.1"], cuda: "cpu")),
    ("any-torch-on-old-driver.txt", Ask(roots: ["torch>=2,<99"], driver: "470.57.02")),
  ])
  func `explains what hardware does not run`(golden: String, ask: Ask) throws {
    guard case .unsolvable(let text) = try index().solve(ask) else {
      Issue.record("there is a solution")
      return
    }
    try expectGolden(text, golden)
  }
}
