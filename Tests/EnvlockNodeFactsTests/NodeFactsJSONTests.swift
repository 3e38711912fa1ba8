import EnvlockModel
import EnvlockNodeFacts
import EnvlockTestSupport
import EnvlockVersions
import Testing

@Suite struct NodeFactsJSONTests {
  private let full: NodeFacts = {
    var facts = NodeFacts(origin: .probe, platform: .linuxAMD64)
    facts.driver = try? DriverVersion("570.124.06")
    facts.driverLibrary = try? DriverVersion("570.124.06")
    facts.hasOpenModules = true
    facts.cudaDriver = try? CUDAVersion("12.8")
    facts.gpus = [
      GPUFacts(
        product: "NVIDIA A100-SXM4-80GB", capability: try? ComputeCapability("8.0"), memoryMiB: 81920,
        uuid: "GPU-1", pciBusID: "00000000:07:00.0", pciDeviceID: "20B2",
        mig: MIGFacts(
          isEnabled: true, isPending: true,
          instances: [
            MIGInstanceFacts(
              profile: "3g.40gb", memoryMiB: 40192, uuid: "MIG-1", gpuInstance: 2, computeInstance: 0),
            MIGInstanceFacts(profile: "1g.10gb+me", count: 2),
          ])),
      GPUFacts(count: 7, product: "A100", sharing: SharingFacts(strategy: .mps, replicas: 4)),
    ]
    facts.vgpuHost = VGPUHostFacts(driver: try? DriverVersion("550.90.05"), branch: "r550_00")
    facts.system = SystemFacts(
      kernel: "6.1.0-21-amd64", glibc: try? Version("2.36"), distribution: "Debian GNU/Linux 12 (bookworm)",
      cgroups: .v2, hasUserNamespaces: true,
      runtimes: [SystemFacts.Runtime(name: "podman", path: "/usr/bin/podman", version: "4.3.1")],
      cdiFiles: [
        SystemFacts.CDIFile(path: "/etc/cdi/nvidia.yaml", kind: "nvidia.com/gpu", devices: ["0", "all"]),
        SystemFacts.CDIFile(path: "/etc/cdi/torn.yaml", fault: "no YAML"),
      ], hasMPSDaemon: false)
    facts.gaps = [FactGap(.memory, isContradiction: true, reason: "two sizes")]
    return facts
  }()

  @Test func `facts are written in one order, and unknown ones are left out`() throws {
    try expectGolden(full.json(name: "gpu-7").canonical(), "probe-full.json")
    #expect(
      NodeFacts(origin: .declared).json().canonical()
        == "{\n  \"envlock-node\": 1,\n  \"origin\": \"declared\"\n}\n")
  }

  @Test func `what is written reads back as the same facts, whatever they are`() throws {
    var random = SplitMix64(seed: 3)
    for _ in 0..<400 {
      let facts = NodeFacts.arbitrary(&random)
      let json = facts.json(name: "n")
      let back = try NodeFacts.named(json: try JSONValue(parsing: json.canonical()))
      #expect(back.name == "n")
      #expect(back.facts == facts)
    }
    #expect(try NodeFacts(json: full.json()) == full)
  }

  @Test func `an unusable document says where and why`() throws {
    var lines: [String] = []
    for text in [
      #"{"envlock-node": 2, "origin": "probe"}"#, #"{"envlock-node": 0, "origin": "probe"}"#,
      #"{"origin": "probe"}"#,
      #"{"envlock-node": 1, "origin": "probes"}"#, #"{"envlock-node": 1, "origin": "someone"}"#,
      #"{"envlock-node": 1, "origin": "probe", "dirver": "550.54.15"}"#,
      #"{"envlock-node": 1, "origin": "probe", "driver": "550.54-15"}"#,
      #"{"envlock-node": 1, "origin": "probe", "gpus": [{"count": 0}]}"#,
      #"{"envlock-node": 1, "origin": "probe", "gpus": [{"memory": 81920}]}"#,
      #"{"envlock-node": 1, "origin": "probe", "gpus": [{}, {"compute-capability": "80.0.1"}]}"#, "[]",
    ] {
      let json = try JSONValue(parsing: text)
      do throws(JSONDecodingError) {
        _ = try NodeFacts(json: json)
        Issue.record("reads: \(text)")
      } catch {
        lines.append("\(text)\n  \(error)")
      }
    }
    try expectGolden(lines.joined(separator: "\n") + "\n", "probe-errors.txt")
  }
}

extension NodeFacts {
  /// Facts with anything in them.
  static func arbitrary(_ random: inout SplitMix64) -> NodeFacts {
    func maybe<Value>(_ value: Value?) -> Value? { Bool.random(using: &random) ? value : nil }
    func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    var facts = NodeFacts(origin: Origin.allCases.randomElement(using: &random) ?? .probe)
    facts.platform = maybe(Platform.allCases.randomElement(using: &random))
    facts.driver = maybe(try? DriverVersion("\(number(300...999)).\(number(0...300)).0\(number(0...9))"))
    facts.driverLibrary = maybe(try? DriverVersion("\(number(300...999)).\(number(0...300))"))
    facts.hasOpenModules = maybe(Bool.random(using: &random))
    facts.cudaDriver = maybe(try? CUDAVersion("\(number(9...14)).\(number(0...9))"))
    for _ in 0..<number(0...3) {
      var gpu = GPUFacts(count: number(1...8))
      gpu.product = maybe("GPU “\(number(0...5))”\n")
      gpu.capability = maybe(try? ComputeCapability("\(number(3...12)).\(number(0...9))"))
      gpu.memoryMiB = maybe(number(1...300_000))
      gpu.uuid = maybe("GPU-\(number(0...99))")
      gpu.pciBusID = maybe("00000000:3B:00.0")
      gpu.pciDeviceID = maybe("20B2")
      gpu.vgpuType = maybe("GRID A100-10C")
      if Bool.random(using: &random) {
        gpu.mig = MIGFacts(isEnabled: Bool.random(using: &random), isPending: maybe(true))
        for _ in 0..<number(0...2) {
          gpu.mig?.instances.append(
            MIGInstanceFacts(
              profile: "1g.5gb+me", count: number(1...7), memoryMiB: maybe(4864),
              uuid: maybe("MIG-\(number(0...99))")))
        }
      }
      if Bool.random(using: &random) {
        gpu.sharing = SharingFacts(
          strategy: SharingFacts.Strategy.allCases.randomElement(using: &random) ?? .mps,
          replicas: maybe(number(1...9)))
      }
      facts.gpus.append(gpu)
    }
    facts.vgpuHost = maybe(VGPUHostFacts(driver: try? DriverVersion("550.90.05")))
    if Bool.random(using: &random) {
      facts.system = SystemFacts(
        kernel: maybe("6.1"), glibc: maybe(try? Version("2.\(number(17...42))")),
        cgroups: maybe(SystemFacts.CgroupMode.hybrid), hasUserNamespaces: maybe(false),
        hasMPSDaemon: maybe(true))
    }
    for _ in 0..<number(0...2) {
      facts.gaps.append(
        FactGap(
          FactGap.Subject.allCases.randomElement(using: &random) ?? .mig,
          isContradiction: Bool.random(using: &random), reason: "reason \(number(0...9))"))
    }
    return facts
  }
}
