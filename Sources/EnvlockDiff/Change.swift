/// A value before and after.
public struct Change<Value: Hashable & Sendable>: Hashable, Sendable {
  /// The value before.
  public let old: Value
  /// The value after.
  public let new: Value

  /// Pairs two values; nil where they are the same.
  public init?(_ old: Value, _ new: Value) {
    guard old != new else { return nil }
    self.old = old
    self.new = new
  }
}
