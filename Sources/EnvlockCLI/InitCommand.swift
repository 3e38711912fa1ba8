import ArgumentParser
import EnvlockData
import EnvlockManifest
import EnvlockModel
import EnvlockVersions

/// `envlock init`.
struct InitCommand: Subcommand {
  /// The frameworks that there is a starter manifest for.
  enum Framework: String, CaseIterable, ExpressibleByArgument {
    case torch
    case tensorflow

    /// The template's path among the embedded files.
    var template: String {
      switch self {
      case .torch: "templates/envlock.toml"
      case .tensorflow: "templates/envlock-tensorflow.toml"
      }
    }
  }

  static let configuration = CommandConfiguration(
    commandName: "init", abstract: "Write a commented envlock.toml to start from.",
    usage: "envlock init [--framework torch|tensorflow] [--python <version>] [<options>]",
    discussion: HelpText.discussion(examples: "envlock init --framework tensorflow --python 3.12"))

  @Option(help: ArgumentHelp("What the environment is built around.", valueName: "name"))
  var framework = Framework.torch

  @Option(help: ArgumentHelp("The Python, such as 3.11.", valueName: "version"))
  var python: String?

  @Option(help: ArgumentHelp("Where to write. Default: envlock.toml", valueName: "file"))
  var manifest: String?

  @Flag(help: "Replace a manifest that is there.")
  var force = false

  @OptionGroup var common: CommonOptions

  func run(_ session: Session, _ voice: Voice) async throws {
    let path = manifest ?? session.variables.text(.manifest) ?? ManifestReader.fileName
    if !force, (try? session.files.read(path)) != nil {
      throw UsageError("\(path) is there already", hints: ["`--force` replaces it"])
    }
    var text = String(decoding: embeddedFile(framework.template) ?? [], as: UTF8.self)
    if let python { text = try Self.text(text, python: python) }
    try session.write(Array(text.utf8), path)
    voice.say("Wrote \(path)")
    voice.say("`envlock resolve` turns it into a lock")
  }

  /// The template with another Python in its `python` line, on a suite that has it.
  static func text(_ template: String, python: String) throws(UsageError) -> String {
    let version: PythonVersion
    do { version = try PythonVersion(python) } catch { throw UsageError(error, in: "--python") }
    let values = ["python = \"": version.description, "debian = \"": DebianSuite.ofPython(version)]
    return template.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      guard let (key, value) = values.first(where: { line.hasPrefix($0.key) }) else { return String(line) }
      return key + value + line.dropFirst(key.count).drop { $0 != "\"" }
    }.joined(separator: "\n")
  }
}
