import EnvlockDiff
import EnvlockManifest
import EnvlockModel
import EnvlockStore

/// A lock on the disk.
enum LockFile {
  static let defaultName = "envlock.lock"

  /// Reads the lock at `path`; nil where there is none.
  ///
  /// - Throws: `LockProblem` for a file that cannot be read or is no lock that can be used.
  static func read(_ path: String, _ files: FileReader) throws(LockProblem) -> Lockfile? {
    let bytes: [UInt8]
    do {
      bytes = try files.read(path)
    } catch {
      guard case .unreadable(let why) = error else { return nil }
      throw LockProblem("\(path) could not be read: \(why)", kind: .couldNotFindOut)
    }
    return try parse(bytes, called: path)
  }

  /// The lock that some bytes are.
  ///
  /// - Throws: `LockProblem` that names them, where they are no lock that can be used.
  static func parse(_ bytes: [UInt8], called name: String) throws(LockProblem) -> Lockfile {
    do {
      return try Lockfile(parsing: bytes)
    } catch {
      guard ConflictText(parsing: bytes) == nil else {
        throw LockProblem(
          "\(name) holds a merge conflict",
          hints: [
            "merge the manifest, then run `envlock resolve`: it keeps what both sides chose, where it fits"
          ])
      }
      throw LockProblem(
        "\(name): \(error.message)", details: error.details, hints: error.hints, kind: error.kind)
    }
  }

  /// What both sides of a merge chose, from a lock that git could not merge; nil for a file without conflicts.
  ///
  /// - Throws: `LockProblem` where neither side can be read.
  static func preferences(inConflict path: String, _ files: FileReader) throws(LockProblem) -> Lockfile? {
    guard let bytes = try? files.read(path), let conflict = ConflictText(parsing: bytes) else { return nil }
    let sides = [conflict.ours, conflict.theirs].compactMap { try? Lockfile(parsing: $0) }
    guard let first = sides.first, let last = sides.last else {
      throw LockProblem(
        "\(path) holds a merge conflict, and neither side of it is a lock",
        hints: [
          "take one of them, as with `git checkout --ours \(path)`, or delete the file; then run `envlock resolve`"
        ])
    }
    let base = conflict.base.flatMap { try? Lockfile(parsing: $0) }
    return LockMerge.preferences(base: base, ours: first, theirs: last)
  }

  /// Reads a lock that must be there.
  ///
  /// - Throws: `LockProblem` also where there is none.
  static func required(_ path: String, _ files: FileReader) throws(LockProblem) -> Lockfile {
    guard let lock = try read(path, files) else {
      throw LockProblem("there is no lock \(path)", hints: ["`envlock resolve` writes one"])
    }
    return lock
  }
}

/// A lock that is missing, cannot be used, or is not what was demanded.
struct LockProblem: UserFacingError, Hashable {
  let message: String
  let details: [String]
  let hints: [String]
  let kind: ErrorKind

  init(_ message: String, details: [String] = [], hints: [String] = [], kind: ErrorKind = .badInput) {
    self.message = message
    self.details = details
    self.hints = hints
    self.kind = kind
  }
}

extension Lockfile {
  /// The digest of the lock's text, by which images and documents name it.
  var digest: Digest { sha256(canonicalText().utf8) }

  /// The answers with what they are called: the platform, and the targets where the platform has several answers.
  var titledAnswers: [(title: String, answer: PlatformLock)] {
    platforms.map { answer in
      let isAlone = answers(for: answer.platform).count == 1
      let targets = answer.targets.map(\.name).joined(separator: ", ")
      return (isAlone ? "\(answer.platform)" : "\(answer.platform) (\(targets))", answer)
    }
  }
}
