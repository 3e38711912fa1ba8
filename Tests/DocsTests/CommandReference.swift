@testable import EnvlockCLI

/// The page `docs/cli.md`: what help says of every command.
struct CommandReference {
  private(set) var text = """
    # The command line

    Made of what `--help` says; `envlock COMMAND --help` has examples, too.

    """

  init(_ program: CommandDescription) {
    let leaves = program.all.filter(\.subcommands.isEmpty)
    // What every command takes stands once.
    let common =
      leaves.first?.arguments.filter { argument in
        !argument.names.isEmpty
          && leaves.allSatisfy {
            $0.arguments.contains { $0.names == argument.names && $0.abstract == argument.abstract }
          }
      } ?? []
    text += "\n## Every command\n\n" + Self.list(common)
    for command in program.all.dropFirst() {
      text += "\n## \(command.path.joined(separator: " "))\n\n\(command.abstract)\n"
      if !command.text.isEmpty { text += "\n\(command.text)\n" }
      guard command.subcommands.isEmpty else { continue }
      text += "\n```usage\n\(command.usage)\n```\n"
      let own = command.arguments.filter { argument in !common.contains { $0.names == argument.names } }
      var sections: [String?] = []
      for argument in own where !sections.contains(argument.section) { sections.append(argument.section) }
      // Arguments without a heading come first.
      for section in sections.filter({ $0 == nil }) + sections.filter({ $0 != nil }) {
        text += "\n" + (section.map { "\($0):\n\n" } ?? "")
        text += Self.list(own.filter { $0.section == section })
      }
    }
  }

  private static func list(_ arguments: [CommandDescription.Argument]) -> String {
    arguments.map { argument in
      let value = argument.value.map { "<\($0)>" }
      let names = argument.names.enumerated().map { place, name in
        let isLast = place == argument.names.count - 1
        return "`\(name)\(isLast ? value.map { " \($0)" } ?? "" : "")`"
      }
      let name =
        names.isEmpty
        ? "`\(value ?? "")\(argument.isRepeating ? " ..." : "")`" : names.joined(separator: ", ")
      return "- \(name): \(argument.abstract)\n"
    }.joined()
  }
}
