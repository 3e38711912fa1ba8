/// A value of a TOML document and where it stands.
struct TOMLNode: Sendable {
  /// What the value is.
  enum Content: Sendable {
    case string(String)
    case integer(Int)
    case number(Double)
    case boolean(Bool)
    /// A date or time, as it was written.
    case time(String)
    case array([TOMLNode])
    /// In the order in which the keys first appear.
    case table([TOMLMember])
  }

  let content: Content
  /// UTF-8 offsets of the value; of a table with a header, those of the header.
  let range: Range<Int>

  /// What the value is, in a person's words, with an article.
  var typeName: String {
    switch content {
    case .string: "a string"
    case .integer, .number: "a number"
    case .boolean: "a boolean"
    case .time: "a date or time"
    case .array: "an array"
    case .table: "a table"
    }
  }
}

/// One key of a table.
struct TOMLMember: Sendable {
  let key: String
  /// UTF-8 offsets of the key; of a table with a header, those of the header.
  let keyRange: Range<Int>
  let value: TOMLNode
}
