public import EnvlockModel

/// There is no solution, and this is the proof.
public struct Unresolvable: UserFacingError, Hashable {
  /// The platform for which there is none.
  public let platform: Platform
  /// What does not fit what.
  public let message: String
  /// The proof, a step a line.
  public let details: [String]
  /// The nearest things that work.
  public let hints: [String]

  /// An honest no.
  public var kind: ErrorKind { .answerIsNo }
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
