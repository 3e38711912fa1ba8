/// A set of versions: sorted, disjoint ranges.
///
/// Equal sets are `==`, however they came about. PEP 440's odd rules are exact, by bounds that are no versions
/// themselves: `>1.0` leaves out `1.0.post1` and `1.0+cu118`, `==1.0` takes in `1.0+cu118`, `<1.0` leaves out
/// `1.0rc1`; see `Specifier.versionSet`. The makers here follow the plain order instead.
public struct VersionSet: Hashable, Sendable {
  /// The lowest range; no set has an empty range besides `none`, whose one it is.
  let head: VersionRange
  /// The ranges above it, of which each begins above the end of the one before.
  let tail: [VersionRange]

  init(_ head: VersionRange, _ tail: [VersionRange] = []) {
    self.head = head.isEmpty ? .none : head
    self.tail = tail
  }

  /// Every version.
  public static let all = VersionSet(.all)

  /// No version.
  public static let none = VersionSet(.none)

  /// Just this version, with exactly this local part or none.
  public init(_ exactly: Version) {
    self.init(VersionRange(lower: exactly.lowerBound, upper: exactly.upperBound))
  }

  /// This version and everything above it.
  public static func atLeast(_ version: Version) -> VersionSet {
    VersionSet(VersionRange(lower: version.lowerBound, upper: .end))
  }

  /// Everything above this version, its local versions and post-releases included.
  public static func above(_ version: Version) -> VersionSet {
    VersionSet(VersionRange(lower: version.upperBound, upper: .end))
  }

  /// This version and everything below it; not its local versions, which are above it.
  public static func atMost(_ version: Version) -> VersionSet {
    VersionSet(VersionRange(lower: .first, upper: version.upperBound))
  }

  /// Everything below this version, its pre-releases included.
  public static func below(_ version: Version) -> VersionSet {
    VersionSet(VersionRange(lower: .first, upper: version.lowerBound))
  }

  /// Everything from `lower`, which is included, up to `upper`, which is not.
  public static func between(_ lower: Version, _ upper: Version) -> VersionSet {
    VersionSet(VersionRange(lower: lower.lowerBound, upper: upper.lowerBound))
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
    return VersionSet(VersionRange(lower: Version(lower), upper: Version(lower).nextRelease))
  }

  /// Whether it holds no version.
  public var isEmpty: Bool { head.isEmpty }

  /// Whether it holds every version.
  public var isAll: Bool { tail.isEmpty && head == .all }

  /// Whether it holds `version`.
  public func contains(_ version: Version) -> Bool {
    if version < head.upper { return head.lower <= version }
    // A set with many ranges is rare, and so is a long search in it.
    for range in tail where version < range.upper { return range.lower <= version }
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
