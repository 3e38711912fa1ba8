public import EnvlockModel

/// A virtual machine on vSphere by its VM Operator: the class with the GPUs, the machine, and its user data.
///
/// Sources: vmware-tanzu/vm-operator, docs/concepts/workloads/vm-class.md and api/v1alpha3; NVIDIA vGPU software user
/// guide, "VMware vSphere".
public struct VSphereSpec: RunSpec {
  /// What may be set beside the plan.
  public struct Options: Sendable {
    /// vSphere's name of the vGPU's profile: "grid_a100-10c".
    public var profile: String?
    /// The PCI device of whole GPUs, four hexadecimal digits, where the models have several: "20B5".
    public var deviceID: String?
    /// The label that the site gives to its GPUs, where it gives one.
    public var deviceLabel: String?
    /// The image that the machine boots from, as `kubectl get virtualmachineimages` lists it.
    public var disk: String?
    /// The storage class of its disks.
    public var storageClass: String?
    /// The namespace; nil for that of whoever applies it.
    public var namespace: String?
    /// Whether the machine ends with the program.
    public var powersOff = true
    /// Whether an image does that is named without a digest.
    public var allowTag = false

    /// No profile, no image, no storage, which all are the site's to name.
    public init() {}
  }

  /// The class: its size, and its GPUs.
  public let machineClass: JSONValue
  /// The secret with the user data, which holds the variables.
  public let secret: JSONValue
  /// The machine.
  public let machine: JSONValue
  /// What was decided.
  public let choices: [RunChoice]

  /// Makes the machine.
  ///
  /// - Throws: What a machine on vSphere cannot give.
  public init(_ plan: RunPlan, options: Options) throws(RunSpecError) {
    let size = try MachineSize(plan, target: "vSphere")
    for (what, value) in [
      ("disk", options.disk), ("storage class", options.storageClass), ("namespace", options.namespace),
    ] {
      guard let value else {
        guard what != "namespace" else { continue }
        throw RunSpecError(
          "a machine on vSphere needs a \(what)",
          hints: [
            what == "disk"
              ? "name an image: `--disk vmi-…`; `kubectl get virtualmachineimages` lists them"
              : "name one: `--storage-class NAME`; `kubectl get storageclasses` lists them"
          ])
      }
      guard RunName.isLabel(value) else { throw RunSpecError("“\(value)” cannot be the name of a \(what)") }
    }
    let memory: JSONValue = .string("\(size.mebibytes)Mi")
    let (devices, gpuChoices) = try Self.devices(plan, options)
    var hardware: JSONObject = ["cpus": .integer(size.processors), "memory": memory]
    if let devices { hardware["devices"] = devices }
    func metadata(_ name: String) -> JSONValue {
      var metadata: JSONObject = [
        "name": .string(name), "annotations": ["dev.envlock/lock": .string("\(plan.lock)")],
        "labels": ["app.kubernetes.io/managed-by": "envlock", "app.kubernetes.io/name": .string(plan.name)],
      ]
      metadata["namespace"] = options.namespace.map { .string($0) }
      return .object(metadata)
    }
    var policies: JSONObject = [:]
    // A device writes into the guest's memory, which therefore cannot be moved away.
    if devices != nil { policies["resources"] = ["requests": ["memory": memory]] }
    let version: JSONValue = "vmoperator.vmware.com/v1alpha3"
    machineClass = [
      "apiVersion": version, "kind": "VirtualMachineClass", "metadata": metadata(plan.name),
      "spec": .object(
        JSONObject(
          [("hardware", .object(hardware))] + (policies.isEmpty ? [] : [("policies", .object(policies))]))),
    ]
    secret = [
      "apiVersion": "v1", "kind": "Secret", "metadata": metadata("\(plan.name)-start"),
      "stringData": [
        "user-data": .string(
          try GuestStart.userData(plan, powersOff: options.powersOff, allowTag: options.allowTag))
      ],
    ]
    machine = [
      "apiVersion": version, "kind": "VirtualMachine", "metadata": metadata(plan.name),
      "spec": [
        "className": .string(plan.name), "imageName": .string(options.disk ?? ""),
        "storageClass": .string(options.storageClass ?? ""), "powerState": "PoweredOn",
        "bootstrap": [
          "cloudInit": ["rawCloudConfig": ["name": .string("\(plan.name)-start"), "key": "user-data"]]
        ],
      ],
    ]
    choices = size.choices + gpuChoices + GuestStart.choices(plan, powersOff: options.powersOff)
  }

