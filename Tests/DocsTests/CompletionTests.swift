import Foundation
import Testing

/// What shells make of the scripts of `envlock completion`.
@Suite(.timeLimit(.minutes(10))) struct CompletionTests {
  private static func isInstalled(_ shell: String) -> Bool {
    ["/usr/bin", "/bin", "/usr/local/bin"].contains {
      FileManager.default.isExecutableFile(atPath: "\($0)/\(shell)")
    }
  }

  private func run(_ script: String) throws -> Stage.Outcome {
    try Stage.shared.get().place("completion-\(UUID().uuidString)").run(script)
  }

  @Test func `bash completes commands, options and values`() throws {
    let outcome = try run(
      """
      source <(envlock completion bash)
      complete_words() {
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE} COMPREPLY=()
        $(complete -p envlock | sed 's/.*-F \\([^ ]*\\).*/\\1/') envlock "${@: -1}" "${@: -2:1}"
        echo "${COMPREPLY[*]}"
      }
      complete_words envlock reso
      complete_words envlock matrix ex
      complete_words envlock build --compr
      complete_words envlock build --format ''
      """)
    #expect(outcome.output == "resolve\nexplain\n--compression\noci oci-archive docker-archive\n")
  }

  @Test(.enabled(if: isInstalled("fish"), "fish is not installed"))
  func `fish completes commands, options and values`() throws {
    let outcome = try run(
      """
      envlock completion fish > c.fish
      fish -c 'source c.fish; for line in "envlock reso" "envlock matrix ex" "envlock build --compr" \\
        "envlock build --format "; complete -C $line | cut -f 1; end'
      """)
    #expect(
      outcome.output.split(separator: "\n") == [
        "resolve", "explain", "--compression", "oci", "oci-archive", "docker-archive",
      ])
  }

  @Test(.enabled(if: isInstalled("zsh"), "zsh is not installed"))
  func `zsh takes the script as a completion`() throws {
    let outcome = try run(
      """
      mkdir functions && envlock completion zsh > functions/_envlock
      zsh -f -c 'fpath=($PWD/functions $fpath); autoload -Uz compinit; compinit -u -d dump; echo $_comps[envlock]
        autoload +X _envlock && whence -w _envlock'
      """)
    #expect(outcome.output == "_envlock\n_envlock: function\n")
  }
}
