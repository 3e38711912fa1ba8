import EnvlockManifest
import EnvlockModel
import EnvlockStore
import Synchronization

/// What a source distribution says of itself before anything of it runs (PEP 625, PEP 517).
struct SourceArchive: Sendable {
  /// The one folder that all of it is in.
  let folder: String
  /// How it is built.
  let buildSystem: BuildSystem

  /// Reads all of an archive, and keeps what says how it is built.
  ///
  /// - Parameters:
  ///   - path: Where it lies.
  ///   - fileName: Its own name.
  /// - Throws: `SourceBuildError` for what is no source distribution, `ArchiveError` for what cannot be read to its end,
  ///   `ManifestError` for a `pyproject.toml` that cannot be read.
  init(_ path: String, fileName: String) async throws {
    guard !fileName.endsInBytes(".zip") else {
      throw SourceBuildError(
        "\(fileName) is a zip file, and only tar archives are built (PEP 625)",
        hints: ["build a wheel of it elsewhere, and name its folder with `--find-links`"])
    }
    let found = Mutex<Set<String>>([])
    let texts = try await LayerMembers.read(path, name: fileName) { path in
      let parts = path.split(separator: "/").filter { $0 != "." }
      if let first = parts.first { found.withLock { _ = $0.insert(String(first)) } }
      return parts.dropFirst() == ["pyproject.toml"]
    }
    let folders = found.withLock { $0 }
    guard let folder = folders.first, folders.count == 1, folder != ".." else {
      throw SourceBuildError(
        "\(fileName) is no source distribution: it has \(folders.count) files and folders at its top instead of one"
      )
    }
    self.folder = folder
    buildSystem = try BuildSystem(pyproject: texts.first?.content, of: fileName)
  }
}

/// That a source distribution cannot be built.
struct SourceBuildError: UserFacingError, Hashable {
  let message: String
  var details: [String] = []
  var hints: [String] = []
  var kind = ErrorKind.answerIsNo

  init(_ message: String, details: [String] = [], hints: [String] = [], kind: ErrorKind = .answerIsNo) {
    self.message = message
    self.details = details
    self.hints = hints
    self.kind = kind
  }
}
