import EnvlockModel
import EnvlockRunSpec
import EnvlockTestSupport
import Testing

@Suite struct MachineSpecTests {
  /// What most of ``SampleRuns/full(_:)`` asks for, without what a machine cannot give.
  private static func full(_ request: inout RunDeclaration) throws {
    try SampleRuns.full(&request)
    request.mounts = []
    request.network = RunNetwork.none
  }

  private static func vgpu(_ request: inout RunDeclaration) throws {
    request.gpu = .vgpu(type: "A100-10C")
    request.licence = "NVIDIA AI Enterprise"
  }

  private func golden(_ spec: some RunSpec, _ name: String) throws {
    for file in spec.files { try expectGolden(try file.text(), "\(name)/\(file.name)") }
    var text = ""
    for choice in spec.choices { text += "\(choice.topic): \(choice.choice)\n  \(choice.reason)\n" }
    try expectGolden(text, "\(name)/choices.txt")
  }

  /// The refusals of one target.
  private func refusals<Spec: RunSpec>(
    _ type: Spec.Type, _ options: Spec.Options,
    _ requests: [(String, (inout RunDeclaration) throws -> Void, (inout Spec.Options) -> Void)],
    _ name: String
  ) throws {
    var text = ""
    for (title, change, set) in requests {
      let plan = try SampleRuns.plan(nil, change)
      var own = options
      set(&own)
      do throws(RunSpecError) {
        _ = try Spec(plan, options: own)
        Issue.record("\(title) is not refused")
      } catch {
        text += "# \(title)\n\(error.kind.rawValue): \(error.message)\n"
        for hint in error.hints { text += "hint: \(hint)\n" }
      }
    }
    try expectGolden(text, "\(name)/refusals.txt")
  }

  // MARK: KubeVirt

  private var kubevirt: KubeVirtSpec.Options {
    var options = KubeVirtSpec.Options()
    options.deviceName = "nvidia.com/GA100_A100_PCIE_80GB"
    options.disk = .container("registry.example.com/lab/debian-gpu:12")
    return options
  }

  @Test func `KubeVirt passes whole GPUs to a machine that starts the image`() throws {
    var options = kubevirt
    options.namespace = "lab"
    try golden(try KubeVirtSpec(try SampleRuns.plan(nil, Self.full), options: options), "kubevirt/full")
  }

  @Test func `KubeVirt gives a machine a vGPU and a claim`() throws {
    var options = kubevirt
    options.deviceName = "nvidia.com/NVIDIA_A100-10C"
    options.disk = .claim("resnet-system")
    options.powersOff = false
    try golden(try KubeVirtSpec(try SampleRuns.plan(nil, Self.vgpu), options: options), "kubevirt/vgpu")
  }

  @Test func `a machine without GPU gets none`() throws {
    let spec = try KubeVirtSpec(try SampleRuns.plan(try SampleRuns.cpu()), options: kubevirt)
    #expect(spec.machine["spec"]?["template"]?["spec"]?["domain"]?["devices"]?["gpus"] == nil)
    #expect(!(try spec.files[0].text().contains("nvidia")))
  }

  @Test func `what KubeVirt refuses`() throws {
    try refusals(
      KubeVirtSpec.self, kubevirt,
      [
        ("no disk", { _ in }, { $0.disk = nil }), ("no device", { _ in }, { $0.deviceName = nil }),
        ("no device for a vGPU", Self.vgpu, { $0.deviceName = nil }),
        ("a device without its domain", { _ in }, { $0.deviceName = "GA100" }),
        ("a claim that is no name", { _ in }, { $0.disk = .claim("My Disk") }),
        ("an image that is an option", { _ in }, { $0.disk = .container("-x") }),
        ("a namespace that is none", { _ in }, { $0.namespace = "a/b" }),
        ("two nodes", { $0.nodes = 2 }, { _ in }),
        ("a MIG instance", { $0.gpu = .mig(profile: "1g.10gb") }, { _ in }),
        ("a share", { $0.gpu = .shared }, { _ in }), ("MPS", { $0.gpu = .mps }, { _ in }),
        ("a mount", { $0.mounts = [try RunMount("/data:/data")] }, { _ in }),
        ("io", { $0.ioWeight = 10 }, { _ in }),
      ], "kubevirt")
  }

  // MARK: libvirt

  private var libvirt: LibvirtSpec.Options {
    var options = LibvirtSpec.Options()
    options.pciAddresses = ["0000:3b:00.0"]
    options.disk = "/var/lib/libvirt/images/resnet.qcow2"
    return options
  }

