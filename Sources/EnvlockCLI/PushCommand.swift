import ArgumentParser
import Envlock
import EnvlockExport
import EnvlockManifest
import EnvlockModel

/// `envlock push`.
struct PushCommand: Subcommand {
  static let configuration = CommandConfiguration(
    commandName: "push",
    abstract: "Bring an image into a registry: from a lock, or from the disk.",
    usage: """
      envlock push <reference> [--lock <file>] [--platform <platform> ...] [--tag <tag> ...] [<options>]
             envlock push <reference> --image <path> [<options>]
      """,
    discussion: HelpText.discussion(
      """
      The digest of the image is printed alone on standard output; of a lock it is the one that `envlock build` prints. \
      Layers that the registry has are neither sent nor made; tags come last. A push that broke is taken up where it \
      was by the next. Credentials are those of `docker login` and `podman login`, and of the netrc file. Exit codes: \
      0 it is there, 1 the registry does not take it, 3 it could not be reached.
      """, examples: "envlock push registry.example.com/lab/resnet:1 --sbom cyclonedx",
      "envlock push registry.example.com/lab/resnet:1 --image image"))

  @Argument(
    help: ArgumentHelp(
      "Where to: registry.example.com/lab/resnet:1. Without a tag it is tagged latest.",
      valueName: "reference"))
  var reference: String

  @OptionGroup(title: "What is pushed") var image: PushImageOptions
  @OptionGroup(title: "The lock") var lock: LockAnswersOptions
  @OptionGroup(title: "The lock") var manifest: ImageManifestOption
  @OptionGroup(title: "The registry") var registry: PushRegistryOptions
  @OptionGroup(title: "What is said of the image") var statements: PushStatementOptions
  @OptionGroup(title: "Where artifacts come from") var sources: BuildSourceOptions
  @OptionGroup(title: "Output and folders") var output: PushOutputOptions
  @OptionGroup(title: "Every command") var common: CommonOptions

  func run(_ session: Session, _ voice: Voice) async throws {
    let invocation = try PushInvocation(self, session.environment)
    let cosign = invocation.statements.sign ? try Cosign(session) : nil
    let tool = try ExportTool(session.variables)
    let work = try work(invocation, tool, session, voice)
    let image = try await voice.withPushProgress(BuildMeter(invocation.build.compression)) { progress in
      try await work(progress)
    }
    try cosign?.sign(image, isPlain: invocation.target.isPlain, session)
    for note in image.notes { voice.note(note) }
    voice.say(RenderPush.summary(image))
    voice.answer(invocation.json ? RenderPush.json(image) : "\(image.digest)\n")
  }

  /// Reads what is to be pushed; the work itself is for later.
  private func work(
    _ invocation: PushInvocation, _ tool: ExportTool, _ session: Session, _ voice: Voice
  ) throws -> (any PushProgress) async throws -> PushedImage {
    let build = invocation.build
    if let path = invocation.image {
      let configuration = Configuration(
        cacheDirectory: build.cacheDirectory, jobs: build.jobs, environment: session.environment)
      return { progress in
        try await session.pushes.image(configuration, path, build.platforms, invocation.target, progress)
      }
    }
    let lock = try LockFile.required(build.lock, session.files)
    let manifest = try LockManifest(build, session)
    for name in manifest.loaded?.fileNames ?? [] { voice.detail("read \(name)") }
    let answers = try build.answers(of: lock)
    try manifest.requireBase(answers, path: build.lock)
    for note in manifest.notes(lock, path: build.lock) { voice.note(note) }
    let request = BuildRequest(
      lock: lock, platforms: answers.map(\.platform), target: build.target, image: manifest.image,
      indexes: build.indexes(over: manifest.loaded?.manifest.indexes ?? []), folder: manifest.folder,
      buildSdist: build.buildable(manifest), compression: build.compression, stargz: build.stargz)
    let configuration = try Configuration(build, manifest, session)
    voice.detail("store in \(build.cacheDirectory)")
    return { progress in
      let image = try await session.pushes.lock(configuration, request, invocation.target, progress)
      let artifacts = invocation.statements.artifacts(for: image, request, answers, tool: tool)
      if !artifacts.isEmpty {
        try await session.pushes.attach(configuration, artifacts, image, invocation.target)
      }
      return image
    }
  }
}

/// What `push` asks of the engine. A value, so that tests bring their own.
struct PushWork: Sendable {
  typealias PushImage =
    @Sendable (
      _ configuration: Configuration, _ path: String, _ platforms: [Platform]?, _ target: PushTarget,
      _ progress: any PushProgress
    ) async throws -> PushedImage
  typealias PushLock =
    @Sendable (
      _ configuration: Configuration, _ request: BuildRequest, _ target: PushTarget,
      _ progress: any PushProgress
    ) async throws -> PushedImage

  typealias Attach =
    @Sendable (
      _ configuration: Configuration, _ artifacts: [ImageArtifact], _ image: PushedImage,
      _ target: PushTarget
    ) async throws -> Void

  typealias PushBundle =
    @Sendable (
      _ configuration: Configuration, _ bundle: MadeBundle, _ target: PushTarget,
      _ progress: any PushProgress
    ) async throws -> PushedImage

  /// Pushes an image from the disk.
  let image: PushImage
  /// Builds and pushes.
  let lock: PushLock
  /// Pushes a bundle.
  var bundle: PushBundle = { configuration, bundle, target, progress in
    try await ImagePusher(configuration).push(bundle, to: target, progress: progress)
  }
  /// Attaches files to an image that was pushed.
  var attach: Attach = { configuration, artifacts, image, target in
    try await ImagePusher(configuration).attach(artifacts, to: image, at: target)
  }
}

extension PushWork {
  /// The engine.
  static let live = PushWork(
    image: { configuration, path, platforms, target, progress in
      try await ImagePusher(configuration).push(
        imageAt: path, platforms: platforms, to: target, progress: progress)
    },
    lock: { configuration, request, target, progress in
      try await ImagePusher(configuration).push(request, to: target, progress: progress)
    })
}
