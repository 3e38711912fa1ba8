import ArgumentParser
import EnvlockManifest
import EnvlockModel

/// What the argument parser says, in this program's voice.
enum UsageText {
  /// Prints help on standard output, and errors on standard error; gives the exit code.
  static func report(_ error: any Error, _ session: Session) -> Int32 {
    // A pipe gets the same text everywhere.
    let columns = session.console.outputIsTerminal ? session.console.columns() : 80
    let full = EnvlockCommand.fullMessage(for: error, columns: columns)
    guard !EnvlockCommand.exitCode(for: error).isSuccess else {
      session.console.writeOutput(full.hasSuffix("\n") ? full : full + "\n")
      return 0
    }
    // A command that only groups others, without one of them: its help is the message.
    guard full.hasPrefix(prefix) else {
      session.console.writeMessages(full + "\n")
      return ErrorKind.badInput.rawValue
    }
    let coloured = ColorChoice.auto.isColoured(
      terminal: session.console.messagesAreTerminal, session.variables)
    session.console.writeMessages(ErrorText.rendered(usageError(full), Style(isColoured: coloured)))
    return ErrorKind.badInput.rawValue
  }

  private static let prefix = "Error: "

  /// "Error: Unknown option '--x'", "Usage: …" and "See … for more information" as message, details and hints.
  static func usageError(_ full: String) -> UsageError {
    var message = ""
    var details: [String] = []
    var hints: [String] = []
    for line in full.dropFirst(prefix.count).split(separator: "\n").map(String.init) {
      if line.hasPrefix("  See '"), let command = line.split(separator: "'").dropFirst().first {
        hints.append("`\(command)` tells more")
      } else if message.isEmpty {
        message = line
      } else if line.hasPrefix("Usage: ") || !details.isEmpty {
        details.append(line)
      } else if !line.hasPrefix("Help: ") {
        message += " " + line
      }
    }
    let guess: String?
    (message, guess) = withoutGuess(message)
    message = message.prefix(1).lowercased() + message.dropFirst().replacing("'", with: "`")
    return UsageError(
      message.hasSuffix(".") ? String(message.dropLast()) : message, details: details,
      hints: (guess.map { ["did you mean `\($0)`?"] } ?? []) + hints)
  }

  /// Takes the parser's guess off a message; it is given back where it is near what was typed.
  private static func withoutGuess(_ message: String) -> (message: String, guess: String?) {
    let quoted = message.split(separator: "'", omittingEmptySubsequences: false).map(String.init)
    if let question = message.firstRange(of: " Did you mean '"), quoted.count >= 4 {
      return (String(message[..<question.lowerBound]), NearestName.of(quoted[1], among: [quoted[3]]))
    }
    guard message.hasPrefix("Unexpected argument"), quoted.count > 1 else { return (message, nil) }
    let commands = EnvlockCommand.configuration.subcommands.map { $0.configuration.commandName ?? "" }
    return (message, NearestName.of(quoted[1], among: commands))
  }
}
