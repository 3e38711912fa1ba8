/// What made a document, and when.
public struct ExportTool: Hashable, Sendable {
  /// The program's version.
  public var version: String
  /// When the document counts as made, "YYYY-MM-DDTHH:MM:SSZ"; nil where nobody says.
  public var created: String?

  /// Names a program and a time.
  ///
  /// - Parameters:
  ///   - version: The program's version.
  ///   - created: The time; never that of a clock, so that equal locks give equal documents.
  public init(version: String, created: String? = nil) {
    self.version = version
    self.created = created
  }

  /// What documents call the program.
  static let name = "envlock"
  /// The time of documents that must have one where nobody says it: the beginning of Unix time, as in the images.
  static let epoch = "1970-01-01T00:00:00Z"
}
