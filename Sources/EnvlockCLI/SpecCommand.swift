import ArgumentParser
import Envlock
import EnvlockManifest
import EnvlockModel
import EnvlockRunSpec

/// `envlock spec`.
struct SpecCommand: Subcommand {
  static let configuration = CommandConfiguration(
    commandName: "spec",
    abstract: "Write what starts an image somewhere: docker, Kubernetes, Slurm and others.",
    usage: """
      envlock spec <where> [--image <reference|path>] [--gpu <form>] [-o <path>] [--explain]
                   [<options>] [-- <command> ...]
      """,
    discussion: HelpText.discussion(
      """
      What is asked for stands in the manifest's [run]; options count over it. The document is printed, or with -o \
      written with what belongs to it. A runtime that cannot give what is asked for is refused: exit code 1.
      """, examples: "envlock spec docker -- python train.py",
      "envlock spec kubernetes --nodes 2 --gpus-per-node 8 -- python train.py",
      "envlock spec slurm --overlay slurm-site -o job.sbatch",
      "envlock spec --choose --gpu A100-SXM4-80GB --gpu-memory 8GiB --users 7"))

  @Argument(
    help: ArgumentHelp(
      SpecTarget.allCases.map(\.rawValue).joined(separator: ", ") + ".", valueName: "where"),
    completion: .list(SpecTarget.allCases.map(\.rawValue)))
  var target: String?

  @OptionGroup var command: CommandArgument
  @OptionGroup(title: "The lock and its image") var lock: RunLockOptions
  @OptionGroup(title: "The registry") var registry: SpecRegistryOptions
  @OptionGroup(title: "GPUs") var gpu: RunGPUOptions
  @OptionGroup(title: "Limits, files, variables") var request: RunRequestOptions
  @OptionGroup(title: "Where it runs") var site: SpecSiteOptions
  @OptionGroup(title: "Choosing how to share") var sharing: SpecSharingOptions
  @OptionGroup(title: "Output and folders") var output: SpecOutputOptions
  @OptionGroup(title: "Every command") var common: CommonOptions

  func run(_ session: Session, _ voice: Voice) async throws {
    let typed = try TypedRun(
      gpu, request, command: command.words, session.environment)
    let matrix = try output.matrix.data(session)
    if sharing.choose { return try choose(typed, matrix, session, voice) }
    if let option = sharing.users.map({ _ in "--users" })
      ?? (sharing.virtualMachines ? "--virtual-machines" : nil)
    {
      throw UsageError("`\(option)` goes with `--choose`", hints: ["add `--choose`, or leave it out"])
    }
    let subject = try RunSubject(lock, typed, platform: nil, session)
    for name in subject.manifest.loaded?.fileNames ?? [] { voice.detail("read \(name)") }
    for note in subject.notes { voice.note(note) }
    var image = try subject.image()
    if registry.resolveTag { try await resolveTag(of: &image, subject, session) }
    let plan = try subject.plan(matrix, image)
    let target = try SpecTarget(target)
    let spec = try target.spec(
      plan, site, allowTag: lock.allowTag, node: { try node(plan, session, voice) })
    let choices = plan.choices + spec.choices
    if output.explain.typed { voice.report(SpecOutput.explanation(choices)) }
    var files = spec.files
    for name in output.overlay { files = try Overlay(name, session).merged(over: files) }
    try SpecOutput(files: files, choices: choices).write(output, session, voice)
  }

  /// Finds out which digest a tag stands for now.
  ///
  /// - Throws: `UsageError` without a tag; `LockProblem` where it is the image of another lock.
  private func resolveTag(of image: inout RunImage, _ subject: RunSubject, _ session: Session) async throws {
    guard let text = subject.request.image else {
      throw UsageError(
        "`--resolve-tag` asks a registry about an image, and none is named",
        hints: ["name it with `--image registry.example.com/lab/resnet:1`"])
    }
    let reference = try ImagePlace.reference(text)
    guard reference.digest == nil else { return }
    var configuration = Configuration(
      cacheDirectory: try? session.variables.cacheDirectory(nil), environment: session.environment)
    if registry.plainHTTP.typed { configuration.allowPlainHTTP(reference.registry) }
    let found = try await session.images.registry.image(reference, subject.answer.platform, configuration)
    guard let said = found.images.first, said.environment?.lock == subject.digest else {
      let lock = found.images.first?.environment?.lock
      throw LockProblem(
        "\(reference) is not the image of \(Printable.text(subject.lockPath))",
        details: [
          "the image’s lock  \(lock.map(\.description) ?? "not said")",
          "this lock         \(subject.digest)",
        ], hints: ["push the image of this lock, or name another tag"], kind: .answerIsNo)
    }
    image.digest = found.digest
    image.process = said.process
  }

  /// Weighs the ways to share GPUs.
  private func choose(
    _ typed: TypedRun, _ matrix: Matrix, _ session: Session, _ voice: Voice
  ) throws {
    if let target = target {
      throw UsageError(
        "`--choose` weighs the ways to share GPUs, and writes no run spec for \(Printable.text(target))",
        hints: ["leave one of them out"])
    }
    let wanted = typed.declaration
    let request = SharingRequest(
      gpus: typed.models, count: wanted.gpus, users: sharing.users ?? 1, memory: wanted.gpuMemory,
      isolation: wanted.isolation, needsVirtualMachines: sharing.virtualMachines,
      licence: wanted.licence)
    let comparison = try SharingChooser(matrix: matrix).compare(request)
    voice.answer(
      output.json
        ? RenderSharing.json(comparison) : RenderSharing.text(comparison, voice.answerStyle))
    // The table says why where nothing can serve.
    guard comparison.pick != nil else { throw ExitCode(ErrorKind.answerIsNo.rawValue) }
    let setup = try NodeSetup(comparison)
    if output.explain.typed {
      voice.report(SpecOutput.explanation(comparison.choices + setup.choices))
    }
    try SpecOutput(files: setup.files, choices: comparison.choices + setup.choices).append(
      output, session, voice)
  }

  /// What an OCI bundle hands over: this machine's devices, or those of the CDI files that are named.
  private func node(_ plan: RunPlan, _ session: Session, _ voice: Voice) throws -> SpecNode {
    let blockDevices = plan.request.io.map(\.device)
    var node = session.machine.running.devices(
      plan.gpu == nil ? NodeFacts(origin: .probe) : session.machine.probe(), blockDevices)
    guard !site.cdiFile.isEmpty else {
      for fault in node.faults { voice.note(Printable.text(fault)) }
      return node
    }
    node.cdi = CDIRegistry(try site.cdiFile.map { try CDIRegistry.File($0, session) })
    return node
  }
}

extension CDIRegistry.File {
  /// Reads a CDI file.
  ///
  /// - Throws: A `UserFacingError` for one that is missing or cannot be used.
  fileprivate init(_ path: String, _ session: Session) throws {
    let name = Printable.text(path)
    let documents = try DocumentFile.read(path, session)
    guard let document = documents.first, documents.count == 1 else {
      throw UsageError("\(name) holds \(documents.count) documents, and a CDI file is one")
    }
    do throws(JSONDecodingError) {
      self.init(path, try CDISpecification(document))
    } catch {
      throw UsageError("\(name) is no CDI file: \(error)")
    }
  }
}
