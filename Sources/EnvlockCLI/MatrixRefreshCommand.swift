import ArgumentParser
import Envlock
import EnvlockData
import EnvlockManifest
import EnvlockModel
import EnvlockSurvey
import EnvlockVersions

/// `envlock matrix refresh`: whether the matrix says what the wheels say.
struct MatrixRefreshCommand: Subcommand {
  static let configuration = CommandConfiguration(
    commandName: "refresh",
    abstract: "Compare the matrix with the wheels on the index, which are read in parts and not downloaded.",
    usage:
      "envlock matrix refresh torch|tensorflow|jax [--release <version>] [--since <version>] [<options>]",
    discussion: HelpText.discussion(
      """
      Without --release and --since: the releases that the matrix does not know, and the newest that it knows. Rows that \
      are missing are printed as they would stand; with --matrix and --write they are written, and fields that differ \
      are changed, the old values kept among the file's conflicts.

      Exit codes: 0 the matrix says what the wheels say; 1 it does not; 2 wrong use; 3 it could not be found out.
      """, examples: "envlock matrix refresh torch --release 2.9.1"))

  @Argument(help: ArgumentHelp("Which framework.", valueName: "framework"))
  var framework: String

  @Option(help: ArgumentHelp("A release to look at; repeatable.", valueName: "version"))
  var release: [String] = []

  @Option(help: ArgumentHelp("Look at this release and all newer ones.", valueName: "version"))
  var since: String?

  @Option(
    help: ArgumentHelp("Compare with the compatibility data in this folder.", valueName: "dir"),
    completion: .directory)
  var matrix: String?

  @Flag(help: "Write what the wheels say into the folder's file.")
  var write = false

  @Flag(help: "Print the comparison as JSON.")
  var json = false

  @OptionGroup var indexURL: IndexURLOption
  @OptionGroup var cache: CacheOption
  @OptionGroup var common: CommonOptions

  func run(_ session: Session, _ voice: Voice) async throws {
    let survey = try chosenSurvey()
    let selection = try chosenReleases()
    let folder = matrix ?? session.variables.text(.matrix)
    if write, folder == nil {
      throw UsageError("nothing says where to write", hints: ["name the folder with `--matrix DIR`"])
    }
    let data = try folder.map { try Matrix(folder: $0, session) } ?? .embedded
    let configuration = Configuration(
      cacheDirectory: try cache.folder(session.variables), indexURL: indexURL.typed,
      offline: try session.variables.flag(.offline),
      // Whoever asks what is new does not want to hear what was new.
      refresh: true, matrix: data, environment: session.environment)
    let report = try await MatrixRefresh(survey, selection, configuration).report { plan in
      voice.say(RenderRefresh.announcement(plan))
    }
    for note in report.notes { voice.note(note) }
    voice.answer(json ? RenderRefresh.json(report) : RenderRefresh.text(report))
    var agrees = report.agrees
    if write, let folder, let file = report.file {
      agrees = try written(file, report, data, to: folder, session, voice)
    }
    if !agrees { throw ExitCode(ErrorKind.answerIsNo.rawValue) }
  }

  /// Replaces the file, if the matrix can still be read with it.
  ///
  /// - Returns: Whether it now says what the wheels say.
  private func written(
    _ file: [UInt8], _ report: RefreshReport, _ data: Matrix, to folder: String, _ session: Session,
    _ voice: Voice
  ) throws -> Bool {
    var files: [String: [UInt8]] = [:]
    for name in data.fileNames { files[name] = data.bytes(of: name) }
    files[report.survey.file] = file
    _ = try Matrix(files: files)
    let path = Path.joined(folder, report.survey.file)
    try session.write(file, path)
    voice.say("Wrote \(Printable.text(path))")
    let document = try JSONValue(parsing: file)
    return report.outcomes.allSatisfy { RowOutcome($0.row, in: document).state == .agrees }
  }

  private func chosenSurvey() throws(UsageError) -> Survey {
    if let survey = Survey(rawValue: framework.lowercased()) { return survey }
    let known = Survey.allCases.map(\.rawValue)
    let nearest = NearestName.of(framework.lowercased(), among: known)
    throw UsageError(
      "`\(framework)` is none of the frameworks whose wheels can be read: \(known.joined(separator: ", "))",
      hints: nearest.map { ["did you mean `\($0)`?"] } ?? [])
  }

  private func chosenReleases() throws(UsageError) -> RefreshSelection {
    if !release.isEmpty, since != nil {
      throw UsageError("--release and --since exclude each other", hints: ["leave one of them out"])
    }
    if let since { return .since(try version(since, "--since")) }
    if release.isEmpty { return .news }
    var versions: [Version] = []
    for text in release { versions.append(try version(text, "--release")) }
    return .releases(versions)
  }

  private func version(_ text: String, _ option: String) throws(UsageError) -> Version {
    do throws(MalformedText) { return try Version(text) } catch { throw UsageError(error, in: option) }
  }
}
