public import EnvlockVersions

/// The name of an extra of a Python project, the `and-cuda` of `tensorflow[and-cuda]`, normalised (PEP 685).
public struct ExtraName: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The normalised name.
  public let text: String

  /// Reads a name in any of its spellings.
  ///
  /// - Throws: `MalformedText` unless `text` is made of ASCII letters, digits, dots, dashes and underscores and
  ///   begins and ends with a letter or digit.
  public init(_ text: some StringProtocol) throws(MalformedText) {
    self.text = try NameNormaliser.normalised(text, what: "extra")
  }

  /// For parsers of this module that have checked the bytes already.
  init(unchecked text: String) { self.text = text }

  /// The normalised name.
  public var description: String { text }

  /// Orders by the bytes of the normalised names.
  public static func < (a: ExtraName, b: ExtraName) -> Bool { a.text < b.text }
}
