/// A version of a Python project, such as `2.9.1`, `2.5.0.dev20240801+cu121` or `1!4.0rc2.post1`.
///
/// Equality, hash and order are those of PEP 440 ("Version scheme"): `1.0 == 1.0.0`, and
/// `1.0.dev1 < 1.0a1 < 1.0rc1 < 1.0 < 1.0+cu118 < 1.0.post1`. The number of release segments is kept as it was
/// written, for `description` only.
///
/// A version is two words whose order as integers is the order of versions, and a reference to the rest, which
/// only unusual versions have. See `VersionKey` for the layout.
public struct Version: Hashable, Comparable, Sendable {
  /// The leading fields, and below them the position and the number of segments.
  @usableFromInline let key: VersionKey
  /// What does not fit into `key`; nil for nearly every version.
  @usableFromInline let rest: VersionRest?

  @inlinable
  init(key: VersionKey, rest: VersionRest?) {
    self.key = key
    self.rest = rest
  }

  /// The final release with these segments: `[12, 8]` is `12.8`.
  ///
  /// - Parameter release: the segments; none at all means `[0]`, and a negative one counts as 0.
  public init(release: [Int]) {
    self.init(VersionParts(release: release.isEmpty ? [0] : release.map { Swift.max(0, $0) }))
  }

  /// Equal by PEP 440: trailing zeros of the release do not count, the local part does.
  @inlinable
  public static func == (left: Version, right: Version) -> Bool {
    guard left.key == right.key else { return false }
    guard let leftRest = left.rest, let rightRest = right.rest else { return true }
    return leftRest === rightRest || compareRests(left, right) == 0
  }

  /// The order of PEP 440.
  @inlinable
  public static func < (left: Version, right: Version) -> Bool {
    if left.key != right.key { return left.key < right.key }
    guard left.rest != nil, right.rest != nil else { return false }
    return compareRests(left, right) < 0
  }

  /// Feeds what `==` looks at.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(key)
    guard let rest, key.needsRest else { return }
    hasher.combine(rest.local)
    hasher.combine(rest.isAfter)
    if key.position != .local { parts.hashOrder(into: &hasher) }
  }
}

extension Version {
  /// The epoch, which orders before everything else: 0 unless written as `1!2.0`.
  public var epoch: Int { rest?.parts?.epoch ?? 0 }

  /// The release segments as written: `13.0.3.0` has four.
  public var release: [Int] { parts.release }

  /// Whether it is an alpha, beta, candidate or development release, also of a post-release.
  public var isPrerelease: Bool {
    if let parts = rest?.parts { return parts.phase != .final || parts.dev != nil }
    return key.kind.rawValue < VersionKey.Kind.final.rawValue
  }

  /// Whether it is a post-release, also a development release of one.
  public var isPostrelease: Bool {
    if let parts = rest?.parts { return parts.post != nil }
    return key.kind == .post
  }

  /// The local part, normalised, without its plus sign: `cu118` of `2.1.0+cu118`.
  public var local: String? { rest?.local }

  /// The same version without its local part.
  public var publicVersion: Version {
    guard rest?.local != nil else { return self }
    return Version(parts)
  }

  /// Whether the release begins with these segments, where missing ones count as zero, in any epoch.
  public func hasPrefix(release prefix: [Int]) -> Bool {
    let release = release
    return prefix.indices.allSatisfy { prefix[$0] == ($0 < release.count ? release[$0] : 0) }
  }
}

extension Version: CustomStringConvertible {
  /// The normalised text, with as many release segments as were written.
  public var description: String {
    guard let local else { return parts.text }
    return "\(parts.text)+\(local)"
  }
}
