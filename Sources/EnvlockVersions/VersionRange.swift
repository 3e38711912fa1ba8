/// The versions from one bound up to another.
struct VersionRange: Hashable, Sendable {
  /// The bound below: a version itself belongs to the range.
  var lower: Version
  /// The bound above: a version itself does not belong to the range.
  var upper: Version

  /// Every version.
  static let all = VersionRange(lower: .first, upper: .end)
  /// No version.
  static let none = VersionRange(lower: .first, upper: .first)

  var isEmpty: Bool { !(lower < upper) }
}
