import ArgumentParser
import EnvlockCheck

/// How it is started on this machine.
struct RunHereOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("podman, docker, crun, runc or auto (default).", valueName: "engine"),
    completion: .list(["auto"] + RunEngine.allCases.map(\.rawValue)))
  var engine: String?

  @Option(
    help: ArgumentHelp(
      "A GPU or MIG instance by UUID or index; repeatable. Default: the first that fit", valueName: "device"))
  var device: [String] = []

  @Flag(help: "The image's own files can be written; what is written is gone afterwards.")
  var writableRoot = false

  @Option(
    help: ArgumentHelp(
      "Start although this rule says that the lock does not fit; repeatable.", valueName: "rule"),
    completion: .list(Rule.allCases.map(\.rawValue)))
  var allow: [String] = []

  @Flag(help: "Print the command that would start it, and start nothing.")
  var dryRun = false

  @OptionGroup var explain: ExplainOption

  @Option(
    help: ArgumentHelp("Where images are unpacked for crun and runc.", valueName: "dir"),
    completion: .directory)
  var cacheDir: String?

  @OptionGroup var matrix: MatrixOption
}

/// What is written of a run, and read again.
struct RunRecordOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Write what ran, on what, from when to when.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var record: String?

  @Option(
    help: ArgumentHelp("Start again what a record tells, and say what is different here.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var replay: String?
}
