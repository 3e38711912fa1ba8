import ArgumentParser
import Envlock
import EnvlockManifest
import EnvlockModel

/// `envlock build`.
struct BuildCommand: Subcommand {
  static let configuration = CommandConfiguration(
    commandName: "build",
    abstract: "Turn a lock into an OCI image, without Docker and without root.",
    usage: """
      envlock build [-o <path>] [--format <format>] [--platform <platform> ...] [--tag <name>]
                    [<options>]
             envlock build --plan [--against <path>] [<options>]
      """,
    discussion: HelpText.discussion(
      """
      The digest of the image is printed alone on standard output; with `-o -` the image goes there, and the digest to \
      standard error. The same lock gives the same digest everywhere. What the store has is neither fetched nor made \
      again. Every option with a value can also be set by a variable: ENVLOCK_TAG for --tag.
      """, examples: "envlock build", "envlock build --plan --against image",
      "envlock build --format docker-archive --tag lab/resnet:1 -o - | docker load"))

  @OptionGroup(title: "The lock") var lock: LockAnswersOptions
  @OptionGroup(title: "The lock") var manifest: ImageManifestOption
  @OptionGroup(title: "The lock") var bundle: BuildBundleOptions
  @OptionGroup(title: "The image") var image: BuildImageOptions
  @OptionGroup(title: "Before anything is built") var plan: BuildPlanOptions
  @OptionGroup(title: "Where artifacts come from") var sources: BuildSourceOptions
  @OptionGroup(title: "Output and folders") var output: BuildOutputOptions
  @OptionGroup(title: "Every command") var common: CommonOptions

  func run(_ session: Session, _ voice: Voice) async throws {
    let invocation = try BuildInvocation(self, session.variables)
    if invocation.task == .build, invocation.output == .standardOutput, session.console.outputIsTerminal {
      throw UsageError(
        "an image is nothing for a terminal",
        hints: [
          "send it to a program: `envlock build … -o - | podman load`", "or name a file: `-o image.tar`",
        ])
    }
    let bundle = try await bundle(invocation, session)
    let lock = try bundle?.lock ?? LockFile.required(invocation.lock, session.files)
    let manifest = try bundle == nil ? LockManifest(invocation, session) : .none
    for name in manifest.loaded?.fileNames ?? [] { voice.detail("read \(name)") }
    let answers = try invocation.answers(of: lock, bundled: bundle?.platforms)
    try manifest.requireBase(answers, path: invocation.lock)
    let notes = manifest.notes(lock, path: invocation.lock)
    let request = BuildRequest(
      lock: lock, platforms: answers.map(\.platform), target: invocation.target,
      image: bundle?.image ?? manifest.image,
      indexes: invocation.indexes(over: manifest.loaded?.manifest.indexes ?? []), folder: manifest.folder,
      bundle: bundle, buildSdist: invocation.buildable(manifest), compression: invocation.compression,
      stargz: invocation.stargz)
    let configuration = try Configuration(invocation, manifest, session)
    voice.detail("store in \(invocation.cacheDirectory)")
    for note in notes { voice.note(note) }
    switch invocation.task {
    case .plan(let path):
      var other: RenderBuildPlan.Other?
      if let path { other = RenderBuildPlan.Other(path: path, blobs: try await session.builds.blobs(path)) }
      let plan = try await session.builds.plan(configuration, request)
      try present(plan, against: other, notes, invocation, session, voice)
    case .build:
      let made = try await voice.withBuildProgress(BuildMeter(invocation.compression)) { progress in
        try await session.builds.build(configuration, request, progress)
      }
      try settle(made, notes, invocation, session, voice)
    }
  }

  /// The bundle that is built, where one is named.
  private func bundle(_ invocation: BuildInvocation, _ session: Session) async throws -> EnvironmentBundle? {
    guard let text = invocation.bundle else { return nil }
    let place = try ImagePlace(text, session.images)
    var configuration = Configuration(
      cacheDirectory: invocation.cacheDirectory, offline: invocation.offline, environment: session.environment
    )
    if case .reference(let reference) = place, invocation.plainHTTP {
      configuration.allowPlainHTTP(reference.registry)
    }
    return try await ImagePlace.asking(text) { try await session.builds.openBundle(place, configuration) }
  }

