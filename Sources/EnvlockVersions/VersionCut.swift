// The ends of ranges are versions too, or bounds that no text names: right after a version, after its local
// versions, after its post-releases, after everything. Each place between versions has exactly one bound, so that
// equal sets have equal ranges.
//
// Which places are the same follows from PEP 440's order. After `1.0.dev3` and its local versions comes
// `1.0.dev4`; after `1.0.post3` comes `1.0.post4.dev0`; after `1.0a1` comes `1.0a1.post0.dev0`, and after its
// post-releases `1.0a2.dev0`. Nothing comes right after a version with a local part, or after all post-releases
// of a final release. (PEP 440, "Summary of permitted suffixes and relative ordering".)
extension VersionKey {
  /// The first of all versions, `0.dev0`.
  @inlinable static var first: VersionKey { VersionKey(high: 0, low: 1 << 3 | 1) }

  /// The bound after every version.
  @inlinable static var end: VersionKey { VersionKey(high: .max, low: .max) }
}

extension Version {
  /// The first of all versions, `0.dev0`.
  static var first: Version { Version(key: .first, rest: nil) }

  /// The bound after every version.
  static var end: Version { Version(key: .end, rest: nil) }

  /// The same without a rest that only counts zeros, so that equal bounds are stored alike.
  var asBound: Version {
    guard let parts = rest?.parts, !key.needsRest else { return self }
    let count = UInt64(max(1, parts.significantCount))
    return Version(key: VersionKey(high: key.high, low: key.low | count), rest: nil)
  }

  /// The bound right before this version.
  var lowerBound: Version {
    guard rest != nil, local == nil else { return self }
    // The first post-release after some version is the same place as the end of that version's local ones, for
    // which most versions need no rest.
    let parts = parts
    guard parts.dev == 0, let post = parts.post else { return self }
    var previous = parts
    previous.dev = nil
    previous.post = post == 0 ? nil : post - 1
    let version = Version(previous).asBound
    return version.rest == nil ? version.upperBoundOfLocals : self
  }

  /// The bound right after this version, before its local versions.
  var upperBound: Version {
    if rest == nil { return Version(key: key.at(.after), rest: nil) }
    return Version(parts, local: local, isAfter: true)
  }

  /// The bound after the local versions of this version, which has no local part.
  var upperBoundOfLocals: Version {
    let bound = asBound
    if bound.rest == nil, key.kind != .development {
      return Version(key: bound.key.at(.afterLocals), rest: nil)
    }
    var next = parts
    if let dev = next.dev {
      next.dev = dev + 1
    } else {
      next.post = next.post.map { $0 + 1 } ?? 0
      next.dev = 0
    }
    return Version(next)
  }

  /// The bound after the versions that `>` of PEP 440 leaves out: this one, its local versions and, unless it is
  /// one itself, its post-releases.
  var upperBoundOfPosts: Version {
    var parts = parts
    if parts.post != nil || parts.dev != nil { return Version(parts).upperBoundOfLocals }
    if parts.phase == .final {
      parts.post = VersionParts.everyPost
    } else {
      parts.phaseNumber += 1
      parts.dev = 0
    }
    return Version(parts)
  }

  /// The bound before the first pre-release of this version, which is none itself: `1.0.dev0` for `1.0`.
  var lowerBoundOfPrereleases: Version {
    if rest == nil, key.kind == .final { return Version(key: key.suffixed(.development), rest: nil) }
    var parts = parts
    parts.dev = 0
    return Version(parts).lowerBound
  }
}
