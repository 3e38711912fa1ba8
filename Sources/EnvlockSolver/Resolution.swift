/// The rule by which one incompatibility follows from two.
enum Resolution {
  /// The terms of what follows from two incompatibilities.
  ///
  /// - Parameters:
  ///   - left: the terms of one, by the numbers of their packages.
  ///   - right: the terms of the other, likewise.
  ///   - pivot: the package whose two terms are united; those of every other package are intersected.
  /// - Returns: the terms that say anything, by the numbers of their packages.
  static func combine(_ left: [Term], _ right: [Term], on pivot: PackageID) -> [Term] {
    var result: [Term] = []
    result.reserveCapacity(left.count + right.count)
    var (mine, theirs) = (0, 0)
    while mine < left.count || theirs < right.count {
      if theirs >= right.count || (mine < left.count && left[mine].package < right[theirs].package) {
        result.append(left[mine])
        mine += 1
      } else if mine >= left.count || right[theirs].package < left[mine].package {
        result.append(right[theirs])
        theirs += 1
      } else {
        let (one, other) = (left[mine], right[theirs])
        let term = one.package == pivot ? one.union(other) : one.intersection(other)
        if !term.isAlwaysTrue { result.append(term) }
        mine += 1
        theirs += 1
      }
    }
    return result
  }
}
