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
    #expect(facts.gaps.allSatisfy { $0.reason.hasPrefix("no NVIDIA driver is loaded: ") })
  }

  @Test func `libraries without a loaded module are no driver`() throws {
    let node = try FakeNode()
    try node.installNVML("nvml 12.550.54.15\nfail nvmlInit_v2 9\n")
    let facts = node.probe()
    #expect(facts.driver == nil)
    #expect(facts.driverLibrary == (try DriverVersion("550.54.15")))
    #expect(
      facts.gaps.first
        == FactGap(
          .driver,
          reason:
            "no NVIDIA driver is loaded: there is no /proc/driver/nvidia/version, and NVML does not start: the "
            + "kernel module is not loaded (nvmlInit_v2)"))
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

  @Test func `nvidia-smi's XML stands in for NVML that crashes`() throws {
    let node = try FakeNode()
    try node.installNVML(Conf.mixed + "crash nvmlInit_v2\n")
    try node.install(
      "usr/bin/nvidia-smi",
      """
      [ "$*" = "-q -x" ] || exit 1
      cat <<END
      <?xml version="1.0" ?>
      <!DOCTYPE nvidia_smi_log SYSTEM "nvsmi_device_v12.dtd">
      <nvidia_smi_log>
        <driver_version>550.54.15</driver_version>
        <cuda_version>12.4</cuda_version>
        <attached_gpus>1</attached_gpus>
        <gpu id="00000000:3B:00.0">
          <product_name>NVIDIA A100-SXM4-80GB</product_name>
          <uuid>GPU-aaaa</uuid>
          <pci><pci_bus_id>00000000:3B:00.0</pci_bus_id><pci_device_id>20B210DE</pci_device_id></pci>
          <fb_memory_usage><total>81920 MiB</total></fb_memory_usage>
        </gpu>
      </nvidia_smi_log>
      END
      """)
    let facts = node.probe(worker: FakeNode.worker)
    #expect(facts.origin == .probe)
    #expect(facts.driver == (try DriverVersion("550.54.15")))
    #expect(facts.cudaDriver == (try CUDAVersion("12.4")))
    #expect(facts.gpus.map(\.product) == ["NVIDIA A100-SXM4-80GB"])
    #expect(facts.gpus.map(\.memoryMiB) == [81920])
    #expect(
      facts.gaps.contains(FactGap(.system, reason: "NVML crashed (SIGSEGV); nvidia-smi answered instead")))
  }
}
