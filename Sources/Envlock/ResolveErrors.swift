public import EnvlockModel

/// There is no solution, and this is the proof; or none is known, because something could not be looked up.
public struct Unresolvable: UserFacingError, Hashable {
  /// The platform for which there is none.
  public let platform: Platform
  /// What does not fit what.
  public let message: String
  /// The proof, a step a line.
  public let details: [String]
  /// The nearest things that work.
  public let hints: [String]
  /// An honest no, or that it could not be found out.
  public let kind: ErrorKind

  package init(
    platform: Platform, message: String, details: [String], hints: [String], kind: ErrorKind = .answerIsNo
  ) {
    self.platform = platform
    self.message = message
    self.details = details
    self.hints = hints
    self.kind = kind
  }
}

/// A request that cannot be made sense of.
public struct BadRequest: UserFacingError, Hashable {
  /// What is wrong.
  public let message: String
  /// What to do.
  public let hints: [String]
  /// Whose fault it is.
  public let kind: ErrorKind

  init(_ message: String, hints: [String] = [], kind: ErrorKind = .badInput) {
    self.message = message
    self.hints = hints
    self.kind = kind
  }
}
