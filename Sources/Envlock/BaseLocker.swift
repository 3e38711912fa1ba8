import EnvlockImage
import EnvlockIndexes
import EnvlockModel
import EnvlockRegistry
import EnvlockResolve
import EnvlockStore
import EnvlockVersions

/// Finds what lies below the wheels.
///
/// The system is opened before the solve, which has to know its glibc; the interpreter is chosen after it, when the Python
/// is known. An earlier lock's base stays as it is while the same base is asked for and nothing is upgraded: no mirror and
/// no registry is asked.
struct BaseLocker {
  let configuration: Configuration
  let http: HTTPClient
  let declaration: BaseDeclaration

  /// A base whose interpreter is not chosen yet.
  struct Opened {
    fileprivate enum System {
      case debian(DebianSnapshot)
      case image(LockedImage)
    }

    fileprivate let platform: Platform
    /// An earlier lock's base, for its Python.
    fileprivate let kept: LockedBase?
    fileprivate let system: System?
    /// The glibc that wheels meet.
    let glibc: Version
    /// The Python that the system brings; nil where it brings none.
    let python: PythonVersion?
    /// What the user should know, a sentence each.
    let notes: [String]
  }

  /// Looks at the system.
  ///
  /// - Parameters:
  ///   - platform: For what platform.
  ///   - kept: What an earlier lock has, if it is to stay.
  /// - Returns: The system.
  /// - Throws: What is wrong with the base, or out of reach.
  func open(_ platform: Platform, keeping kept: LockedBase?) async throws -> Opened {
    if let kept, let glibc = kept.glibc {
      return Opened(platform: platform, kept: kept, system: nil, glibc: glibc, python: nil, notes: [])
    }
    switch declaration.system {
    case .debian(let suite):
      let snapshot = try await configuration.debianArchive(http).snapshot(
        suite: suite, security: declaration.security, architecture: platform.architecture)
      guard let libc = try snapshot.index.packages(named: "libc6").first,
        let glibc = LockedBase.glibc(libc.version)
      else { throw BadRequest("the suite \(suite) has no libc6 for \(platform)") }
      return Opened(
        platform: platform, kept: nil, system: .debian(snapshot), glibc: glibc,
        python: try Self.python(snapshot), notes: snapshot.notes)
    case .image(let text):
      let image = try await lock(image: text, platform)
      guard let glibc = image.glibc else {
        throw BadRequest(
          "there is no glibc in \(image.reference), and wheels for Linux need it",
          hints: [
            "choose an image of Debian, Ubuntu or the like; images with musl, such as Alpine's, do not do"
          ],
          kind: .answerIsNo)
      }
      return Opened(
        platform: platform, kept: nil, system: .image(image), glibc: glibc, python: nil, notes: [])
    }
  }

  /// Chooses the interpreter, and locks all of the base.
  ///
  /// - Throws: `UnsatisfiableDebianPackage`; `BadRequest` where there is no such interpreter.
  func lock(_ opened: Opened, python: PythonVersion) async throws -> LockedBase {
    if let kept = opened.kept {
      if Self.fits(kept.interpreter, python) { return kept }
      return try await lock(open(opened.platform, keeping: nil), python: python)
    }
    switch opened.system {
    case nil: preconditionFailure("what is not kept was opened")
    case .image(let image):
      return LockedBase(system: .image(image), interpreter: try build(python, opened.platform))
    case .debian(let snapshot):
      let own = try interpreter(python, of: snapshot)
      let debian = try lock(snapshot, interpreter: own)
      return LockedBase(
        system: .debian(debian), interpreter: try own ?? build(python, opened.platform))
    }
  }

  private static func fits(_ interpreter: LockedInterpreter, _ python: PythonVersion) -> Bool {
    let isFreeThreaded =
      if case .build(let build) = interpreter.origin { build.file.contains("freethreaded") } else { false }
    return isFreeThreaded == python.freeThreaded && matches(interpreter.version, python)
  }

  /// Whether a release is of a Python, whose patch release counts only where it is named.
  private static func matches(_ version: Version, _ python: PythonVersion) -> Bool {
    let wanted = [python.major, python.minor] + [python.patch].compactMap { $0 }
    return version.release.starts(with: wanted)
  }

  // MARK: Debian

  /// The Python that a suite calls `python3`.
  private static func python(_ snapshot: DebianSnapshot) throws -> PythonVersion? {
    guard let version = try snapshot.index.packages(named: "python3").first?.version else { return nil }
    return try? PythonVersion(version.upstream.split(separator: ".").prefix(2).joined(separator: "."))
  }

  /// The suite's own interpreter, if it is the one that is asked for.
  private func interpreter(
    _ python: PythonVersion, of snapshot: DebianSnapshot
  ) throws -> LockedInterpreter? {
    guard !python.freeThreaded,
      let package = try snapshot.index.packages(named: "python\(python.major).\(python.minor)").first,
      let version = try? Version(package.version.upstream), Self.matches(version, python)
    else { return nil }
    return LockedInterpreter(version: version, origin: .debian(package: package.name))
  }

  private func lock(
    _ snapshot: DebianSnapshot, interpreter: LockedInterpreter?
  ) throws -> LockedDebian {
    let package: String? = if case .debian(let name)? = interpreter?.origin { name } else { nil }
    let essential = DebianBase.packages
    var roots: [DebianDependency] = []
    for text in essential + [package].compactMap({ $0 }) + declaration.packages {
      roots += try DebianDependency.list(text)
    }
    let members = try DebianClosure(snapshot.index, ignoring: .standard).members(for: roots)
    return LockedDebian(
      suite: snapshot.suite, security: declaration.security, essential: essential,
      requested: declaration.packages,
      packages: members.map(\.locked))
  }

  // MARK: interpreters

  /// The newest build of a Python.
  private func build(_ python: PythonVersion, _ platform: Platform) throws(BadRequest) -> LockedInterpreter {
    let builds = configuration.matrix.interpreterBuilds.filter {
      $0.python.freeThreaded == python.freeThreaded && $0.platform == platform && $0.libc == "gnu"
        && Self.matches($0.version, python)
    }
    let final = builds.filter { !$0.isPrerelease }
    guard let row = (final.isEmpty ? builds : final).max(by: { $0.version < $1.version }) else {
      let known = configuration.matrix.interpreterBuilds.filter { $0.platform == platform }.map(\.python)
      throw BadRequest(
        "there is no Python \(python) for \(platform): neither the base has it, nor is a build of it known",
        hints: [
          "known are \(Set(known).sorted().map(\.description).joined(separator: ", ")) (matrices/python-builds.json)"
        ])
    }
    return LockedInterpreter(
      version: row.version,
      origin: .build(LockedInterpreter.Build(release: row.release, file: row.file, sha256: row.digest)))
  }

  // MARK: images

  private func lock(image text: String, _ platform: Platform) async throws -> LockedImage {
    let reference: ImageReference
    do {
      reference = try ImageReference(text)
    } catch {
      throw BadRequest("\(error)", hints: ["it has to look like docker.io/library/debian:bookworm"])
    }
    let registry = configuration.registry(http)
    var image = try await registry.lock(reference, platform: platform)
    guard let root = configuration.cacheDirectory else {
      throw BadRequest(
        "there is no folder to keep the base image in", hints: ["name one with `--cache-dir`"])
    }
    let store = ArtifactStore(folder: root, client: http)
    image.glibc = try await registry.system(of: image, store: store).glibc
    return image
  }
}
