public import EnvlockVersions

/// A requirement on a project: `torch[opt-einsum]>=2.1,<3; python_version >= "3.9"`, or a direct reference such
/// as `torch @ https://example.com/torch-2.9.1-cp311-cp311-linux_x86_64.whl`.
///
/// Source: dependency specifiers (PEP 508).
public struct Requirement: Hashable, Sendable, CustomStringConvertible {
  /// The project.
  public let name: ProjectName
  /// The extras that are asked for, sorted, each once.
  public let extras: [ExtraName]
  /// What its version has to satisfy; empty for a direct reference.
  public let specifiers: SpecifierSet
  /// Where a direct reference points, as written: a URL, or a path in a file of requirements.
  ///
  /// It may hold credentials; `URLCredentials.redacted` is for showing it.
  public let url: String?
  /// When the requirement applies; nil for always.
  public let marker: Marker?

  /// Makes a requirement from its parts.
  ///
  /// - Parameters:
  ///   - name: The project.
  ///   - extras: The extras, in any order.
  ///   - specifiers: What the version has to satisfy.
  ///   - url: Where a direct reference points.
  ///   - marker: When it applies.
  public init(
    name: ProjectName, extras: [ExtraName] = [], specifiers: SpecifierSet = .any, url: String? = nil,
    marker: Marker? = nil
  ) {
    self.name = name
    self.extras = extras.count < 2 ? extras : Set(extras).sorted()
    self.specifiers = specifiers
    self.url = url
    self.marker = marker
  }

  /// Reads a requirement.
  ///
  /// - Throws: `MalformedText` with the offset of the fault and a reason in plain words; credentials in the text
  ///   are left out.
  public init(_ text: some StringProtocol) throws(MalformedText) {
    var scanner = ByteScanner(text, what: "requirement")
    try self.init(&scanner)
  }

  /// The SHA-256 that the fragment of a direct reference demands: `…whl#sha256=…`.
  public var urlDigest: Digest? {
    guard let url, let hex = Self.sha256Fragment(of: url) else { return nil }
    return try? Digest(sha256Hex: hex)
  }

  /// The requirement in one line, normalised; reading the text gives an equal requirement.
  public var description: String {
    var text = name.text
    if !extras.isEmpty { text += "[" + extras.map(\.text).joined(separator: ",") + "]" }
    text += specifiers.description
    if let url { text += " @ " + url }
    if let marker { text += (url == nil ? "; " : " ; ") + marker.description }
    return text
  }

  /// The digits behind `sha256=` in the fragment of a URL; nil where there are none.
  static func sha256Fragment(of url: String) -> Substring? {
    guard let hash = url.firstIndex(of: "#") else { return nil }
    let key = "sha256="
    return url[url.index(after: hash)...].split(separator: "&").first { $0.hasPrefix(key) }?
      .dropFirst(key.count)
  }
}
