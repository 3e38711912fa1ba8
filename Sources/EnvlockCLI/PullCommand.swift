import ArgumentParser
import Envlock
import EnvlockModel

/// `envlock pull`.
struct PullCommand: Subcommand {
  static let configuration = CommandConfiguration(
    commandName: "pull", abstract: "Bring an image or a bundle from a registry onto the disk, byte for byte.",
    usage: """
      envlock pull <reference> [-o <path>] [--format <format>] [--platform <platform> ...] [<options>]
      """,
    discussion: HelpText.discussion(
      """
      The digest of the image is printed alone on standard output. Of an index all images are pulled unless \
      `--platform` says otherwise, so that its digest stays. What the store or the layout has is not fetched; what was \
      broken off goes on where it ended. Credentials are those of `docker login` and `podman login`. A bundle becomes \
      the file that `envlock bundle` writes.
      """, examples: "envlock pull registry.example.com/lab/resnet:1 -o resnet"))

  @Argument(
    help: ArgumentHelp(
      "The image or bundle: registry.example.com/lab/resnet:1, or with a digest behind @.",
      valueName: "reference"))
  var reference: String

  @OptionGroup(title: "The image") var image: PullImageOptions
  @OptionGroup(title: "The registry") var registry: RegistryReadOptions
  @OptionGroup(title: "Every command") var common: CommonOptions

  func run(_ session: Session, _ voice: Voice) async throws {
    let invocation = try PullInvocation(self, session.variables)
    var configuration = try Configuration(invocation.reference, registry, session)
    configuration.cacheDirectory = try registry.cache.folder(session.variables)
    let pulled = try await voice.withPullProgress { progress in
      try await session.images.registry.pull(invocation, configuration, progress)
    }
    for note in pulled.notes { voice.note(note) }
    let layers = Set(pulled.bundle ?? pulled.images.flatMap(\.layers))
    let size = layers.reduce(0) { $0 + $1.size }
    let images =
      pulled.images.count > 1 ? Quantity.count(pulled.images.count, "image") + ", " : ""
    let parts =
      pulled.bundle == nil
      ? images + Quantity.count(layers.count, "layer") : "a bundle of \(Quantity.count(layers.count, "part"))"
    voice.say(
      "Wrote \(Printable.text(pulled.path)): \(parts), \(Quantity.bytes(size)), of which \(Quantity.bytes(pulled.fetchedBytes)) were fetched, "
        + "in \(Quantity.duration(pulled.seconds))")
    if pulled.digest != pulled.source {
      voice.say("That is a part of \(pulled.source)")
    }
    voice.answer(invocation.json ? json(pulled, invocation) : "\(pulled.digest)\n")
  }

  private func json(_ pulled: PulledImage, _ invocation: PullInvocation) -> String {
    func parts(_ blobs: [PulledBlob]) -> JSONValue {
      .array(
        blobs.map { blob in
          [
            "digest": .string(blob.digest.description), "size": .integer(blob.size),
            "title": .string(blob.title),
          ]
        })
    }
    var object: JSONObject = [
      "envlock-pull": 1, "reference": .string("\(invocation.reference)"),
      "digest": .string(pulled.digest.description), "source-digest": .string(pulled.source.description),
      "output": .string(pulled.path), "format": .string(pulled.format.rawValue),
      "fetched-bytes": .integer(pulled.fetchedBytes), "seconds": .number(pulled.seconds),
      "notes": .array(pulled.notes.map { .string($0) }),
      "images": .array(
        pulled.images.map { image in
          [
            "platform": .string(image.platform), "manifest": .string(image.manifest.description),
            "config": .string(image.config.description), "layers": parts(image.layers),
          ]
        }),
    ]
    object["bundle"] = pulled.bundle.map(parts)
    return RenderCheckJSON.plain(JSONValue.object(object).canonical())
  }
}

/// What is written.
struct PullImageOptions: ParsableArguments {
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Where to write. Default: image, or image.tar for archives; for a bundle envlock.bundle",
      valueName: "path"),
    completion: .file())
  var output: String?

  @OptionGroup var format: ImageFormatOption

  @Option(
    help: ArgumentHelp(
      "linux/amd64 or linux/arm64; repeatable; or all. Default: all", valueName: "platform"),
    completion: .platformsOrAll)
  var platform: [String] = []

  @Flag(help: "Print digests, layers and sizes as JSON.")
  var json = false
}

/// What a person who typed `envlock pull …` means. Nothing has been read yet.
struct PullInvocation: Hashable, Sendable {
  var reference: ImageReference
  var output: String
  var format: ImageFormat
  /// Where a bundle is written.
  var bundleOutput: String
  /// How a bundle is written.
  var bundleFormat: ImageFormat
  /// The platforms; nil: all that there are.
  var platforms: [Platform]?
  var json: Bool

  /// Makes sense of what was typed.
  ///
  /// - Throws: `UsageError` for texts that cannot be read, and options that contradict each other.
  init(_ command: PullCommand, _ variables: Variables) throws(UsageError) {
    reference = try ImagePlace.reference(command.reference)
    let typed = try command.image.format.chosen(variables)
    format = typed ?? .oci
    let named = command.image.output ?? variables.text(.output)
    output = named ?? format.defaultPath
    bundleFormat = typed ?? .ociArchive
    bundleOutput = named ?? BundleOptions.defaultPath
    guard output != "-" else {
      throw UsageError("an image is pulled into a folder or file", hints: ["name one by `-o PATH`"])
    }
    json = command.image.json
    if case .only(let platforms) = try ImagePlatforms(command.image.platform, variables) {
      self.platforms = platforms
    }
    if format == .dockerArchive, let platforms, platforms.count > 1 {
      throw UsageError(
        "a docker-archive holds one image, and \(platforms.count) platforms are named",
        hints: ["name one platform", "`--format oci-archive` holds several"])
    }
  }
}
