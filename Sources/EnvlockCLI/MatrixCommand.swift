import ArgumentParser
import Envlock
import EnvlockData
import EnvlockManifest
import EnvlockModel

/// `envlock matrix`, which groups what can be asked of the compatibility data.
struct MatrixCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "matrix",
    abstract: "Ask the compatibility data: what runs where, and from which source that is known.",
    discussion: HelpText.discussion(
      examples: "envlock matrix query --driver 535.104.05 --gpu V100",
      "envlock matrix explain torch 2.9.1 --on \"driver 525.85.12, gpu T4\""),
    subcommands: [
      MatrixListCommand.self, MatrixShowCommand.self, MatrixQueryCommand.self, MatrixExplainCommand.self,
      MatrixRefreshCommand.self,
    ])
}

/// Which compatibility data, and how the answer is written.
struct MatrixOptions: ParsableArguments {
  @OptionGroup var matrix: MatrixOption

  @Flag(help: "Print the answer as JSON.")
  var json = false

  /// The data.
  ///
  /// - Throws: A `UserFacingError` for a folder without data that can be used.
  func data(_ session: Session) throws -> Matrix { try matrix.data(session) }
}

/// `envlock matrix list`.
struct MatrixListCommand: Subcommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the subjects, with their tables and the day of their facts.",
    usage: "envlock matrix list [<options>]",
    discussion: HelpText.discussion(examples: "envlock matrix list"))

  @OptionGroup var options: MatrixOptions
  @OptionGroup var common: CommonOptions

  func run(_ session: Session, _ voice: Voice) async throws {
    let subjects = try options.data(session).subjects
    voice.answer(
      options.json
        ? RenderMatrixRows.json(subjects) : RenderMatrixRows.list(subjects, withWords: voice.isVerbose))
  }
}

/// `envlock matrix show`.
struct MatrixShowCommand: Subcommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show the rows of a subject.",
    usage: "envlock matrix show <subject> [<filter> ...] [--sources] [<options>]",
    discussion: HelpText.discussion(
      """
      Of several filters all must be met: `show torch 2.9.1 cu126`, `show gpus h100`, `show cuda 12.8`. A version stands \
      for those that begin with it.
      """, examples: "envlock matrix show torch 2.9.1", "envlock matrix show gpus h100 --sources"))

  @Argument(
    help: ArgumentHelp("A subject of `envlock matrix list`: torch, cuda, gpus …", valueName: "subject"))
  var subject: String

  @Argument(help: ArgumentHelp("What must be in a row.", valueName: "filter"))
  var filter: [String] = []

  @Flag(help: "Also print what each row was read from.")
  var sources = false

  @OptionGroup var options: MatrixOptions
  @OptionGroup var common: CommonOptions

  func run(_ session: Session, _ voice: Voice) async throws {
    let matrix = try options.data(session)
    let selection = try MatrixSelection(subject, filter, of: matrix)
    guard !selection.tables.isEmpty else {
      throw NothingFound(
        "\(selection.name) has no row with \(filter.map { "“\(Printable.text($0))”" }.joined(separator: " and "))",
        hints: selection.hints(filter, matrix))
    }
    voice.answer(
      options.json
        ? RenderMatrixRows.json(selection)
        : RenderMatrixRows.text(selection, withSources: sources || voice.isVerbose))
  }
}

/// A question to the matrix whose answer is empty.
struct NothingFound: UserFacingError, Hashable {
  let message: String
  let details: [String]
  let hints: [String]
  var kind: ErrorKind { .answerIsNo }

  init(_ message: String, details: [String] = [], hints: [String] = []) {
    self.message = message
    self.details = details
    self.hints = hints
  }
}
