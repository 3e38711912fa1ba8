public import EnvlockModel

/// Facts of a node that cannot be read: a document, or what somebody declared.
public struct NodeDocumentError: UserFacingError, Hashable, Sendable, CustomStringConvertible {
  /// The document's name; nil where no document is read.
  public let document: String?
  /// The place in it, in words: "line 3, column 7"; nil where it is about the whole document.
  public let place: String?
  /// What is wrong there, a clause without a trailing period.
  public let reason: String
  /// What to do instead.
  public let hints: [String]

  /// Describes a fault.
  public init(document: String? = nil, place: String? = nil, reason: String, hints: [String] = []) {
    self.document = document
    self.place = place
    self.reason = reason
    self.hints = hints
  }

  /// A place in a document that is no JSON.
  init(_ error: JSONError, in document: String, hints: [String] = []) {
    self.init(
      document: document, place: "line \(error.line), column \(error.column)", reason: error.reason,
      hints: hints)
  }

  /// "nodes.json, line 3, column 7: expected a value".
  public var message: String {
    let source = [document, place].compactMap { $0 }.joined(separator: ", ")
    return source.isEmpty ? reason : "\(source): \(reason)"
  }

  /// Bad input.
  public var kind: ErrorKind { .badInput }

  /// The message.
  public var description: String { message }
}
