import ArgumentParser
import Envlock
import EnvlockCheck
import EnvlockManifest
import EnvlockModel
import EnvlockVersions

/// `envlock matrix explain`.
struct MatrixExplainCommand: Subcommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Say why a release runs on a node or does not, row by row.",
    usage: """
      envlock matrix explain <framework> <release> [--on "driver <version>, gpu <gpu>"]
                             [--cuda <version>|cpu] [<options>]
      """,
    discussion: HelpText.discussion(
      """
      Without --on: what the release needs in general. Of a release with builds for several CUDA releases each is \
      explained, unless --cuda names one.

      Exit codes: 0 a build runs there, 1 none does, 3 too little is known.
      """, examples: "envlock matrix explain torch 2.9.1 --on \"driver 525.85.12, gpu T4\""))

  @Argument(help: ArgumentHelp("torch, tensorflow, tensorflow-gpu or jax.", valueName: "framework"))
  var framework: String

  @Argument(help: ArgumentHelp("The release, such as 2.9.1.", valueName: "release"))
  var release: String?

  @Option(help: ArgumentHelp("The node: \"driver 525.85.12, gpu T4\".", valueName: "node"))
  var on: String?

  @Option(help: ArgumentHelp("The build for this CUDA release, or `cpu`.", valueName: "version"))
  var cuda: String?

  @OptionGroup var platform: NodePlatformOption

  @OptionGroup var options: MatrixOptions
  @OptionGroup var common: CommonOptions

  func run(_ session: Session, _ voice: Voice) async throws {
    let matrix = try options.data(session)
    let system = try session.variables.platform(platform.typed)
    var facts: NodeFacts?
    if let on {
      let phrase = try MatrixNode.phrase(on)
      facts = try MatrixNode.facts(driver: phrase.driver, gpus: phrase.gpus, platform: system, matrix)
    }
    let builds = try wanted(matrix, system)
    let checker = Checker(matrix: matrix, options: CheckOptions(today: session.machine.today()))
    let explanations = builds.map { checker.explanation(of: $0, on: facts) }
    voice.answer(
      options.json
        ? RenderMatrixExplanation.json(explanations)
        : RenderMatrixExplanation.text(explanations, voice.answerStyle))
    let verdicts = explanations.compactMap { $0.answer?.report.verdict }
    if verdicts.isEmpty || verdicts.contains(.fits) { return }
    let kind = verdicts.contains(.unknown) ? ErrorKind.couldNotFindOut : .answerIsNo
    throw ExitCode(kind.rawValue)
  }

  /// The builds to be explained, at least one.
  private func wanted(_ matrix: Matrix, _ platform: Platform) throws -> [MatrixBuild] {
    // "torch==2.9.1" says both.
    let parts = framework.split(separator: "=", omittingEmptySubsequences: true).map(String.init)
    let project = try MatrixQueryCommand.project(parts.first ?? framework)
    guard let text = release ?? parts.dropFirst().first else {
      let newest = matrix.buildVersions(of: project).first { !$0.isPrerelease }
      throw UsageError(
        "which release of \(project)?",
        hints: newest.map { ["the newest is `envlock matrix explain \(project) \($0)`"] } ?? [])
    }
    let version: Version
    do { version = try Version(text) } catch { throw UsageError(error, in: "") }
    let builds = matrix.builds(of: project, version: version, platform: platform)
    guard !builds.isEmpty else { throw unknown(project, version, platform, matrix) }
    let chosen = try builds.filter { try isWanted($0, among: builds) }
    guard chosen.isEmpty else { return chosen }
    let known = builds.map { $0.cuda.map(\.description) ?? "cpu" }.removingRepetition()
    throw NothingFound(
      "\(project) \(version) has no build for CUDA \(Printable.text(cuda ?? ""))",
      hints: ["it has \(known.joined(separator: ", "))"])
  }

  private func isWanted(_ build: MatrixBuild, among builds: [MatrixBuild]) throws -> Bool {
    guard let cuda else { return build.cuda != nil || builds.allSatisfy { $0.cuda == nil } }
    if cuda.lowercased() == "cpu" { return build.cuda == nil }
    let wanted: CUDAVersion
    do { wanted = try CUDAVersion(cuda) } catch { throw UsageError(error, in: "--cuda") }
    return build.cuda.map { ($0.major, $0.minor) == (wanted.major, wanted.minor) } ?? false
  }

  private func unknown(
    _ project: ProjectName, _ version: Version, _ platform: Platform, _ matrix: Matrix
  ) -> NothingFound {
    let versions = matrix.buildVersions(of: project)
    if versions.contains(version) {
      return NothingFound("\(project) \(version) has no wheel for \(platform)")
    }
    let near = NearestName.of(version.description, among: versions.map(\.description))
    let newest = versions.first { !$0.isPrerelease }
    return NothingFound(
      "the matrix has no \(project) \(version)",
      hints: (near.map { ["did you mean `\($0)`?"] } ?? [])
        + (newest.map { ["the newest that it has is \($0)"] } ?? []))
  }
}
