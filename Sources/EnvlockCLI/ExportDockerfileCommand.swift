import ArgumentParser
import Envlock
import EnvlockExport
import EnvlockManifest
import EnvlockModel

/// `envlock export dockerfile`.
struct ExportDockerfileCommand: Subcommand {
  static let configuration = CommandConfiguration(
    commandName: "dockerfile",
    abstract: "Write a Dockerfile, and the requirements beside it.",
    usage: "envlock export dockerfile [-o <dir>] [--platform <platform>] [<options>]",
    discussion: HelpText.discussion(
      """
      For teams that must build with Docker. Its comments say what is pinned and what Docker, apt and pip cannot pin. What \
      [image] of the manifest says is in it. Build it where the files to copy are.
      """, examples: "envlock export dockerfile -o . && docker build ."))

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "The folder to write into. Default: the Dockerfile alone, to standard output", valueName: "dir"),
    completion: .directory)
  var output: String?

  @OptionGroup var manifest: ImageManifestOption
  @OptionGroup var selection: SelectionOptions
  @OptionGroup var common: CommonOptions

  func run(_ session: Session, _ voice: Voice) async throws {
    let (path, lock, answer) = try selection.read(session)
    let manifest = try LockManifest(
      lock: path, manifest: manifest.path(session.variables), session)
    for note in manifest.notes(lock, path: path) { voice.note(note) }
    let mirror = session.environment["ENVLOCK_PYTHON_MIRROR"].flatMap { $0.contains("://") ? $0 : nil }
    let context = try DockerContext(
      answer, lock: lock.digest, source: path, image: manifest.image,
      interpreters: mirror ?? Matrix.embedded.interpreterMirror)
    guard let output, output != "-" else {
      voice.answer(context.files.first?.text ?? "")
      let others = context.files.dropFirst().map(\.name).joined(separator: ", ")
      return voice.note("\(others) belongs to it: `-o FOLDER` writes both")
    }
    try session.makeFolder(output)
    for file in context.files {
      let path = Path.joined(output, file.name)
      try session.write(Array(file.text.utf8), path)
      voice.say("Wrote \(Printable.text(path))")
    }
  }
}