  /// The class, the secret, the machine.
  public var files: [SpecFile] { [SpecFile("machine.yaml", .yaml([machineClass, secret, machine]))] }

  /// The class's devices; nil for none.
  private static func devices(
    _ plan: RunPlan, _ options: Options
  ) throws(RunSpecError) -> (JSONValue?, [RunChoice]) {
    guard let grant = plan.gpu else { return (nil, []) }
    let reservation = RunChoice(
      "reservation", "all of the memory", "vSphere starts no machine with a passed device without")
    if let vgpu = grant.vgpu {
      let profile = try profile(vgpu, options)
      guard grant.perNode == 1 else {
        throw RunSpecError(
          "a class of vSphere has a vGPU profile once, and \(grant.perNode) are asked for",
          hints: ["take one of a larger type"], kind: .answerIsNo)
      }
      return (
        ["vgpuDevices": [["profileName": .string(profile)]]],
        [RunChoice("vGPU", profile, "the site's name of \(vgpu.name)"), reservation]
      )
    }
    let id = try deviceID(grant, options)
    guard let number = Int(id, radix: 16) else {
      throw RunSpecError("“\(id)” is no PCI device", hints: ["it has four hexadecimal digits: 20B5"])
    }
    var device: JSONObject = ["vendorID": .integer(0x10DE), "deviceID": .integer(number)]
    if let label = options.deviceLabel {
      guard label.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), !label.isEmpty else {
        throw RunSpecError("“\(label)” cannot be the label of a device")
      }
      device["customLabel"] = .string(label)
    }
    return (
      ["dynamicDirectPathIODevices": .array(Array(repeating: .object(device), count: grant.perNode))],
      [
        RunChoice(
          "GPU", "10DE:\(id), \(grant.perNode)",
          grant.models.isEmpty || options.deviceID != nil
            ? "the PCI device that was named"
            : "the PCI device of \(grant.models.map(\.name).joined(separator: ", "))"),
        reservation,
      ]
    )
  }

  private static func profile(_ vgpu: VGPUType, _ options: Options) throws(RunSpecError) -> String {
    let near = vgpu.name.lowercased()
    guard let profile = options.profile else {
      throw RunSpecError(
        "vSphere's name of the vGPU type \(vgpu.name) depends on the host's driver",
        hints: ["name its profile: `--profile grid_\(near)`, or nvidia_\(near) on newer hosts"])
    }
    let isProfile =
      !profile.isEmpty
      && profile.utf8.allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "_-.".utf8.contains(byte)
      }
    guard isProfile else {
      throw RunSpecError("“\(profile)” cannot be a profile", hints: ["it looks like grid_\(near)"])
    }
    return profile
  }

  /// The PCI device of the models, which has to be one.
  private static func deviceID(_ grant: GPUGrant, _ options: Options) throws(RunSpecError) -> String {
    if let id = options.deviceID {
      guard id.utf8.count == 4, id.utf8.allSatisfy(PCIAddress.isHex) else {
        throw RunSpecError("“\(id)” is no PCI device", hints: ["it has four hexadecimal digits: 20B5"])
      }
      return id.uppercased()
    }
    var ids: [String] = []
    for id in grant.models.flatMap(\.pciIDs).map({ String($0.prefix { $0 != ":" }) }) where !ids.contains(id)
    {
      ids.append(id)
    }
    guard let id = ids.first, ids.count == 1 else {
      throw RunSpecError(
        ids.isEmpty
          ? "vSphere knows GPUs by their PCI device, and no model is named that has one"
          : "vSphere knows GPUs by their PCI device, and the models have several: \(ids.joined(separator: ", "))",
        hints: ["name one model: `--gpu A100-80GB-PCIe`", "or the device: `--pci-device 20B5`"])
    }
    return id
  }
}
