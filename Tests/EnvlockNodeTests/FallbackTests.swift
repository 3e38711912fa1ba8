import EnvlockModel
import EnvlockVersions
import Testing

@testable import EnvlockNode

/// What is known where NVML gives no answer.
@Suite struct FallbackTests {
  @Test func `a machine without a driver is no error but a gap`() throws {
    let facts = try FakeNode().probe()
    #expect(facts.driver == nil)
    #expect(facts.gpus == [])
    #expect(facts.gaps.map(\.subject) == [.driver, .gpus])
  }

  @Test func `the machine that runs the tests gives facts`() {
    let facts = NodeProbe(worker: FakeNode.worker, environment: ["PATH": "/usr/bin:/bin"]).measure()
    #expect(facts.platform != nil)
    #expect(facts.system?.kernel != nil)
    #expect(facts.system?.glibc != nil)
    #expect(facts.driver != nil || facts.gaps.contains { $0.subject == .driver })
  }

  @Test func `a GPU without a driver is seen on the bus`() throws {
    let node = try FakeNode()
    try node.write("sys/bus/pci/devices/0000:3b:00.0/vendor", "0x10de\n")
    try node.write("sys/bus/pci/devices/0000:3b:00.0/class", "0x030200\n")
    try node.write("sys/bus/pci/devices/0000:3b:00.0/device", "0x20b2\n")
    try node.write("sys/bus/pci/devices/0000:3b:00.1/vendor", "0x10de\n")
    try node.write("sys/bus/pci/devices/0000:3b:00.1/class", "0x040300\n")
    try node.write("sys/bus/pci/devices/0000:00:02.0/vendor", "0x8086\n")
    let facts = node.probe()
    #expect(facts.gpus == [GPUFacts(pciBusID: "00000000:3B:00.0", pciDeviceID: "20B2")])
    #expect(facts.gaps.first?.subject == .driver)
    #expect(facts.gaps.first?.reason.hasSuffix("; the machine has an NVIDIA GPU (PCI id 20B2)") == true)
  }

  @Test(arguments: [
    ("Driver Version: 535.104.05   CUDA Version: 12.2", "12.2"),
    ("KMD Version: 535.104.05   CUDA UMD Version: 12.2", "12.2"),
  ])
  func `nvidia-smi's table stands in`(header: String, cuda: String) throws {
    let node = try FakeNode()
    try node.install(
      "usr/bin/nvidia-smi",
      """
      [ "$1" = "" ] || exit 1
      cat <<END
      +---------------------------------------------------------------------------------------+
      | NVIDIA-SMI 535.104.05             \(header)     |
      +---------------------------------------------------------------------------------------+
      END
      """)
    let facts = node.probe()
    #expect(facts.driver == (try DriverVersion("535.104.05")))
    #expect(facts.cudaDriver == (try CUDAVersion(cuda)))
    #expect(facts.origin == .probe)
    #expect(facts.gaps.contains { $0.subject == .gpus })
  }

  @Test func `nvidia-smi that says something else than the kernel is a contradiction`() throws {
    let node = try FakeNode()
    try node.write(
      "proc/driver/nvidia/version",
      "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Sat Aug 19 01:15:15 UTC 2023\n")
    try node.install(
      "usr/bin/nvidia-smi",
      "echo '| NVIDIA-SMI 535.104.05  Driver Version: 535.104.05   CUDA Version: 12.2 |'")
    let facts = node.probe()
    #expect(facts.driver == (try DriverVersion("550.54.15")))
    #expect(facts.gaps.contains { $0.isContradiction && $0.reason.contains("nvidia-smi 535.104.05") })
  }
}
