import ArgumentParser
import EnvlockTestSupport
import Testing

@testable import EnvlockCLI

/// Every command of the README and the pages in `docs` is run, in the order of its page.
@Suite(.serialized, .timeLimit(.minutes(10))) struct DocumentedCommandTests {
  private let steps: Steps

  init() throws { steps = try Steps.read() }

  @Test(arguments: try MarkdownPage.all())
  func `commands do what their page says`(page: MarkdownPage) throws { try run(page.commands, page.path) }

  @Test(arguments: try CommandDescription.program().all)
  func `examples in help do what they say`(command: CommandDescription) throws {
    let commands = DocumentedCommand.examples(of: command)
    try run(commands, commands.first?.page ?? "")
  }

  /// Runs commands in their order, in a folder of their own.
  private func run(_ commands: [DocumentedCommand], _ name: String) throws {
    let place = try Stage.shared.get().place(name.replacing("/", with: "-").replacing(" ", with: "-"))
    for command in commands where !steps.notRun.contains(where: { $0.fits(command) }) {
      for step in steps.before where step.fits(command) {
        let outcome = place.run(step.text)
        #expect(outcome.status == 0, "\(step.text)\n\(outcome.output)")
      }
      let outcome = place.run(command.text)
      #expect(outcome.status == command.status, "\(command)\n\(outcome.output)")
      guard let shown = command.shown, !shown.isEmpty,
        !steps.notCompared.contains(where: { $0.fits(command) })
      else {
        continue
      }
      #expect(Transcript(shown).matches(outcome.output), "\(command) prints\n\(outcome.output)")
    }
  }

  @Test func `everything that is known of a command is about one that is there`() throws {
    let commands =
      try MarkdownPage.all().flatMap(\.commands)
      + CommandDescription.program().all.flatMap(DocumentedCommand.examples)
    for step in steps.before + steps.notRun + steps.notCompared {
      #expect(commands.contains(where: step.fits), "\(step)")
    }
  }

  @Test(arguments: try MarkdownPage.all())
  func `commands in the text are commands, and so are those that are not run`(page: MarkdownPage) {
    let unrun = page.commands.filter { command in steps.notRun.contains { $0.fits(command) } }
    for span in page.spans + unrun.map({ MarkdownPage.Piece(line: $0.line, text: $0.text) }) {
      for words in ShellLine(span.text).envlock {
        // What is left out may be an argument, or nothing; an option may stand without its value.
        let readings = [
          words.map { $0 == "…" ? "1" : $0 }, words.filter { $0 != "…" && $0 != "LOCK…" }, words + ["1"],
        ]
        #expect(
          Self.isCommand(words) || readings.contains { (try? EnvlockCommand.parseAsRoot($0)) != nil },
          "\(page.path):\(span.line): \(span.text)")
      }
    }
  }

  /// Whether these are the names of a command, without its arguments.
  private static func isCommand(_ words: [String]) -> Bool {
    var command: any ParsableCommand.Type = EnvlockCommand.self
    for word in words {
      guard let next = command.configuration.subcommands.first(where: { $0._commandName == word }) else {
        return false
      }
      command = next
    }
    return true
  }

  @Test(arguments: try MarkdownPage.all())
  func `every block says what it holds`(page: MarkdownPage) {
    for block in page.blocks {
      #expect(
        ["console", "json", "sh", "swift", "text", "toml", "usage", "yaml"].contains(block.kind),
        "\(page.path):\(block.line): a block of commands is `console` (with their output) or `sh`")
      if block.kind == "text" {
        #expect(!block.lines.contains { !ShellLine($0).envlock.isEmpty }, "\(page.path):\(block.line)")
      }
    }
  }
}

extension CommandDescription: CustomTestStringConvertible {
  var testDescription: String { path.joined(separator: " ") }
}
