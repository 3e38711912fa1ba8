import ArgumentParser
import Envlock
import EnvlockModel

/// `envlock inspect`.
struct InspectCommand: Subcommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Say what an image is, in a registry or on the disk, from its documents alone.",
    usage: """
      envlock inspect <image> [--platform <platform> ...] [--json] [<options>]
      """,
    discussion: HelpText.discussion(
      """
      Strata, driver floor, GPUs, layers, labels and command stand in the manifest and the configuration; no layer is \
      fetched. An image is a path where it begins with ./ or /, ends with .tar or exists, and else what a registry calls \
      it. Of images that envlock did not build, what the image says is shown, and what nobody can know is named.
      """, examples: "envlock inspect registry.example.com/lab/resnet:1", "envlock inspect ./image --json"))

  @Argument(
    help: ArgumentHelp(
      "What a registry calls it, or a folder with an OCI layout, or an archive.", valueName: "image"),
    completion: .file())
  var image: String

  @OptionGroup(title: "What is shown") var shown: InspectShownOptions
  @OptionGroup(title: "The registry") var registry: RegistryReadOptions
  @OptionGroup(title: "Every command") var common: CommonOptions

  func run(_ session: Session, _ voice: Voice) async throws {
    let platforms = try ImagePlatforms(shown.platform, session.variables)
    let inspection: ImageInspection
    switch try ImagePlace(image, session.images) {
    case .path(let path):
      var chosen: [Platform]?
      if case .only(let platforms) = platforms { chosen = platforms }
      inspection = try session.images.inspect(path, chosen)
    case .reference(let reference):
      let configuration = try Configuration(reference, registry, session)
      inspection = try await ImagePlace.asking(image) {
        try await session.images.registry.inspect(reference, platforms, configuration)
      }
    }
    for note in inspection.notes { voice.note(Printable.text(note)) }
    voice.answer(
      shown.json
        ? RenderInspectionJSON.text(inspection) : RenderInspection.text(inspection, voice.answerStyle))
  }
}

/// Which images are shown, and how.
struct InspectShownOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "linux/amd64 or linux/arm64; repeatable; or all. Default: the first in a registry, all on the disk",
      valueName: "platform"),
    completion: .platformsOrAll)
  var platform: [String] = []

  @Flag(help: "Print all of it as JSON.")
  var json = false
}