  private func present(
    _ plan: BuildPlan, against other: RenderBuildPlan.Other?, _ notes: [String],
    _ invocation: BuildInvocation,
    _ session: Session, _ voice: Voice
  ) throws {
    let picture = ImagePicture(
      title: invocation.tag ?? invocation.lock, digest: nil,
      images: plan.images.map { ImagePicture.Image(platform: $0.platform, layers: $0.layers) })
    try draw(picture, invocation, session, voice)
    voice.answer(
      invocation.json
        ? RenderBuildJSON.plan(plan, against: other, notes: notes)
        : RenderBuildPlan.text(plan, against: other, voice.answerStyle))
  }

  /// Writes the image and what goes with it, then says its digest.
  private func settle(
    _ made: BuildWork.Made, _ notes: [String], _ invocation: BuildInvocation, _ session: Session,
    _ voice: Voice
  ) throws {
    for note in made.notes { voice.note(note) }
    try made.write(invocation.output, invocation.format, invocation.tag)
    if let path = invocation.imageRefs {
      try session.write(Array(RenderBuild.references(made.images).utf8), path)
    }
    let picture = ImagePicture(
      title: invocation.tag ?? invocation.lock, digest: made.digest,
      images: made.images.map { ImagePicture.Image(platform: $0.platform, layers: $0.layers) })
    try draw(picture, invocation, session, voice)
    let summary = "\(RenderBuild.summary(made.images)), in \(Quantity.duration(made.seconds))"
    switch invocation.output {
    case .path(let path):
      voice.say("Wrote \(Printable.text(path)): \(summary)")
      voice.answer(
        invocation.json
          ? RenderBuildJSON.built(made, invocation, notes: notes + made.notes) : "\(made.digest)\n")
    case .standardOutput:
      voice.say("Wrote the image to standard output: \(summary)")
      // Part of the answer, so also said when the run is quiet.
      session.console.writeMessages("\(made.digest)\n")
    }
  }

  private func draw(
    _ picture: ImagePicture, _ invocation: BuildInvocation, _ session: Session, _ voice: Voice
  ) throws {
    guard let report = invocation.report else { return }
    try session.write(Array(RenderImageReport.text(picture, report.kind).utf8), report.path)
    voice.say("Wrote \(Printable.text(report.path))")
  }
}

extension BuildInvocation {
  /// The answers to build, one for each platform; of a bundle, for the platforms that it has.
  ///
  /// - Throws: `UsageError` where the lock has none, or several for a platform, or more than fit the format.
  func answers(of lock: Lockfile, bundled: [Platform]? = nil) throws(UsageError) -> [PlatformLock] {
    let answers = try AnswerChoice(
      lock: self.lock, platforms: platforms ?? bundled, target: target
    ).answers(of: lock)
    if format == .dockerArchive, answers.count > 1 {
      throw UsageError(
        "a docker-archive holds one image, and \(Printable.text(self.lock)) has \(answers.count) platforms",
        hints: [
          "choose one with `--platform \(answers[0].platform)`", "`--format oci-archive` holds all of them",
        ])
    }
    return answers
  }

  /// The manifest's indexes, with what the command line says of where they are.
  func indexes(over declared: [IndexDeclaration]) -> [IndexDeclaration] {
    Self.placed(declared, by: indexes)
  }

  /// Indexes that a manifest declares, with what was typed of where they are, and what else was typed.
  static func placed(
    _ declared: [IndexDeclaration], by typed: [IndexDeclaration]
  ) -> [IndexDeclaration] {
    declared.map { index in
      guard let named = typed.first(where: { $0.name == index.name }) else { return index }
      return IndexDeclaration(name: index.name, url: named.url ?? index.url, packages: index.packages)
    } + typed.filter { index in !declared.contains { $0.name == index.name } }
  }
}

extension Configuration {
  /// What an invocation says about where things come from and are kept.
  ///
  /// - Throws: A `UserFacingError` for compatibility data that cannot be used.
  init(_ invocation: BuildInvocation, _ manifest: LockManifest, _ session: Session) throws {
    var sources = invocation.sources
    if let options = manifest.loaded?.indexOptions { sources.append(options) }
    self.init(
      cacheDirectory: invocation.cacheDirectory, indexURL: sources.indexURL,
      extraIndexURLs: sources.extraIndexURLs, findLinks: sources.findLinks, noIndex: sources.noIndex,
      debianMirror: invocation.debianMirror, debianSecurityMirror: invocation.debianSecurityMirror,
      jobs: invocation.jobs, offline: invocation.offline,
      matrix: try invocation.matrixDirectory.map { try Matrix(folder: $0, session) } ?? .embedded,
      environment: session.environment)
  }
}
