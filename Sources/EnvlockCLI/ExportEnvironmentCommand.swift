import ArgumentParser
import EnvlockExport
import EnvlockManifest
import EnvlockModel

/// `envlock export environment`.
struct ExportEnvironmentCommand: Subcommand {
  static let configuration = CommandConfiguration(
    commandName: "environment",
    abstract: "Write conda's environment.yml: Python from conda, the wheels by pip with hashes.",
    usage: "envlock export environment [-o environment.yml] [--platform <platform>] [<options>]",
    discussion: HelpText.discussion(examples: "envlock export environment -o environment.yml"))

  @Option(
    help: ArgumentHelp(
      "What the environment is called. Default: the manifest's name, or environment", valueName: "name"))
  var name: String?

  @OptionGroup var output: ExportOutputOptions
  @OptionGroup var selection: SelectionOptions
  @OptionGroup var common: CommonOptions

  func run(_ session: Session, _ voice: Voice) async throws {
    let (path, _, answer) = try selection.read(session)
    let declared = try LockManifest(lock: path, manifest: nil, session).loaded?.manifest.name
    let document = CondaEnvironment(answer, name: name ?? declared ?? "environment", source: path)
    try output.write(document.text, session, voice)
  }
}
