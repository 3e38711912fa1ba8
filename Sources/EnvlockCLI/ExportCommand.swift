import ArgumentParser
import EnvlockExport
import EnvlockManifest
import EnvlockModel

/// `envlock export`, which groups the formats.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write a lock in the format of another tool.",
    subcommands: [ExportRequirementsCommand.self])
}

/// `envlock export requirements`.
struct ExportRequirementsCommand: Subcommand {
  static let configuration = CommandConfiguration(
    commandName: "requirements",
    abstract: "Write a requirements file for pip and uv: pinned, with hashes.",
    usage: "envlock export requirements [--output <file>] [--platform <platform>] [<options>]",
    discussion: "For `pip install --require-hashes -r FILE` and `uv pip sync FILE`.")

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Where to write. Default: standard output", valueName: "file"),
    completion: .file())
  var output: String?

  @Flag(name: .customLong("no-hashes"), help: "Leave the hashes out.")
  var noHashes = false

  @OptionGroup var selection: SelectionOptions
  @OptionGroup var common: CommonOptions

  func run(_ session: Session, _ voice: Voice) async throws {
    let path = selection.path(session.variables)
    let lock = try LockFile.required(path, session.files)
    let answer = try selection.answer(of: lock, path: path)
    let text = RequirementsDocument(answer, hashes: !noHashes, source: path).text
    guard let output, output != "-" else { return voice.answer(text) }
    try session.write(Array(text.utf8), output)
    voice.say("Wrote \(output)")
  }
}
