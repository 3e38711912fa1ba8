public import EnvlockModel

/// A `devcontainer.json`: the environment as a place to work in, for editors.
///
/// The words are those of the Development Container Specification, "Dev Container metadata reference".
public struct DevcontainerSpec: RunSpec {
  /// What may be set beside the plan.
  public struct Options: Hashable, Sendable {
    /// What all on one machine have; people write in such a container whatever is said here.
    public var container = LocalOptions()
    /// Whether GPUs are named as CDI names them, as podman wants it.
    public var usesCDI = false

    /// The defaults.
    public init() {}
  }

  /// The file.
  public let document: JSONValue
  /// What was decided.
  public let choices: [RunChoice]

  /// Makes the file.
  ///
  /// - Throws: What one machine, or such a file, cannot give.
  public init(_ plan: RunPlan, options: Options = Options()) throws(RunSpecError) {
    let image = try plan.pulledReference(allowTag: options.container.allowTag, target: "a dev container")
    let container = try LocalContainer(
      plan, options.container, usesCDI: options.usesCDI, target: "a dev container", isWorkplace: true)
    var runArgs = [["--platform", plan.demand.platform.description]] + container.limitOptions(plan.request)
    if let network = plan.request.network { runArgs.append(["--network", network.rawValue]) }
    runArgs += DockerSpec.gpuOptions(container.gpus, usesCDI: options.usesCDI)
    var document = JSONObject()
    document["name"] = .string(plan.name)
    document["image"] = .string(image)
    document["init"] = true
    document["overrideCommand"] = true
    document["securityOpt"] = ["no-new-privileges"]
    document["runArgs"] = .array(runArgs.flatMap { $0 }.map { .string($0) })
    for (name, value) in container.environment.sorted(by: { $0.key < $1.key }) {
      try Self.checkVariables(value, of: "the value of \(name)")
    }
    if !container.environment.isEmpty {
      document["containerEnv"] = .object(
        JSONObject(container.environment.map { ($0.key, .string($0.value)) }))
    }
    var mounts: [JSONValue] = []
    for mount in container.mounts { mounts.append(.string(try Self.mount(mount))) }
    if !mounts.isEmpty { document["mounts"] = .array(mounts) }
    if let user = plan.request.user {
      document["containerUser"] = .string(user)
      document["updateRemoteUserUID"] = false
    }
    if let workdir = plan.request.workdir {
      try Self.checkVariables(workdir, of: "the folder")
      document["workspaceFolder"] = .string(workdir)
      document["workspaceMount"] = .string(
        DockerSpec.mount(RunMount(source: "${localWorkspaceFolder}", target: workdir)))
    }
    self.document = .object(document)
    choices =
      container.choices + DockerSpec.gpuChoices(container.gpus, usesCDI: options.usesCDI)
      + Self.workplaceChoices(plan)
  }

  /// The file.
  public var files: [SpecFile] { [SpecFile("devcontainer.json", .json(document))] }

  private static func mount(_ mount: RunMount) throws(RunSpecError) -> String {
    try checkVariables(mount.description, of: "the mount")
    var mount = mount
    if mount.source.hasPrefix(".") { mount.source = "${localWorkspaceFolder}/" + mount.source.dropFirst(2) }
    return DockerSpec.mount(mount)
  }

  /// Variables that readers put in place wherever they stand, with no way to write them as they are
  /// (Dev Container metadata reference, "Variables in devcontainer.json").
  private static let variables = [
    "localEnv", "env", "containerEnv", "localWorkspaceFolder", "localWorkspaceFolderBasename",
    "containerWorkspaceFolder", "containerWorkspaceFolderBasename", "devcontainerId",
  ]

  private static func checkVariables(_ text: String, of what: String) throws(RunSpecError) {
    for variable in variables where text.contains("${\(variable)}") || text.contains("${\(variable):") {
      throw RunSpecError(
        "\(what) has ${\(variable)…}, which a devcontainer.json cannot say as it is",
        hints: ["set it inside"],
        kind: .answerIsNo)
    }
  }

  /// What a place to work in does not take from the plan; `hostRequirements.gpu` makes the reference implementation add all
  /// GPUs (devcontainers/cli, `src/spec-node/singleContainer.ts`, `extraRunArgs`).
  private static func workplaceChoices(_ plan: RunPlan) -> [RunChoice] {
    var choices: [RunChoice] = []
    if plan.gpu != nil {
      choices.append(
        RunChoice(
          "hostRequirements", "left out",
          "readers add `--gpus all` for its `gpu`, which is more than was asked for"))
    }
    if plan.command != nil {
      choices.append(
        RunChoice(
          "command", "not started", "the container waits for the editor; start it in a terminal there"))
    }
    if plan.request.seconds != nil {
      choices.append(RunChoice("time", "no limit", "a place to work in lasts as long as its editor"))
    }
    if plan.request.workdir != nil {
      choices.append(
        RunChoice(
          "workspace", "the local folder", "it is seen where the image has its own copy, so that edits count")
      )
    }
    return choices
  }
}
