public import EnvlockModel

/// What the administrator of a node sets up so that GPUs are shared as it was picked.
public struct NodeSetup: Hashable, Sendable {
  /// How MIG divides the GPUs; nil where MIG cannot.
  public let migParted: MIGPartedConfig?
  /// How the device plugin of Kubernetes offers them; nil where its defaults do, and for virtual machines.
  public let devicePlugin: DevicePluginConfig?
  /// Which vGPUs a hypervisor offers; nil where it offers none.
  public let vgpuDevices: VGPUDeviceConfig?
  /// What each user's run then asks for.
  public let request: RunDeclaration

  /// The setup for what was picked.
  ///
  /// - Throws: Why nothing was.
  public init(_ comparison: SharingComparison) throws(RunSpecError) {
    let option = try comparison.picked()
    guard let share = option.share else { throw RunSpecError("\(option.mode.title) cannot serve") }
    let wanted = comparison.request
    var request = RunDeclaration()
    request.gpu = share.form
    request.gpus = 1
    request.gpuMemory = wanted.memory
    request.isolation = wanted.isolation
    switch option.mode.mode {
    case .vgpu, .migVGPU: request.licence = wanted.licence
    default: break
    }
    self.request = request

    if option.kind.mig != nil {
      migParted = MIGPartedConfig(
        share.layouts.map { layout in
          MIGPartedConfig.Entry(
            devices: Array(layout.gpus), isEnabled: !layout.instances.isEmpty,
            instances: layout.instances.map(\.profile.name))
        })
    } else {
      migParted = nil
    }
    let most = share.layouts.map(\.users).max() ?? 1
    switch option.mode.mode {
    case .mig: devicePlugin = .mixedMIG
    case .mps: devicePlugin = .mps(replicas: most)
    case .timeSlicing: devicePlugin = .timeSlicing(replicas: most)
    case .passthrough, .migVGPU, .vgpu: devicePlugin = nil
    }
    if case .vgpu(let type) = share.form {
      vgpuDevices = VGPUDeviceConfig(
        entries: share.layouts.map {
          VGPUDeviceConfig.Entry(devices: Array($0.gpus), type: type, count: $0.users)
        })
    } else {
      vgpuDevices = nil
    }
  }

  /// The documents: `run.toml`, the lines of a manifest, and one for each tool.
  public var files: [SpecFile] {
    var files = [SpecFile("run.toml", .text(RunRequestText.text(of: request)))]
    if let migParted { files.append(SpecFile("mig-parted.yaml", .yaml([migParted.json]))) }
    if let devicePlugin { files.append(SpecFile("device-plugin.yaml", .yaml([devicePlugin.json]))) }
    if let vgpuDevices { files.append(SpecFile("vgpu-devices.yaml", .yaml([vgpuDevices.json]))) }
    return files
  }

  /// What pods then ask for (NVIDIA/k8s-device-plugin, README; mig.json, rule resource-name).
  private var resource: String {
    guard case .mig(let profile)? = request.gpu else { return "nvidia.com/gpu.shared" }
    return "nvidia.com/mig-" + profile.map { $0 == "+" ? "." : String($0) }.joined()
  }

  /// What each document is for, and who reads it.
  public var choices: [RunChoice] {
    var choices: [RunChoice] = []
    let name = MIGPartedConfig.name
    if let migParted {
      let what =
        migParted.entries.contains(where: \.isEnabled)
        ? "divides the GPUs" : "turns MIG off: a GPU that is divided cannot be used so"
      choices.append(
        RunChoice(
          "MIG", "mig-parted.yaml",
          "`nvidia-mig-parted apply -f mig-parted.yaml -c \(name)` \(what); in a cluster the label nvidia.com/mig.config=\(name) does"
        ))
    }
    if devicePlugin != nil {
      choices.append(
        RunChoice(
          "device plugin", "device-plugin.yaml",
          "the device plugin reads it as its CONFIG_FILE, and offers \(resource)"))
    }
    if vgpuDevices != nil {
      choices.append(
        RunChoice(
          "vGPU", "vgpu-devices.yaml",
          "`nvidia-vgpu-dm apply -f vgpu-devices.yaml -c \(name)` makes the vGPUs; in a cluster the label nvidia.com/vgpu.config=\(name) does"
        ))
    }
    return choices
  }
}

