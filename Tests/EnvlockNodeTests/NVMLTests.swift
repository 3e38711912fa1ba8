import EnvlockModel
import EnvlockNative
import EnvlockTestSupport
import EnvlockVersions
import Testing

@testable import EnvlockNode

/// NVML through its normal way in, loaded into this process; the library says what each test wants.
@Suite struct NVMLTests {
  private func facts(_ conf: String, old: Bool = false) throws -> NodeFacts {
    let node = try FakeNode()
    try node.installNVML(conf, old: old)
    return node.probe()
  }

  @Test func `two GPUs of which one is divided by MIG`() throws {
    let facts = try facts(Conf.mixed)
    #expect(facts.origin == .probe)
    #expect(facts.driver == (try DriverVersion("550.54.15")))
    #expect(facts.driverLibrary == (try DriverVersion("550.54.15")))
    #expect(facts.cudaDriver == (try CUDAVersion("12.4")))
    #expect(facts.gaps == [])
    try #require(facts.gpus.count == 2)
    #expect(
      facts.gpus[0]
        == GPUFacts(
          product: "NVIDIA A100-SXM4-80GB", capability: try ComputeCapability("8.0"), memoryMiB: 81920,
          uuid: "GPU-aaaa", pciBusID: "00000000:3B:00.0", pciDeviceID: "20B2",
          mig: MIGFacts(
            isEnabled: true, isPending: true,
            instances: [
              MIGInstanceFacts(profile: "3g.40gb", memoryMiB: 40192, uuid: "MIG-1"),
              MIGInstanceFacts(profile: "1g.10gb+me", memoryMiB: 9728, uuid: "MIG-2"),
              MIGInstanceFacts(profile: "1c.3g.40gb", memoryMiB: 40192, uuid: "MIG-3"),
            ])))
    #expect(
      facts.gpus[1]
        == GPUFacts(
          product: "Tesla T4", capability: try ComputeCapability("7.5"), memoryMiB: 15360, uuid: "GPU-bbbb",
          pciBusID: "00000000:5E:00.0", pciDeviceID: "1EB8"))
  }

  @Test func `MIG mode that waits for a reset`() throws {
    let facts = try facts(
      Conf.start + "gpu NVIDIA H100 PCIe|GPU-1|00000000:01:00.0|233110DE|85520809984|9.0|0|0>1\n")
    #expect(facts.gpus.first?.mig == MIGFacts(isEnabled: false, isPending: true))
  }

  @Test func `a vGPU in a guest is named by its type`() throws {
    let facts = try facts(
      Conf.start + "gpu GRID A100-10C|GPU-1|00000000:02:00.0|20B010DE|10737418240|8.0|2|-\n")
    #expect(facts.gpus.first?.vgpuType == "GRID A100-10C")
    #expect(facts.gaps.map(\.subject) == [.vgpu])
  }

  @Test func `an old driver that lacks the newer functions`() throws {
    let facts = try facts(Conf.mixed, old: true)
    #expect(facts.driver == (try DriverVersion("550.54.15")))
    #expect(facts.driverLibrary == nil)
    #expect(facts.cudaDriver == (try CUDAVersion("12.4")))
    #expect(facts.gpus.map(\.product) == ["NVIDIA A100-SXM4-80GB", "Tesla T4"])
    #expect(facts.gpus.map(\.mig) == [nil, nil])
    #expect(
      facts.gaps.map(\.reason) == [
        "NVML's version: this driver's NVML has no such function (nvmlSystemGetNVMLVersion)"
      ])
  }

  @Test func `kernel module and libraries of different versions`() throws {
    let node = try FakeNode()
    try node.installNVML("driver 550.54.15\nnvml 12.550.54.15\nfail nvmlInit_v2 18\n")
    try node.write(
      "proc/driver/nvidia/version",
      "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19 01:15:15 UTC 2023\n")
    let facts = node.probe()
    #expect(facts.driver == (try DriverVersion("535.104.05")))
    #expect(facts.driverLibrary == (try DriverVersion("550.54.15")))
    #expect(facts.hasOpenModules == false)
    #expect(facts.gpus == [])
    #expect(facts.gaps.map(\.subject) == [.gpus])
    #expect(
      facts.gaps.first?.reason
        == "NVML does not start: driver/library version mismatch: the kernel module is of another version than the "
        + "libraries (nvmlInit_v2)")
  }

  @Test func `the file's name completes a version that NVML shortens`() throws {
    let node = try FakeNode()
    try node.installNVML(
      "nvml 12.550.54\nfail nvmlInit_v2 18\n", name: "libnvidia-ml.so.550.54.15")
    #expect(node.probe().driverLibrary == (try DriverVersion("550.54.15")))
  }

  @Test func `a shortened version is no mismatch where NVML has started`() throws {
    let facts = try facts("driver 550.54.15\nnvml 12.550.54\ncuda 12040\n" + Conf.t4)
    #expect(facts.driverLibrary == (try DriverVersion("550.54.15")))
  }

  @Test func `Windows' driver under WSL is no other version of the libraries`() throws {
    let facts = try facts("driver 560.94\nnvml 12.560.35.02\ncuda 12060\n" + Conf.t4)
    #expect(facts.driver == (try DriverVersion("560.94")))
    #expect(facts.driverLibrary == nil)
    #expect(facts.gaps == [])
  }

  @Test func `a kernel module that says something else than NVML is a contradiction`() throws {
    let node = try FakeNode()
    try node.installNVML(Conf.start + Conf.t4)
    try node.write(
      "proc/driver/nvidia/version",
      "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19 01:15:15 UTC 2023\n")
    let facts = node.probe()
    #expect(facts.driver == (try DriverVersion("535.104.05")))
    #expect(facts.driverLibrary == (try DriverVersion("550.54.15")))
    #expect(facts.gaps.map(\.isContradiction) == [true])
  }

  @Test func `a lost GPU is counted, and the others are measured`() throws {
    let facts = try facts(Conf.mixed + "fail nvmlDeviceGetHandleByIndex_v2 15\n")
    #expect(facts.gpus == [GPUFacts(), GPUFacts()])
    #expect(
      facts.gaps.first?.reason
        == "GPU 0: the GPU is lost: it has fallen off the bus (nvmlDeviceGetHandleByIndex_v2)")
  }

  @Test func `no GPU at all is said`() throws {
    let facts = try facts(Conf.start)
    #expect(facts.gaps == [FactGap(.gpus, reason: "NVML finds no GPU")])
  }

  // MARK: libraries that lie

  @Test func `texts without end are bounded and unknown`() throws {
    let facts = try facts(Conf.mixed + "endless\n")
    #expect(facts.driver == nil)
    #expect(facts.gpus.count == 2)
    for gpu in facts.gpus {
      #expect(gpu.product == nil && gpu.uuid == nil && gpu.pciBusID == nil)
      #expect(gpu.capability != nil && gpu.memoryMiB != nil)
    }
    #expect(facts.gaps.filter { $0.reason.contains("a text without end") }.count >= 8)
    // Without a name the slices and the memory tell the profile.
    #expect(facts.gpus[0].mig?.instances.map(\.profile) == ["3g.40gb", "1g.10gb", "1c.3g.40gb"])
  }

  @Test func `structures that are longer than the header says`() throws {
    #expect(try facts(Conf.mixed + "wide\n") == facts(Conf.mixed))
  }

  @Test func `a count that cannot be`() throws {
    let facts = try facts(Conf.start + "count 4294967295\n" + Conf.t4)
    #expect(facts.gpus.first?.product == "Tesla T4")
    #expect(facts.gpus.count == 256)
    #expect(
      facts.gaps.contains {
        $0.reason == "the number of GPUs: 4294967295 GPUs are not believable (nvmlDeviceGetCount_v2)"
      })
  }

  @Test(arguments: [
    "cuda -1", "cuda 2147483647", "gpu x|GPU-1|b|0|0|0.0|0|1",
    "gpu x|GPU-1|b|0|18446744073709551615|-3.5|0|1",
    "gpu x|GPU-1|b|ffffffff|1|2147483647.2147483647|4294967295|7",
  ])
  func `numbers that cannot be are gaps or clamped`(line: String) throws {
    let instance = "instance 0|x|MIG-1|4294967295|0|18446744073709551615\n"
    let facts = try facts("driver 550.54.15\nnvml 12.550.54.15\n\(line)\n" + instance)
    #expect(facts.driver == (try DriverVersion("550.54.15")))
    #expect(!facts.gaps.isEmpty)
  }

  @Test func `a code that no header knows is told in NVML's words`() throws {
    let facts = try facts(Conf.start + Conf.t4 + "fail nvmlDeviceGetMemoryInfo 4711\n")
    #expect(
      facts.gaps == [
        FactGap(
          .memory,
          reason: "the memory of GPU 0: NVML's error 4711: fake error? 4711 (nvmlDeviceGetMemoryInfo)")
      ])
  }

  // MARK: errors from every call

  static let calls = [
    "nvmlSystemGetNVMLVersion", "nvmlInit_v2", "nvmlSystemGetDriverVersion",
    "nvmlSystemGetCudaDriverVersion_v2",
    "nvmlDeviceGetCount_v2", "nvmlDeviceGetHandleByIndex_v2", "nvmlDeviceGetName", "nvmlDeviceGetUUID",
    "nvmlDeviceGetPciInfo_v3", "nvmlDeviceGetMemoryInfo", "nvmlDeviceGetCudaComputeCapability",
    "nvmlDeviceGetVirtualizationMode", "nvmlDeviceGetMigMode", "nvmlDeviceGetMaxMigDeviceCount",
    "nvmlDeviceGetMigDeviceHandleByIndex", "nvmlDeviceGetAttributes_v2",
  ]

  @Test(arguments: calls)
  func `an error of one call is a gap and costs no other fact`(call: String) throws {
    let whole = try facts(Conf.mixed)
    for code in [2, 4, 15, 17, 18, 999, -1] {
      let facts = try facts(Conf.mixed + "fail \(call) \(code)\n")
      #expect(!facts.gaps.isEmpty, "\(call) \(code)")
      let named = facts.gaps.contains { $0.reason.contains("(\(call))") }
      #expect(named || call == "nvmlInit_v2", "\(call) \(code)")
      // What the call does not tell is as it was.
      if !["nvmlInit_v2", "nvmlSystemGetDriverVersion"].contains(call) {
        #expect(facts.driver == whole.driver)
      }
      if !call.hasPrefix("nvmlSystem") && call != "nvmlInit_v2" {
        #expect(facts.cudaDriver == whole.cudaDriver)
      }
      if call.hasPrefix("nvmlDeviceGet"), !call.contains("Count_v2"), !call.contains("HandleByIndex_v2") {
        #expect(facts.gpus.count == whole.gpus.count)
        for (gpu, before) in zip(facts.gpus, whole.gpus) {
          #expect(call.contains("Memory") ? gpu.memoryMiB == nil : gpu.memoryMiB == before.memoryMiB)
          #expect(call.contains("Capability") ? gpu.capability == nil : gpu.capability == before.capability)
          #expect(call.contains("Name") ? gpu.product == nil : gpu.product == before.product)
        }
      }
    }
  }

  @Test func `every call's failure reads well`() throws {
    var text = ""
    for call in Self.calls {
      text += "\(call)\n"
      for gap in try facts(Conf.start + Conf.a100 + Conf.instances + "fail \(call) 17\n").gaps {
        text += "  \(gap.subject.rawValue): \(gap.reason)\n"
      }
    }
    text += "\ncodes\n" + NVMLCode.allCases.map { "  \($0.rawValue) \($0.meaning)\n" }.joined()
    try expectGolden(text, "nvml-failures.txt")
  }

  @Test func `any mixture of errors gives facts and gaps`() throws {
    var random = SplitMix64(seed: 0x6e76_6d6c)
    for _ in 0..<40 {
      var conf = Conf.mixed
      for call in Self.calls where Int.random(in: 0..<4, using: &random) == 0 {
        conf += "fail \(call) \(Int.random(in: -2...30, using: &random))\n"
      }
      if Bool.random(using: &random) { conf += "wide\n" }
      let report = try report(conf)
      #expect(NVMLReport(line: Array(report.line.utf8)) == report)
    }
  }

  private func report(_ conf: String) throws -> NVMLReport {
    let node = try FakeNode()
    try node.installNVML(conf)
    return NVMLLibrary.report(path: node.libraryPath)
  }

  @Test func `a report survives its way through a line`() throws {
    let report = try report(Conf.mixed + "fail nvmlDeviceGetMemoryInfo 15\n")
    #expect(!report.line.contains("\n"))
    #expect(NVMLReport(line: Array(report.line.utf8)) == report)
    #expect(NVMLReport(line: Array("{}".utf8)) == nil)
  }

  @Test func `a file that is no library says so`() throws {
    let node = try FakeNode()
    try node.write("not-a-library.so", "text")
    let report = NVMLLibrary.report(path: node.folder + "/not-a-library.so")
    #expect(report.faults.count == 1)
    #expect(report.faults.first?.reason.hasPrefix("cannot load ") == true)
    let missing = NVMLLibrary.report(path: node.folder + "/missing.so")
    #expect(missing.faults.first?.reason == "there is no \(node.folder)/missing.so")
  }
}
