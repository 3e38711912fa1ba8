import EnvlockModel
import EnvlockRunSpec
import EnvlockTestSupport
import Foundation
import Testing

@testable import EnvlockNode

/// What of a node can be handed to a container.
@Suite struct DeviceTests {
  private func node() throws -> FakeNode {
    let node = try FakeNode()
    let gpus = "proc/driver/nvidia/gpus"
    func information(_ uuid: String, _ minor: Int, _ more: String = "") -> String {
      "Model: \t\t NVIDIA A100-SXM4-80GB\nIRQ:   \t\t 40\nGPU UUID: \t \(uuid)\nDevice Minor: \t \(minor)\n\(more)"
    }
    try node.write("\(gpus)/0000:3b:00.0/information", information("GPU-aaaa", 1))
    try node.write("\(gpus)/0000:5e:00.0/information", information("GPU-bbbb", 0))
    try node.write("\(gpus)/0000:af:00.0/information", information("GPU-cccc", 2, "GPU Excluded:\t Yes\n"))
    try node.write("\(gpus)/0000:d8:00.0/information", "Model: \t\t NVIDIA A100\n")
    let mig = "proc/driver/nvidia/capabilities/gpu0/mig"
    try node.write("\(mig)/config", "DeviceFileMinor: 1\nDeviceFileMode: 256\nDeviceFileModify: 1\n")
    for (instance, minor) in [
      ("gi10", 111), ("gi10/ci0", 112), ("gi2", 30), ("gi2/ci0", 31), ("gi2/ci1", 32),
    ] {
      try node.write(
        "\(mig)/\(instance)/access", "DeviceFileMinor: \(minor)\nDeviceFileMode: 292\nDeviceFileModify: 1\n")
    }
    try node.write("\(mig)/gi3/access", "DeviceFileMode: 292\n")
    return node
  }

  /// Puts a link to one of the machine's own harmless devices where a node would be.
  private func link(_ path: String, to device: String, in node: FakeNode) throws {
    let place = node.root.appendingPathComponent(path)
    try FileManager.default.createDirectory(
      at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(atPath: place.path, withDestinationPath: device)
  }

  @Test func `GPUs and MIG instances are found with their device nodes`() throws {
    let node = try node()
    try link("dev/nvidia0", to: "/dev/null", in: node)
    try link("dev/nvidia-caps/nvidia-cap30", to: "/dev/zero", in: node)
    try link("dev/sda", to: "/dev/full", in: node)
    try link("dev/dri/card0", to: "/dev/full", in: node)
    try node.write("dev/nvidia-notes", "no device")
    try node.write(
      "etc/cdi/x.yaml",
      """
      cdiVersion: 0.5.0
      kind: nvidia.com/gpu
      devices:
      - name: "0"
        containerEdits:
          deviceNodes:
          - path: /dev/nvidia0
          - path: /dev/dri/card7
            hostPath: /dev/dri/card0
      """)
    try node.write("etc/cdi/future.json", #"{"cdiVersion": "9.0.0", "kind": "a/b", "devices": []}"#)
    let measured = MeasuredDevices.measure(root: node.folder)
    #expect(
      measured.devices.nodes.map(\.path) == [
        "/dev/dri/card0", "/dev/nvidia-caps/nvidia-cap30", "/dev/nvidia0",
      ])
    #expect(measured.devices.nodes.map { $0.number.map { "\($0)" } } == ["1:7", "1:5", "1:3"])
    #expect(measured.devices.nodes.allSatisfy { $0.kind == .character && $0.mode == 0o666 })
    let gpus = measured.devices.gpus
    #expect(gpus.map(\.uuid) == ["GPU-aaaa", "GPU-bbbb"])
    #expect(gpus.map(\.minor) == [1, 0])
    #expect(gpus.map(\.isDivided) == [false, true])
    #expect(
      gpus.last?.instances.map { [$0.gpuInstance, $0.computeInstance] } == [[2, 0], [2, 1], [10, 0]])
    #expect(gpus.last?.instances.last?.gpuInstanceAccess == "/dev/nvidia-caps/nvidia-cap111")
    #expect(gpus.last?.instances.last?.computeInstanceAccess == "/dev/nvidia-caps/nvidia-cap112")
    #expect(measured.cdi.files.map(\.path) == ["/etc/cdi/x.yaml"])
    try expectGolden(measured.faults.map { "\($0.path) \($0.reason)\n" }.joined(), "device-faults.txt")
  }

  @Test func `what /proc does not tell of MIG is known from NVML`() throws {
    let node = try node()
    let facts = NodeFacts(
      origin: .probe,
      gpus: [
        GPUFacts(uuid: "GPU-aaaa", mig: MIGFacts(isEnabled: true)),
        GPUFacts(
          uuid: "GPU-bbbb",
          mig: MIGFacts(
            isEnabled: true,
            instances: [
              MIGInstanceFacts(profile: "1g.10gb", uuid: "MIG-1", gpuInstance: 10, computeInstance: 0),
              MIGInstanceFacts(profile: "1c.3g.40gb", uuid: "MIG-2", gpuInstance: 2, computeInstance: 1),
              MIGInstanceFacts(profile: "7g.80gb", uuid: "MIG-3"),
            ])),
      ])
    let measured = MeasuredDevices.measure(facts: facts, root: node.folder)
    #expect(measured.devices.gpus.map(\.isDivided) == [true, true])
    #expect(measured.devices.gpus.last?.instances.map(\.uuid) == [nil, "MIG-2", "MIG-1"])
    #expect(measured.devices.gpus.last?.instances.map(\.profile) == [nil, "1c.3g.40gb", "1g.10gb"])
  }

  @Test func `NVML tells which instances the driver counts its own as`() throws {
    let node = try node()
    let instances = "instance 1|NVIDIA A100-SXM4-80GB MIG 1g.10gb|MIG-1|1|1|9728|10|0\n"
    let second = Conf.a100.replacing("GPU-aaaa", with: "GPU-bbbb").replacing("3B", with: "5E")
    try node.installNVML(Conf.start + Conf.a100 + second + instances)
    let facts = node.probe()
    let measured = MeasuredDevices.measure(facts: facts, root: node.folder)
    #expect(measured.devices.gpus.last?.instances.last?.uuid == "MIG-1")
    #expect(measured.devices.gpus.last?.instances.last?.profile == "1g.10gb")
  }

  @Test func `large device numbers are read as Linux codes them, and nothing is no device`() throws {
    let files = NodeFiles(root: "/")
    #expect(files.device("/dev/null")?.number == OCIDeviceNumber(major: 1, minor: 3))
    #expect(files.device("/dev") == nil)
    #expect(files.device("/dev/there-is-none") == nil)
    let node = try FakeNode()
    let path = node.root.appendingPathComponent("pipe").path
    #expect(mkfifo(path, 0o600) == 0)
    let pipe = NodeFiles(root: node.folder).device("/pipe")
    #expect(pipe?.kind == .pipe)
    #expect(MeasuredDevices.blockDevices(["/dev/null", "/pipe"], root: node.folder) == [:])
    #expect(pipe?.number == nil)
  }

  @Test func `a machine without a GPU has nothing to hand over, and no fault`() throws {
    let measured = MeasuredDevices.measure(root: try FakeNode().folder)
    #expect(measured == MeasuredDevices(devices: NodeDevices(), cdi: CDIRegistry(), faults: []))
  }
}
