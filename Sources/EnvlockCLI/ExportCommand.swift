import ArgumentParser
import EnvlockExport
import EnvlockManifest
import EnvlockModel

/// `envlock export`, which groups the formats.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write a lock in the format of another tool.",
    discussion: HelpText.discussion(
      examples: "envlock export requirements -o requirements.txt",
      "envlock export sbom --format cyclonedx -o sbom.json"),
    subcommands: [
      ExportBillCommand.self, ExportProvenanceCommand.self, ExportPylockCommand.self,
      ExportRequirementsCommand.self, ExportEnvironmentCommand.self, ExportDockerfileCommand.self,
    ])
}

/// `envlock export requirements`.
struct ExportRequirementsCommand: Subcommand {
  static let configuration = CommandConfiguration(
    commandName: "requirements",
    abstract: "Write a requirements file for pip and uv: pinned, with hashes.",
    usage: "envlock export requirements [--output <file>] [--platform <platform>] [<options>]",
    discussion: HelpText.discussion(
      "For `pip install --require-hashes -r FILE` and `uv pip sync FILE`.",
      examples: "envlock export requirements -o requirements.txt"))

  @OptionGroup var output: ExportOutputOptions

  @Flag(name: .customLong("no-hashes"), help: "Leave the hashes out.")
  var noHashes = false

  @OptionGroup var selection: SelectionOptions
  @OptionGroup var common: CommonOptions

  func run(_ session: Session, _ voice: Voice) async throws {
    let (path, _, answer) = try selection.read(session)
    let text = RequirementsDocument(answer, hashes: !noHashes, source: path).text
    try output.write(text, session, voice)
  }
}
