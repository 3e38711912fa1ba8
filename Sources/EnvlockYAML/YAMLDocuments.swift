public import EnvlockModel

/// Reads YAML 1.2 with the core schema (YAML 1.2.2, section 10.3), as strictly as `JSONValue` reads JSON.
public enum YAMLDocuments {
  /// The largest text, in bytes.
  public static let sizeLimit = 1 << 20
  /// How deep collections may lie in one another, with aliases followed.
  static let depthLimit = 100
  /// How many values there may be, with aliases followed.
  static let valueLimit = 200_000

  /// The documents of a text, in order; none for an empty text.
  ///
  /// - Throws: `YAMLFault` for what is not YAML, and for what is not read: see the room's README.
  public static func read(_ text: String) throws(YAMLFault) -> [JSONValue] {
    guard text.utf8.count <= sizeLimit else {
      throw YAMLFault(reason: "it has more than \(sizeLimit) bytes")
    }
    var composer = try YAMLComposer(text)
    var documents: [JSONValue] = []
    while let document = try composer.next() { documents.append(document) }
    return documents
  }
}
