import EnvlockModel
import EnvlockNodeFacts
import EnvlockTestSupport
import EnvlockVersions
import Testing

@Suite struct SMITests {
  @Test func `XML of old and new releases, with MIG, vGPU and faults, becomes facts`() throws {
    var nodes = NodeCollection()
    for (name, text) in Fixtures.xmls { try NodeDocuments.read(Array(text.utf8), name: name, into: &nodes) }
    #expect(nodes.count == Fixtures.xmls.count)
    try expectGolden(nodes.text, "smi-xml.txt")
  }

  @Test func `text that nvidia-smi prints for people becomes facts`() throws {
    var nodes = NodeCollection()
    for (name, text) in Fixtures.texts { try NodeDocuments.read(Array(text.utf8), name: name, into: &nodes) }
    #expect(nodes.count == Fixtures.texts.count)
    try expectGolden(nodes.text, "smi-text.txt")
    // The same with the line ends of Windows.
    var other = NodeCollection()
    for (name, text) in Fixtures.texts {
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n")
      try NodeDocuments.read(Array(lines.utf8), name: name, into: &other)
    }
    #expect(other.groups == nodes.groups)
  }

  @Test func `a query's answer is read by the fields that were asked for`() throws {
    let line =
      "NVIDIA A100-SXM4-80GB, GPU-7, 00000000:07:00.0, 0x20B210DE, 81920, 8.0, Enabled, Disabled, 550.54.15"
    let facts = SMIText.query(line, fields: SMIText.queryFields, origin: .probe)
    #expect(facts?.driver == (try DriverVersion("550.54.15")))
    #expect(
      facts?.gpus == [
        GPUFacts(
          product: "NVIDIA A100-SXM4-80GB", capability: try ComputeCapability("8.0"), memoryMiB: 81920,
          uuid: "GPU-7",
          pciBusID: "00000000:07:00.0", pciDeviceID: "20B2", mig: MIGFacts(isEnabled: true, isPending: false))
      ])
    #expect(SMIText.query("NVIDIA A100-SXM4-80GB, GPU-7", fields: SMIText.queryFields, origin: .probe) == nil)
    #expect(SMIText.query("a, b\nc, d", fields: nil, origin: .probe) == nil)
    #expect(SMIText.query("", fields: ["name"], origin: .probe)?.gpus == [])
  }

  @Test func `text that is not nvidia-smi's is told apart`() {
    for text in ["", "hello", "NAME STATUS", "Driver Version 550.54.15", "(UUID: )"] {
      #expect(SMIText.read(text, origin: .probe) == nil)
    }
  }

  // MARK: /proc

  @Test(arguments: [
    (
      "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19 01:15:15 UTC 2023",
      "535.104.05", false
    ),
    ("NVRM version: NVIDIA UNIX x86_64 Kernel Module  384.98  Thu Oct 26 15:16:01 PDT 2017", "384.98", false),
    (
      "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  565.57.01  Release Build  (builder@host)  Thu Oct 10",
      "565.57.01", true
    ),
    (
      "NVRM version: NVIDIA UNIX Open Kernel Module for aarch64  570.124.06  Release Build  (builder@1.2.3)",
      "570.124.06", true
    ),
  ])
  func `the kernel module's version and kind are read`(line: String, driver: String, isOpen: Bool) throws {
    let module = ProcText.version(line + "\nGCC version:  gcc version 12.2.0 (Debian 12.2.0-14)\n")
    #expect(module == ProcText.Module(driver: try DriverVersion(driver), isOpen: isOpen, gap: nil))
  }

  @Test func `a module that bears the version of a Jetson's system has no driver version`() {
    let module = ProcText.version(
      "NVRM version: NVIDIA UNIX Open Kernel Module for aarch64  35.3.1  Release Build  (buildbrain@mobile)\n"
    )
    #expect(module?.driver == nil)
    #expect(module?.gap?.reason == "the kernel module says 35.3.1, the version of a Jetson's system")
    #expect(ProcText.version("NVRM version: NVIDIA UNIX x86_64 Kernel Module\n")?.gap != nil)
    #expect(ProcText.version("") == nil)
    #expect(ProcText.version("GCC version:  gcc version 12.2.0\n") == nil)
  }

  @Test func `a GPU's information is read`() {
    let text = """
      Model:           NVIDIA A100-SXM4-80GB
      IRQ:             173
      GPU UUID:        GPU-7a1f
      Video BIOS:      92.00.36.00.04
      Bus Type:        PCIe
      Bus Location:    0000:07:00.0
      Device Minor:    0
      GPU Firmware:    535.104.05
      GPU Excluded:    No

      """
    #expect(
      ProcText.gpu(text)
        == GPUFacts(product: "NVIDIA A100-SXM4-80GB", uuid: "GPU-7a1f", pciBusID: "0000:07:00.0"))
    #expect(ProcText.gpu(text.replacing("Excluded:    No", with: "Excluded:    Yes")) == nil)
    #expect(
      ProcText.gpu("Model: Unknown\nGPU UUID: GPU-????????-????-????\nBus Location: 0000:07:00.0\n")
        == GPUFacts(pciBusID: "0000:07:00.0"))
    #expect(ProcText.gpu("") == nil)
  }
}
