import Envlock
import EnvlockModel
import EnvlockTestSupport
import EnvlockVersions
import Foundation
import Testing

/// A manifest as a test writes it: requirements for Python 3.11 on linux/amd64, and what `change` sets.
func manifest(_ requirements: String..., change: (inout Manifest) throws -> Void = { _ in }) throws
  -> Manifest
{
  var manifest = Manifest(python: try PythonVersion("3.11"))
  manifest.requirements = try requirements.map {
    SourcedRequirement(try Requirement($0), origin: "command line")
  }
  try change(&manifest)
  return manifest
}

/// Asks an index on loopback, with a cache of its own.
final class Asker: Sendable {
  let index: TestIndex
  let folder: TemporaryFolder

  init(_ index: TestIndex) throws {
    self.index = index
    folder = try TemporaryFolder()
  }

  /// The configuration that `resolve` begins with.
  var configuration: Configuration {
    Configuration(cacheDirectory: folder("cache"), indexURL: index.url(), environment: [:])
  }

  /// Resolves.
  func resolve(
    _ manifest: Manifest, previous: Lockfile? = nil, upgrade: Upgrade = .none,
    configure: (inout Configuration) throws -> Void = { _ in }
  ) async throws -> ResolveReport {
    var configuration = configuration
    try configure(&configuration)
    return try await Engine(configuration).resolve(manifest, previous: previous, upgrade: upgrade)
  }

  /// Resolves, and says what was chosen: "alpha 1.0, beta 2.0".
  func chosen(
    _ manifest: Manifest, previous: Lockfile? = nil, upgrade: Upgrade = .none,
    configure: (inout Configuration) throws -> Void = { _ in }
  ) async throws -> String {
    try await resolve(manifest, previous: previous, upgrade: upgrade, configure: configure).lock.summary
  }

  /// Resolves, which has to fail; gives the error.
  func failure(
    _ manifest: Manifest, previous: Lockfile? = nil,
    configure: (inout Configuration) throws -> Void = { _ in },
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> any UserFacingError {
    let error = await #expect(throws: (any Error).self, sourceLocation: sourceLocation) {
      _ = try await self.resolve(manifest, previous: previous, configure: configure)
    }
    return try #require(error as? any UserFacingError, sourceLocation: sourceLocation)
  }

  /// Resolves, which has to fail; gives the error as a person sees it, with the server's place masked.
  func failureText(
    _ manifest: Manifest, configure: (inout Configuration) throws -> Void = { _ in },
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> String {
    mask(try await failure(manifest, configure: configure, sourceLocation: sourceLocation).rendered)
  }

  /// `text` without what is different in every run.
  func mask(_ text: String) -> String {
    text.replacing("127.0.0.1:\(index.server.port)", with: "HOST:PORT")
      .replacing("port \(index.server.port)", with: "port PORT").replacing(folder.path, with: "FOLDER")
  }
}

extension Lockfile {
  /// What was chosen for the first platform: "alpha 1.0, beta 2.0".
  var summary: String { platforms.first?.summary ?? "nothing" }
}

extension PlatformLock {
  /// What was chosen: "alpha 1.0, beta 2.0".
  var summary: String { wheels.map { "\($0.name) \($0.version)" }.joined(separator: ", ") }

  /// The wheel of a project.
  func wheel(_ name: String) throws -> LockedWheel {
    try #require(wheel(try ProjectName(name)), "\(name) is not in the lock")
  }

  /// The levels below the wheels: "CUDA 12.8, cuDNN 9.10.2.21, NCCL 2.27.5, driver 570.26, or 525.60.13".
  var levels: String {
    let parts: [String?] = [
      strata.cuda.map { "CUDA \($0)" }, strata.cudnn.map { "cuDNN \($0)" }, strata.nccl.map { "NCCL \($0)" },
      strata.driver?.full.map { "driver \($0)" }, strata.driver?.minorCompatibility.map { "or \($0)" },
    ]
    return parts.compactMap { $0 }.joined(separator: ", ")
  }
}

extension UserFacingError {
  /// As it is printed: the message, the details, the hints.
  var rendered: String {
    (["error: \(message)"] + details.map { "  \($0)" } + hints.map { "hint: \($0)" }).joined(separator: "\n")
      + "\n"
  }
}

/// A folder of a test's own, removed with its last reference.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "envlock-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The path of something in it.
  func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

  /// Writes a file, making its folder; gives its path.
  @discardableResult
  func put(_ bytes: [UInt8], _ name: String) throws -> String {
    let url = URL(filePath: self(name))
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
    return self(name)
  }

  /// Every file in a folder of it, at any depth: paths from the folder, sorted.
  func files(in name: String) -> [String] {
    (FileManager.default.subpaths(atPath: self(name)) ?? []).sorted().filter { entry in
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: "\(self(name))/\(entry)", isDirectory: &isFolder)
        && !isFolder.boolValue
    }
  }
}
