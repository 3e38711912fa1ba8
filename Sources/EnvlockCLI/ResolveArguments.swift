import ArgumentParser

/// What was typed after `envlock resolve`. `ResolveInvocation` says what it means.
struct ResolveArguments: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "What is needed, such as torch==2.9.1. Without it, and without -r, the manifest is read.",
      valueName: "requirement"))
  var requirements: [String] = []

  @OptionGroup(title: "More requirements") var more: MoreRequirements
  @OptionGroup(title: "What it must run on") var stack: StackOptions
  @OptionGroup(title: "Where wheels come from") var sources: SourceOptions
  @OptionGroup(title: "The lock") var lock: ResolveLockOptions
  @OptionGroup(title: "Output and folders") var output: ResolveOutputOptions
  @OptionGroup(title: "Every command") var common: CommonOptions
}

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
    completion: .list(["linux/amd64", "linux/arm64"]))
  var platform: [String] = []

  @Option(
    help: ArgumentHelp("The CUDA, such as 12.8; cpu for none. Default: what fits best.", valueName: "version")
  )
  var cuda: String?

  @Option(help: ArgumentHelp("The driver of the node, such as 550.54.15.", valueName: "version"))
  var driver: String?

  @Option(
    help: ArgumentHelp(
      "A GPU of the node: a model or a compute capability such as 8.0; repeatable.", valueName: "gpu"))
  var gpu: [String] = []

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
  @Option(help: ArgumentHelp("The index of wheels, instead of the configured one.", valueName: "url"))
  var indexURL: String?

  @Option(
    help: ArgumentHelp("A further index, looked at before the default one; repeatable.", valueName: "url"))
  var extraIndexURL: [String] = []

  @Option(
    help: ArgumentHelp(
      "Declare a named index, or say where the manifest's is; repeatable.", valueName: "name=url"))
  var index: [String] = []

  @Option(
    help: ArgumentHelp("A folder or page of wheels; repeatable.", valueName: "dir|url"),
    completion: .directory)
  var findLinks: [String] = []

  @OptionGroup var mirrors: MirrorOptions

  @Option(
    help: ArgumentHelp(
      "Ignore files uploaded after this day, from this time on, or younger than \"7 days\" when this is resolved.",
      valueName: "date|time|age"))
  var excludeNewer: String?

  @Option(
    help: ArgumentHelp(
      "When pre-releases count: if-necessary (default), explicit, allow, disallow.", valueName: "mode"),
    completion: .list(["if-necessary", "explicit", "allow", "disallow"]))
  var prerelease: String?

  @Option(
    help: ArgumentHelp(
      "Build a wheel of this project's source, where none fits: inside the base, without network; repeatable.",
      valueName: "name"))
  var buildSdist: [String] = []

  @Flag(help: "Use nothing but the cache.")
  var offline = false

  @Flag(help: "Ask indexes again, however fresh the cache is.")
  var refresh = false
}

/// Where packages of Debian come from.
struct MirrorOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The mirror of Debian, instead of the one apt uses.", valueName: "url"))
  var debianMirror: String?

  @Option(help: ArgumentHelp("The mirror of Debian's security updates.", valueName: "url"))
  var debianSecurityMirror: String?
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

  @Flag(help: "Resolve and print, write nothing.")
  var dryRun = false
}

/// How the answer is printed, and where things are kept.
struct ResolveOutputOptions: ParsableArguments {
  @Flag(help: "Print the summary as JSON.")
  var json = false

  @Option(help: ArgumentHelp("Where fetched things are kept.", valueName: "dir"), completion: .directory)
  var cacheDir: String?

  @Option(
    help: ArgumentHelp("Compatibility data to use instead of the built-in.", valueName: "dir"),
    completion: .directory)
  var matrix: String?
}
