import ArgumentParser
import Envlock
import EnvlockManifest
import EnvlockModel

/// `envlock bundle`.
struct BundleCommand: Subcommand {
  static let configuration = CommandConfiguration(
    commandName: "bundle",
    abstract: "Put everything that a lock names into one file, to build from without a network.",
    usage: "envlock bundle [-o <file>] [--lock <file>] [--platform <platform> ...] [<options>]",
    discussion: """
      Wheels, packages, interpreter and image below, the lock, the compatibility data, and the files that [image] copies. \
      `envlock build --bundle FILE` makes the same image of it, byte for byte, when nothing of that can be fetched any \
      more. The digest of the bundle is printed alone on standard output; equal locks and files give equal bundles.
      """)

  @OptionGroup(title: "The bundle") var bundle: BundleOptions
  @OptionGroup(title: "The lock") var lock: BuildLockOptions
  @OptionGroup(title: "Where artifacts come from") var sources: BuildSourceOptions
  @OptionGroup(title: "Output and folders") var output: BundleOutputOptions
  @OptionGroup(title: "Every command") var common: CommonOptions

  func run(_ session: Session, _ voice: Voice) async throws {
    let path = bundle.output ?? BundleOptions.defaultPath
    if path == "-", session.console.outputIsTerminal {
      throw UsageError(
        "a bundle is nothing for a terminal", hints: ["name a file: `-o \(BundleOptions.defaultPath)`"])
    }
    let invocation = try BuildInvocation(
      of: lock, sources, output.folders, session.variables.withoutOutput)
    let lock = try LockFile.required(invocation.lock, session.files)
    let manifest = try LockManifest(invocation, session)
    for name in manifest.loaded?.fileNames ?? [] { voice.detail("read \(name)") }
    for note in manifest.notes(lock, path: invocation.lock) { voice.note(note) }
    let request = BuildRequest(
      lock: lock, platforms: try invocation.answers(of: lock).map(\.platform), target: invocation.target,
      image: manifest.image, indexes: invocation.indexes(over: manifest.loaded?.manifest.indexes ?? []),
      folder: manifest.folder, buildSdist: invocation.buildable(manifest))
    let configuration = try Configuration(invocation, manifest, session)
    let made = try await voice.withBuildProgress(BuildMeter(.splice)) { progress in
      try await session.builds.bundle(configuration, request, progress)
    }
    let summary = "\(Quantity.count(made.count, "artifact")), \(Quantity.bytes(made.size))"
    guard path != "-" else {
      try OutputPipe.withPath { try made.write(to: $0) }
      voice.say("Wrote the bundle to standard output: \(summary)")
      session.console.writeMessages("\(made.digest)\n")
      return
    }
    try made.write(to: path)
    voice.say("Wrote \(Printable.text(path)): \(summary)")
    let answer: JSONValue = [
      "artifacts": .integer(made.count), "digest": .string(made.digest.description), "path": .string(path),
      "size": .integer(made.size),
    ]
    voice.answer(output.json ? answer.canonical() : "\(made.digest)\n")
  }
}

/// Where a bundle is written.
struct BundleOptions: ParsableArguments {
  static let defaultPath = "envlock.bundle"

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Where to write; - for standard output. Default: \(BundleOptions.defaultPath)", valueName: "file"),
    completion: .file())
  var output: String?
}

/// How the answer is written, and where things are kept.
struct BundleOutputOptions: ParsableArguments {
  @Flag(help: "Print digest, size and path as JSON.")
  var json = false

  @OptionGroup var folders: FolderOptions
}
