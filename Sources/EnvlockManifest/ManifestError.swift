public import EnvlockModel

/// A manifest or requirements file that cannot be used, with the place at fault.
public struct ManifestError: UserFacingError, Hashable, Sendable {
  /// What is wrong, behind the place: "envlock.toml:4:13: …".
  public let message: String
  /// The line at fault with carets below; empty where the place is unknown.
  public let details: [String]
  /// What was probably meant.
  public let hints: [String]
  /// Mostly bad input.
  public let kind: ErrorKind

  /// An error without a place in a file.
  package init(_ message: String, details: [String] = [], hints: [String] = [], kind: ErrorKind = .badInput) {
    self.message = URLCredentials.redacted(message)
    self.details = details
    self.hints = hints
    self.kind = kind
  }

  /// An error at a place: "envlock.toml:4:13: …", then the source line with carets.
  package init(_ message: String, at range: Range<Int>, in source: SourceText, hints: [String] = []) {
    let position = source.position(of: range.lowerBound)
    self.init(
      "\(source.name):\(position.line):\(position.column): \(message)", details: source.excerpt(range),
      hints: hints)
  }
}
