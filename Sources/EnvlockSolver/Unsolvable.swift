import EnvlockVersions

/// The proof that a question has no answer: what the source said, and how the contradiction follows from it.
///
/// A value: it can be kept, compared and put into words by `explain`.
public struct Unsolvable: Hashable, Sendable {
  /// What holds, each after what it follows from; the last one is the contradiction.
  let steps: [Step]

  /// Terms that must not all be true.
  struct Step: Hashable, Sendable {
    let terms: [Term]
    let origin: Origin
  }

  enum Origin: Hashable, Sendable {
    case leaf(Leaf)
    /// The places of the two that it follows from, and the package they have in common.
    case derived(Int, Int, pivot: PackageID)
  }

  /// Collects what the incompatibility `contradiction` rests on.
  init(_ contradiction: IncompatibilityID, in store: IncompatibilityStore, _ numbering: Numbering) {
    var places: [Int: Int] = [:]
    var steps: [Step] = []
    // Not recursive: a proof may be thousands of steps deep.
    var open = [contradiction]
    while let id = open.last {
      if places[id.index] != nil {
        open.removeLast()
        continue
      }
      let origin: Origin
      switch store[id].cause {
      case .leaf(let leaf): origin = .leaf(numbering.callers(leaf))
      case .derived(let left, let right, let pivot):
        guard let first = places[left.index], let second = places[right.index] else {
          // The left one comes first.
          if places[right.index] == nil { open.append(right) }
          if places[left.index] == nil { open.append(left) }
          continue
        }
        origin = .derived(first, second, pivot: numbering.callers(pivot))
      }
      open.removeLast()
      places[id.index] = steps.count
      let terms = store[id].terms.map { numbering.callers(store.terms[$0]) }
      steps.append(Step(terms: terms.sorted { $0.package < $1.package }, origin: origin))
    }
    self.steps = steps
  }

  /// What the source said that the proof rests on, in the order of the proof.
  ///
  /// Leaves that differ only in their versions are one leaf about all of these, at the place of the first.
  public var leaves: [Leaf] {
    var places: [LeafKind: Int] = [:]
    var leaves: [Leaf] = []
    for case .leaf(let leaf) in steps.map(\.origin) {
      if let place = places[leaf.kind] {
        leaves[place] = leaf.of(leaves[place].versions.union(leaf.versions))
      } else {
        places[leaf.kind] = leaves.count
        leaves.append(leaf)
      }
    }
    return leaves
  }

  /// Whether the proof speaks of a package.
  public func involves(_ package: PackageID) -> Bool {
    leaves.contains { leaf in
      if case .dependency(_, _, let on, _) = leaf, on == package { return true }
      return leaf.package == package
    }
  }
}
