import ArgumentParser
import EnvlockDiff
import EnvlockManifest
import EnvlockModel
import EnvlockStore

/// `envlock merge-lock`, which git calls: its driver for locks.
struct MergeLockCommand: Subcommand {
  static let configuration = CommandConfiguration(
    commandName: "merge-lock",
    abstract: "Merge locks, as git's merge driver.",
    usage: "envlock merge-lock <base> <ours> <theirs> [<path>] [<options>]",
    discussion: """
      Set up with `git config merge.envlock.driver "envlock merge-lock %O %A %B %P"` and `envlock.lock merge=envlock` in \
      .gitattributes. The result replaces <ours>. Locks are merged where the result is shown to be an answer; otherwise \
      both stand there with conflict markers, and `envlock resolve` makes one of them. Exit codes: 0 merged, 1 conflict.
      """, shouldDisplay: false)

  @Argument(help: ArgumentHelp("The lock that both come from: %O.", valueName: "base"), completion: .file())
  var base: String

  @Argument(
    help: ArgumentHelp("The lock merged into, which is replaced: %A.", valueName: "ours"), completion: .file()
  )
  var ours: String

  @Argument(help: ArgumentHelp("The lock that is merged: %B.", valueName: "theirs"), completion: .file())
  var theirs: String

  @Argument(help: ArgumentHelp("What the lock is called in messages: %P.", valueName: "path"))
  var path: String?

  @OptionGroup var common: CommonOptions

  func run(_ session: Session, _ voice: Voice) async throws {
    let sides = ConflictText(
      ours: try read(ours, session), base: try read(base, session), theirs: try read(theirs, session))
    let name = Printable.text(path ?? ours)
    let reasons: [String]
    switch merge(sides) {
    case .merged(let lock): return try session.write(Array(lock.canonicalText().utf8), ours)
    case .conflict(let found): reasons = found
    }
    try session.write(sides.text, ours)
    throw LockProblem(
      "\(name) could not be merged", details: reasons.map { Printable.text($0) },
      hints: [
        "merge the manifest first, then run `envlock resolve`: it keeps what both sides chose, where it fits"
      ], kind: .answerIsNo)
  }

  private func merge(_ sides: ConflictText) -> LockMerge {
    do {
      // Where both sides added the file, git gives an empty one for the base.
      let base = try sides.base.flatMap { bytes throws(LockfileError) in
        bytes.isEmpty ? nil : try Lockfile(parsing: bytes)
      }
      return LockMerge(
        base: base, ours: try Lockfile(parsing: sides.ours), theirs: try Lockfile(parsing: sides.theirs)
      ) { sha256(Array($0.canonical().utf8)) }
    } catch {
      return .conflict([error.message])
    }
  }

  private func read(_ path: String, _ session: Session) throws(LockProblem) -> [UInt8] {
    do {
      return try session.files.read(path)
    } catch {
      throw LockProblem("\(Printable.text(path)) could not be read", kind: .couldNotFindOut)
    }
  }
}
