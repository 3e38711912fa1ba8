public import EnvlockVersions

/// The name of a Python project, normalised: "Torch_Vision" and "torch.vision" are both `torch-vision`.
///
/// Lower case ASCII letters, digits and single dashes (PEP 503), from a name that PEP 508 allows.
/// Names order by their bytes.
public struct ProjectName: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The normalised name.
  public let text: String

  /// Reads a name in any of its spellings.
  ///
  /// - Throws: `MalformedText` unless `text` is made of ASCII letters, digits, dots, dashes and underscores and
  ///   begins and ends with a letter or digit.
  public init(_ text: some StringProtocol) throws(MalformedText) {
    self.text = try NameNormaliser.normalised(text, what: "project name")
  }

  /// For parsers of this module that have checked the bytes already.
  init(unchecked text: String) { self.text = text }

  /// The normalised name.
  public var description: String { text }

  /// Orders by the bytes of the normalised names.
  public static func < (a: ProjectName, b: ProjectName) -> Bool { a.text < b.text }
}
