import ArgumentParser
import Envlock
import EnvlockExport
import EnvlockManifest
import EnvlockModel
import EnvlockNative
import EnvlockStore

/// What is said of an image that is pushed.
struct PushStatementOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Attach a bill of materials, made of the lock: cyclonedx or spdx; repeatable.", valueName: "format"),
    completion: .list(BillFormat.allCases.map(\.rawValue)))
  var sbom: [String] = []

  @Flag(help: "Attach an in-toto statement with SLSA provenance. It is not signed.")
  var provenance = false

  @Flag(help: "Sign the image with cosign, which has to be installed.")
  var sign = false
}

/// The same, as it was meant.
struct PushStatements: Hashable, Sendable {
  /// The formats of bills of materials, without repetition.
  var bills: [BillFormat]
  /// Whether provenance is attached.
  var provenance: Bool
  /// Whether the image is signed.
  var sign: Bool

  /// Makes sense of what was typed.
  ///
  /// - Throws: `UsageError` for an unknown format.
  init(_ options: PushStatementOptions) throws(UsageError) {
    var bills: [BillFormat] = []
    for text in options.sbom {
      if let format: BillFormat = try OptionWord.read("--sbom", text), !bills.contains(format) {
        bills.append(format)
      }
    }
    self.bills = bills
    provenance = options.provenance
    sign = options.sign
  }

  /// Whether nothing is attached, which would be made of the lock.
  var isEmpty: Bool { bills.isEmpty && !provenance }

  /// The files to attach to an image.
  ///
  /// - Parameters:
  ///   - image: The image in the registry.
  ///   - request: What it was built of.
  ///   - answers: The answers that were built.
  ///   - tool: This program, and the time that the environment names.
  /// - Returns: The files, bills of materials first.
  func artifacts(
    for image: PushedImage, _ request: BuildRequest, _ answers: [PlatformLock], tool: ExportTool
  ) -> [ImageArtifact] {
    let digest = request.lock.digest
    let bill = BillOfMaterials(
      name: image.reference.repository, lock: request.lock, digest: digest, answers: answers)
    let hash = { (text: String) in sha256(text.utf8) }
    func artifact(_ type: String, _ name: String, _ document: JSONValue) -> ImageArtifact {
      ImageArtifact(mediaType: type, name: name, bytes: Array(document.canonical().utf8))
    }
    var artifacts = bills.map { format in
      switch format {
      case .cyclonedx:
        artifact(
          "application/vnd.cyclonedx+json", "sbom.cdx.json",
          CycloneDXDocument(bill, tool: tool).json(hash: hash))
      case .spdx:
        artifact("application/spdx+json", "sbom.spdx.json", SPDXDocument(bill, tool: tool).json(hash: hash))
      }
    }
    if provenance {
      let statement = ProvenanceStatement(
        subjects: [ProvenanceStatement.Subject(name: image.reference.name, digest: image.digest)],
        bill: bill, lock: digest, platforms: answers.map(\.platform), image: request.image,
        layers: ProvenanceStatement.Layers(
          compression: request.compression.rawValue, isStargz: request.stargz), tool: tool)
      artifacts.append(artifact("application/vnd.in-toto+json", "provenance.intoto.json", statement.json))
    }
    return artifacts
  }
}

/// Signs images.
///
/// `--yes` answers what it asks about its public log; a registry without TLS has to be allowed, other than this machine's
/// own, which it knows as such. Keys, identity and log come from variables, as in COSIGN_KEY for its `--key`; credentials
/// for the registry from Docker's and containers' files.
///
/// Source: cosign's own documentation, "cosign sign" and "cosign env".
struct Cosign: Sendable {
  private let program: String

  /// Finds the program, before anything is pushed.
  ///
  /// - Throws: `UsageError` where it is not installed.
  init(_ session: Session) throws(UsageError) {
    let path = session.environment["PATH"] ?? ""
    guard let program = session.machine.running.find("cosign", path) else {
      throw UsageError(
        "`--sign` needs cosign, and there is none in PATH",
        hints: ["install it, or leave `--sign` out and sign the digest in your own way"])
    }
    self.program = program
  }

  /// Signs an image by its digest, with cosign's own keys, questions and variables.
  ///
  /// - Throws: `LockProblem` where it fails.
  func sign(_ image: PushedImage, isPlain: Bool, _ session: Session) throws {
    let reference = image.reference.pinned(to: image.digest).description
    let arguments = ["sign", "--yes"] + (isPlain ? ["--allow-http-registry"] : []) + [reference]
    let end = session.machine.running.execute(program, arguments, nil)
    guard end != .exited(0) else { return }
    throw LockProblem(
      "\(Printable.text(reference)) is pushed, and cosign did not sign it",
      hints: ["cosign said why; sign it later: `cosign \(Printable.text(arguments.joined(separator: " ")))`"],
      kind: .couldNotFindOut)
  }
}
