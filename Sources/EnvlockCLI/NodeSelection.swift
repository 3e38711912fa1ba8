import ArgumentParser
import Envlock
import EnvlockManifest
import EnvlockModel

/// A node that somebody states, for what is asked of one alone.
struct StatedNodeOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The driver of the node, such as 550.54.15.", valueName: "version"))
  var driver: String?

  @Option(
    help: ArgumentHelp(
      "A GPU of the node: a model, or a compute capability such as 8.0; repeatable.", valueName: "gpu"))
  var gpu: [String] = []
}

/// Which system a node has.
struct NodePlatformOption: ParsableArguments {
  @Option(
    name: .customLong("platform"),
    help: ArgumentHelp("linux/amd64 (default) or linux/arm64.", valueName: "platform"),
    completion: .platforms)
  var typed: String?
}

/// Which nodes a command is about, as it was typed.
struct NodeOptions: ParsableArguments {
  @Option(help: ArgumentHelp("A node with this driver, such as 550.54.15.", valueName: "version"))
  var driver: String?

  @Option(
    help: ArgumentHelp(
      "A GPU of that node: a model, as in \"8x A100-SXM4-80GB\", or a compute capability; repeatable.",
      valueName: "gpu"))
  var gpu: [String] = []

  @Option(
    help: ArgumentHelp("The MIG profile that its GPUs are divided into: 1g.10gb.", valueName: "profile"))
  var mig: String?

  @Flag(help: "This machine, measured now.")
  var node = false

  @Option(
    help: ArgumentHelp(
      """
      The nodes of a file, of a folder's files, or of standard input (-); repeatable. `kubectl get nodes -o json`, \
      ResourceSlices, `nvidia-smi -q -x`, `envlock probe --json`.
      """, valueName: "file"), completion: .file())
  var nodes: [String] = []
}

/// Which nodes a command is about: what was typed, with the variables that stand in for it.
struct NodeSelection: Hashable, Sendable {
  /// What somebody says of a node.
  struct Declaration: Hashable, Sendable {
    var driver: String?
    var gpus: [String]
    var mig: String?
  }

  /// A node that nobody has to look at.
  var declared: Declaration?
  /// Whether this machine is one of them.
  var isMeasured: Bool
  /// Files and folders; "-" is standard input.
  var documents: [String]
  /// The system of nodes that do not say what theirs is.
  var platform: Platform?

  /// Whether no node is named.
  var isEmpty: Bool { declared == nil && !isMeasured && documents.isEmpty }

  /// Makes sense of what was typed.
  ///
  /// Variables that name nodes count where no node was typed: whoever types one means that one alone.
  /// - Parameters:
  ///   - options: What was typed.
  ///   - platform: The system of nodes that do not say what theirs is.
  ///   - variables: The environment.
  /// - Throws: `UsageError` for options that say nothing together.
  init(_ options: NodeOptions, platform: Platform? = nil, _ variables: Variables) throws(UsageError) {
    self.platform = platform
    isMeasured = options.node
    documents = options.nodes
    let isDeclared = options.driver != nil || !options.gpu.isEmpty || options.mig != nil
    let isTyped = isDeclared || isMeasured || !documents.isEmpty
    if !isTyped { documents = variables.items(.nodes) }
    if isDeclared || !isTyped {
      let declaration = Declaration(
        driver: options.driver ?? variables.text(.driver),
        gpus: options.gpu.isEmpty ? variables.items(.gpu) : options.gpu,
        mig: options.mig ?? variables.text(.mig))
      if declaration.driver != nil || !declaration.gpus.isEmpty || declaration.mig != nil {
        declared = declaration
      }
    }
    if let declared, declared.mig != nil, declared.gpus.isEmpty {
      throw UsageError(
        "`--mig` divides the GPUs of `--gpu`, and there are none",
        hints: ["name the GPU, as in `--gpu A100-SXM4-80GB`"])
    }
    if documents.filter({ $0 == "-" }).count > 1 {
      throw UsageError("`--nodes -` can stand there once only")
    }
  }

  /// Says how nodes can be named.
  static let missing = UsageError(
    "no node is named to check against",
    hints: [
      "say what it is: `--driver 550.54.15 --gpu A100-SXM4-80GB`", "measure this machine: `--node`",
      "read files: `--nodes nodes.json` or `--nodes FOLDER`",
      "read a cluster: `kubectl get nodes -o json | envlock check --nodes -`",
    ])

  /// Reads and measures the nodes.
  ///
  /// - Throws: A `UserFacingError` for a file that cannot be read or understood, and for a declared node that cannot be.
  func nodes(_ session: Session, _ voice: Voice) throws -> NodeCollection {
    var collection = NodeCollection()
    if let declared {
      collection.add(
        name: "",
        facts: try NodeFacts.declared(
          driver: declared.driver, gpus: declared.gpus, mig: declared.mig, platform: platform))
    }
    if isMeasured {
      var facts = session.machine.probe()
      if facts.platform == nil { facts.platform = platform }
      collection.add(name: session.machine.hostName(), facts: facts)
    }
    for path in documents {
      for file in try Self.files(path, session) {
        let name = file == "-" ? "standard input" : Printable.text(file)
        voice.detail("read \(name)")
        try NodeDocuments.read(try Self.bytes(file, name, session), name: name, into: &collection)
      }
    }
    return collection
  }

  /// The nodes by kind, with the system that was stated for those that do not say theirs.
  func groups(_ session: Session, _ voice: Voice) throws -> [NodeGroup] {
    let groups = try nodes(session, voice).groups
    guard let platform else { return groups }
    return groups.map { group in
      var group = group
      if group.facts.platform == nil { group.facts.platform = platform }
      return group
    }
  }

  /// The file itself, or the files of a folder by name; hidden ones are not looked at.
  private static func files(_ path: String, _ session: Session) throws -> [String] {
    guard path != "-" else { return [path] }
    let names = session.list(path)
    guard !names.isEmpty else { return [path] }
    let files = names.filter { !$0.hasPrefix(".") }.sorted().map { Path.joined(path, $0) }
    guard files.isEmpty else { return files }
    throw UsageError("\(Printable.text(path)) holds no files")
  }

  private static func bytes(_ path: String, _ name: String, _ session: Session) throws -> [UInt8] {
    do {
      return try session.files.read(path)
    } catch {
      switch error {
      case .notFound:
        throw UsageError("there is no file \(name)", hints: ["`--nodes -` reads standard input"])
      case .unreadable(let why):
        throw LockProblem("\(name) could not be read: \(why)", kind: .couldNotFindOut)
      }
    }
  }
}
