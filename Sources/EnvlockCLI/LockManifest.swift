import Envlock
import EnvlockManifest
import EnvlockModel
import EnvlockVersions

/// The manifest that a lock is of, where there is one: it says what is in the image beside the environment.
struct LockManifest: Sendable {
  /// What was read; nil where the lock stands alone.
  let loaded: LoadedManifest?

  /// None: the lock stands alone.
  static let none = LockManifest(loaded: nil)

  private init(loaded: LoadedManifest?) { self.loaded = loaded }

  /// Reads the manifest that was named, or the one in the lock's folder.
  ///
  /// - Throws: A `UserFacingError` where the named one is missing, or what is there cannot be used.
  init(_ invocation: BuildInvocation, _ session: Session) throws {
    try self.init(lock: invocation.lock, manifest: invocation.manifest, session)
  }

  /// Reads the manifest at a path, or, without one, that in the lock's folder.
  ///
  /// - Throws: A `UserFacingError` where the named one is missing, or what is there cannot be used.
  init(lock: String, manifest: String?, _ session: Session) throws {
    let reader = ManifestReader(files: session.files, variable: { session.environment[$0] })
    loaded = try manifest.map { try reader.read($0) } ?? Self.beside(lock, reader, session.files)
  }

  /// The manifest's path; nil where there is none.
  var path: String? { loaded?.fileNames.first }

  /// What it says of the image.
  var image: ImageDeclaration { loaded?.manifest.image ?? ImageDeclaration() }

  /// The folder that its files are relative to.
  var folder: String {
    let folder = path.map { Path.directory(of: $0) } ?? ""
    return folder.isEmpty ? "." : folder
  }

  /// The manifest in a lock's folder; nil where there is none.
  private static func beside(
    _ lock: String, _ reader: ManifestReader, _ files: FileReader
  ) throws -> LoadedManifest? {
    let folder = Path.directory(of: lock)
    let own = Path.joined(folder, ManifestReader.fileName)
    do {
      _ = try files.read(own)
      return try reader.read(own)
    } catch FileFault.notFound {}
    do {
      return try reader.discover(in: folder)
    } catch let fault as any UserFacingError {
      // A pyproject.toml without a word for envlock is no manifest: then reading it meets this fault never.
      do {
        _ = try reader.read(Path.joined(folder, "pyproject.toml"))
      } catch let other as any UserFacingError where other.message == fault.message {
        throw fault
      } catch {}
      return nil
    }
  }

  /// What a person should know about it, a sentence each.
  func notes(_ lock: Lockfile, path lockPath: String) -> [String] {
    guard let loaded, let path else { return [] }
    let currency = LockCurrency(lock, loaded.manifest, path: path)
    guard !currency.isCurrent else { return [] }
    return ["\(currency.sentence(Printable.text(lockPath))); \(LockCurrency.mend) brings it up to date"]
  }

  // MARK: the base

  /// - Throws: `LockProblem` with the lines to add, where an answer has no base.
  func requireBase(_ answers: [PlatformLock], path lock: String) throws(LockProblem) {
    guard let answer = answers.first(where: { $0.base == nil }) else { return }
    let message = "\(Printable.text(lock)) has no base: it does not say what lies below the wheels"
    if let path, loaded?.manifest.base != nil {
      throw LockProblem(
        message, hints: ["\(Printable.text(path)) has one by now: run `envlock resolve` again"])
    }
    let suite = DebianSuite.ofPython(answer.python)
    let isProject = path.map { $0.hasSuffix("pyproject.toml") } ?? false
    throw LockProblem(
      message, details: [isProject ? "[tool.envlock.base]" : "[base]", "debian = \"\(suite)\""],
      hints: path.map {
        ["add these lines to \(Printable.text($0)), then run `envlock resolve` again"]
      } ?? [
        "run `envlock resolve` again, with `--base debian:\(suite)` added",
        "or add these lines to the manifest that the lock was made from",
      ])
  }
}
