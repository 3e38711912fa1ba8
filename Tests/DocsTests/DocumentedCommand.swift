@testable import EnvlockCLI

/// A command that a page shows.
struct DocumentedCommand: Sendable, CustomStringConvertible {
  let page: String
  let line: Int
  /// What is typed.
  let text: String
  /// What the page says that it prints; nil for scripts, of which no output is shown.
  let shown: [String]?

  var description: String { "\(page):\(line): \(text)" }

  /// What it ends with: output that begins with an error is an honest no.
  var status: Int32 { (shown ?? []).contains { $0.hasPrefix("error") } ? 1 : 0 }
}

extension DocumentedCommand {
  /// The examples in the help of a command.
  static func examples(of command: CommandDescription) -> [DocumentedCommand] {
    command.examples.enumerated().map { place, example in
      DocumentedCommand(
        page: command.path.joined(separator: " ") + " --help", line: place + 1, text: example, shown: nil)
    }
  }
}

extension MarkdownPage {
  /// The commands in blocks of the kinds `console` and `sh`, in their order.
  var commands: [DocumentedCommand] {
    blocks.flatMap { block -> [DocumentedCommand] in
      switch block.kind {
      case "console": session(block)
      case "sh": script(block)
      default: []
      }
    }
  }

  /// "$ " stands before each command, its output below.
  private func session(_ block: Block) -> [DocumentedCommand] {
    var commands: [DocumentedCommand] = []
    var current: (line: Int, text: String, shown: [String])?
    func end() {
      guard var found = current else { return }
      while found.shown.last?.isEmpty ?? false { found.shown.removeLast() }
      commands.append(
        DocumentedCommand(page: path, line: found.line, text: found.text, shown: found.shown))
    }
    for (place, line) in block.lines.enumerated() {
      if line.hasPrefix("$ ") {
        end()
        current = (block.line + 1 + place, String(line.dropFirst(2)), [])
      } else if let text = current?.text, text.hasSuffix("\\") {
        current?.text += "\n" + line
      } else {
        current?.shown.append(line)
      }
    }
    end()
    return commands
  }

  /// A command on each line, but comments.
  private func script(_ block: Block) -> [DocumentedCommand] {
    var commands: [DocumentedCommand] = []
    var current: (line: Int, text: String)?
    for (place, line) in block.lines.enumerated() {
      if let open = current {
        current?.text = open.text + "\n" + line
      } else if !line.isEmpty, !line.hasPrefix("#") {
        current = (block.line + 1 + place, line)
      }
      guard let found = current, !line.hasSuffix("\\") else { continue }
      commands.append(DocumentedCommand(page: path, line: found.line, text: found.text, shown: nil))
      current = nil
    }
    return commands
  }
}
