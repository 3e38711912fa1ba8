import ArgumentParser
import Envlock
import EnvlockCheck
import EnvlockData
import EnvlockManifest
import EnvlockModel

/// `envlock plan`.
struct PlanCommand: Subcommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Say which nodes run which locks, and the fewest driver upgrades after which all do.",
    usage: "envlock plan --nodes <file> [--nodes <file> ...] [<lock> ...] [<options>]",
    discussion: """
      A node is left alone unless a newer driver makes more of the locks run there and none of them stop; it then gets the \
      lowest such driver of a long-term or production branch that still gets fixes, and only failing that of another.

      Exit codes: 0 every node runs every lock already, 1 one does not, 3 too little is known of one.
      """)

  @Argument(
    help: ArgumentHelp("The locks. Default: envlock.lock", valueName: "lock"),
    completion: .file(extensions: ["lock"]))
  var locks: [String] = []

  @OptionGroup(title: "The nodes") var nodes: NodeOptions
  @OptionGroup(title: "What counts") var rules: CheckRuleOptions
  @OptionGroup var options: MatrixOptions
  @OptionGroup(title: "Every command") var common: CommonOptions

  func run(_ session: Session, _ voice: Voice) async throws {
    let variables = session.variables
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
}
