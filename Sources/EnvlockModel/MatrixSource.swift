/// How much a field of the matrix can be relied on, where that is less than a measured artifact or a document
/// of the maker.
public enum MatrixConfidence: String, Hashable, Sendable {
  /// Read from somebody else's table.
  case secondary
  /// Concluded from other rows.
  case derived
}

/// Where a statement of the matrix stands, and what it was read from.
public struct MatrixSource: Hashable, Sendable, CustomStringConvertible {
  /// The file's name: "torch.json".
  public let file: String
  /// What its row is about: "2.9.1 cu130".
  public let row: String
  /// What the row was read from, in words, at least one.
  public let texts: [String]
  /// The fields that rest on less than a measured artifact or a document of the maker.
  let weakFields: [String: MatrixConfidence]

  /// How far to trust a field, by the file's name for it ("kernels"); nil where it was measured or documented.
  public func confidence(of field: String) -> MatrixConfidence? { weakFields[field] }

  /// "matrices/torch.json, 2.9.1".
  public var description: String { "matrices/\(file), \(row)" }
}
