extension VersionSet {
  /// One end of a range, in words that a person would use: close to the exact bound, not always the same.
  public enum Bound: Hashable, Sendable {
    /// The range has no end here.
    case unbounded
    /// `>=` below, `<=` above.
    case including(Version)
    /// `>` below, `<` above.
    case excluding(Version)
  }

  /// The ranges from low to high, for wording only: `<2`, which leaves out `2rc1`, reads as excluding 2.
  public var ranges: [(lower: Bound, upper: Bound)] {
    allRanges.map { ($0.lowerWords, $0.upperWords) }
  }

  /// The one version that it holds, also where it holds the local versions of that too, as `==1.0` does.
  public var singleton: Version? {
    let ranges = allRanges
    return ranges.count == 1 ? ranges[0].singleton : nil
  }
}

extension VersionSet: CustomStringConvertible {
  /// The set as specifiers, such as `>=1.2, !=1.5, <2`, `==1.0`, `<1 or >=2`, `any` or `none`.
  ///
  /// For a person: bounds that differ only for pre-, post- or local releases may read alike.
  public var description: String {
    let ranges = allRanges
    guard let first = ranges.first else { return "none" }
    if isAll { return "any" }
    var groups: [String] = []
    var group: [String] = []
    var lower = first.lower
    var previous = first
    func close(_ range: VersionRange) {
      // Holes stand between the two ends of their group.
      if let exact = range.exactWords {
        group.insert(exact, at: 0)
      } else {
        if let words = range.lowerWords.asLower { group.insert(words, at: 0) }
        if let words = range.upperWords.asUpper { group.append(words) }
      }
      groups.append(group.joined(separator: ", "))
      group = []
    }
    for next in ranges.dropFirst() {
      if let hole = VersionRange(lower: previous.upper, upper: next.lower).exactWords {
        group.append("!" + hole.dropFirst())
      } else {
        close(VersionRange(lower: lower, upper: previous.upper))
        lower = next.lower
      }
      previous = next
    }
    close(VersionRange(lower: lower, upper: previous.upper))
    return groups.joined(separator: " or ")
  }
}

extension VersionSet.Bound {
  fileprivate var asLower: String? {
    switch self {
    case .unbounded: nil
    case .including(let version): ">=\(version)"
    case .excluding(let version): ">\(version)"
    }
  }

  fileprivate var asUpper: String? {
    switch self {
    case .unbounded: nil
    case .including(let version): "<=\(version)"
    case .excluding(let version): "<\(version)"
    }
  }
}

extension VersionRange {
  fileprivate var singleton: Version? {
    guard let first = lower.firstAbove else { return nil }
    return upper == first.upperBound || (first.local == nil && upper == first.upperBoundOfLocals)
      ? first : nil
  }

  /// `==1.2` or `==1.2.*` where the range is that.
  fileprivate var exactWords: String? {
    if let singleton { return "==\(singleton)" }
    // A release from its first development release to that of the next one, however many zeros were written.
    let (low, high) = (lower.parts, upper.parts)
    guard lower.isVersion, lower != .first, upper != .end, low.isFirstOfRelease, high.isFirstOfRelease else {
      return nil
    }
    let count = high.significantCount
    guard count > 0, low.significantCount <= count else { return nil }
    let prefix = (0..<count).map { $0 < low.release.count ? low.release[$0] : 0 }
    var version = VersionParts(release: prefix)
    version.epoch = low.epoch
    version.dev = 0
    guard Version(version).nextRelease == upper else { return nil }
    version.dev = nil
    return "==\(version.text).*"
  }

  fileprivate var lowerWords: VersionSet.Bound {
    if lower == .first { return .unbounded }
    guard lower.isVersion else { return .excluding(lower.named) }
    guard lower.local == nil else { return .including(lower) }
    var parts = lower.parts
    if let post = parts.postBefore { return .excluding(Version(post)) }
    if parts.isFirstOfRelease {
      parts.dev = nil
      return .including(Version(parts))
    }
    // `1.0a2.dev0` comes right after all that belongs to `1.0a1`, which reads better.
    guard parts.dev == 0, parts.phase != .final, parts.phaseNumber > 0 else { return .including(lower) }
    (parts.phaseNumber, parts.dev) = (parts.phaseNumber - 1, nil)
    return .excluding(Version(parts))
  }

  fileprivate var upperWords: VersionSet.Bound {
    if upper == .end { return .unbounded }
    guard upper.isVersion else { return .including(upper.named) }
    guard upper.local == nil else { return .excluding(upper) }
    var parts = upper.parts
    if let post = parts.postBefore { return .including(Version(post)) }
    guard parts.isFirstOfRelease else { return .excluding(upper) }
    parts.dev = nil
    return .excluding(Version(parts))
  }
}

extension Version {
  /// Whether this is a version, not a bound that no text names.
  fileprivate var isVersion: Bool {
    if let rest { return !rest.isAfter && parts.post != VersionParts.everyPost }
    return key.position == .here && key.kind != .afterPosts && self != .end
  }

  /// The version that this is or that comes right after this bound, nil where none does.
  fileprivate var firstAbove: Version? {
    if isVersion { return self }
    guard rest == nil, key.position == .afterLocals else { return nil }
    var next = parts
    next.post = next.post.map { $0 + 1 } ?? 0
    next.dev = 0
    return Version(next)
  }

  /// The version that a bound is right after.
  fileprivate var named: Version {
    var parts = parts
    if parts.post == VersionParts.everyPost { parts.post = nil }
    return Version(parts, local: local)
  }
}

extension VersionParts {
  /// Whether this is the `.dev0` of a final release.
  fileprivate var isFirstOfRelease: Bool { phase == .final && post == nil && dev == 0 }

  /// The version whose local versions this one comes right after: `1.0` before `1.0.post0.dev0`.
  fileprivate var postBefore: VersionParts? {
    guard dev == 0, let post else { return nil }
    var before = self
    (before.post, before.dev) = (post == 0 ? nil : post - 1, nil)
    return before
  }
}
