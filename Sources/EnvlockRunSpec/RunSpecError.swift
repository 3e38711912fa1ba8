public import EnvlockModel

/// A request that a run spec cannot be made of.
public struct RunSpecError: UserFacingError, Hashable {
  /// What is wrong, with the value at fault, without a trailing period.
  public var message: String
  /// What to do.
  public var hints: [String]
  /// Whose fault it is: `answerIsNo` where the request is understood and no GPU or runtime can give it.
  public var kind: ErrorKind

  /// A fault of a request.
  public init(_ message: String, hints: [String] = [], kind: ErrorKind = .badInput) {
    self.message = message
    self.hints = hints
    self.kind = kind
  }
}
