import EnvlockCheck
import EnvlockData
import EnvlockModel
import EnvlockVersions
import Testing

@Suite struct MendTests {
  private func mends(
    _ build: String, _ facts: NodeFacts, _ rule: Rule, _ options: CheckOptions = CheckOptions()
  )
    throws -> [String]
  {
    let report = Checker(matrix: .embedded, options: options).report(try stack(build), on: facts)
    return try #require(report.finding(rule)).mends.map(\.text)
  }

  @Test func `names the driver, the GPUs and an older build where PTX is too new`() throws {
    #expect(
      try mends("tensorflow 2.21.0", node("535.104.05", "H100 PCIe"), .ptxTooNew) == [
        "tensorflow 2.15.1 with CUDA 12.2: `envlock resolve tensorflow[and-cuda]==2.15.1`",
        "cuda-compat-12-5 in the image, for forward compatibility",
        "driver 555.42.02 or newer", "a GPU with compute capability 6.0 to 8.9",
      ])
  }

  @Test func `names another CUDA build, the package and the driver where the driver is too old`() throws {
    #expect(
      try mends("torch 2.15.0", node("570.124.06", "A100-SXM4-40GB"), .driverTooOld) == [
        "torch 2.15.0 with CUDA 12.6: `envlock resolve torch==2.15.0 --cuda 12.6`",
        "cuda-compat-13-2 in the image, for forward compatibility", "driver 580 or newer",
      ])
  }

  @Test func `offers no driver that dropped the GPU`() throws {
    #expect(
      try mends("torch 2.15.0 cu126", node("470.256.02", "GTX 1080"), .driverTooOld).filter {
        $0.hasPrefix("driver")
      } == ["driver 525.60.13 or newer, below 590"])
    #expect(
      try mends("torch 2.9.1", node("590.48.01", "V100"), .gpuNotDriven).filter { $0.hasPrefix("driver") }
        == [
          "driver 525.60.13 or newer, below 590"
        ])
  }

  @Test func `offers no driver where none helps`() throws {
    // CUDA 13 begins with R580 and with 7.5, R580 is the last for Volta.
    #expect(
      try !mends("torch 2.15.0", node("570.26", "V100"), .noKernel).contains { $0.hasPrefix("driver") })
  }

  @Test func `offers the newest release that runs where no build of the same does`() throws {
    #expect(
      try mends("torch 2.9.1", node("470.256.02", "Tesla T4"), .driverTooOld).first
        == "torch 2.7.0 with CUDA 11.8: `envlock resolve torch==2.7.0 --cuda 11.8`")
  }

  @Test func `offers no forward-compatibility package on GeForce`() throws {
    #expect(
      try !mends("torch 2.15.0", node("570.26", "GeForce RTX 3090"), .driverTooOld).contains {
        $0.hasPrefix("cuda-compat")
      })
  }

  @Test func `offers a build that needs no package where the image's is refused`() throws {
    let options = CheckOptions(hasForwardCompatibility: true)
    #expect(
      try mends("torch 2.15.0", node("550.54.15", "A100-SXM4-40GB"), .forwardCompatibility, options).first
        == "torch 2.15.0 with CUDA 12.6: `envlock resolve torch==2.15.0 --cuda 12.6`")
  }

  @Test func `offers the GPU of the same node that does`() throws {
    #expect(
      try mends("torch 2.9.1", node("570.26", "Tesla T4", "GTX 1080"), .noKernel).contains {
        $0.hasPrefix("use only the Tesla T4")
      })
  }

  @Test func `offers a build with GPU code for a platform whose default has none`() throws {
    #expect(
      try mends("torch 2.10.0 aarch64", node("580.95.05", "GH200 480GB"), .cpuBuild).first
        == "torch 2.10.0 with CUDA 13.0: `envlock resolve torch==2.10.0 --cuda 13.0`")
  }

  @Test func `offers a living branch for one that has ended`() throws {
    #expect(
      try mends(
        "torch 2.9.1", node("550.54.15", "Tesla T4"), .driverEndOfLife, CheckOptions(today: "2026-11-24"))
        == ["driver 580 or newer"])
    #expect(
      try mends("torch 2.9.1", node("550.54.15", "V100"), .driverEndOfLife, CheckOptions(today: "2026-11-24"))
        == ["driver 580 or newer, below 590"])
  }

  @Test func `offers a MIG profile that has the memory`() throws {
    let facts = node("570.26", "A100-SXM4-80GB") {
      $0.gpus[0].mig = MIGFacts(isEnabled: true, instances: [MIGInstanceFacts(profile: "1g.10gb", count: 7)])
    }
    #expect(
      try mends("torch 2.9.1", facts, .migInstances, CheckOptions(gpuMemoryMiB: 40960)) == [
        "make an instance of profile 3g.40gb (40192 MiB) or larger: `nvidia-smi mig -cgi 3g.40gb -C`"
      ])
  }

  @Test func `offers nearest names for a mistyped GPU`() throws {
    #expect(
      try mends("torch 2.9.1", node("570.26", "H10 PCIe"), .unknownGPU).contains {
        $0.contains("`H100 PCIe`")
      })
  }

  @Test func `offers the guest driver of the host's vGPU release`() throws {
    let facts = node("580.82.07", "A100-SXM4-40GB") {
      $0.gpus[0].vgpuType = "GRID A100-10C"
      $0.vgpuHost = VGPUHostFacts(driver: driverVersion("570.133.10"))
    }
    #expect(
      try mends("torch 2.9.1", facts, .vgpuDriver) == [
        "install guest driver 570.172.08 of vGPU 18.x, the host's release"
      ])
  }

  /// Every driver that is offered, tried at its ends: the finding is gone.
  @Test func `offers drivers that work`() throws {
    for one in CaseTable.all {
      for finding in try one.report().findings {
        for case .driver(let least, let end) in finding.mends {
          var drivers = [least]
          if let end { drivers += DriverVersion.lastBefore(end, from: least) }
          for driver in drivers {
            var facts = one.facts
            (facts.driver, facts.driverLibrary, facts.cudaDriver) = (driver, nil, nil)
            let mended = Checker(matrix: .embedded, options: one.options).report(
              try stack(one.build), on: facts)
            let isGone = !mended.findings.contains {
              $0.rule == finding.rule && $0.gpu == finding.gpu && $0.severity >= finding.severity
            }
            #expect(isGone, "\(one.testDescription): \(finding), driver \(driver)")
          }
        }
      }
    }
  }

  /// Every build that is offered runs, as far as the driver and the GPU go.
  @Test func `offers builds that work`() throws {
    var count = 0
    for one in CaseTable.all {
      for finding in try one.report().findings {
        for case .build(_, let arguments) in finding.mends {
          count += 1
          let words = arguments[0].replacing("[and-cuda]", with: "").replacing("==", with: " ")
          let variant =
            arguments.count > 2 ? " cu" + arguments[2].filter { $0 != "." } : ""
          let machine = one.build.hasSuffix("aarch64") ? " aarch64" : ""
          var options = one.options
          options.hasForwardCompatibility = false
          let report = Checker(matrix: .embedded, options: options).report(
            try stack(words + variant + machine), on: one.facts)
          #expect(
            !report.findings.contains { $0.rule == finding.rule && $0.severity >= finding.severity },
            "\(one.testDescription): \(arguments)")
          #expect(!report.findings.contains { $0.rule == .noKernel })
        }
      }
    }
    #expect(count > 10)
  }
}

extension DriverVersion {
  /// The branches from `start` on that are before `end`.
  fileprivate static func lastBefore(_ end: DriverVersion, from start: DriverVersion) -> [DriverVersion] {
    Matrix.embedded.driverBranches.map(\.branch).filter { $0 < end.branch && $0 > start.branch }
      .compactMap { try? DriverVersion(String($0)) }
  }
}
