import ArgumentParser

/// Which part of a file is wanted, or of an image.
struct ImportedPartOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Reconstruct what an image holds, instead of reading a file: a layout in a folder, an archive, or an image in a "
        + "registry.",
      valueName: "path|reference"),
    completion: .file())
  var fromImage: String?

  @Flag(name: .customLong("plain-http"), help: "Speak to the image's registry without TLS.")
  var plainHTTP = false

  @Option(
    help: ArgumentHelp(
      "uv.lock, pylock.toml, requirements.txt or environment.yml. Default: what the name and the content tell",
      valueName: "kind"),
    completion: .list(["uv.lock", "pylock.toml", "requirements.txt", "environment.yml"]))
  var format: String?

  @Option(help: ArgumentHelp("Take an extra of the project; repeatable.", valueName: "name"))
  var extra: [String] = []

  @Option(
    help: ArgumentHelp(
      "Take a dependency group; repeatable. Default: those that a pylock.toml names", valueName: "name"))
  var group: [String] = []

  @Option(
    name: .customLong("package"),
    help: ArgumentHelp("The project that is meant, of a workspace.", valueName: "name"))
  var package: String?

  @Option(
    help: ArgumentHelp(
      "Leave a package out, and keep what it depends on; repeatable.", valueName: "name"))
  var without: [String] = []
}

/// What is written.
struct ImportWrittenOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The manifest: written where there is none, else what it says below the wheels counts. "
        + "Default: envlock.toml",
      valueName: "file"),
    completion: .file(extensions: ["toml"]))
  var manifest: String?

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Where to write the lock; - for standard output. Default: envlock.lock", valueName: "file"),
    completion: .file(extensions: ["lock"]))
  var output: String?

  @OptionGroup var dryRun: DryRunOption
}
