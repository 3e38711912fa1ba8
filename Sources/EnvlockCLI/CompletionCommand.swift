import ArgumentParser

/// `envlock completion`.
struct CompletionCommand: Subcommand {
  /// The shells that there is a script for.
  enum Shell: String, CaseIterable, ExpressibleByArgument {
    case bash
    case zsh
    case fish

    var completion: CompletionShell {
      switch self {
      case .bash: .bash
      case .zsh: .zsh
      case .fish: .fish
      }
    }
  }

  static let configuration = CommandConfiguration(
    commandName: "completion", abstract: "Print a script that lets a shell complete commands and options.",
    usage: "envlock completion bash|zsh|fish",
    discussion: HelpText.discussion(
      examples: "envlock completion bash > ~/.local/share/bash-completion/completions/envlock",
      "envlock completion zsh > ~/.zfunc/_envlock",
      "envlock completion fish > ~/.config/fish/completions/envlock.fish"))

  @Argument(help: "bash, zsh or fish.")
  var shell: Shell

  @OptionGroup var common: CommonOptions

  func run(_ session: Session, _ voice: Voice) async throws {
    let script = EnvlockCommand.completionScript(for: shell.completion)
    voice.answer(script.hasSuffix("\n") ? script : script + "\n")
  }
}
