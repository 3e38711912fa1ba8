import Envlock
import EnvlockData
import EnvlockManifest
import EnvlockModel

extension Configuration {
  /// What an invocation says about the engine, with what requirements files say about indexes below it.
  ///
  /// - Throws: A `UserFacingError` for compatibility data that cannot be used.
  init(_ invocation: ResolveInvocation, _ files: IndexOptions, _ session: Session) throws {
    var sources = invocation.sources
    sources.append(files)
    self.init(
      cacheDirectory: invocation.cacheDirectory, indexURL: sources.indexURL,
      extraIndexURLs: sources.extraIndexURLs,
      findLinks: sources.findLinks, noIndex: sources.noIndex,
      debianMirror: invocation.debianMirror, debianSecurityMirror: invocation.debianSecurityMirror,
      offline: invocation.offline,
      refresh: invocation.refresh,
      matrix: try invocation.matrixDirectory.map { try Matrix(folder: $0, session) } ?? .embedded,
      environment: session.environment)
  }
}

extension Matrix {
  /// Reads the compatibility data in a folder.
  ///
  /// - Throws: A `UserFacingError` where there are none, or they cannot be used.
  init(folder: String, _ session: Session) throws {
    var files: [String: [UInt8]] = [:]
    for name in session.list(folder) where name.hasSuffix(".json") {
      files[name] = try? session.files.read(Path.joined(folder, name))
    }
    guard !files.isEmpty else {
      throw UsageError(
        "there is no compatibility data in \(folder)",
        hints: ["leave out `--matrix` and ENVLOCK_MATRIX to use the built-in data"])
    }
    try self.init(files: files)
  }
}
