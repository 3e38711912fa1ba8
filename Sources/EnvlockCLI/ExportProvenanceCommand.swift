import ArgumentParser
import Envlock
import EnvlockExport
import EnvlockManifest
import EnvlockModel
import EnvlockVersions

/// `envlock export provenance`.
struct ExportProvenanceCommand: Subcommand {
  static let configuration = CommandConfiguration(
    commandName: "provenance",
    abstract: "Write what an image was built from: an in-toto statement with SLSA provenance.",
    usage: "envlock export provenance --image <path>|<reference> [<options>]",
    discussion: HelpText.discussion(
      """
      The image is a layout or archive that `envlock build` wrote of this lock, or a reference with a digest, which is taken \
      on your word. The statement is not signed: it claims what whoever signs it vouches for.
      """, examples: "envlock export provenance --image image -o statement.json"))

  @Option(
    help: ArgumentHelp(
      "The image: a layout, an archive, or a reference with @sha256:….", valueName: "path|reference"))
  var image: String?

  @Option(
    help: ArgumentHelp(
      "What the image is called. Default: the name in the reference, or the path", valueName: "name"))
  var name: String?

  @Option(
    help: ArgumentHelp(
      "A URI of who built, that verifiers know. Default: one that nobody vouches for", valueName: "uri"))
  var builderID: String?

  @OptionGroup var output: ExportOutputOptions
  @OptionGroup var selection: LockAnswersOptions
  @OptionGroup var manifest: ImageManifestOption
  @OptionGroup var common: CommonOptions

  func run(_ session: Session, _ voice: Voice) async throws {
    let tool = try ExportTool(session.variables)
    if let builderID, !URLReference.isAbsolute(builderID) || builderID.utf8.contains(where: { $0 <= 0x20 }) {
      throw UsageError(
        "--builder-id: “\(Printable.text(builderID))” is no URI",
        hints: ["write one that verifiers know, such as https://ci.example.com/builders/gpu"])
    }
    guard let image = image ?? session.variables.text(.image) else {
      throw UsageError(
        "no image is named", hints: ["name a layout that `envlock build` wrote: `--image image`"])
    }
    let subject = try ExportSubject(selection, session)
    let manifest = try LockManifest(
      lock: subject.path, manifest: manifest.path(session.variables), session)
    for note in manifest.notes(subject.lock, path: subject.path) { voice.note(note) }
    let statement = ProvenanceStatement(
      subjects: try subjects(image, subject, session, voice), bill: subject.bill(name ?? "environment"),
      lock: subject.digest, platforms: subject.answers.map(\.platform),
      image: manifest.loaded?.manifest.image, builder: builderID, tool: tool)
    try output.write(statement.json.canonical(), session, voice)
  }

  private func subjects(
    _ image: String, _ subject: ExportSubject, _ session: Session, _ voice: Voice
  ) throws -> [ProvenanceStatement.Subject] {
    if case .reference(let reference) = try ImagePlace(image, session.images) {
      guard let digest = reference.digest else {
        throw UsageError(
          "--image: \(reference) has no digest, and a statement is about one",
          hints: ["add it: `\(reference.name)@sha256:…`"])
      }
      voice.note("nothing was read of \(reference.name): that it was built from this lock is your word")
      return [ProvenanceStatement.Subject(name: name ?? reference.name, digest: digest)]
    }
    let called = name ?? image.split(separator: "/").last.map(String.init) ?? image
    var subjects: [ProvenanceStatement.Subject] = []
    for answer in subject.answers {
      let laid = try session.images.laid(image, answer.platform)
      guard laid.lock == subject.digest else {
        throw LockProblem(
          "\(Printable.text(image)) is not the image of \(Printable.text(subject.path))",
          details: [
            "the image’s lock  \(laid.lock.map(\.description) ?? "not said")",
            "this lock         \(subject.digest)",
          ], hints: ["`envlock build -o \(Printable.text(image))` brings it up to date"], kind: .answerIsNo)
      }
      guard let index = laid.digest, let manifest = laid.manifest else {
        throw UsageError(
          "\(Printable.text(image)) is a docker-archive, whose images have no digest",
          hints: ["`envlock build --format oci-archive` writes one whose images have"])
      }
      if subjects.isEmpty { subjects.append(ProvenanceStatement.Subject(name: called, digest: index)) }
      subjects.append(
        ProvenanceStatement.Subject(name: "\(called) (\(answer.platform))", digest: manifest))
    }
    return subjects
  }
}
