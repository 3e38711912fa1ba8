import Envlock
import EnvlockManifest
import EnvlockModel

/// One of the two things that `diff` compares.
enum DiffSide: Hashable, Sendable {
  /// A lock on the disk.
  case file(String)
  /// An image or a bundle on the disk.
  case image(String)
  /// One in a registry.
  case reference(ImageReference)
  /// A lock as git has it: "HEAD:./envlock.lock", in the repository of a folder; nil: of the current one.
  case revision(typed: String, expression: String, folder: String?)

  /// Makes sense of what was typed: what is on the disk counts first, as with git, then what begins with a registry; the
  /// rest is a revision.
  ///
  /// - Parameters:
  ///   - text: A path, a reference that names its registry, or a revision with or without a path.
  ///   - lock: The path of the lock, for a revision without one.
  ///   - session: The world.
  init(_ text: String, lock: String, _ session: Session) {
    switch session.images.kind(text) {
    case .image: self = .image(text)
    case .file: self = .file(text)
    case .missing:
      // A path of this form is told by ImagePlace; a reference without a registry looks like a branch.
      if let place = try? ImagePlace(explicit: text, session.images), case .reference(let reference) = place {
        self = .reference(reference)
        return
      }
      if text.contains(":") {
        self = .revision(typed: text, expression: text, folder: nil)
      } else if lock.hasPrefix("/") {
        // Git knows no absolute paths; asked in the lock's folder, it finds the repository and the path in it itself.
        let name = lock.split(separator: "/").last ?? ""
        self = .revision(typed: text, expression: "\(text):./\(name)", folder: Path.directory(of: lock))
      } else {
        let path = lock.hasPrefix("../") ? lock : "./" + lock
        self = .revision(typed: text, expression: "\(text):\(path)", folder: nil)
      }
    }
  }

  /// What it is called.
  var title: String {
    switch self {
    case .file(let path), .image(let path): Printable.text(path)
    case .reference(let reference): Printable.text("\(reference)")
    case .revision(let typed, _, _): Printable.text(typed)
    }
  }

  /// Reads the lock.
  ///
  /// - Parameters:
  ///   - registry: How registries are asked.
  ///   - session: The world.
  /// - Returns: The lock, or what an image tells of it.
  /// - Throws: `LockProblem` where there is none, or it cannot be used.
  func lock(_ registry: RegistryReadOptions, _ session: Session) async throws -> ToldLock {
    switch self {
    case .file(let path): return ToldLock(try LockFile.required(path, session.files), isWhole: true)
    case .image(let path): return try session.images.told(path)
    case .reference(let reference):
      return try await session.images.registry.told(reference, Configuration(reference, registry, session))
    case .revision(let typed, let expression, let folder):
      let bytes = try Self.bytes(typed: typed, expression, in: folder, session)
      return ToldLock(try LockFile.parse(bytes, called: Printable.text(expression)), isWhole: true)
    }
  }

  private static func bytes(
    typed: String, _ expression: String, in folder: String?, _ session: Session
  ) throws -> [UInt8] {
    let name = Printable.text(typed)
    switch try ask(expression, in: folder, for: name, session) {
    case .file(let bytes): return bytes
    case .other(let kind):
      throw LockProblem(
        "\(name) is no lock: git has a \(kind) there",
        hints: ["write REVISION:PATH, as in HEAD:envlock.lock"])
    case .missing: break
    }
    // Which part of it is missing?
    let parts = expression.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let revision = String(parts[0])
    let path = Printable.text(String(parts.last ?? ""))
    if revision.isEmpty {
      throw LockProblem("there is neither a file \(name), nor is \(path) in git's index")
    }
    guard try ask(revision, in: folder, for: name, session) != .missing else {
      throw LockProblem(
        "there is neither a file nor a git revision \(Printable.text(revision))",
        hints: [
          "name a lock, an image on the disk or in a registry, or a revision such as HEAD~3 or main:envlock.lock"
        ])
    }
    throw LockProblem(
      "\(Printable.text(revision)) has no \(path.hasPrefix("./") ? String(path.dropFirst(2)) : path)",
      hints: [
        "where the lock has another name there, write REVISION:PATH; the path begins at the top of the repository"
      ])
  }

  private static func ask(
    _ expression: String, in folder: String?, for name: String, _ session: Session
  ) throws(LockProblem) -> GitReading.Answer {
    do {
      return try session.git.object(expression, folder, session.environment)
    } catch {
      switch error {
      case .notInstalled:
        throw LockProblem(
          "there is no file \(name), and git, which might know it as a revision, is not installed",
          hints: ["name two locks or images on the disk"])
      case .noRepository:
        throw LockProblem(
          "there is no file \(name), and \(folder.map { Printable.text($0) } ?? "this folder") is in no git repository that could have such a revision",
          hints: ["name two locks or images on the disk, or go into the repository, as `--directory` does"])
      case .failed(let lines):
        throw LockProblem("git could not read \(name)", details: lines, kind: .couldNotFindOut)
      }
    }
  }
}
