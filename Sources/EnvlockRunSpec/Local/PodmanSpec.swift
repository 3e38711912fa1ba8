import EnvlockModel

/// A `podman run` line, and a script of it.
///
/// The words are those of podman-run(1).
public struct PodmanSpec: RunSpec {
  /// What may be set beside the plan.
  public struct Options: Hashable, Sendable {
    /// What all on one machine have.
    public var container = LocalOptions()
    /// Whether an ordinary user starts it, who then is the container's user outside.
    public var isRootless = false

    /// The defaults.
    public init() {}
  }

  /// The command.
  public let command: ContainerCommand
  /// What was decided.
  public let choices: [RunChoice]
  /// What is started, for people.
  private let title: String

  /// Makes the command.
  ///
  /// - Throws: What podman on one machine cannot give.
  public init(_ plan: RunPlan, options: Options = Options()) throws(RunSpecError) {
    let (image, imageChoices) = try Self.image(plan, options)
    let container = try LocalContainer(plan, options.container, usesCDI: true, target: "podman")
    let mapping = try Self.mapping(plan.request.user, isRootless: options.isRootless)
    var words = container.sharedOptions(plan)
    // A layout has one platform; podman looks for no other in it.
    if plan.image.name != nil { words.insert(["--platform", plan.demand.platform.description], at: 0) }
    if let mapping { words.append(["--userns", mapping]) }
    words += container.mounts.map { ["--volume", $0.volume] }
    words += container.gpus.cdiNames.map { ["--device", $0] }
    if let seconds = plan.request.seconds { words.append(["--timeout", String(seconds)]) }
    command = ContainerCommand(
      program: "podman", name: plan.name, options: words, image: image, command: plan.command ?? [],
      seconds: nil)
    title = plan.localTitle
    choices =
      imageChoices + container.choices + DockerSpec.mountChoices(container.mounts, "podman")
      + Self.rootlessChoices(plan.request, mapping: mapping, isRootless: options.isRootless)
      + Self.gpuChoices(container.gpus)
  }

  /// The script.
  public var files: [SpecFile] {
    [SpecFile("run.sh", .text(command.script(title: title)), isExecutable: true)]
  }

  private static func image(
    _ plan: RunPlan, _ options: Options
  ) throws(RunSpecError) -> (String, [RunChoice]) {
    guard plan.image.name == nil, let layout = plan.image.layout else {
      return (try plan.pulledReference(allowTag: options.container.allowTag, target: "podman"), [])
    }
    // Behind a colon podman reads the name of an image in the layout.
    guard !layout.isEmpty, !layout.contains(":") else {
      throw RunSpecError(
        "podman takes no layout in a folder with a colon: “\(layout)”", hints: ["rename the folder"])
    }
    return (
      "oci:\(layout)",
      [RunChoice("image", "oci:\(layout)", "it has no name in a registry, and podman starts layouts")]
    )
  }

  /// How an ordinary user is mapped (podman-run(1), `--userns`); nil for root.
  static func mapping(_ user: String?, isRootless: Bool) throws(RunSpecError) -> String? {
    guard isRootless else { return nil }
    guard let user else { return "keep-id" }
    let parts = user.split(separator: Character(":"))
    guard parts.allSatisfy({ Int($0) != nil }) else {
      throw RunSpecError(
        "without root podman maps users by number, and “\(user)” is a name",
        hints: ["say `user = \"1000:1000\"`"])
    }
    return "keep-id:uid=\(parts[0])" + (parts.count > 1 ? ",gid=\(parts[1])" : "")
  }

  /// What is different for an ordinary user.
  static func rootlessChoices(
    _ request: RunDeclaration, mapping: String?, isRootless: Bool
  ) -> [RunChoice] {
    var choices =
      mapping.map {
        [
          RunChoice(
            "user", $0,
            "who starts it is the container's user, so that files in mounts have one owner inside and outside"
          )
        ]
      } ?? []
    if isRootless,
      request.cpus != nil || request.memory != nil || request.ioWeight != nil || !request.io.isEmpty
    {
      choices.append(
        RunChoice(
          "limits", "cgroups of the user",
          "they hold where systemd hands the controllers on (`Delegate=cpu io memory pids` of user@.service), and podman says so where not"
        ))
    }
    return choices
  }

  static func gpuChoices(_ gpus: LocalGPUs) -> [RunChoice] {
    guard gpus != .none else { return [] }
    return [
      RunChoice(
        "devices", gpus.cdiNames.joined(separator: ", "),
        "podman knows GPUs by CDI (`nvidia-ctk cdi generate`); where SELinux forbids them, set its boolean container_use_devices"
      )
    ]
  }
}

extension RunMount {
  /// What podman's `--volume` takes. The ending is always there, so that no path is last.
  var volume: String { "\(source):\(target):\(isReadOnly ? "ro" : "rw")" }
}
