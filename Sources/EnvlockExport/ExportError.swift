public import EnvlockModel

/// A lock that cannot be exported as what was asked for.
public struct ExportError: UserFacingError, Hashable {
  /// What is wrong, with the value at fault, without a trailing period.
  public let message: String
  /// What to do.
  public let hints: [String]
  /// Whose fault it is.
  public let kind: ErrorKind

  /// A fault of a lock, or of what goes with it.
  public init(_ message: String, hints: [String] = [], kind: ErrorKind = .badInput) {
    self.message = message
    self.hints = hints
    self.kind = kind
  }
}
