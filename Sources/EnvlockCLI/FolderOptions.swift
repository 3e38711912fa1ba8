import ArgumentParser
import EnvlockData
import EnvlockManifest
import EnvlockModel

/// Where fetched things are kept.
struct CacheOption: ParsableArguments {
  @Option(
    name: .customLong("cache-dir"),
    help: ArgumentHelp("Where fetched things and layers are kept.", valueName: "dir"), completion: .directory)
  var typed: String?

  /// The folder's path.
  ///
  /// - Throws: `UsageError` where nothing says which folder that is.
  func folder(_ variables: Variables) throws(UsageError) -> String { try variables.cacheDirectory(typed) }
}

/// Which compatibility data counts.
struct MatrixOption: ParsableArguments {
  @Option(
    name: .customLong("matrix"),
    help: ArgumentHelp("Compatibility data to use instead of the built-in.", valueName: "dir"),
    completion: .directory)
  var typed: String?

  /// The folder's path; nil: the data of the program.
  func folder(_ variables: Variables) -> String? { typed ?? variables.text(.matrix) }

  /// The data.
  ///
  /// - Throws: A `UserFacingError` for a folder without data that can be used.
  func data(_ session: Session) throws -> Matrix {
    try folder(session.variables).map { try Matrix(folder: $0, session) } ?? .embedded
  }
}
