import EnvlockModel
import EnvlockNodeFacts
import EnvlockTestSupport
import EnvlockVersions
import Testing

@Suite struct DeclaredTests {
  @Test func `a driver and GPUs are taken as people write them`() throws {
    let facts = try NodeFacts.declared(
      driver: "550.54.15", gpus: ["A100-SXM4-80GB", "2x Tesla T4", "8xH100", "sm_90", "8.0", "3 × 12.0"])
    #expect(facts.driver == (try DriverVersion("550.54.15")))
    #expect(facts.origin == .declared)
    #expect(facts.gaps.isEmpty)
    #expect(
      facts.gpus == [
        GPUFacts(product: "A100-SXM4-80GB"), GPUFacts(count: 2, product: "Tesla T4"),
        GPUFacts(count: 8, product: "H100"), GPUFacts(capability: try ComputeCapability("9.0")),
        GPUFacts(capability: try ComputeCapability("8.0")),
        GPUFacts(count: 3, capability: try ComputeCapability("12.0")),
      ])
    #expect(try NodeFacts.declared(driver: "R550", gpus: []).driver?.branch == 550)
  }

  @Test func `names of models stay names`() throws {
    for name in [
      "GTX 1080", "1080", "NVIDIA GeForce RTX 4090", "H100 PCIe", "NVIDIA-A100-SXM4-80GB", "A100-PCIE-40GB",
      "NVIDIA GH200 480GB", "Quadro RTX 6000", "NVIDIA RTX 6000 Ada Generation", "Tesla P100-PCIE-16GB",
      "a100",
      "NVIDIA TITAN Xp COLLECTORS EDITION", "GB200", "NVIDIA-H100-96GB",
      "NVIDIA RTX PRO 6000 Blackwell Server Edition",
    ] {
      #expect(try NodeFacts.declared(driver: nil, gpus: [name]).gpus == [GPUFacts(product: name)])
    }
  }

  @Test func `what a label says beyond the model becomes facts`() throws {
    let gpus = try NodeFacts.declared(
      driver: nil,
      gpus: [
        "NVIDIA-A100-SXM4-80GB-MIG-1g.10gb", "NVIDIA A100 80GB PCIe MIG 1c.3g.40gb", "Tesla-T4-SHARED",
        "NVIDIA-A100-SXM4-40GB-MIG-1g.5gb.me-SHARED", "GRID A100-10C", "NVIDIA A100-1-10CME", "GRID-T4-16Q",
        "NVIDIA RTX6000-Ada-24C",
      ]
    ).gpus
    func mig(_ profile: String) -> MIGFacts {
      MIGFacts(isEnabled: true, instances: [MIGInstanceFacts(profile: profile)])
    }
    let shared = SharingFacts(strategy: .timeSlicing)
    #expect(
      gpus == [
        GPUFacts(product: "NVIDIA-A100-SXM4-80GB", mig: mig("1g.10gb")),
        GPUFacts(product: "NVIDIA A100 80GB PCIe", mig: mig("1c.3g.40gb")),
        GPUFacts(product: "Tesla-T4", sharing: shared),
        GPUFacts(product: "NVIDIA-A100-SXM4-40GB", mig: mig("1g.5gb+me"), sharing: shared),
        GPUFacts(product: "A100", vgpuType: "GRID A100-10C"),
        GPUFacts(product: "NVIDIA A100", vgpuType: "NVIDIA A100-1-10CME"),
        GPUFacts(product: "T4", vgpuType: "GRID-T4-16Q"),
        GPUFacts(product: "NVIDIA RTX6000-Ada", vgpuType: "NVIDIA RTX6000-Ada-24C"),
      ])
  }

  @Test func `a MIG profile holds for every GPU`() throws {
    let facts = try NodeFacts.declared(driver: "550.54.15", gpus: ["A100", "2x 9.0"], mig: "1G.10GB")
    #expect(facts.gpus.map { $0.mig?.instances.first?.profile } == ["1g.10gb", "1g.10gb"])
  }

  @Test func `what was not given is a gap`() throws {
    #expect(try NodeFacts.declared(driver: nil, gpus: []).gaps.map(\.subject) == [.driver, .gpus])
  }

  @Test func `what cannot be meant is refused with a hint`() throws {
    var text = ""
    let cases: [(driver: String?, gpu: String, mig: String?)] = [
      ("12.4", "T4", nil), ("", "T4", nil), ("latest", "T4", nil), ("99999", "T4", nil),
      ("550.54.15-1", "T4", nil),
      ("7", "T4", nil), (nil, "", nil), (nil, "  ", nil), (nil, "0x T4", nil),
      (nil, "99999999999999999999x T4", nil),
      (nil, "2x", nil), (nil, "8.0.1", nil), (nil, "sm_9", nil), (nil, "8.10", nil), (nil, "A100", "10gb"),
      (nil, "A100-MIG-1g.5gb", "2g.10gb"), (nil, "A100", "1g.999999999999999999gb"),
    ]
    for (driver, gpu, mig) in cases {
      let arguments = [
        driver.map { "--driver \"\($0)\"" }, "--gpu \"\(gpu)\"", mig.map { "--mig \"\($0)\"" },
      ]
      text += arguments.compactMap { $0 }.joined(separator: " ") + "\n"
      do throws(NodeDocumentError) {
        let facts = try NodeFacts.declared(driver: driver, gpus: [gpu], mig: mig)
        Issue.record("accepted: \(facts)")
      } catch {
        text += "  error: \(error.message)\n" + error.hints.map { "  hint: \($0)\n" }.joined()
      }
    }
    try expectGolden(text, "declared-errors.txt")
  }
}
