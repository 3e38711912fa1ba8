import ArgumentParser
import Envlock
import EnvlockManifest
import EnvlockModel

/// `envlock verify`.
struct VerifyCommand: Subcommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Say whether an image is exactly what a lock builds, and which file differs.",
    usage: """
      envlock verify <image> [--lock <file>] [--platform <platform> ...] [--json] [<options>]
      """,
    discussion: HelpText.discussion(
      """
      The image is a folder with an OCI layout, an oci-archive or a docker-archive, or lies in a registry and is pulled \
      into the store; how its layers are compressed does not matter. Every digest is computed, and every file is held against the wheels and packages that the lock names: \
      those that are not in the store are fetched. Exit codes: 0 it is that image, 1 it differs, 3 it could not be read.
      """, examples: "envlock verify image",
      "envlock verify registry.example.com/lab/resnet:1 --lock envlock.lock"))

  @Argument(
    help: ArgumentHelp(
      "The image: what a registry calls it, or a folder with an OCI layout, or an archive.",
      valueName: "image"),
    completion: .file())
  var image: String

  @OptionGroup(title: "The registry") var plainHTTP: PlainHTTPOption
  @OptionGroup(title: "The lock") var lock: LockAnswersOptions
  @OptionGroup(title: "The lock") var manifest: ImageManifestOption
  @OptionGroup(title: "Where artifacts come from") var sources: BuildSourceOptions
  @OptionGroup(title: "Output and folders") var output: VerifyOutputOptions
  @OptionGroup(title: "Every command") var common: CommonOptions

  func run(_ session: Session, _ voice: Voice) async throws {
    let invocation = try VerifyInvocation(self, session.environment)
    let build = invocation.build
    let lock = try LockFile.required(build.lock, session.files)
    let manifest = try LockManifest(build, session)
    for name in manifest.loaded?.fileNames ?? [] { voice.detail("read \(name)") }
    switch try ImagePlace(invocation.image, session.images) {
    case .path(let path): try await verify(path, lock, manifest, invocation, session, voice)
    case .reference(let reference):
      var configuration = try Configuration(build, manifest, session)
      if plainHTTP.typed { configuration.allowPlainHTTP(reference.registry) }
      try await ImagePlace.asking(invocation.image) {
        try await voice.withPullProgress { progress in
          try await session.images.registry.withLayout(
            reference, build.platforms, configuration, progress
          ) { path in
            try await verify(path, lock, manifest, invocation, session, voice)
          }
        }
      }
    }
  }

  /// Holds an image on the disk against a lock.
  private func verify(
    _ path: String, _ lock: Lockfile, _ manifest: LockManifest, _ invocation: VerifyInvocation,
    _ session: Session, _ voice: Voice
  ) async throws {
    let build = invocation.build
    let present = try session.images.platforms(path)
    var answers = try build.answers(of: lock)
    // An image need not have all platforms of its lock; those that were asked for it must have.
    if build.platforms == nil { answers = answers.filter { present.contains($0.platform) } }
    guard !answers.isEmpty else {
      throw LockProblem(
        "\(Printable.text(invocation.image)) has no image for a platform of \(Printable.text(build.lock))",
        details: [
          "image  " + (present.isEmpty ? "no known platform" : names(present)),
          "lock   " + names(lock.platforms.map(\.platform).removingRepetition()),
        ], kind: .answerIsNo)
    }
    try manifest.requireBase(answers, path: build.lock)
    for note in manifest.notes(lock, path: build.lock) { voice.note(note) }
    let request = BuildRequest(
      lock: lock, platforms: answers.map(\.platform), target: build.target, image: manifest.image,
      indexes: build.indexes(over: manifest.loaded?.manifest.indexes ?? []), folder: manifest.folder,
      buildSdist: build.buildable(manifest))
    let configuration = try Configuration(build, manifest, session)
    var result = try await voice.withStatus { status in
      try await session.images.verify(
        path, configuration, request, build.platforms == nil, status)
    }
    // An image that was pulled is known by what it is called.
    result.path = invocation.image
    voice.answer(
      invocation.json
        ? RenderVerifyJSON.text(result, lock: build.lock)
        : RenderVerify.text(result, lock: build.lock, voice.answerStyle, isBrief: voice.isQuiet))
    if !result.isExact { throw ExitCode(ErrorKind.answerIsNo.rawValue) }
  }

  private func names(_ platforms: [Platform]) -> String {
    platforms.map(\.description).joined(separator: ", ")
  }
}

/// How the answer is written, and where things are kept.
struct VerifyOutputOptions: ParsableArguments {
  @Flag(help: "Print what was verified, and every fault, as JSON.")
  var json = false

  @OptionGroup var cache: CacheOption
  @OptionGroup var matrix: MatrixOption
}

/// What a person who typed `envlock verify …` means. Nothing has been read yet.
struct VerifyInvocation: Hashable, Sendable {
  /// The image's path.
  var image: String
  /// The build whose image it must be.
  var build: BuildInvocation
  var json: Bool

  /// Makes sense of what was typed.
  ///
  /// - Throws: `UsageError` for texts that cannot be read.
  init(_ command: VerifyCommand, _ environment: [String: String]) throws {
    image = command.image
    json = command.output.json
    build = try BuildInvocation(
      of: command.lock, command.manifest, command.sources, command.output.cache,
      command.output.matrix, Variables(environment).withoutOutput)
  }
}
