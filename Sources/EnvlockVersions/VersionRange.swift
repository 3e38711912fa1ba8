/// The versions from one bound up to another.
@usableFromInline
struct VersionRange: Hashable, Sendable {
  /// The bound below: a version itself belongs to the range.
  @usableFromInline var lower: Version
  /// The bound above: a version itself does not belong to the range.
  @usableFromInline var upper: Version

  @inlinable
  init(lower: Version, upper: Version) {
    self.lower = lower
    self.upper = upper
  }

  @inlinable var isEmpty: Bool { !(lower < upper) }
}
