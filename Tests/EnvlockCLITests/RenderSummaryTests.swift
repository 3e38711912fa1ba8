import EnvlockModel
import EnvlockTestSupport
import EnvlockVersions
import Testing

@testable import EnvlockCLI

@Suite struct RenderSummaryTests {
  @Test func `a framework with CUDA states what it needs of a node`() throws {
    try expectGolden(
      RenderSummary.resolved(try lock([try torchAnswer()]), seconds: 0.34), "summary-torch.txt")
  }

  @Test func `two platforms have a block each`() throws {
    let lock = try lock([try torchAnswer(.linuxARM64), try torchAnswer()])
    try expectGolden(RenderSummary.resolved(lock, seconds: 12), "summary-platforms.txt")
  }

  @Test func `targets say how their driver runs it`() throws {
    let targets = [
      LockedTarget(
        name: "lab", driver: try DriverVersion("550.54.15"), gpus: ["A100-SXM4-80GB"],
        compatibility: .minorVersion),
      LockedTarget(name: "new", driver: try DriverVersion("580.95.05"), gpus: [], compatibility: .full),
      LockedTarget(name: "desk", driver: nil, gpus: ["8.9", "12.0"], compatibility: nil),
    ]
    try expectGolden(
      RenderSummary.resolved(try lock([try torchAnswer(targets: targets)]), seconds: 0.05),
      "summary-targets.txt")
  }

  @Test func `split targets have an answer each`() throws {
    let lab = LockedTarget(name: "lab", driver: nil, gpus: ["8.0"], compatibility: nil)
    let old = LockedTarget(name: "old", driver: nil, gpus: ["7.0"], compatibility: nil)
    let lock = try lock([try torchAnswer(targets: [lab]), try torchAnswer(targets: [old])])
    try expectGolden(RenderSummary.resolved(lock, seconds: 75), "summary-split.txt")
  }

  @Test func `what envlock adds, gaps in the kernels and PTX are said`() throws {
    let answer = try answer(
      frameworks: [
        try framework(
          "tensorflow", "2.13.1", cuda: "11.8", kernels: ["3.5", "5.0", "6.0", "7.0", "7.5", "8.0", "8.6"],
          ptx: ["8.0"], added: ["nvidia-cudnn-cu11", "nvidia-cublas-cu11"]),
        try framework("torch", "2.0.1", cuda: nil, kernels: [], ptx: nil),
      ], cuda: "11.8", cudnn: "8.6.0.163", driver: (nil, "450.80.02"), roots: ["tensorflow"],
      wheels: [try wheel("tensorflow", "2.13.1", size: nil)])
    try expectGolden(RenderSummary.resolved(try lock([answer]), seconds: 1), "summary-tensorflow.txt")
  }

  @Test func `without a framework Python comes first`() throws {
    try expectGolden(
      RenderSummary.read(try lock([try plainAnswer()]), path: "envlock.lock"), "summary-plain.txt")
  }

  @Test func `a build for the CPU needs no driver`() throws {
    let cpu = try framework("torch", "2.9.1+cpu", cuda: nil, kernels: [], ptx: nil)
    let answer = try answer(frameworks: [cpu], roots: ["torch"], wheels: [try wheel("torch", "2.9.1+cpu")])
    try expectGolden(RenderSummary.resolved(try lock([answer]), seconds: 0.2), "summary-cpu.txt")
  }

  @Test func `a CUDA newer than the data is said to be so`() throws {
    let torch = try framework("torch", "3.0", cuda: "14.0", kernels: [], ptx: nil)
    let answer = try answer(
      frameworks: [torch], cuda: "14.0", roots: ["torch"], wheels: [try wheel("torch", "3.0")])
    try expectGolden(RenderSummary.resolved(try lock([answer]), seconds: 0.2), "summary-unknown.txt")
  }
}

@Suite struct QuantityTests {
  @Test(
    arguments: zip(
      [0, 1, 999, 1000, 31_400_000, 999_499, 999_500, 9_940_000_000, 9_960_000_000, Int.max],
      ["0 bytes", "1 byte", "999 bytes", "1.0 kB", "31 MB", "999 kB", "1.0 MB", "9.9 GB", "10 GB", "9.2 EB"]))
  func `bytes are given in powers of a thousand`(bytes: Int, text: String) {
    #expect(Quantity.bytes(bytes) == text)
  }

  @Test(
    arguments: zip(
      [-1, 0, 0.0004, 0.04, 0.094, 0.096, 0.34, 9.94, 9.96, 59.4, 59.6, 125, .infinity, .nan],
      [
        "0 ms", "0 ms", "0 ms", "40 ms", "94 ms", "0.1 s", "0.3 s", "9.9 s", "10 s", "59 s", "1 min 0 s",
        "2 min 5 s", "0 ms", "0 ms",
      ]))
  func `durations are given as a person would say them`(seconds: Double, text: String) {
    #expect(Quantity.duration(seconds) == text)
  }
}
