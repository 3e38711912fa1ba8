public import EnvlockModel

/// A compose file with one service.
///
/// The words are those of the Compose Specification: `05-services.md`, `deploy.md`.
public struct ComposeSpec: RunSpec {
  /// What may be set beside the plan.
  public struct Options: Hashable, Sendable {
    /// What all on one machine have.
    public var container = LocalOptions()
    /// Whether GPUs are named as CDI names them.
    public var usesCDI = false

    /// The defaults.
    public init() {}
  }

  /// The file, as compose reads it once it has put variables in place: a dollar sign stands for itself here.
  public let document: JSONValue
  /// What was decided.
  public let choices: [RunChoice]

  /// Makes the file.
  ///
  /// - Throws: What compose on one machine cannot give.
  public init(_ plan: RunPlan, options: Options = Options()) throws(RunSpecError) {
    let image = try plan.pulledReference(allowTag: options.container.allowTag, target: "compose")
    if let seconds = plan.request.seconds {
      throw RunSpecError(
        "compose ends nothing after a time, and \(seconds) s are asked for",
        hints: ["leave `time` out, or take `envlock spec docker`, `podman` or `quadlet`"], kind: .answerIsNo)
    }
    let container = try LocalContainer(plan, options.container, usesCDI: options.usesCDI, target: "compose")
    var service = container.composeService(plan)
    service["image"] = .string(image)
    if let devices = Self.reservation(container.gpus, usesCDI: options.usesCDI) {
      service["deploy"] = ["resources": ["reservations": ["devices": [devices]]]]
    }
    document = ["name": .string(plan.name), "services": [plan.name: .object(service)]]
    choices =
      container.choices + DockerSpec.gpuChoices(container.gpus, usesCDI: options.usesCDI)
      + DockerSpec.mountChoices(container.mounts, "compose")
  }

  /// The file.
  public var files: [SpecFile] { [SpecFile("compose.yaml", .yaml([Self.escaped(document)]))] }

  /// GPUs as compose reserves them (Docker, "Enable GPU support"; Compose Specification, `deploy.md`, "devices").
  private static func reservation(_ gpus: LocalGPUs, usesCDI: Bool) -> JSONValue? {
    func strings(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }
    if usesCDI, gpus != .none {
      return ["driver": "cdi", "device_ids": strings(gpus.cdiNames), "capabilities": ["gpu"]]
    }
    return switch gpus {
    case .none: nil
    case .first(let count): ["driver": "nvidia", "count": .integer(count), "capabilities": ["gpu"]]
    case .named(let names): ["driver": "nvidia", "device_ids": strings(names), "capabilities": ["gpu"]]
    }
  }

  /// The value with each dollar sign doubled: compose puts variables of its own environment in place of others
  /// (Compose Specification, `12-interpolation.md`).
  private static func escaped(_ value: JSONValue) -> JSONValue {
    switch value {
    case .string(let text):
      .string(text.split(separator: "$", omittingEmptySubsequences: false).joined(separator: "$$"))
    case .array(let elements): .array(elements.map(escaped))
    case .object(let object): .object(JSONObject(object.members.map { ($0.key, escaped($0.value)) }))
    default: value
    }
  }
}

extension LocalContainer {
  /// A service without its image and GPUs.
  fileprivate func composeService(_ plan: RunPlan) -> JSONObject {
    let request = plan.request
    var service = JSONObject()
    service["platform"] = .string(plan.demand.platform.description)
    service["init"] = true
    service["cap_drop"] = ["ALL"]
    service["security_opt"] = ["no-new-privileges:true"]
    service["pids_limit"] = .integer(pids)
    if isReadOnly { service["read_only"] = true }
    if !temporary.isEmpty {
      service["tmpfs"] = .array(temporary.map { .string("\($0):\(Self.temporaryOptions)") })
    }
    if let command = plan.command { service["command"] = .array(command.map { .string($0) }) }
    service["environment"] = .object(JSONObject(environment.map { ($0.key, .string($0.value)) }))
    if !mounts.isEmpty { service["volumes"] = .array(mounts.map(Self.composeVolume)) }
    service["working_dir"] = request.workdir.map { .string($0) }
    service["user"] = request.user.map { .string($0) }
    service["network_mode"] = request.network.map { .string($0.rawValue) }
    if sharesMemory { service["ipc"] = "host" }
    service["shm_size"] = shm.map { .string($0.containerSize) }
    if let cpus = request.cpus { service["cpus"] = .string(cpus.description) }
    service["mem_limit"] = request.memory.map { .string($0.containerSize) }
    service["memswap_limit"] = request.memory.map { .string($0.containerSize) }
    service["blkio_config"] = Self.composeIO(request)
    return service
  }

  private static func composeVolume(_ mount: RunMount) -> JSONValue {
    [
      "type": "bind", "source": .string(mount.source), "target": .string(mount.target),
      "read_only": .bool(mount.isReadOnly),
      // A folder that is missing is a mistake, not one to make as root.
      "bind": ["create_host_path": false],
    ]
  }

  private static func composeIO(_ request: RunDeclaration) -> JSONValue? {
    var config = JSONObject()
    config["weight"] = request.ioWeight.map { .integer($0) }
    for (key, rate) in [
      ("device_read_bps", { (limit: IOLimit) in limit.readBytes?.bytes }),
      ("device_write_bps", { $0.writeBytes?.bytes }), ("device_read_iops", { $0.readOperations }),
      ("device_write_iops", { $0.writeOperations }),
    ] {
      let limits: [JSONValue] = request.io.compactMap { limit in
        rate(limit).map { ["path": .string(limit.device), "rate": .integer($0)] }
      }
      if !limits.isEmpty { config[key] = .array(limits) }
    }
    return config.isEmpty ? nil : .object(config)
  }
}
