public import EnvlockModel

/// A virtual machine on Kubernetes by KubeVirt.
///
/// Sources: KubeVirt user guide, "Host Devices Assignment", "Disks and Volumes", "Run Strategies".
public struct KubeVirtSpec: RunSpec {
  /// The system disk of a machine.
  public enum Disk: Hashable, Sendable {
    /// An image with a disk in it, which is gone with the machine: "registry.example.com/lab/debian-gpu:12".
    case container(String)
    /// A volume claim by its name.
    case claim(String)
  }

  /// What may be set beside the plan.
  public struct Options: Sendable {
    /// How the cluster calls the GPU or vGPU: "nvidia.com/GA100_A100_PCIE_40GB".
    public var deviceName: String?
    /// The disk that the machine boots from.
    public var disk: Disk?
    /// The namespace; nil for that of whoever applies it.
    public var namespace: String?
    /// Whether the machine ends with the program.
    public var powersOff = true
    /// Whether an image does that is named without a digest.
    public var allowTag = false

    /// No device, no disk, which both are the cluster's to name.
    public init() {}
  }

  /// The secret with the user data, which holds the variables.
  public let secret: JSONValue
  /// The machine.
  public let machine: JSONValue
  /// What was decided.
  public let choices: [RunChoice]

  /// Makes the machine.
  ///
  /// - Throws: What a machine on KubeVirt cannot give.
  public init(_ plan: RunPlan, options: Options) throws(RunSpecError) {
    let size = try MachineSize(plan, target: "KubeVirt")
    let volume = try Self.volume(options.disk)
    let devices = try Self.devices(plan, options)
    var metadata: JSONObject = [
      "name": .string(plan.name),
      "annotations": ["dev.envlock/lock": .string("\(plan.lock)")],
      "labels": ["app.kubernetes.io/managed-by": "envlock", "app.kubernetes.io/name": .string(plan.name)],
    ]
    if let namespace = options.namespace {
      guard RunName.isLabel(namespace) else {
        throw RunSpecError("“\(namespace)” cannot be a namespace")
      }
      metadata["namespace"] = .string(namespace)
    }
    var hardware: JSONObject = [
      "disks": [
        ["name": "system", "disk": ["bus": "virtio"]], ["name": "cloud-init", "disk": ["bus": "virtio"]],
      ],
      "interfaces": [["name": "default", "masquerade": [:]]],
    ]
    if !devices.isEmpty { hardware["gpus"] = .array(devices) }
    let spec: JSONValue = [
      "domain": [
        "cpu": ["cores": .integer(size.processors)],
        "memory": ["guest": .string("\(size.mebibytes)Mi")],
        "devices": .object(hardware),
      ],
      "networks": [["name": "default", "pod": [:]]],
      "architecture": .string(plan.demand.platform.architecture),
      "volumes": [
        volume,
        ["name": "cloud-init", "cloudInitNoCloud": ["secretRef": ["name": .string("\(plan.name)-start")]]],
      ],
    ]
    var secretMetadata = metadata
    secretMetadata["name"] = .string("\(plan.name)-start")
    secret = [
      "apiVersion": "v1", "kind": "Secret", "metadata": .object(secretMetadata),
      "stringData": [
        "userdata": .string(
          try GuestStart.userData(plan, powersOff: options.powersOff, allowTag: options.allowTag))
      ],
    ]
    machine = [
      "apiVersion": "kubevirt.io/v1", "kind": "VirtualMachine", "metadata": .object(metadata),
      "spec": [
        "runStrategy": "RerunOnFailure",
        "template": ["metadata": ["labels": metadata["labels"] ?? [:]], "spec": spec],
      ],
    ]
    choices =
      size.choices + Self.gpuChoices(plan, options) + GuestStart.choices(plan, powersOff: options.powersOff)
      + [
        RunChoice(
          "variables", "Secret \(plan.name)-start", "user data in the machine itself end at 2048 bytes"),
        RunChoice("restart", "RerunOnFailure", "a machine that powers off stays off"),
      ]
  }

  /// The secret and the machine.
  public var files: [SpecFile] { [SpecFile("machine.yaml", .yaml([secret, machine]))] }

  private static func volume(_ disk: Disk?) throws(RunSpecError) -> JSONValue {
    switch disk {
    case nil:
      throw RunSpecError(
        "a machine needs a disk to boot from",
        hints: [
          "name an image with a disk in it, or a volume claim: `--disk NAME`, `--claim NAME`",
          "its system has to have cloud-init, podman, and NVIDIA's driver for a GPU",
        ])
    case .container(let image)?:
      let isName =
        !image.isEmpty && !image.hasPrefix("-")
        && image.utf8.allSatisfy { byte in
          (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "_-./:@".utf8.contains(byte)
        }
      guard isName else { throw RunSpecError("“\(image)” cannot be an image's name") }
      return ["name": "system", "containerDisk": ["image": .string(image)]]
    case .claim(let name)?:
      guard RunName.isLabel(name) else {
        throw RunSpecError("“\(name)” cannot be the name of a volume claim")
      }
      return ["name": "system", "persistentVolumeClaim": ["claimName": .string(name)]]
    }
  }

  private static func devices(_ plan: RunPlan, _ options: Options) throws(RunSpecError) -> [JSONValue] {
    guard let grant = plan.gpu else { return [] }
    guard let name = options.deviceName else {
      let near = grant.vgpu.map {
        "often nvidia.com/NVIDIA_\($0.name), on older hosts nvidia.com/GRID_\($0.name)"
      }
      throw RunSpecError(
        "each cluster names the GPUs of its machines itself",
        hints: [
          "name it: `--device nvidia.com/…`" + (near.map { "; \($0)" } ?? ""),
          "`permittedHostDevices` of the cluster's KubeVirt lists them",
        ])
    }
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    let isName =
      parts.count == 2 && parts.allSatisfy { !$0.isEmpty }
      && name.utf8.allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "_-./".utf8.contains(byte)
      }
    guard isName else {
      throw RunSpecError(
        "“\(name)” cannot be a device", hints: ["it looks like nvidia.com/GA100_A100_PCIE_40GB"])
    }
    return (0..<grant.perNode).map { ["name": .string("gpu\($0)"), "deviceName": .string(name)] }
  }

  private static func gpuChoices(_ plan: RunPlan, _ options: Options) -> [RunChoice] {
    guard let grant = plan.gpu, let name = options.deviceName else { return [] }
    return [
      RunChoice(
        "GPU", "\(name), \(grant.perNode)",
        grant.vgpu == nil
          ? "the whole GPU is the machine's, by PCI passthrough" : "\(grant.form) of the host's vGPU manager")
    ]
  }
}
