import EnvlockVersions

/// The rule by which one incompatibility follows from two.
enum Resolution {
  /// The terms of what follows from two incompatibilities.
  ///
  /// - Parameters:
  ///   - left: the terms of one, by the numbers of their packages.
  ///   - right: the terms of the other, likewise.
  ///   - pivot: the package whose two terms are united; those of every other package are intersected.
  ///   - absent: versions of the pivot that do not exist: where one incompatibility asks for versions of which some
  ///     exist, and the other rules those out, they do not matter.
  /// - Returns: the terms that say anything, by the numbers of their packages.
  static func combine(
    _ left: [Term], _ right: [Term], on pivot: PackageID, absent: VersionSet = .none
  ) -> [Term] {
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
        var term = one.package == pivot ? one.union(other) : one.intersection(other)
        if one.package == pivot, one.isPositive != other.isPositive, !term.isPositive, !absent.isEmpty {
          let asked = one.isPositive ? other.versions : one.versions
          if !asked.isSubset(of: absent) { term = term.union(Term(pivot, absent)) }
        }
        if !term.isAlwaysTrue { result.append(term) }
        mine += 1
        theirs += 1
      }
    }
    return result
  }
}
