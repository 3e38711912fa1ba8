/// A set of versions: sorted, disjoint ranges.
///
/// Equal sets are `==`, however they came about. PEP 440's odd rules are exact, by bounds that are no versions
/// themselves: `>1.0` leaves out `1.0.post1` and `1.0+cu118`, `==1.0` takes in `1.0+cu118`, `<1.0` leaves out
/// `1.0rc1`; see `Specifier.versionSet`. The makers here follow the plain order instead.
public struct VersionSet: Hashable, Sendable {
  /// Where the lowest range begins, as far as the key tells.
  @usableFromInline let lower: VersionKey
  /// Where the highest range ends, as far as the key tells.
  @usableFromInline let upper: VersionKey
  /// The ranges, of which each begins above the end of the one before. Nil where `lower` and `upper` say it all,
  /// as they do for nearly every set: one range whose bounds have no rest, or none at all.
  @usableFromInline let list: [VersionRange]?

  /// One range, or nothing where it would end before it begins.
  init(lower: VersionKey, upper: VersionKey) {
    let isEmpty = !(lower < upper)
    self.lower = isEmpty ? .first : lower
    self.upper = isEmpty ? .first : upper
    list = nil
  }

  /// One range, or nothing where it would end before it begins.
  init(lower: Version, upper: Version) {
    let range = VersionRange(lower: lower.asBound, upper: upper.asBound)
    if range.lower.rest == nil, range.upper.rest == nil {
      self.init(lower: range.lower.key, upper: range.upper.key)
    } else {
      self.init(range.isEmpty ? [] : [range])
    }
  }

  /// Sorted ranges that do not touch each other and are not empty.
  init(_ ranges: [VersionRange]) {
    let isPlain = ranges.allSatisfy { $0.lower.rest == nil && $0.upper.rest == nil }
    lower = ranges.first?.lower.key ?? .first
    upper = ranges.last?.upper.key ?? .first
    list = ranges.count <= 1 && isPlain ? nil : ranges
  }

  /// Every version.
  public static var all: VersionSet { VersionSet(lower: VersionKey.first, upper: .end) }

  /// No version.
  public static var none: VersionSet { VersionSet(lower: VersionKey.first, upper: .first) }

  /// Just this version, with exactly this local part or none.
  public init(_ exactly: Version) {
    self.init(lower: exactly.lowerBound, upper: exactly.upperBound)
  }

  /// This version and everything above it.
  public static func atLeast(_ version: Version) -> VersionSet {
    VersionSet(lower: version.lowerBound, upper: .end)
  }

  /// Everything above this version, its local versions and post-releases included.
  public static func above(_ version: Version) -> VersionSet {
    VersionSet(lower: version.upperBound, upper: .end)
  }

  /// This version and everything below it; not its local versions, which are above it.
  public static func atMost(_ version: Version) -> VersionSet {
    VersionSet(lower: .first, upper: version.upperBound)
  }

  /// Everything below this version, its pre-releases included.
  public static func below(_ version: Version) -> VersionSet {
    VersionSet(lower: .first, upper: version.lowerBound)
  }

  /// Everything from `lower`, which is included, up to `upper`, which is not.
  public static func between(_ lower: Version, _ upper: Version) -> VersionSet {
    VersionSet(lower: lower.lowerBound, upper: upper.lowerBound)
  }

  /// Every version whose release begins with `prefix`, pre-releases included: `==12.8.*` for `[12, 8]`.
  ///
  /// - Parameter prefix: release segments of epoch 0; an empty one means every version.
  /// - Returns: the set, which leaves out `12.80` and `12.9.dev0`.
  public static func release(_ prefix: [Int]) -> VersionSet {
    prefix.isEmpty ? .all : release(Version(release: prefix))
  }

  /// Every version whose release begins as that of `prefix`, in its epoch.
  static func release(_ prefix: Version) -> VersionSet {
    let parts = prefix.parts
    var lower = VersionParts(release: parts.release)
    lower.epoch = parts.epoch
    lower.dev = 0
    return VersionSet(lower: Version(lower), upper: Version(lower).nextRelease)
  }

  /// Whether it holds no version.
  @inlinable public var isEmpty: Bool { list == nil && lower == upper }

  /// Whether it holds every version.
  @inlinable public var isAll: Bool { list == nil && lower == .first && upper == .end }

  /// Whether it holds `version`.
  @inlinable
  public func contains(_ version: Version) -> Bool {
    // A key that equals that of a bound without rest means the bound itself, whatever rest the version has.
    guard let list else { return !(version.key < lower) && version.key < upper }
    if version.key < lower || upper < version.key { return false }
    // Sets of many ranges are rare, and so is a long search in one.
    for range in list where version < range.upper { return range.lower <= version }
    return false
  }
}

extension Version {
  /// The bound before the next release with as many segments: `1.3.dev0` for `1.2` and for `1.2a1`.
  var nextRelease: Version {
    let parts = parts
    var next = VersionParts(release: parts.release)
    next.epoch = parts.epoch
    next.dev = 0
    // A segment that cannot be counted up hands over to the one before it; no parsed one is so large.
    while let last = next.release.popLast() {
      if last < Int.max {
        next.release.append(last + 1)
        return Version(next)
      }
    }
    return .end
  }
}
