/// Text that is not what it should be.
public struct MalformedText: Error, Hashable, Sendable {
  /// What the text was read as, in the reader's words: "version", "requirement".
  public let what: String
  /// The whole text, as it was given.
  public let text: String
  /// What is wrong with it: a clause without a trailing period, "a digit is expected".
  public let reason: String
  /// Where in `text` the fault lies, in UTF-8 bytes from its start; nil where it lies nowhere in particular.
  public let offset: Int?

  /// Describes a fault in `text`.
  public init(what: String, text: String, reason: String, offset: Int? = nil) {
    self.what = what
    self.text = text
    self.reason = reason
    self.offset = offset
  }
}

extension MalformedText: CustomStringConvertible {
  /// The fault as one sentence without a trailing period.
  public var description: String {
    let article = what.first.map { "aeiou".contains($0) } ?? false ? "an" : "a"
    return "“\(text)” is not \(article) \(what): \(reason)"
  }
}
