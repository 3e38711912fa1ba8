import ArgumentParser
import EnvlockModel
import EnvlockVersions

/// What runs in the container.
struct CommandArgument: ParsableArguments {
  @Argument(
    parsing: .postTerminator,
    help: ArgumentHelp("What runs instead of the image's own command.", valueName: "command"))
  var words: [String] = []
}

/// Whether choices are told.
struct ExplainOption: ParsableArguments {
  @Flag(name: .customLong("explain"), help: "Say what was chosen and why, on standard error.")
  var typed = false
}

/// What `spec` and `run` ask of the GPUs.
struct RunGPUOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      The form: whole, mig-PROFILE, shared (time slicing), mps, vgpu:TYPE or none; or a model that the nodes have, such \
      as A100-SXM4-80GB; repeatable.
      """, valueName: "form|model"))
  var gpu: [String] = []

  @Option(help: ArgumentHelp("How many, over all nodes.", valueName: "number"))
  var gpus: Int?

  @Option(help: ArgumentHelp("How many on each node.", valueName: "number"))
  var gpusPerNode: Int?

  @Option(help: ArgumentHelp("The memory that each must have, such as 10GiB.", valueName: "size"))
  var gpuMemory: String?

  @Option(
    help: ArgumentHelp(
      "How well others on the GPU are kept apart: hardware, process or none.", valueName: "how"),
    completion: .list(GPUIsolation.allCases.map(\.rawValue)))
  var isolation: String?

  @Option(help: ArgumentHelp("The product whose licence covers a vGPU.", valueName: "product"))
  var licence: String?

  @Flag(help: "The GPUs must reach each other's memory.")
  var peerToPeer = false
}

/// What `spec` and `run` ask beside GPUs.
struct RunRequestOptions: ParsableArguments {
  @Option(help: ArgumentHelp("What it is called. Default: as the environment", valueName: "name"))
  var name: String?

  @Option(help: ArgumentHelp("On how many nodes it runs at once.", valueName: "number"))
  var nodes: Int?

  @Option(help: ArgumentHelp("Processors on each node, such as 8 or 0.5.", valueName: "number"))
  var cpus: String?

  @Option(help: ArgumentHelp("Memory on each node, such as 64GiB.", valueName: "size"))
  var memory: String?

  @Option(help: ArgumentHelp("The size of /dev/shm.", valueName: "size"))
  var shm: String?

  @Option(help: ArgumentHelp("How many processes and threads there can be.", valueName: "number"))
  var pids: Int?

  @Option(
    help: ArgumentHelp("After what time it is ended: 90s, 30m, 12h, 2d or 12:00:00.", valueName: "time"))
  var time: String?

  @Option(help: ArgumentHelp("Its share of a busy disk, from 10 to 1000.", valueName: "number"))
  var ioWeight: Int?

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "A variable; NAME alone takes the value that it has here; repeatable.", valueName: "name[=value]"))
  var env: [String] = []

  @Option(
    help: ArgumentHelp("A folder or file of the node; repeatable.", valueName: "source:target[:ro]"),
    completion: .file())
  var mount: [String] = []

  @Option(help: ArgumentHelp("Where it starts.", valueName: "dir"))
  var workdir: String?

  @Option(help: ArgumentHelp("User and group, such as 1000:1000.", valueName: "user"))
  var user: String?

  @Option(
    help: ArgumentHelp("none, or the node's own: host.", valueName: "network"),
    completion: .list(RunNetwork.allCases.map(\.rawValue)))
  var network: String?

  @Flag(help: "Set the frameworks' own switches for repeatable results.")
  var deterministic = false
}

/// Which lock is started.
struct RunLockOptions: ParsableArguments {
  @OptionGroup var lock: LockOption

  @Option(
    help: ArgumentHelp(
      "The manifest whose [run] counts. Default: the one beside the lock, if there is one",
      valueName: "file"),
    completion: .file(extensions: ["toml"]))
  var manifest: String?

  @Option(
    help: ArgumentHelp("linux/amd64 or linux/arm64, where the lock has both.", valueName: "platform"),
    completion: .platforms)
  var platform: String?

  @OptionGroup var target: TargetOption

  @Option(
    help: ArgumentHelp(
      """
      The image: what a registry calls it, or the path of a layout or archive. Default: `image` of [run], and the \
      layout \"image\" beside the lock
      """, valueName: "reference|path"),
    completion: .file())
  var image: String?

  @Flag(help: "Take an image by its tag, which can move, where its digest is not known.")
  var allowTag = false
}

/// What was asked for: the command line's part of a request.
struct TypedRun: Hashable, Sendable {
  /// What is to be started, as far as it was typed.
  var declaration = RunDeclaration()
  /// Models of GPUs that the nodes have.
  var models: [String] = []
  /// The names of variables whose values were taken from the environment.
  var inherited: [String] = []

  /// Makes sense of what was typed.
  ///
  /// - Throws: `UsageError` for texts that cannot be read.
  init(
    _ gpu: RunGPUOptions, _ request: RunRequestOptions, command: [String], _ environment: [String: String]
  ) throws(UsageError) {
    try take(gpu)
    declaration.name = request.name
    declaration.nodes = request.nodes
    declaration.cpus = try Self.read("--cpus", request.cpus) { text throws(MalformedText) in
      try CPUCount(text)
    }
    declaration.memory = try Self.size("--memory", request.memory)
    declaration.shm = try Self.size("--shm", request.shm)
    declaration.pids = request.pids
    declaration.seconds = try Self.read("--time", request.time) { text throws(MalformedText) in
      try RunTime.seconds(text)
    }
    declaration.ioWeight = request.ioWeight
    for text in request.env { try take(variable: text, environment) }
    for text in request.mount {
      if let mount = try Self.read("--mount", text, { text throws(MalformedText) in try RunMount(text) }) {
        declaration.mounts.append(mount)
      }
    }
    declaration.workdir = request.workdir
    declaration.user = request.user
    declaration.network = try OptionWord.read("--network", request.network)
    declaration.deterministic = request.deterministic ? true : nil
    declaration.command = command.isEmpty ? nil : command
  }

  private mutating func take(_ gpu: RunGPUOptions) throws(UsageError) {
    for text in gpu.gpu {
      // No model of a GPU is called like a form; what looks like neither is told by whoever knows the models.
      guard let form = try? GPUForm(text) else {
        models.append(text)
        continue
      }
      if let other = declaration.gpu, other != form {
        throw UsageError(
          "`--gpu \(other)` and `--gpu \(form)` contradict each other", hints: ["leave one of them out"])
      }
      declaration.gpu = form
    }
    declaration.gpus = gpu.gpus
    declaration.gpusPerNode = gpu.gpusPerNode
    declaration.gpuMemory = try Self.size("--gpu-memory", gpu.gpuMemory)
    declaration.isolation = try OptionWord.read("--isolation", gpu.isolation)
    declaration.licence = gpu.licence
    declaration.peerToPeer = gpu.peerToPeer ? true : nil
  }

  private mutating func take(
    variable text: String, _ environment: [String: String]
  ) throws(UsageError) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard let name = parts.first, !name.isEmpty else {
      throw UsageError("--env: “\(Printable.text(text))” has no name", hints: ["write NAME=value"])
    }
    if parts.count == 2 {
      declaration.env[name] = parts[1]
    } else if let value = environment[name] {
      declaration.env[name] = value
      inherited.append(name)
    } else {
      throw UsageError(
        "--env: the variable \(Printable.text(name)) is not set here",
        hints: ["write \(Printable.text(name))=value"])
    }
  }

  // MARK: texts

  private static func size(_ option: String, _ text: String?) throws(UsageError) -> ByteCount? {
    try read(option, text) { text throws(MalformedText) in try ByteCount(text) }
  }

  private static func read<Value>(
    _ option: String, _ text: String?, _ make: (String) throws(MalformedText) -> Value
  ) throws(UsageError) -> Value? {
    guard let text else { return nil }
    do { return try make(text) } catch { throw UsageError(error, in: option) }
  }
}
