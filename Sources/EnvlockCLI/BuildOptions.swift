import ArgumentParser
import Envlock

/// What is built instead of the lock of this folder.
struct BuildBundleOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Instead of a lock: what `envlock bundle` wrote, or put into a registry. Nobody else is asked.",
      valueName: "path|reference"),
    completion: .file())
  var bundle: String?

  @Flag(name: .customLong("plain-http"), help: "Speak to the bundle's registry without TLS.")
  var plainHTTP = false
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

  @OptionGroup var format: ImageFormatOption
  @OptionGroup var layers: LayerOptions

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

  @OptionGroup var jobs: JobsOption
  @OptionGroup var cache: CacheOption
  @OptionGroup var matrix: MatrixOption
}