/// A configuration of nvidia-mig-parted (NVIDIA/mig-parted, api/spec/v1).
public struct MIGPartedConfig: Hashable, Sendable {
  /// GPUs that are divided alike.
  public struct Entry: Hashable, Sendable {
    /// Their numbers on the node.
    public let devices: [Int]
    /// Whether MIG is on.
    public let isEnabled: Bool
    /// The profile of each instance.
    public let instances: [String]
  }

  /// What the configuration is called.
  public static let name = "envlock"
  /// The GPUs.
  public let entries: [Entry]

  /// A configuration; GPUs that are divided alike stand together, in the order of their first.
  public init(_ entries: [Entry]) {
    var merged: [Entry] = []
    for entry in entries {
      let one = Entry(devices: entry.devices, isEnabled: entry.isEnabled, instances: entry.instances.sorted())
      let place = merged.firstIndex { $0.isEnabled == one.isEnabled && $0.instances == one.instances }
      if let place {
        merged[place] = Entry(
          devices: merged[place].devices + one.devices, isEnabled: one.isEnabled, instances: one.instances)
      } else {
        merged.append(one)
      }
    }
    self.entries = merged
  }

  /// The document. The tool finds the places of the instances by itself, trying every order.
  public var json: JSONValue {
    let entries = entries.map { entry -> JSONValue in
      var object: JSONObject = [
        "devices": .array(entry.devices.map { .integer($0) }), "mig-enabled": .bool(entry.isEnabled),
      ]
      if entry.isEnabled {
        var counts = JSONObject()
        for name in entry.instances { counts[name] = .integer((counts[name]?.integerValue ?? 0) + 1) }
        object["mig-devices"] = .object(counts)
      }
      return .object(object)
    }
    return ["version": "v1", "mig-configs": .object([Self.name: .array(entries)])]
  }
}

/// A configuration of the device plugin for Kubernetes (NVIDIA/k8s-device-plugin, api/config/v1; README, "Shared Access
/// to GPUs").
public enum DevicePluginConfig: Hashable, Sendable {
  /// A resource for each MIG profile.
  case mixedMIG
  /// So many shares of each GPU by MPS.
  case mps(replicas: Int)
  /// So many shares of each GPU by time slicing.
  case timeSlicing(replicas: Int)

  /// The document.
  public var json: JSONValue {
    switch self {
    case .mixedMIG: ["version": "v1", "flags": ["migStrategy": "mixed"]]
    case .mps(let replicas):
      [
        "version": "v1",
        "sharing": ["mps": ["renameByDefault": true, "resources": Self.resources(replicas)]],
      ]
    case .timeSlicing(let replicas):
      [
        "version": "v1",
        "sharing": [
          "timeSlicing": [
            // A request for two would get no more of the GPU than one.
            "renameByDefault": true, "failRequestsGreaterThanOne": true,
            "resources": Self.resources(replicas),
          ]
        ],
      ]
    }
  }

  private static func resources(_ replicas: Int) -> JSONValue {
    [["name": "nvidia.com/gpu", "replicas": .integer(replicas)]]
  }
}

/// A configuration of nvidia-vgpu-dm (NVIDIA/vgpu-device-manager, api/spec/v1).
public struct VGPUDeviceConfig: Hashable, Sendable {
  /// GPUs with the same vGPUs.
  public struct Entry: Hashable, Sendable {
    /// Their numbers on the node.
    public let devices: [Int]
    /// The type: "A100DX-8C".
    public let type: String
    /// How many each has.
    public let count: Int
  }

  /// The GPUs.
  public let entries: [Entry]

  /// The document.
  public var json: JSONValue {
    let entries = entries.map { entry -> JSONValue in
      [
        "devices": .array(entry.devices.map { .integer($0) }),
        "vgpu-devices": .object(JSONObject([(entry.type, .integer(entry.count))])),
      ]
    }
    return ["version": "v1", "vgpu-configs": .object([MIGPartedConfig.name: .array(entries)])]
  }
}
