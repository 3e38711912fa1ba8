/// Text that is not YAML, or YAML that is not read.
public struct YAMLFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong, without the place: "the key “a” comes twice".
  public let reason: String
  /// The line, counted from 1; nil where the fault lies nowhere in particular.
  public let line: Int?
  /// The column in Unicode scalars, counted from 1.
  public let column: Int?

  /// Describes a fault at a place.
  public init(reason: String, line: Int? = nil, column: Int? = nil) {
    self.reason = reason
    self.line = line
    self.column = column
  }

  /// "line 3, column 7: the key “a” comes twice".
  public var description: String {
    guard let line, let column else { return reason }
    return "line \(line), column \(column): \(reason)"
  }
}
