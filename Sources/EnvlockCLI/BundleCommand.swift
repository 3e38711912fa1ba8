import ArgumentParser
import Envlock
import EnvlockManifest
import EnvlockModel

/// `envlock bundle`.
struct BundleCommand: Subcommand {
  static let configuration = CommandConfiguration(
    commandName: "bundle",
    abstract: "Put everything that a lock names into one file or artifact, to build from it alone.",
    usage: "envlock bundle [-o <file|reference>] [--lock <file>] [--platform <platform> ...] [<options>]",
    discussion: HelpText.discussion(
      """
      Wheels, packages, interpreter and image below, the lock, the compatibility data, and the files that [image] copies. \
      `envlock build --bundle` makes the same image of it, byte for byte, when nothing of that can be fetched any more. In \
      a registry it is one artifact, and what is there is not sent. The digest of the bundle is printed alone on standard \
      output; equal locks and files give equal bundles.
      """, examples: "envlock bundle -o resnet.bundle", "envlock build --bundle resnet.bundle --offline"))

  @OptionGroup(title: "The bundle") var bundle: BundleOptions
  @OptionGroup(title: "The lock") var lock: LockAnswersOptions
  @OptionGroup(title: "The lock") var manifest: ImageManifestOption
  @OptionGroup(title: "Where artifacts come from") var sources: BuildSourceOptions
  @OptionGroup(title: "Output and folders") var output: BundleOutputOptions
  @OptionGroup(title: "Every command") var common: CommonOptions

  /// Where the bundle goes.
  private enum Place {
    case file(String), standardOutput, registry(PushTarget)
  }

  func run(_ session: Session, _ voice: Voice) async throws {
    let place = try place(session)
    if case .standardOutput = place, session.console.outputIsTerminal {
      throw UsageError(
        "a bundle is nothing for a terminal", hints: ["name a file: `-o \(BundleOptions.defaultPath)`"])
    }
    let invocation = try BuildInvocation(
      of: lock, manifest, sources, output.cache, output.matrix, session.variables.withoutOutput)
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
    var answer = JSONObject()
    switch place {
    case .standardOutput:
      try OutputPipe.withPath { try made.write(to: $0) }
      voice.say("Wrote the bundle to standard output: \(summary)")
      session.console.writeMessages("\(made.digest)\n")
      return
    case .file(let path):
      try made.write(to: path)
      voice.say("Wrote \(Printable.text(path)): \(summary)")
      answer["path"] = .string(path)
    case .registry(let target):
      let pushed = try await voice.withPushProgress(BuildMeter(.splice)) { progress in
        try await session.pushes.bundle(configuration, made, target, progress)
      }
      voice.say(RenderPush.summary(pushed))
      answer = RenderPush.fields(pushed)
    }
    answer["artifacts"] = .integer(made.count)
    answer["digest"] = .string(made.digest.description)
    answer["size"] = .integer(made.size)
    voice.answer(
      output.json ? RenderCheckJSON.plain(JSONValue.object(answer).canonical()) : "\(made.digest)\n")
  }

  private func place(_ session: Session) throws -> Place {
    let text = bundle.output ?? BundleOptions.defaultPath
    var place = Place.standardOutput
    if text != "-" {
      switch try ImagePlace(explicit: text, session.images) {
      case .path(let path): place = .file(path)
      case .reference(let reference): return .registry(PushTarget(reference, isPlain: bundle.plainHTTP))
      }
    }
    guard !bundle.plainHTTP else {
      throw UsageError(
        "`--plain-http` is for a registry, and `-o` names none",
        hints: ["leave one of them out"])
    }
    return place
  }
}

/// Where a bundle is written.
struct BundleOptions: ParsableArguments {
  static let defaultPath = "envlock.bundle"

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Where to write: a file, - for standard output, or a place in a registry. Default: \(BundleOptions.defaultPath)",
      valueName: "file|reference"),
    completion: .file())
  var output: String?

  @Flag(name: .customLong("plain-http"), help: "Speak to the registry without TLS.")
  var plainHTTP = false
}

/// How the answer is written, and where things are kept.
struct BundleOutputOptions: ParsableArguments {
  @Flag(help: "Print digest, size and path as JSON.")
  var json = false

  @OptionGroup var cache: CacheOption
  @OptionGroup var matrix: MatrixOption
}
