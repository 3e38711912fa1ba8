import ArgumentParser
import EnvlockManifest
import EnvlockModel
import EnvlockVersions

/// Which of a lock's answers a command is about.
struct SelectionOptions: ParsableArguments {
  @OptionGroup var lock: LockOption

  @Option(
    help: ArgumentHelp("linux/amd64 or linux/arm64, where the lock holds both.", valueName: "platform"),
    completion: .platforms)
  var platform: String?

  @OptionGroup var target: TargetOption
}

extension SelectionOptions {
  /// The path of the lock.
  func path(_ variables: Variables) -> String { lock.path(variables) }

  /// The answers that fit the options, at least one.
  ///
  /// - Throws: `UsageError` where none fits.
  func answers(of lock: Lockfile, path: String) throws(UsageError) -> [PlatformLock] {
    var answers = lock.platforms
    if let platform {
      let wanted: Platform
      do { wanted = try Platform(platform) } catch { throw UsageError(error, in: "--platform") }
      answers = answers.filter { $0.platform == wanted }
      guard !answers.isEmpty else {
        let known = Set(lock.platforms.map(\.platform)).sorted().map(\.description)
        throw UsageError(
          "\(path) holds nothing for \(wanted)", hints: ["it holds \(known.joined(separator: " and "))"])
      }
    }
    if let target = target.typed {
      answers = answers.filter { $0.targets.contains { $0.name == target } }
      guard !answers.isEmpty else {
        let known = Set(lock.platforms.flatMap(\.targets).map(\.name)).sorted()
        throw UsageError(
          "\(path) knows no target “\(target)”",
          hints: [known.isEmpty ? "it was made without targets" : "it knows \(known.joined(separator: ", "))"]
        )
      }
    }
    guard !answers.isEmpty else { throw UsageError("\(path) holds no answer") }
    return answers
  }

  /// Reads the lock, and in it the one answer that fits the options.
  ///
  /// - Throws: A `UserFacingError` for a lock that cannot be used; `UsageError` where none of its answers fits, or
  ///   several do.
  func read(_ session: Session) throws -> (path: String, lock: Lockfile, answer: PlatformLock) {
    let path = path(session.variables)
    let lock = try LockFile.required(path, session.files)
    return (path, lock, try answer(of: lock, path: path))
  }

  /// The one answer that fits the options.
  ///
  /// - Throws: `UsageError` where none fits, or several.
  func answer(of lock: Lockfile, path: String) throws(UsageError) -> PlatformLock {
    let answers = try answers(of: lock, path: path)
    guard answers.count > 1 else { return answers[0] }
    let platforms = Set(answers.map(\.platform)).sorted()
    guard platforms.count == 1 else {
      throw UsageError(
        "\(path) holds \(platforms.map(\.description).joined(separator: " and "))",
        hints: ["choose one with `--platform \(platforms[0])`"])
    }
    let targets = answers.flatMap(\.targets).map(\.name)
    throw UsageError(
      "\(path) holds \(answers.count) answers for \(platforms[0])",
      hints: ["choose one with `--target`: \(targets.joined(separator: ", "))"])
  }
}
