import ArgumentParser

/// What every command takes.
struct CommonOptions: ParsableArguments {
  @Flag(name: .shortAndLong, help: "Print the answer and errors, nothing else.")
  var quiet = false

  @Flag(name: .shortAndLong, help: "Also print what is read, from where, and every change.")
  var verbose = false

  @Option(help: ArgumentHelp("When to use colour.", valueName: "when"))
  var color: ColorChoice?

  @Flag(name: .customLong("no-progress"), help: "Show no progress line.")
  var noProgress = false

  @Option(
    help: ArgumentHelp("Work as if started in this folder.", valueName: "dir"),
    completion: .directory)
  var directory: String?
}

extension ColorChoice: ExpressibleByArgument {}
