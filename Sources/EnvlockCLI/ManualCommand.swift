import ArgumentParser
import EnvlockManifest
import EnvlockModel

/// `envlock manual`.
struct ManualCommand: Subcommand {
  static let configuration = CommandConfiguration(
    commandName: "manual",
    abstract: "Print the manual page of a command, or write all of them into a folder.",
    usage: "envlock manual [<command> ...] [-o <dir>] [<options>]",
    discussion: HelpText.discussion(
      examples: "envlock manual export sbom | man -l -", "envlock manual -o ~/.local/share/man/man1"))

  @Argument(help: ArgumentHelp("The command; without one it is the program.", valueName: "command"))
  var command: [String] = []

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "A folder to write the page of the command and those below it into.", valueName: "dir"),
    completion: .directory)
  var output: String?

  @OptionGroup var common: CommonOptions

  func run(_ session: Session, _ voice: Voice) async throws {
    var described = try CommandDescription.program()
    for word in command {
      guard
        let next = described.subcommands.first(where: { $0.path.last == word || $0.aliases.contains(word) })
      else {
        let names = described.subcommands.compactMap(\.path.last)
        let guess = NearestName.of(word, among: names).map { "did you mean `\($0)`?" }
        throw UsageError(
          "`\(described.path.joined(separator: " "))` has no command \(Printable.text(word))",
          hints: [guess ?? "`\(described.path.joined(separator: " ")) --help` lists them"])
      }
      described = next
    }
    guard let output else { return voice.answer(Self.page(described)) }
    try session.makeFolder(output)
    for command in described.all {
      let path = Path.joined(output, command.path.joined(separator: "-") + ".1")
      try session.write(Array(Self.page(command).utf8), path)
    }
    voice.say("Wrote \(Quantity.count(described.all.count, "page"))")
  }

  private static func page(_ command: CommandDescription) -> String {
    ManualPage(command, version: EnvlockCommand.version).text
  }
}
