package import EnvlockModel

/// What an index says of a project. All of these are answers that a solve reasons about; nothing is thrown.
package enum PageAnswer: Sendable {
  /// The index knows the project.
  case page(ProjectPage)
  /// The index does not know it.
  case noSuchProject
  /// The index wants other credentials.
  case unauthorized(host: String)
  /// It is not in the cache, and the index must not be asked.
  case offline
  /// It could not be found out.
  case failed(any UserFacingError)
}

/// What is known of a wheel's METADATA.
package enum MetadataAnswer: Sendable {
  /// It is the wheel's: name and version agree with the file name.
  case known(CoreMetadata)
  /// The wheel cannot be used, and why: a phrase that follows the wheel's name, "has no METADATA".
  case unusable(String)
  /// The server wants other credentials.
  case unauthorized(host: String)
  /// It is not in the cache, and the server must not be asked.
  case offline
  /// It could not be found out.
  case failed(any UserFacingError)
}

/// The SHA-256 and the size of a wheel of which the index states no digest.
package enum DigestAnswer: Sendable {
  /// Both, taken from the whole file.
  case known(Digest, size: Int)
  /// It was not computed before, and the server must not be asked.
  case offline
  /// It could not be found out.
  case failed(any UserFacingError)
}

/// What goes wrong round a wheel, in words of its own.
struct WheelFailure: UserFacingError, Hashable {
  let message: String
  var hints: [String] = []
  var kind: ErrorKind { .couldNotFindOut }
}
