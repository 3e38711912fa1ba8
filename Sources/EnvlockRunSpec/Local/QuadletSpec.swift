public import EnvlockModel

/// A container as a service of systemd's: a unit that podman's generator (quadlet) reads.
///
/// The words are those of podman-systemd.unit(5), systemd.unit(5) and systemd.service(5). Keys are those that quadlet has
/// known since podman 4.7; what has none stands in `PodmanArgs`.
public struct QuadletSpec: RunSpec {
  /// What may be set beside the plan.
  public struct Options: Hashable, Sendable {
    /// What all on one machine have.
    public var container = LocalOptions()
    /// Whether it is a unit of a user's own systemd, which then is the container's user outside.
    public var isRootless = false
    /// Whether it starts whenever the machine does, or the user logs in.
    public var startsAtBoot = false

    /// The defaults.
    public init() {}
  }

  /// The unit's file: "resnet.container".
  public let fileName: String
  /// The sections by name, each with its keys; texts as they are meant, without systemd's quoting.
  public let sections: JSONObject
  /// What was decided.
  public let choices: [RunChoice]

  /// Makes the unit.
  ///
  /// - Throws: What podman on one machine, or a unit, cannot give.
  public init(_ plan: RunPlan, options: Options = Options()) throws(RunSpecError) {
    let image = try plan.pulledReference(allowTag: options.container.allowTag, target: "quadlet")
    let container = try LocalContainer(plan, options.container, usesCDI: true, target: "quadlet")
    for mount in container.mounts where !mount.source.hasPrefix("/") {
      throw RunSpecError(
        "a unit has no folder that the mount \(mount) could count from",
        hints: ["give its source as an absolute path"])
    }
    let mapping = try PodmanSpec.mapping(plan.request.user, isRootless: options.isRootless)
    fileName = "\(plan.name).container"
    var keys = container.quadletKeys(plan)
    keys["Image"] = .string(image)
    keys["UserNS"] = mapping.map { .string($0) }
    // The image may be long in coming, and systemd counts that as starting.
    var service = JSONObject()
    service["TimeoutStartSec"] = "infinity"
    service["RuntimeMaxSec"] = plan.request.seconds.map { .integer($0) }
    var sections = JSONObject()
    sections["Unit"] = ["Description": .string(plan.localTitle)]
    sections["Container"] = .object(keys)
    sections["Service"] = .object(service)
    if options.startsAtBoot { sections["Install"] = ["WantedBy": "default.target"] }
    self.sections = sections
    // What a unit cannot say is found here, not when it is written.
    _ = try UnitText().text(of: .object(sections))
    choices =
      container.choices
      + PodmanSpec.rootlessChoices(plan.request, mapping: mapping, isRootless: options.isRootless)
      + PodmanSpec.gpuChoices(container.gpus) + Self.unitChoices(plan, options)
  }

  /// The unit.
  public var files: [SpecFile] { [SpecFile(fileName, .made(.object(sections), UnitText()))] }

  private static func unitChoices(_ plan: RunPlan, _ options: Options) -> [RunChoice] {
    var choices = [
      RunChoice(
        "place", options.isRootless ? "~/.config/containers/systemd" : "/etc/containers/systemd",
        "quadlet looks there at `systemctl \(options.isRootless ? "--user " : "")daemon-reload`"),
      RunChoice(
        "start",
        options.startsAtBoot
          ? "WantedBy=default.target"
          : "`systemctl \(options.isRootless ? "--user " : "")start \(plan.name)`",
        options.startsAtBoot
          ? "it was asked to start by itself" : "a computation is not to begin again at each boot"),
    ]
    if let seconds = plan.request.seconds {
      choices.append(
        RunChoice("time", "RuntimeMaxSec=\(seconds)", "systemd ends a service that runs for longer"))
    }
    return choices
  }
}

extension LocalContainer {
  /// The keys of `[Container]` but for the image and the user's mapping.
  fileprivate func quadletKeys(_ plan: RunPlan) -> JSONObject {
    func strings(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }
    let request = plan.request
    var keys = JSONObject()
    keys["ContainerName"] = .string(plan.name)
    keys["RunInit"] = true
    keys["NoNewPrivileges"] = true
    keys["DropCapability"] = "all"
    if isReadOnly { keys["ReadOnly"] = true }
    if !temporary.isEmpty { keys["Tmpfs"] = strings(temporary.map { "\($0):\(Self.temporaryOptions)" }) }
    if gpus != .none { keys["AddDevice"] = strings(gpus.cdiNames) }
    keys["Exec"] = plan.command.map(strings)
    keys["Environment"] = .object(JSONObject(environment.map { ($0.key, .string($0.value)) }))
    if !mounts.isEmpty { keys["Volume"] = strings(mounts.map(\.volume)) }
    keys["WorkingDir"] = request.workdir.map { .string($0) }
    keys["Network"] = request.network.map { .string($0.rawValue) }
    if let user = request.user {
      let parts = user.split(separator: Character(":")).map { String($0) }
      keys["User"] = .string(parts[0])
      if parts.count > 1 { keys["Group"] = .string(parts[1]) }
    }
    var limits = limitOptions(request)
    // What has a key of its own.
    limits.removeAll { $0[0] == "--shm-size" || $0[0] == "--pids-limit" }
    keys["PidsLimit"] = .integer(pids)
    if !sharesMemory { keys["ShmSize"] = shm.map { .string($0.containerSize) } }
    if !limits.isEmpty { keys["PodmanArgs"] = strings(limits.flatMap { $0 }) }
    return keys
  }
}
