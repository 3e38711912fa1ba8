import ArgumentParser
import Envlock
import EnvlockModel

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The whole program: arguments in, exit code out.
public enum CommandLineProgram {
  /// Runs the command that this process was started with, and ends the process.
  ///
  /// Exit codes: 0 done; 1 the honest answer is no; 2 wrong use or bad input; 3 could not find out.
  public static func main() async -> Never {
    // Who reads may stop reading: writing then fails instead of ending the process.
    signal(SIGPIPE, SIG_IGN)
    let code = await Interruption.watching {
      await run(
        Array(CommandLine.arguments.dropFirst()), .live(environment: Configuration.processEnvironment))
    }
    exit(code)
  }

  /// Runs one command in a world of its own.
  static func run(_ arguments: [String], _ session: Session) async -> Int32 {
    let code = await execute(arguments, session)
    // An answer that did not arrive, for a full disk say, is no answer.
    guard code == 0, !session.console.isIntact() else { return code }
    session.console.writeMessages("error: the answer could not be written to standard output\n")
    return ErrorKind.couldNotFindOut.rawValue
  }

  private static func execute(_ arguments: [String], _ session: Session) async -> Int32 {
    let command: any ParsableCommand
    do {
      command = try EnvlockCommand.parseAsRoot(arguments)
    } catch {
      return UsageText.report(error, session)
    }
    guard let command = command as? any Subcommand else {
      // Help, the version, or a command that only groups others.
      var command = command
      do {
        try command.run()
        return 0
      } catch {
        return UsageText.report(error, session)
      }
    }
    let voice: Voice
    do {
      voice = try Voice(command.common, session)
      if let folder = command.common.directory ?? session.variables.text(.directory) {
        try session.enter(folder)
      }
    } catch {
      session.console.writeMessages(ErrorText.rendered(error, Style(isColoured: false)))
      return ErrorText.exitCode(error)
    }
    do {
      try await command.run(session, voice)
      return 0
    } catch let code as ExitCode {
      // The command has said all there is to say.
      return code.rawValue
    } catch {
      // Whoever interrupted it knows.
      if !Task.isCancelled { voice.complain(error) }
      return ErrorText.exitCode(error)
    }
  }
}
