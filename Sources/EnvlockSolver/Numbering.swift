/// The solver's own numbers of packages: in the order in which they were met, after the root.
///
/// Wherever the solver goes through packages or terms it does so by these, so that the numbers that the caller
/// gave never decide anything. They stop at `Solver`: the store, the partial solution and the priorities know
/// no others, the source and the proof know only the caller's.
struct Numbering: Sendable {
  /// The caller's numbers, by the solver's.
  private var outer: [PackageID] = [.root]
  private var inner: [PackageID: PackageID] = [.root: .root]

  /// How many packages were met, the root included.
  var count: Int { outer.count }

  /// The solver's number of a package, which may be a new one.
  mutating func meet(_ package: PackageID) -> PackageID {
    if let known = inner[package] { return known }
    let number = PackageID(outer.count)
    outer.append(package)
    inner[package] = number
    return number
  }

  /// The caller's number.
  func callers(_ package: PackageID) -> PackageID { outer[package.rawValue] }

  /// The same term with the caller's number.
  func callers(_ term: Term) -> Term {
    Term(package: callers(term.package), isPositive: term.isPositive, versions: term.versions)
  }

  /// The same leaf with the caller's numbers.
  func callers(_ leaf: Leaf) -> Leaf {
    switch leaf {
    case .dependency(let package, let versions, let on, let required):
      .dependency(callers(package), versions, on: callers(on), required: required)
    case .fact(let package, let versions, let fact): .fact(callers(package), versions, fact)
    }
  }
}
