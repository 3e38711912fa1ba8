import ArgumentParser
import EnvlockExport
import EnvlockManifest
import EnvlockModel
import EnvlockStore

/// `envlock export sbom`.
struct ExportBillCommand: Subcommand {
  static let configuration = CommandConfiguration(
    commandName: "sbom",
    abstract: "Write a bill of materials: CycloneDX 1.6 or SPDX 2.3, as JSON.",
    usage: "envlock export sbom [--format cyclonedx|spdx] [--platform <platform> ...] [<options>]",
    discussion: HelpText.discussion(
      """
      Wheels, packages of Debian, the interpreter and the image below, with package URLs and SHA-256, and what needs what; \
      driver and CUDA as properties. It is made of the lock alone: equal locks give equal documents. A time stands in it \
      where SOURCE_DATE_EPOCH names one.
      """, examples: "envlock export sbom --format spdx -o sbom.spdx.json"))

  @Option(
    help: ArgumentHelp("cyclonedx (default) or spdx.", valueName: "format"),
    completion: .list(BillFormat.allCases.map(\.rawValue)))
  var format: String?

  @Option(help: ArgumentHelp("What the environment is called. Default: environment", valueName: "name"))
  var name: String?

  @OptionGroup var output: ExportOutputOptions
  @OptionGroup var selection: LockAnswersOptions
  @OptionGroup var common: CommonOptions

  func run(_ session: Session, _ voice: Voice) async throws {
    let format: BillFormat = try OptionWord.read("--format", format) ?? .cyclonedx
    let tool = try ExportTool(session.variables)
    let bill = try ExportSubject(selection, session).bill(name ?? "environment")
    let hash = { (text: String) in sha256(text.utf8) }
    let document =
      switch format {
      case .cyclonedx: CycloneDXDocument(bill, tool: tool).json(hash: hash)
      case .spdx: SPDXDocument(bill, tool: tool).json(hash: hash)
      }
    try output.write(document.canonical(), session, voice)
  }
}

/// What a bill of materials is written as.
enum BillFormat: String, CaseIterable {
  case cyclonedx, spdx
}
