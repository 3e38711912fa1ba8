extension VersionSet {
  /// The versions that either holds.
  public func union(_ other: VersionSet) -> VersionSet {
    if isEmpty || other.isAll { return other }
    if other.isEmpty || isAll { return self }
    if list == nil, other.list == nil, !(upper < other.lower), !(other.upper < lower) {
      return VersionSet(lower: min(lower, other.lower), upper: max(upper, other.upper))
    }
    var ranges = RangeList(capacity: count + other.count)
    var (mine, theirs) = (0, 0)
    while mine < count || theirs < other.count {
      if theirs >= other.count || (mine < count && range(mine).lower <= other.range(theirs).lower) {
        ranges.join(range(mine))
        mine += 1
      } else {
        ranges.join(other.range(theirs))
        theirs += 1
      }
    }
    return VersionSet(ranges.ranges)
  }

  /// The versions that both hold.
  public func intersection(_ other: VersionSet) -> VersionSet {
    if list == nil, other.list == nil {
      return VersionSet(lower: max(lower, other.lower), upper: min(upper, other.upper))
    }
    if isAll { return other }
    if other.isAll { return self }
    var ranges = RangeList(capacity: max(count, other.count))
    var (mine, theirs) = (0, 0)
    while mine < count, theirs < other.count {
      let (left, right) = (range(mine), other.range(theirs))
      ranges.append(from: max(left.lower, right.lower), to: min(left.upper, right.upper))
      if left.upper < right.upper { mine += 1 } else { theirs += 1 }
    }
    return VersionSet(ranges.ranges)
  }

  /// The versions that `self` does not hold.
  public var complement: VersionSet {
    if list == nil {
      if lower == .first { return VersionSet(lower: upper, upper: .end) }
      if upper == .end { return VersionSet(lower: .first, upper: lower) }
    }
    var ranges = RangeList(capacity: count + 1)
    var lower = Version.first
    for index in 0..<count {
      let range = range(index)
      ranges.append(from: lower, to: range.lower)
      lower = range.upper
    }
    ranges.append(from: lower, to: .end)
    return VersionSet(ranges.ranges)
  }

  /// The versions that `self` holds and `other` does not.
  public func subtracting(_ other: VersionSet) -> VersionSet {
    if isEmpty || other.isEmpty { return self }
    return intersection(other.complement)
  }

  /// Whether `other` holds every version that `self` holds.
  public func isSubset(of other: VersionSet) -> Bool {
    if list == nil, other.list == nil {
      return isEmpty || (!(lower < other.lower) && !(other.upper < upper))
    }
    var theirs = 0
    for mine in 0..<count {
      let range = range(mine)
      while theirs < other.count, other.range(theirs).upper < range.upper { theirs += 1 }
      guard theirs < other.count, other.range(theirs).lower <= range.lower else { return false }
    }
    return true
  }

  /// Whether no version is in both.
  public func isDisjoint(with other: VersionSet) -> Bool {
    // Where the keys alone tell, the ranges need no look.
    if upper < other.lower || other.upper < lower { return true }
    if list == nil, other.list == nil {
      return upper == other.lower || other.upper == lower || isEmpty || other.isEmpty
    }
    var (mine, theirs) = (0, 0)
    while mine < count, theirs < other.count {
      let (left, right) = (range(mine), other.range(theirs))
      if max(left.lower, right.lower) < min(left.upper, right.upper) { return false }
      if left.upper < right.upper { mine += 1 } else { theirs += 1 }
    }
    return true
  }

  private var count: Int { list?.count ?? (isEmpty ? 0 : 1) }

  private func range(_ index: Int) -> VersionRange {
    list?[index] ?? VersionRange(lower: Version(key: lower, rest: nil), upper: Version(key: upper, rest: nil))
  }

  /// The ranges from low to high.
  var allRanges: [VersionRange] { (0..<count).map(range) }
}

/// Ranges while they are put together from low to high.
private struct RangeList {
  private(set) var ranges: [VersionRange] = []

  init(capacity: Int) { ranges.reserveCapacity(capacity) }

  /// Adds a range that begins above the end of the last one, unless it is empty.
  mutating func append(from lower: Version, to upper: Version) {
    if lower < upper { ranges.append(VersionRange(lower: lower, upper: upper)) }
  }

  /// Adds a range that begins no lower than the last one.
  mutating func join(_ range: VersionRange) {
    guard let last = ranges.last, !(last.upper < range.lower) else {
      ranges.append(range)
      return
    }
    if last.upper < range.upper { ranges[ranges.count - 1].upper = range.upper }
  }
}
