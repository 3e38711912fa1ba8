extension VersionSet {
  private var count: Int { isEmpty ? 0 : tail.count + 1 }

  private func range(_ index: Int) -> VersionRange { index == 0 ? head : tail[index - 1] }

  /// The versions that either holds.
  public func union(_ other: VersionSet) -> VersionSet {
    if isEmpty || other.isAll { return other }
    if other.isEmpty || isAll { return self }
    if tail.isEmpty, other.tail.isEmpty {
      let (low, high) = head.lower <= other.head.lower ? (head, other.head) : (other.head, head)
      if low.upper < high.lower { return VersionSet(low, [high]) }
      return VersionSet(VersionRange(lower: low.lower, upper: max(low.upper, high.upper)))
    }
    var ranges = RangeList()
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
    return ranges.set
  }

  /// The versions that both hold.
  public func intersection(_ other: VersionSet) -> VersionSet {
    if tail.isEmpty, other.tail.isEmpty {
      return VersionSet(
        VersionRange(lower: max(head.lower, other.head.lower), upper: min(head.upper, other.head.upper)))
    }
    var ranges = RangeList()
    var (mine, theirs) = (0, 0)
    while mine < count, theirs < other.count {
      let (left, right) = (range(mine), other.range(theirs))
      let common = VersionRange(lower: max(left.lower, right.lower), upper: min(left.upper, right.upper))
      if !common.isEmpty { ranges.append(common) }
      if left.upper < right.upper { mine += 1 } else { theirs += 1 }
    }
    return ranges.set
  }

  /// The versions that `self` does not hold.
  public var complement: VersionSet {
    if isEmpty { return .all }
    var ranges = RangeList()
    var lower = Version.first
    for index in 0..<count {
      let next = range(index)
      if lower < next.lower { ranges.append(VersionRange(lower: lower, upper: next.lower)) }
      lower = next.upper
    }
    if lower < .end { ranges.append(VersionRange(lower: lower, upper: .end)) }
    return ranges.set
  }

  /// The versions that `self` holds and `other` does not.
  public func subtracting(_ other: VersionSet) -> VersionSet {
    if isEmpty || other.isEmpty { return self }
    return intersection(other.complement)
  }

  /// Whether `other` holds every version that `self` holds.
  public func isSubset(of other: VersionSet) -> Bool {
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
    var (mine, theirs) = (0, 0)
    while mine < count, theirs < other.count {
      let (left, right) = (range(mine), other.range(theirs))
      if max(left.lower, right.lower) < min(left.upper, right.upper) { return false }
      if left.upper < right.upper { mine += 1 } else { theirs += 1 }
    }
    return true
  }
}

/// Ranges while they are put together from low to high.
private struct RangeList {
  private var head = VersionRange.none
  private var tail: [VersionRange] = []

  var set: VersionSet { VersionSet(head, tail) }

  /// Adds a range that begins above the end of the last one.
  mutating func append(_ range: VersionRange) {
    if head.isEmpty { head = range } else { tail.append(range) }
  }

  /// Adds a range that begins no lower than the last one.
  mutating func join(_ range: VersionRange) {
    if head.isEmpty {
      head = range
    } else if let last = tail.last {
      if last.upper < range.lower {
        tail.append(range)
      } else if last.upper < range.upper {
        tail[tail.count - 1].upper = range.upper
      }
    } else if head.upper < range.lower {
      tail.append(range)
    } else if head.upper < range.upper {
      head.upper = range.upper
    }
  }
}
