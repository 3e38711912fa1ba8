import ArgumentParser
import Envlock
import EnvlockCheck
import EnvlockDiff
import EnvlockManifest
import EnvlockModel

/// `envlock diff`.
struct DiffCommand: Subcommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Say what tells two locks apart, and what it means for the nodes.",
    usage: """
      envlock diff [<old> [<new>]] [--driver <version>] [--gpu <gpu> ...] [--nodes <file> ...]
                   [--markdown|--json] [--exit-code] [<options>]
      """,
    discussion: HelpText.discussion(
      """
      Each side is a lock, an image or bundle on the disk (a folder with an OCI layout, or an archive) or in a registry \
      (registry.example.com/lab/resnet:1), or a git revision, as in HEAD~3 or main:envlock.lock. A revision alone means \
      the lock of that revision. Without <new> it is the lock in the working tree, without <old> the one of HEAD. Exit \
      codes: 0 compared, 1 they differ and --exit-code asks for that.
      """, examples: "envlock diff                       # since the last commit",
      "envlock diff main --markdown       # for a pull request", "envlock diff main:envlock.lock ./image"))

  @Argument(
    help: ArgumentHelp(
      "The lock before: a lock, an image on the disk or in a registry, or a git revision. Default: HEAD",
      valueName: "old"),
    completion: .file())
  var old: String?

  @Argument(
    help: ArgumentHelp("The lock after, likewise. Default: the lock in the working tree", valueName: "new"),
    completion: .file())
  var new: String?

  @Option(
    help: ArgumentHelp("The lock that a revision alone means. Default: envlock.lock", valueName: "file"),
    completion: .file(extensions: ["lock"]))
  var lock: String?

  @OptionGroup(title: "The nodes") var nodes: NodeOptions
  @OptionGroup(title: "The registry") var registry: RegistryReadOptions
  @OptionGroup(title: "Output and folders") var output: DiffOutputOptions
  @OptionGroup(title: "Every command") var common: CommonOptions

  func validate() throws {
    if output.json, output.markdown { throw ValidationError("--json and --markdown exclude each other") }
    if output.textconv, new != nil { throw ValidationError("--textconv takes one lock") }
  }

  func run(_ session: Session, _ voice: Voice) async throws {
    let lockPath = lock ?? session.variables.text(.lock) ?? LockFile.defaultName
    if output.textconv {
      voice.answer(try textconv(old ?? lockPath, session))
      return
    }
    let old = DiffSide(old ?? "HEAD", lock: lockPath, session)
    let new = new.map { DiffSide($0, lock: lockPath, session) } ?? .file(lockPath)
    let told = (
      old: try await old.lock(registry, session),
      new: try await new.lock(registry, session)
    )
    let locks = (old: told.old.lock, new: told.new.lock)
    let difference = LockDifference(
      from: locks.old, to: locks.new,
      scope: told.old.isWhole && told.new.isWhole ? .everything : .levels)
    let outcome = DiffOutcome(
      titles: (old.title, new.title), locks: locks, difference: difference,
      consequences: try consequences(difference, locks, session, voice))
    if output.json {
      voice.answer(RenderDiffJSON.text(outcome))
    } else if output.markdown {
      voice.answer(RenderDiffMarkdown.text(outcome))
    } else if outcome.isEmpty {
      let what = difference.scope == .levels ? "have the same levels" : "are the same"
      voice.say("\(old.title) and \(new.title) \(what)")
    } else {
      voice.answer(RenderDiff.text(outcome, voice.answerStyle))
    }
    if output.exitCode, !outcome.isEmpty { throw ExitCode(ErrorKind.answerIsNo.rawValue) }
  }

  /// What the change means for the targets of the locks, and for nodes that were named.
  private func consequences(
    _ difference: LockDifference, _ locks: (old: Lockfile, new: Lockfile), _ session: Session, _ voice: Voice
  ) throws -> [Consequence] {
    let selection = try NodeSelection(nodes, session.variables)
    let matrix = try output.matrix.data(session)
    var consequences = difference.consequences(matrix: matrix)
    guard !selection.isEmpty else { return consequences }
    consequences += Consequence.all(
      from: locks.old, to: locks.new, on: try selection.groups(session, voice), Checker(matrix: matrix))
    return consequences
  }

  /// What git compares in place of a lock. It must not fail, or git shows nothing: what is no lock stays as it is.
  private func textconv(_ path: String, _ session: Session) throws -> String {
    let bytes: [UInt8]
    do {
      bytes = try session.files.read(path)
    } catch {
      throw LockProblem("\(Printable.text(path)) could not be read", kind: .couldNotFindOut)
    }
    guard let lock = try? Lockfile(parsing: bytes) else { return String(decoding: bytes, as: UTF8.self) }
    return RenderLockText.text(lock)
  }
}

/// How the difference is written.
struct DiffOutputOptions: ParsableArguments {
  @Flag(help: "Write Markdown, for a comment on a pull request.")
  var markdown = false

  @Flag(help: "Write JSON.")
  var json = false

  @Flag(help: "Exit with 1 where they differ.")
  var exitCode = false

  @Flag(help: "Print one lock with a line for each artifact, for git's textconv.")
  var textconv = false

  @OptionGroup var matrix: MatrixOption
}
