import ArgumentParser
import Envlock
import EnvlockModel
import EnvlockVersions

/// What is pushed.
struct PushImageOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "An OCI layout or oci-archive to push. Default: what the lock says is built and pushed, layer by layer",
      valueName: "path"),
    completion: .file())
  var image: String?

  @OptionGroup var layers: LayerOptions
}

/// How the registry is spoken to.
struct PushRegistryOptions: ParsableArguments {
  @Option(help: ArgumentHelp("A further tag; repeatable.", valueName: "tag"))
  var tag: [String] = []

  @Flag(help: "Say of each blob whether it is there, can be taken over or has to be sent, and send nothing.")
  var dryRun = false

  @OptionGroup var plainHTTP: PlainHTTPOption

  @Option(
    help: ArgumentHelp(
      "A repository of the same registry that may have layers already, such as team/base; repeatable.",
      valueName: "repository"))
  var mountFrom: [String] = []

  @Option(
    help: ArgumentHelp(
      "Send at most so much in one request, such as 64MiB, for a proxy that takes no more.", valueName: "size"
    ))
  var chunkSize: String?
}

/// How the answer is written, and where things are kept.
struct PushOutputOptions: ParsableArguments {
  @Flag(help: "Print the digest and what became of each layer as JSON.")
  var json = false

  @OptionGroup var jobs: JobsOption
  @OptionGroup var cache: CacheOption
  @OptionGroup var matrix: MatrixOption
}

/// What a person who typed `envlock push …` means. Nothing has been read yet.
struct PushInvocation: Hashable, Sendable {
  var target: PushTarget
  /// The image's path; nil: it is built from the lock.
  var image: String?
  /// What is built, and where things are.
  var build: BuildInvocation
  /// What is attached, and whether it is signed.
  var statements: PushStatements
  var json: Bool

  /// Variables that say how an image is written to the disk, where none is.
  private static let aboutOutput: [Variable] = [
    .against, .bundle, .imageFormat, .imageRefs, .output, .report, .tag,
  ]

  /// Makes sense of what was typed.
  ///
  /// - Throws: `UsageError` for texts that cannot be read, and options that contradict each other.
  init(_ command: PushCommand, _ environment: [String: String]) throws {
    let reference: ImageReference
    do { reference = try ImageReference(command.reference) } catch {
      throw UsageError(error, in: "the reference")
    }
    var target = PushTarget(reference, isPlain: command.registry.plainHTTP.typed)
    target.isDry = command.registry.dryRun
    target.tags = try command.registry.tag.map { text throws(UsageError) in
      let read = try? ImageReference("\(reference.name):\(text)")
      guard let read, read.tag == text, read.digest == nil else {
        throw UsageError(
          "--tag: “\(Printable.text(text))” cannot be a tag",
          hints: [
            "a tag has letters, digits, dots, dashes and underscores; the repository is the reference's"
          ])
      }
      return text
    }
    target.mountSources = try command.registry.mountFrom.map { text throws(UsageError) in
      let read = try? ImageReference("\(reference.registry)/\(text)")
      guard let read, !text.contains(":"), !text.contains("@") else {
        throw UsageError(
          "--mount-from: “\(Printable.text(text))” cannot be a repository",
          hints: ["name it without its registry and without a tag, as in team/base"])
      }
      return read.repository
    }
    target.chunkSize = try command.registry.chunkSize.map { text throws(UsageError) in
      do throws(MalformedText) { return try ByteCount(text).bytes } catch {
        throw UsageError(error, in: "--chunk-size")
      }
    }
    self.target = target
    image = command.image.image
    statements = try PushStatements(command.statements)
    if image != nil, !statements.isEmpty {
      throw UsageError(
        "`--sbom` and `--provenance` are made of the lock that is built, and `--image` is pushed as it is",
        hints: ["leave out `--image`: what the lock says is pushed, with the same digest"])
    }
    if target.isDry, statements.sign || !statements.isEmpty {
      throw UsageError(
        "`--dry-run` sends nothing, so that there is no image to attach something to or to sign",
        hints: ["leave `--sbom`, `--provenance` and `--sign` out"])
    }
    json = command.output.json
    if image != nil,
      command.image.layers.compression != nil || command.image.layers.stargz
        || command.lock.lock.typed != nil
    {
      throw UsageError(
        "`--image` is pushed as it is; `--lock`, `--compression` and `--estargz` are for what is built",
        hints: ["leave one of them out"])
    }
    build = try BuildInvocation(
      of: command.lock, command.manifest, command.sources, command.output.cache,
      command.output.matrix, layers: command.image.layers,
      jobs: command.output.jobs, Variables(environment).without(PushInvocation.aboutOutput))
  }
}
