import ArgumentParser
import Envlock
import EnvlockCheck
import EnvlockManifest
import EnvlockModel

/// `envlock check`.
struct CheckCommand: Subcommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Say whether a lock or an image fits nodes, before anything is pulled.",
    usage: """
      envlock check [<image>] [--driver <version>] [--gpu <gpu> ...] [--node] [--nodes <file> ...]
                    [--lock-current] [--allow <rule> ...] [--format <format>] [<options>]
      """,
    discussion: HelpText.discussion(
      """
      An image is checked by its labels, in a registry without pulling it. \
      Exit codes: 0 the lock fits every node, 1 it does not fit one, 3 too little is known of one. Every option with a \
      value can also be set by a variable: ENVLOCK_DRIVER for --driver.
      """, examples: "envlock check --driver 550.54.15 --gpu A100-SXM4-80GB",
      "kubectl get nodes -o json | envlock check --nodes -",
      "envlock check registry.example.com/lab/resnet:1 --nodes nodes.json"))

  @Argument(
    help: ArgumentHelp(
      "An image to check instead of a lock: what a registry calls it, or a folder with an OCI layout, or an archive.",
      valueName: "image"),
    completion: .file())
  var image: String?

  @OptionGroup(title: "The nodes") var nodes: NodeOptions
  @OptionGroup(title: "The lock") var lock: CheckLockOptions
  @OptionGroup(title: "What counts") var rules: CheckRuleOptions
  @OptionGroup(title: "The registry") var registry: RegistryReadOptions
  @OptionGroup(title: "Output and folders") var output: CheckOutputOptions
  @OptionGroup(title: "Every command") var common: CommonOptions

  func run(_ session: Session, _ voice: Voice) async throws {
    let invocation = try CheckInvocation(self, session.variables)
    let path = invocation.image ?? invocation.lock
    let lock =
      if let image = invocation.image {
        try await self.lock(of: image, session)
      } else {
        try LockFile.required(invocation.lock, session.files)
      }
    guard !lock.platforms.isEmpty else { throw UsageError("\(Printable.text(path)) holds no answer") }
    let needsGPU = lock.platforms.contains { $0.strata.cuda != nil }
    if invocation.nodes.isEmpty, !invocation.asksIfCurrent, needsGPU { throw NodeSelection.missing }
    let currency = invocation.asksIfCurrent ? try currency(of: lock, invocation, session, voice) : nil
    let outcome = CheckOutcome(
      lock: lock, path: path, allowed: invocation.allowed,
      report: try report(lock, invocation, session, voice), currency: currency)
    try present(outcome, invocation, session, voice)
  }

  /// The lock of an image, as far as its labels tell it.
  private func lock(of image: String, _ session: Session) async throws -> Lockfile {
    switch try ImagePlace(image, session.images) {
    case .path(let path): return try session.images.lock(path)
    case .reference(let reference):
      let configuration = try Configuration(reference, registry, session)
      return try await ImagePlace.asking(image) {
        try await session.images.registry.lock(reference, configuration)
      }
    }
  }

  /// What the nodes say; nil where none is named.
  private func report(
    _ lock: Lockfile, _ invocation: CheckInvocation, _ session: Session, _ voice: Voice
  ) throws -> CheckReport? {
    guard !invocation.nodes.isEmpty else { return nil }
    let matrix = try invocation.matrixDirectory.map { try Matrix(folder: $0, session) } ?? .embedded
    let options = CheckOptions(
      allowed: invocation.allowed, gpuMemoryMiB: invocation.gpuMemoryMiB,
      hasForwardCompatibility: invocation.hasForwardCompatibility, today: session.machine.today())
    return Checker(matrix: matrix, options: options).report(
      lock, on: try invocation.nodes.groups(session, voice))
  }

  /// Whether the lock was made from the manifest as it is now. No index is asked.
  private func currency(
    of lock: Lockfile, _ invocation: CheckInvocation, _ session: Session, _ voice: Voice
  ) throws -> LockCurrency {
    let reader = ManifestReader(files: session.files, variable: { session.environment[$0] })
    let loaded = try invocation.manifest.map { try reader.read($0) } ?? reader.discover(in: "")
    for name in loaded.fileNames { voice.detail("read \(name)") }
    return LockCurrency(
      lock, loaded.manifest, path: loaded.fileNames.first ?? ManifestReader.fileName)
  }

  private func present(
    _ outcome: CheckOutcome, _ invocation: CheckInvocation, _ session: Session, _ voice: Voice
  ) throws {
    let isForTerminal = invocation.output == nil
    let style = isForTerminal ? voice.answerStyle : Style(isColoured: false)
    let text = invocation.format.text(outcome, style, isBrief: voice.isQuiet)
    if let output = invocation.output {
      try session.write(Array(text.utf8), output)
      voice.say(CheckText.summary(outcome))
      voice.say("Wrote \(Printable.text(output))")
    } else {
      voice.answer(text)
    }
    if outcome.exitCode != 0 { throw ExitCode(outcome.exitCode) }
  }
}

/// How the outcome of a check is written.
enum CheckFormat: String, CaseIterable, Hashable, Sendable {
  case text, json, github, sarif, junit, markdown

  /// The outcome as text of this format.
  ///
  /// - Parameters:
  ///   - outcome: What was found out.
  ///   - style: The colours, for ``text`` alone.
  ///   - isBrief: Whether ``text`` is the verdict alone.
  /// - Returns: The whole output.
  func text(_ outcome: CheckOutcome, _ style: Style, isBrief: Bool) -> String {
    switch self {
    case .text: isBrief ? RenderFindings.verdict(outcome, style) : RenderFindings.text(outcome, style)
    case .json: RenderCheckJSON.text(outcome)
    case .github: RenderGitHub.text(outcome)
    case .sarif: RenderSARIF.text(outcome)
    case .junit: RenderJUnit.text(outcome)
    case .markdown: RenderMarkdown.text(outcome)
    }
  }
}
