import ArgumentParser
import EnvlockExport
import EnvlockManifest
import EnvlockModel

/// Where a document goes.
struct ExportOutputOptions: ParsableArguments {
  @Option(
    name: .shortAndLong, help: ArgumentHelp("Where to write. Default: standard output", valueName: "file"),
    completion: .file())
  var output: String?

  /// Prints the document, or writes it.
  ///
  /// - Throws: What cannot be written.
  func write(_ text: String, _ session: Session, _ voice: Voice) throws {
    guard let output, output != "-" else { return voice.answer(text) }
    try session.write(Array(text.utf8), output)
    voice.say("Wrote \(Printable.text(output))")
  }
}

/// What is exported: a lock, and the answers that are meant, one for each platform.
struct ExportSubject: Sendable {
  let path: String
  let lock: Lockfile
  /// The digest of the lock's text.
  let digest: Digest
  let answers: [PlatformLock]

  /// Reads the lock.
  ///
  /// - Throws: A `UserFacingError` for one that cannot be used, or has no such answer.
  init(_ options: LockAnswersOptions, _ session: Session) throws {
    let variables = session.variables
    path = options.lock.path(variables)
    lock = try LockFile.required(path, session.files)
    digest = lock.digest
    let choice = AnswerChoice(
      lock: path, platforms: try BuildInvocation.platforms(options.platform, variables),
      target: options.target.name(variables))
    answers = try choice.answers(of: lock)
  }

  /// What it consists of.
  ///
  /// - Parameter name: What it is called.
  /// - Returns: Its parts.
  func bill(_ name: String) -> BillOfMaterials {
    BillOfMaterials(name: name, lock: lock, digest: digest, answers: answers)
  }
}

extension ExportTool {
  /// This program, and the time that the environment names.
  ///
  /// - Throws: `UsageError` for a SOURCE_DATE_EPOCH that is no number of seconds.
  init(_ variables: Variables) throws(UsageError) {
    var created: String?
    if let text = variables.text(.sourceDateEpoch) {
      guard let seconds = Int(text), seconds >= 0, seconds <= 253_402_300_799 else {
        throw UsageError(
          "\(Variable.sourceDateEpoch.rawValue) cannot be “\(Printable.text(text))”",
          hints: ["it is a number of seconds since 1970"])
      }
      created = UploadTime.text(of: seconds)
    }
    self.init(version: EnvlockCommand.version, created: created)
  }
}
