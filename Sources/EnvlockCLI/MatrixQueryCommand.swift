import ArgumentParser
import Envlock
import EnvlockCheck
import EnvlockManifest
import EnvlockModel
import EnvlockVersions

/// `envlock matrix query`.
struct MatrixQueryCommand: Subcommand {
  static let configuration = CommandConfiguration(
    commandName: "query", abstract: "List the framework releases that run on a node, newest first.",
    usage: """
      envlock matrix query [--driver <version>] [--gpu <gpu> ...] [--framework <name> ...]
                           [--python <version>] [--cuda <version>] [--all] [<options>]
      """,
    discussion: HelpText.discussion(
      """
      How the driver runs a release: `full`; `minor version`, without compiling PTX; or with a cuda-compat package in the \
      image. How the GPU does: with code compiled for a compute capability, or with PTX that the driver compiles at the \
      first start.

      Exit codes: 0 something runs, 1 nothing does.
      """, examples: "envlock matrix query --driver 535.104.05 --gpu V100",
      "envlock matrix query --gpu H100 --framework torch --python 3.12"))

  @OptionGroup var node: StatedNodeOptions

  @Option(
    help: ArgumentHelp(
      "torch, tensorflow, tensorflow-gpu or jax; repeatable. Default: all.", valueName: "name"))
  var framework: [String] = []

  @Option(help: ArgumentHelp("Only releases with a wheel for this Python.", valueName: "version"))
  var python: String?

  @Option(help: ArgumentHelp("Only builds for this CUDA release.", valueName: "version"))
  var cuda: String?

  @OptionGroup var platform: NodePlatformOption

  @Flag(help: "Also list pre-releases, and what does not run, with the rule that says so.")
  var all = false

  @OptionGroup var options: MatrixOptions
  @OptionGroup var common: CommonOptions

  func run(_ session: Session, _ voice: Voice) async throws {
    let variables = session.variables
    let driver = node.driver ?? variables.text(.driver)
    let gpus = node.gpu.isEmpty ? variables.items(.gpu) : node.gpu
    guard driver != nil || !gpus.isEmpty else {
      throw UsageError(
        "no node is named", hints: ["say what it has: `--driver 535.104.05 --gpu V100`; one of them will do"])
    }
    let matrix = try options.data(session)
    let system = try variables.platform(platform.typed)
    var query = MatrixQuery(
      facts: try MatrixNode.facts(driver: driver, gpus: gpus, platform: system, matrix), platform: system,
      includesAll: all)
    if !framework.isEmpty { query.frameworks = try framework.map { try Self.project($0) } }
    do {
      query.python = try (python ?? variables.text(.python)).map { try PythonVersion($0) }
    } catch let error as MalformedText {
      throw UsageError(error, in: python == nil ? Variable.python.rawValue : "--python")
    }
    do {
      query.cuda = try cuda.map { try CUDAVersion($0) }
    } catch let error as MalformedText {
      throw UsageError(error, in: "--cuda")
    }
    let answer = Checker(matrix: matrix, options: CheckOptions(today: session.machine.today())).answer(query)
    voice.answer(
      options.json ? RenderMatrixQuery.json(answer, query) : RenderMatrixQuery.text(answer, query))
    if answer.frameworks.allSatisfy({ $0.running == 0 }) { throw ExitCode(ErrorKind.answerIsNo.rawValue) }
  }

  /// A framework that the matrix has builds of.
  ///
  /// - Throws: `UsageError` for any other name.
  static func project(_ text: String) throws(UsageError) -> ProjectName {
    let known = MatrixQuery.frameworks
    let name = text.lowercased() == "pytorch" ? "torch" : text
    if let project = try? ProjectName(name), known.contains(project) { return project }
    let near = NearestName.of(name, among: known.map(\.text)).map { ["did you mean `\($0)`?"] } ?? []
    throw UsageError(
      "the matrix has no framework “\(Printable.text(text))”",
      hints: near + ["it has \(known.map(\.text).joined(separator: ", "))"])
  }
}
