import EnvlockModel
import EnvlockNative
import EnvlockVersions
import Testing

@testable import EnvlockNode

/// NVML in a process of its own.
@Suite struct NVMLWorkerTests {
  @Test func `a worker gives the same facts`() throws {
    let node = try FakeNode()
    try node.installNVML(Conf.mixed)
    #expect(node.probe(worker: FakeNode.worker) == node.probe())
  }

  @Test func `NVML that crashes is a gap`() throws {
    let node = try FakeNode()
    try node.installNVML(Conf.mixed + "crash nvmlDeviceGetName\n")
    let facts = node.probe(worker: FakeNode.worker)
    #expect(facts.gaps.map(\.reason) == ["NVML crashed (SIGSEGV)", "NVML crashed (SIGSEGV)"])
    #expect(facts.gaps.map(\.subject) == [.driver, .gpus])
  }

  @Test func `NVML that hangs is given up in time, and nvidia-smi not asked`() throws {
    let node = try FakeNode()
    try node.installNVML(Conf.mixed + "hang nvmlInit_v2\n")
    try node.install("usr/bin/nvidia-smi", "touch \(node.folder)/asked")
    try node.write(
      "proc/driver/nvidia/version",
      "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  550.54.15  Release Build  (dvs-builder@U16)\n"
    )
    try node.write(
      "proc/driver/nvidia/gpus/0000:3b:00.0/information",
      "Model: \t\t NVIDIA A100-SXM4-80GB\nGPU UUID: \t GPU-aaaa\nBus Location: \t 0000:3b:00.0\n")
    let facts = node.probe(worker: FakeNode.worker, nvml: .milliseconds(300))
    #expect(facts.driver == (try DriverVersion("550.54.15")))
    #expect(facts.hasOpenModules == true)
    #expect(
      facts.gpus == [
        GPUFacts(product: "NVIDIA A100-SXM4-80GB", uuid: "GPU-aaaa", pciBusID: "00000000:3B:00.0")
      ])
    #expect(facts.gaps.map(\.subject) == [.computeCapability, .memory, .mig])
    #expect(facts.gaps.allSatisfy { $0.reason == "NVML did not answer within 300 ms" })
    #expect(!NodeFiles(root: node.folder).exists("/asked"))
  }

  @Test func `NVML that is slow is waited for`() throws {
    let node = try FakeNode()
    try node.installNVML(Conf.mixed + "slow nvmlInit_v2 200\n")
    #expect(node.probe(worker: FakeNode.worker).gpus.count == 2)
  }

  @Test func `what NVML prints by itself does no harm`() throws {
    let node = try FakeNode()
    try node.installNVML(Conf.mixed + "noise nvmlInit_v2\nnoise nvmlShutdown\n")
    #expect(node.probe(worker: FakeNode.worker).gpus.count == 2)
  }

  @Test(arguments: [
    ("exit 3", "the process that asks NVML ended with status 3"),
    ("echo nonsense", "the process that asks NVML gave no answer that can be read"),
    ("kill -ABRT $$", "NVML crashed (SIGABRT)"),
    ("kill -KILL $$", "NVML crashed (SIGKILL)"),
  ])
  func `a worker that fails otherwise is told`(script: String, reason: String) throws {
    let node = try FakeNode()
    try node.installNVML(Conf.mixed)
    let worker = ChildCommand(program: "/bin/sh", arguments: ["-c", script])
    #expect(node.probe(worker: worker).gaps.first?.reason == reason)
  }

  @Test func `a worker that is not there is told`() throws {
    let node = try FakeNode()
    try node.installNVML(Conf.mixed)
    let facts = node.probe(worker: ChildCommand(program: node.folder + "/missing"))
    #expect(
      facts.gaps.first?.reason
        == "the process that asks NVML could not be started: No such file or directory")
  }
}
