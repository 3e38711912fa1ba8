import ArgumentParser
import Envlock
import EnvlockModel

/// `envlock probe`.
struct ProbeCommand: Subcommand {
  static let configuration = CommandConfiguration(
    commandName: "probe", abstract: "Measure this machine: driver, GPUs, container runtimes.",
    usage: "envlock probe [--json] [<options>]",
    discussion: HelpText.discussion(
      """
      What could not be measured is a note. `envlock check --nodes` reads the JSON, on any machine. Exit code 0 also \
      for a machine without a GPU; 3 where nothing at all could be measured.
      """, examples: "envlock probe", "envlock probe --json > gpu-7.json"))

  @Flag(help: "Print the facts as JSON, for `envlock check --nodes`.")
  var json = false

  // The child process that loads NVML, which may crash or hang; its parent reads what it prints.
  @Flag(help: .hidden) var nvmlWorker = false

  @OptionGroup var common: CommonOptions

  func run(_ session: Session, _ voice: Voice) async throws {
    if nvmlWorker { return voice.answer(session.machine.askNVML(session.variables.text(.nvml))) }
    let facts = session.machine.probe()
    let name = session.machine.hostName()
    voice.answer(
      json ? RenderCheckJSON.plain(facts.json(name: name).canonical()) : RenderProbe.text(facts, name: name))
    for gap in facts.gaps { voice.note(Printable.text("\(gap.subject.rawValue): \(gap.reason)")) }
    if facts.driver == nil, facts.gpus.isEmpty, facts.system == nil {
      throw ExitCode(ErrorKind.couldNotFindOut.rawValue)
    }
  }
}
