import ArgumentParser
import Envlock

/// What was typed after `envlock build`. `BuildInvocation` says what it means.
struct BuildArguments: ParsableArguments {
  @OptionGroup(title: "The lock") var lock: BuildLockOptions
  @OptionGroup(title: "The lock") var bundle: BuildBundleOptions
  @OptionGroup(title: "The image") var image: BuildImageOptions
  @OptionGroup(title: "Before anything is built") var plan: BuildPlanOptions
  @OptionGroup(title: "Where artifacts come from") var sources: BuildSourceOptions
  @OptionGroup(title: "Output and folders") var output: BuildOutputOptions
  @OptionGroup(title: "Every command") var common: CommonOptions
}

/// What is built.
struct BuildLockOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The lock to build. Default: envlock.lock", valueName: "file"),
    completion: .file(extensions: ["lock"]))
  var lock: String?

  @Option(
    help: ArgumentHelp(
      "The manifest whose [image] counts. Default: the one beside the lock, if there is one",
      valueName: "file"),
    completion: .file(extensions: ["toml"]))
  var manifest: String?

  @Option(
    help: ArgumentHelp(
      "linux/amd64 or linux/arm64; repeatable. Default: all that the lock has", valueName: "platform"),
    completion: .list(["linux/amd64", "linux/arm64"]))
  var platform: [String] = []

  @Option(
    help: ArgumentHelp("A target, where the lock holds several answers for a platform.", valueName: "name"))
  var target: String?
}

/// What is built instead of the lock of this folder.
struct BuildBundleOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Instead of a lock: what `envlock bundle` wrote. Nothing is asked of the network.", valueName: "path"),
    completion: .file())
  var bundle: String?
}

/// What the image is like.
struct BuildImageOptions: ParsableArguments {
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Where to write the image; - for standard output. Default: image, or image.tar for archives",
      valueName: "path"),
    completion: .file())
  var output: String?

  @Option(
    help: ArgumentHelp(
      "oci (default) is a folder; oci-archive and docker-archive are files. Variable: ENVLOCK_IMAGE_FORMAT",
      valueName: "format"),
    completion: .list(ImageFormat.allCases.map(\.rawValue)))
  var format: String?

  @Option(
    help: ArgumentHelp(
      "splice (default) copies compressed bytes, zstd compresses anew, none stays on this machine.",
      valueName: "how"),
    completion: .list(BuildRequest.Compression.allCases.map(\.rawValue)))
  var compression: String?

  @Flag(
    name: .customLong("estargz"), help: "Give layers an eStargz table, so that files can be pulled lazily.")
  var stargz = false

  @Option(help: ArgumentHelp("A name for the image, such as lab/resnet:1.", valueName: "name"))
  var tag: String?
}

/// Looking before building.
struct BuildPlanOptions: ParsableArguments {
  @Flag(help: "Print the layers, their sizes and what is in the store; fetch and write nothing.")
  var plan = false

  @Option(
    help: ArgumentHelp(
      "With --plan: an image layout or archive; say what a push would add to it.", valueName: "path"),
    completion: .file())
  var against: String?
}

/// Where what is not in the store comes from.
struct BuildSourceOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The index of wheels, instead of the configured one.", valueName: "url"))
  var indexURL: String?

  @Option(
    help: ArgumentHelp("A further index, looked at before the default one; repeatable.", valueName: "url"))
  var extraIndexURL: [String] = []

  @Option(
    help: ArgumentHelp("Say where an index that the lock names is; repeatable.", valueName: "name=url"))
  var index: [String] = []

  @Option(
    help: ArgumentHelp("A folder or page of wheels; repeatable.", valueName: "dir|url"),
    completion: .directory)
  var findLinks: [String] = []

  @OptionGroup var mirrors: MirrorOptions

  @Option(
    help: ArgumentHelp(
      "Where the store lacks a wheel that was built of this project's source, build it again; repeatable.",
      valueName: "name"))
  var buildSdist: [String] = []

  @Flag(help: "Fetch nothing: use what is in the store.")
  var offline = false
}

/// What is written beside the image, and where things are kept.
struct BuildOutputOptions: ParsableArguments {
  @Flag(help: "Print digests, layers and sizes as JSON.")
  var json = false

  @Option(
    help: ArgumentHelp(
      "Write the digest and platform of each image to a file, a line each.", valueName: "file"),
    completion: .file())
  var imageRefs: String?

  @Option(
    help: ArgumentHelp("Draw the image's sizes into a file ending in .svg or .html.", valueName: "file"),
    completion: .file(extensions: ["svg", "html"]))
  var report: String?

  @Option(
    help: ArgumentHelp(
      "How many layers are made at a time. Default: what suits most machines", valueName: "number"))
  var jobs: String?

  @Option(
    help: ArgumentHelp("Where fetched things and layers are kept.", valueName: "dir"), completion: .directory)
  var cacheDir: String?

  @Option(
    help: ArgumentHelp("Compatibility data to use instead of the built-in.", valueName: "dir"),
    completion: .directory)
  var matrix: String?
}
