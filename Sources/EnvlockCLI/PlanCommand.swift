import ArgumentParser
import Envlock
import EnvlockCheck
import EnvlockData
import EnvlockManifest
import EnvlockModel
import EnvlockRunSpec

/// `envlock plan`.
struct PlanCommand: Subcommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Say which nodes run which locks, and the fewest driver upgrades after which all do.",
    usage: """
      envlock plan --nodes <file> [--nodes <file> ...] [<lock> ...] [<options>]
             envlock plan --pack <file> [--pack <file> ...] --gpu <gpu> [<options>]
      """,
    discussion: HelpText.discussion(
      """
      A node is left alone unless a newer driver makes more of the locks run there and none of them stop; it then gets the \
      lowest such driver of a long-term or production branch that still gets fixes, and only failing that of another.

      Exit codes: 0 every node runs every lock already, 1 one does not, 3 too little is known of one.
      """, examples: "envlock plan --nodes nodes.json envlock.lock",
      "envlock plan --pack jobs.yaml --gpu 8xA100-SXM4-80GB"))

  @Argument(
    help: ArgumentHelp("The locks. Default: envlock.lock", valueName: "lock"),
    completion: .file(extensions: ["lock"]))
  var locks: [String] = []

  @Option(
    help: ArgumentHelp(
      """
      Instead: fit jobs on the fewest GPUs of --gpu (8xA100-SXM4-80GB: at most eight). A manifest whose [run] counts, or a \
      list in YAML or JSON of jobs with name, count, gpu, gpu-memory and isolation; repeatable.
      """, valueName: "file"), completion: .file(extensions: ["toml", "yaml", "yml", "json"]))
  var pack: [String] = []

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("With --pack: where configurations of nodes are written.", valueName: "dir"),
    completion: .directory)
  var output: String?

  @OptionGroup(title: "The nodes") var nodes: NodeOptions
  @OptionGroup(title: "What counts") var rules: CheckRuleOptions
  @OptionGroup var options: MatrixOptions
  @OptionGroup(title: "Every command") var common: CommonOptions

  func run(_ session: Session, _ voice: Voice) async throws {
    let variables = session.variables
    if !pack.isEmpty { return try packJobs(session, voice) }
    if output != nil {
      throw UsageError("`--output` goes with `--pack`", hints: ["the answer is printed"])
    }
    let system = try (rules.platform ?? variables.text(.platform)).map { _ in
      try variables.platform(rules.platform)
    }
    let selection = try NodeSelection(nodes, platform: system, variables)
    guard !selection.isEmpty else {
      throw UsageError(
        "no node is named to plan for",
        hints: [
          "read files: `--nodes nodes.json` or `--nodes FOLDER`",
          "read a cluster: `kubectl get nodes -o json | envlock plan --nodes -`",
        ])
    }
    let paths = locks.isEmpty ? [variables.text(.lock) ?? LockFile.defaultName] : locks
    let read = try paths.map { (name: $0, lock: try LockFile.required($0, session.files)) }
    let checker = Checker(
      matrix: try options.data(session),
      options: CheckOptions(
        allowed: try CheckInvocation.rules(rules.allow, variables),
        gpuMemoryMiB: try CheckInvocation.gpuMemory(rules.gpuMemory, variables),
        hasForwardCompatibility: rules.forwardCompat, today: session.machine.today()))
    let plan = checker.plan(read, on: try selection.groups(session, voice))
    voice.answer(options.json ? RenderPlan.json(plan) : RenderPlan.text(plan, voice.answerStyle))
    switch plan.verdict {
    case .fits: return
    case .doesNotFit: throw ExitCode(ErrorKind.answerIsNo.rawValue)
    case .unknown: throw ExitCode(ErrorKind.couldNotFindOut.rawValue)
    }
  }

  /// Fits jobs on the fewest GPUs.
  private func packJobs(_ session: Session, _ voice: Voice) throws {
    let typed = nodes.gpu.isEmpty ? session.variables.items(.gpu) : nodes.gpu
    guard locks.isEmpty, nodes.nodes.isEmpty, !nodes.node, nodes.driver == nil, nodes.mig == nil else {
      throw UsageError(
        "`--pack` fits jobs on GPUs that `--gpu` names; nodes and locks say nothing to it",
        hints: ["leave out the others"])
    }
    let jobs = try pack.flatMap { try PackFile.jobs($0, session) }
    let packing = try GPUPacker(matrix: try options.data(session)).pack(jobs, on: typed.map { PackGPU($0) })
    voice.answer(
      options.json ? RenderPacking.json(packing) : RenderPacking.text(packing, voice.answerStyle))
    guard let output else { return }
    try session.makeFolder(output)
    for file in packing.files {
      let path = Path.joined(output, file.name)
      try session.write(Array(try file.text().utf8), path)
      voice.say("Wrote \(Printable.text(path))")
    }
  }
}

/// Files that say which jobs there are.
enum PackFile {
  /// The jobs of a file: of a manifest its `[run]`, else a list.
  ///
  /// - Throws: A `UserFacingError` for a file that is missing or says nothing of jobs.
  static func jobs(_ path: String, _ session: Session) throws -> [PackJob] {
    let name = Printable.text(path)
    guard path.hasSuffix(".toml") else {
      let documents = try DocumentFile.read(path, session)
      guard let document = documents.first, documents.count == 1 else {
        throw UsageError("\(name) holds \(documents.count) documents, and a list of jobs is one")
      }
      do throws(RunSpecError) { return try PackJob.read(json: document.canonical()) } catch {
        throw UsageError("\(name): \(error.message)", hints: error.hints)
      }
    }
    let reader = ManifestReader(files: session.files, variable: { session.environment[$0] })
    let manifest = try reader.read(path).manifest
    guard let run = manifest.run, let job = PackJob(name: run.name ?? manifest.name ?? path, request: run)
    else {
      throw UsageError("\(name) asks for no GPU", hints: ["its [run] says how many, and how large they are"])
    }
    return [job]
  }
}
