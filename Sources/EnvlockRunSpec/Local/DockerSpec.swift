import EnvlockModel

/// A `docker run` line, and a script of it.
///
/// The words are those of the Docker CLI reference, "docker container run".
public struct DockerSpec: RunSpec {
  /// What may be set beside the plan.
  public struct Options: Hashable, Sendable {
    /// What all on one machine have.
    public var container = LocalOptions()
    /// Whether GPUs are named as CDI names them, for which docker has its feature `cdi` on; else by `--gpus`, for which
    /// NVIDIA's toolkit is set up.
    public var usesCDI = false

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
  /// - Throws: What docker on one machine cannot give.
  public init(_ plan: RunPlan, options: Options = Options()) throws(RunSpecError) {
    let image = try plan.pulledReference(allowTag: options.container.allowTag, target: "docker")
    guard plan.name.count > 1 else {
      throw RunSpecError(
        "docker takes no name of one letter: “\(plan.name)”", hints: ["name it with `--name`"])
    }
    let container = try LocalContainer(plan, options.container, usesCDI: options.usesCDI, target: "docker")
    var words = container.sharedOptions(plan)
    words.insert(["--platform", plan.demand.platform.description], at: 0)
    words += container.mounts.map { ["--mount", Self.mount($0)] }
    words += Self.gpuOptions(container.gpus, usesCDI: options.usesCDI)
    command = ContainerCommand(
      program: "docker", name: plan.name, options: words, image: image, command: plan.command ?? [],
      seconds: plan.request.seconds)
    title = plan.localTitle
    choices =
      container.choices + Self.gpuChoices(container.gpus, usesCDI: options.usesCDI)
      + Self.mountChoices(container.mounts, "docker") + Self.timeChoices(plan.request.seconds)
  }

  /// The script.
  public var files: [SpecFile] {
    [SpecFile("run.sh", .text(command.script(title: title)), isExecutable: true)]
  }

  /// The options that hand GPUs over.
  static func gpuOptions(_ gpus: LocalGPUs, usesCDI: Bool) -> [[String]] {
    guard !usesCDI else { return gpus.cdiNames.map { ["--device", $0] } }
    return gpus.dockerRequest.map { [["--gpus", $0]] } ?? []
  }

  /// What `--mount` takes: a line of CSV.
  static func mount(_ mount: RunMount) -> String {
    let fields = ["type=bind", "source=\(mount.source)", "target=\(mount.target)"]
    return (fields + (mount.isReadOnly ? ["readonly"] : [])).map { field in
      guard field.contains("\"") else { return field }
      return "\"" + field.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
        + "\""
    }.joined(separator: ",")
  }

  static func gpuChoices(_ gpus: LocalGPUs, usesCDI: Bool) -> [RunChoice] {
    switch gpus {
    case .none: []
    case .first(let count):
      [
        RunChoice(
          "devices", usesCDI ? gpus.cdiNames.joined(separator: ", ") : "--gpus \(count)",
          "docker keeps no account of who has which GPU, so these are the first; `--device` names others")
      ]
    case .named(let names):
      [RunChoice("devices", names.joined(separator: ", "), "they were named, and no other is handed over")]
    }
  }

  /// Whence relative sources count (Docker CLI reference, "docker container run", from 23.0 on; podman-run(1)).
  static func mountChoices(_ mounts: [RunMount], _ program: String) -> [RunChoice] {
    guard mounts.contains(where: { $0.source.hasPrefix(".") }) else { return [] }
    return [
      RunChoice("mounts", "relative sources", "\(program) counts them from the folder where it is started")
    ]
  }

  private static func timeChoices(_ seconds: Int?) -> [RunChoice] {
    guard let seconds else { return [] }
    return [
      RunChoice(
        "time", "timeout \(seconds)",
        "docker has no limit of its own; its client hands the signal on, and after 30 s the script removes the container"
      )
    ]
  }
}

extension RunPlan {
  /// What is started, in a line for people.
  var localTitle: String { "\(name): \(title), lock \(lock)" }
}
