import ArgumentParser

/// Requirements beside the positional ones.
struct MoreRequirements: ParsableArguments {
  @Option(
    name: [.customShort("r"), .customLong("requirements")],
    help: ArgumentHelp(
      "Add the requirements of a file, or of standard input (-); repeatable.", valueName: "file"),
    completion: .file())
  var requirementsFiles: [String] = []

  @Option(
    name: [.customShort("c"), .customLong("constraints")],
    help: ArgumentHelp(
      "Limit versions by a file, without requiring anything; repeatable.", valueName: "file"),
    completion: .file())
  var constraintsFiles: [String] = []

  @Option(
    name: .customLong("with"),
    help: ArgumentHelp("Add a requirement to the manifest's; repeatable.", valueName: "requirement"))
  var with: [String] = []

  @Option(
    help: ArgumentHelp("The manifest: an envlock.toml or a pyproject.toml.", valueName: "file"),
    completion: .file(extensions: ["toml"]))
  var manifest: String?
}

/// The levels below the wheels.
struct StackOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The Python, such as 3.11 or 3.13t.", valueName: "version"))
  var python: String?

  @Option(
    help: ArgumentHelp("linux/amd64 (default) or linux/arm64; repeatable.", valueName: "platform"),
    completion: .platforms)
  var platform: [String] = []

  @Option(
    help: ArgumentHelp("The CUDA, such as 12.8; cpu for none. Default: what fits best.", valueName: "version")
  )
  var cuda: String?

  @OptionGroup var node: StatedNodeOptions

  @Option(
    help: ArgumentHelp(
      "What lies below the wheels: debian:SUITE or image:REFERENCE. Default: nothing is locked.",
      valueName: "base"))
  var base: String?

  @Option(
    help: ArgumentHelp("The glibc that wheels may need. Default: the base's, or 2.28", valueName: "version"))
  var glibc: String?
}

/// Indexes, and which of their files count.
struct SourceOptions: ParsableArguments {
  @OptionGroup var indexURL: IndexURLOption
  @OptionGroup var wheels: WheelPlaceOptions
  @OptionGroup var mirrors: MirrorOptions

  @OptionGroup var excludeNewer: ExcludeNewerOption

  @Option(
    help: ArgumentHelp(
      "When pre-releases count: if-necessary (default), explicit, allow, disallow.", valueName: "mode"),
    completion: .list(["if-necessary", "explicit", "allow", "disallow"]))
  var prerelease: String?

  @OptionGroup var buildSdist: BuildSdistOption
  @OptionGroup var offline: OfflineOption
  @OptionGroup var refresh: RefreshOption
}

/// What happens to an existing lock.
struct ResolveLockOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The lock whose choices are kept. Default: envlock.lock", valueName: "file"),
    completion: .file(extensions: ["lock"]))
  var lock: String?

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Where to write the lock; - for standard output. Default: the lock itself", valueName: "file"),
    completion: .file(extensions: ["lock"]))
  var output: String?

  @Flag(help: "Fail if the lock would change; write nothing.")
  var locked = false

  @Flag(help: "Take the lock as it is: read no index, write nothing.")
  var frozen = false

  @Flag(name: [.customShort("U"), .customLong("upgrade")], help: "Choose every version anew.")
  var upgrade = false

  @Option(
    name: [.customShort("P"), .customLong("upgrade-package")],
    help: ArgumentHelp("Choose this project's version anew; repeatable.", valueName: "name"))
  var upgradePackage: [String] = []

  @OptionGroup var dryRun: DryRunOption
}

/// Whether nothing is written.
struct DryRunOption: ParsableArguments {
  @Flag(name: .customLong("dry-run"), help: "Resolve and print, write nothing.")
  var typed = false
}

/// How the answer is printed, and where things are kept.
struct ResolveOutputOptions: ParsableArguments {
  @Flag(help: "Print the summary as JSON.")
  var json = false

  @OptionGroup var cache: CacheOption
  @OptionGroup var matrix: MatrixOption
}
