/// The leading fields of a version in two words, most significant first.
///
/// | word | bits | field |
/// | --- | --- | --- |
/// | high | 1 | epoch: 0, or 1 for every other one |
/// | high | 25, 19, 19 | the first three release segments |
/// | low | 27 | the fourth release segment |
/// | low | 3 | kind: development, alpha, beta, candidate, final, post, after every post, deeper release |
/// | low | 28 | the number of that kind: 3 of `rc3` |
/// | low | 3 | position: where it stands round the version that the fields above name |
/// | low | 3 | the number of release segments as written (0: see the rest), not part of the order |
///
/// A field that is too small for its value holds its largest value, and every lower field of the order is zero:
/// so the order of keys never contradicts the order of versions, and equal keys mean equal versions unless
/// both have a rest, which then decides.
@usableFromInline
struct VersionKey: Hashable, Comparable, Sendable {
  @usableFromInline let high: UInt64
  @usableFromInline let low: UInt64

  /// The part of `low` that takes part in the order.
  @inlinable var lowOrder: UInt64 { low >> 3 }

  @inlinable
  init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Whether all but the counts of segments is the same.
  @inlinable
  static func == (left: VersionKey, right: VersionKey) -> Bool {
    left.high == right.high && left.lowOrder == right.lowOrder
  }

  /// Feeds what `==` looks at.
  @inlinable
  func hash(into hasher: inout Hasher) {
    hasher.combine(high)
    hasher.combine(lowOrder)
  }

  /// The order of the versions, as far as keys tell.
  @inlinable
  static func < (left: VersionKey, right: VersionKey) -> Bool {
    left.high != right.high ? left.high < right.high : left.lowOrder < right.lowOrder
  }

  /// What follows the release segments.
  enum Kind: UInt64 {
    case development, alpha, beta, candidate, final, post
    /// A bound between the post-releases of a final release and the next release.
    case afterPosts
    /// A release with more than four segments, apart from trailing zeros.
    case deeper
  }

  /// Where a version or a bound stands round the version that the higher fields name.
  enum Position: UInt64 {
    /// A development release of it, or a field is too small: the rest decides.
    case below
    /// Itself.
    case here
    /// A bound right after it, before its local versions.
    case after
    /// It with a local part: the rest decides.
    case local
    /// A bound between its local versions and its post-releases.
    case afterLocals
    /// A post-release of an alpha, beta or candidate: the rest decides.
    case above
  }

  /// The values from which a segment is too large for its field.
  static var segmentLimits: (UInt64, UInt64, UInt64, UInt64) {
    ((1 << 25) - 1, (1 << 19) - 1, (1 << 19) - 1, (1 << 27) - 1)
  }
  /// The value from which the number of a kind is too large for its field.
  static var numberLimit: UInt64 { (1 << 28) - 1 }
  /// More segments than this are counted by the rest.
  static var countLimit: Int { 7 }

  /// Packs fields, each of which is within its limit.
  init(
    _ first: UInt64, _ second: UInt64, _ third: UInt64, _ fourth: UInt64, _ kind: Kind, _ number: UInt64,
    _ position: Position, count: Int
  ) {
    high = first << 38 | second << 19 | third
    low =
      fourth << 37 | kind.rawValue << 34 | number << 6 | position.rawValue << 3
      | (count <= VersionKey.countLimit ? UInt64(count) : 0)
  }

  var kind: Kind { Kind(rawValue: low >> 34 & 7) ?? .deeper }
  var number: Int { Int(low >> 6 & VersionKey.numberLimit) }
  var position: Position { Position(rawValue: low >> 3 & 7) ?? .below }
  var count: Int { Int(low & 7) }
  var first: Int { Int(high >> 38 & VersionKey.segmentLimits.0) }
  var second: Int { Int(high >> 19 & VersionKey.segmentLimits.1) }
  var third: Int { Int(high & VersionKey.segmentLimits.2) }
  var fourth: Int { Int(low >> 37) }

  /// Whether equality looks at the rest too.
  var needsRest: Bool { position == .below || position == .local || position == .above || kind == .deeper }

  /// The same version at another position.
  func at(_ position: Position) -> VersionKey {
    VersionKey(high: high, low: low & ~(7 << 3) | position.rawValue << 3)
  }

  /// The same release with another suffix.
  func suffixed(_ kind: Kind, number: UInt64 = 0, _ position: Position = .here) -> VersionKey {
    let mask: UInt64 = (1 << 37) - 1
    return VersionKey(
      high: high,
      low: low & ~mask | kind.rawValue << 34 | number << 6 | position.rawValue << 3 | low & 7)
  }
}