  @Test func `libvirt passes whole GPUs, and hostile texts stay texts`() throws {
    var options = libvirt
    options.pciAddresses.append("0000:AF:00.0")
    options.disk = "/srv/a \"b\" <c> & 'd'.qcow2"
    options.network = "lab & <co>"
    try golden(try LibvirtSpec(try SampleRuns.plan(nil, Self.full), options: options), "libvirt/full")
  }

  @Test func `libvirt gives a mediated device`() throws {
    var options = libvirt
    options.mediatedDevices = ["6e4c8c1e-3e0f-4f3b-9d7b-0a1b2c3d4e5f"]
    options.vgpuType = "nvidia-471"
    try golden(try LibvirtSpec(try SampleRuns.plan(nil, Self.vgpu), options: options), "libvirt/mdev")
  }

  @Test func `libvirt gives a virtual function`() throws {
    var options = libvirt
    options.pciAddresses = ["0000:3b:00.4"]
    options.vgpuType = "471"
    try golden(try LibvirtSpec(try SampleRuns.plan(nil, Self.vgpu), options: options), "libvirt/function")
  }

  @Test func `what libvirt refuses`() throws {
    try refusals(
      LibvirtSpec.self, libvirt,
      [
        ("no disk", { _ in }, { $0.disk = nil }), ("a relative disk", { _ in }, { $0.disk = "a.qcow2" }),
        ("a format that is none", { _ in }, { $0.diskFormat = "vmdk" }),
        ("no address", { _ in }, { $0.pciAddresses = [] }),
        ("one address twice", { $0.gpus = 2 }, { $0.pciAddresses.append("0000:3b:00.0") }),
        (
          "one address twice in two spellings", { $0.gpus = 2 },
          { $0.pciAddresses = ["0000:3b:00.0", "0000:3B:00.0"] }
        ),
        ("an address without its domain", { _ in }, { $0.pciAddresses = ["3b:00.0"] }),
        ("an address with a command", { _ in }, { $0.pciAddresses = ["0000:3b:00.0; reboot"] }),
        ("a slot beyond", { _ in }, { $0.pciAddresses = ["0000:3b:20.0"] }),
        (
          "a mediated device for a whole GPU", { _ in },
          { $0.mediatedDevices = ["6e4c8c1e-3e0f-4f3b-9d7b-0a1b2c3d4e5f"] }
        ),
        ("a UUID that is none", Self.vgpu, { $0.mediatedDevices = ["$(reboot)"] }),
        ("a type that is none", Self.vgpu, { $0.vgpuType = "471; reboot" }),
        ("a network with a control character", { _ in }, { $0.network = "a\u{1}" }),
      ], "libvirt")
  }

  // MARK: vSphere

  private var vsphere: VSphereSpec.Options {
    var options = VSphereSpec.Options()
    options.disk = "vmi-0a0044d7c690bcbea"
    options.storageClass = "fast"
    return options
  }

  @Test func `vSphere passes GPUs by their PCI device`() throws {
    let plan = try SampleRuns.plan(nil, gpus: ["A100 80GB PCIe"], Self.full)
    try golden(try VSphereSpec(plan, options: vsphere), "vsphere/full")
  }

  @Test func `vSphere gives a vGPU by its profile`() throws {
    var options = vsphere
    options.profile = "grid_a100-10c"
    options.namespace = "lab"
    try golden(try VSphereSpec(try SampleRuns.plan(nil, Self.vgpu), options: options), "vsphere/vgpu")
  }

  @Test func `what vSphere refuses`() throws {
    try refusals(
      VSphereSpec.self, vsphere,
      [
        ("no disk", { _ in }, { $0.disk = nil }), ("no storage", { _ in }, { $0.storageClass = nil }),
        ("no model", { _ in }, { _ in }), ("a device that is none", { _ in }, { $0.deviceID = "20B" }),
        ("a label with a space", { _ in }, { ($0.deviceID, $0.deviceLabel) = ("20B5", "a b") }),
        ("no profile", Self.vgpu, { _ in }), ("a profile of two words", Self.vgpu, { $0.profile = "a b" }),
        (
          "two vGPUs",
          {
            try Self.vgpu(&$0)
            $0.gpus = 2
          }, { $0.profile = "grid_a100-10c" }
        ),
      ], "vsphere")
    let several = try SampleRuns.plan(nil, gpus: ["A100-SXM4-80GB", "A100 80GB PCIe"])
    #expect(throws: RunSpecError.self) { try VSphereSpec(several, options: vsphere) }
  }
}
