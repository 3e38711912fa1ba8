import EnvlockVersions

/// A proof that is being made shorter: the steps of an `Unsolvable`, worked out again from other leaves.
struct Proof {
  /// What holds, each after what it follows from; the last one has no terms.
  private(set) var steps: [Unsolvable.Step]

  init(_ failure: Unsolvable) { steps = failure.steps }

  private init(steps: [Unsolvable.Step]) { self.steps = steps }

  /// The leaves in the order of the proof.
  var leaves: [Leaf] {
    steps.compactMap { step in
      if case .leaf(let leaf) = step.origin { leaf } else { nil }
    }
  }

  /// Works the proof out again from other leaves, leaving out every step that they make needless.
  ///
  /// - Parameters:
  ///   - absent: versions that do not exist, which need no mention where others do.
  ///   - factsComeLast: whether facts are only used once something asks for the versions that they rule out.
  ///   - replacement: a true leaf for each leaf.
  /// - Returns: nil if the new leaves do not prove that there is no answer by the same steps.
  func replayed(
    absent: [PackageID: Absence] = [:], factsComeLast: Bool = false, _ replacement: (Leaf) -> Leaf
  ) -> Proof? {
    var replay = Replay(absent: absent, facts: factsComeLast ? facts : [:])
    var places: [Int] = []
    places.reserveCapacity(steps.count)
    for step in steps {
      switch step.origin {
      case .leaf(let leaf): places.append(replay.add(replacement(leaf)))
      case .derived(let left, let right, let pivot):
        places.append(replay.derive(from: places[left], and: places[right], on: pivot))
      }
      if let last = places.last, replay.steps[last].terms.isEmpty {
        return Proof(steps: Self.reachable(from: last, in: replay.steps))
      }
    }
    return nil
  }

  private var facts: [PackageID: [Leaf]] {
    var facts: [PackageID: [Leaf]] = [:]
    for case .fact(let package, let versions, let fact) in leaves {
      facts[package, default: []].append(.fact(package, versions, fact))
    }
    return facts
  }

  private static func reachable(from last: Int, in steps: [Unsolvable.Step]) -> [Unsolvable.Step] {
    var isNeeded = [Bool](repeating: false, count: last + 1)
    isNeeded[last] = true
    for place in stride(from: last, through: 0, by: -1) where isNeeded[place] {
      guard case .derived(let left, let right, _) = steps[place].origin else { continue }
      isNeeded[left] = true
      isNeeded[right] = true
    }
    var places = [Int](repeating: 0, count: last + 1)
    var result: [Unsolvable.Step] = []
    for place in 0...last where isNeeded[place] {
      places[place] = result.count
      guard case .derived(let left, let right, let pivot) = steps[place].origin else {
        result.append(steps[place])
        continue
      }
      result.append(
        Unsolvable.Step(
          terms: steps[place].terms, origin: .derived(places[left], places[right], pivot: pivot)))
    }
    return result
  }
}

/// The steps of a proof while it is worked out again, none of them twice.
private struct Replay {
  let absent: [PackageID: Absence]
  /// Facts that are used as late as possible, by package.
  let facts: [PackageID: [Leaf]]
  private(set) var steps: [Unsolvable.Step] = []
  private var places: [[Term]: Int] = [:]

  init(absent: [PackageID: Absence], facts: [PackageID: [Leaf]]) {
    self.absent = absent
    self.facts = facts
  }

  mutating func add(_ leaf: Leaf) -> Int {
    place(Unsolvable.Step(terms: leaf.terms, origin: .leaf(leaf)))
  }

  mutating func derive(from left: Int, and right: Int, on pivot: PackageID) -> Int {
    // What says nothing of the pivot any more already is what should follow.
    guard left != right, let one = term(of: pivot, in: left) else { return left }
    guard let other = term(of: pivot, in: right) else { return right }
    var (left, right) = (left, right)
    if let absence = absence(left, pivot) {
      guard let leaf = absence.needed(beside: other) else { return right }
      left = add(leaf)
    } else if let absence = absence(right, pivot) {
      guard let leaf = absence.needed(beside: one) else { return left }
      right = add(leaf)
    }
    if isLate(left), other.isPositive { return right }
    if isLate(right), one.isPositive { return left }
    var result = combine(left, right, on: pivot)
    for leaf in facts[pivot] ?? [] {
      guard let rest = term(of: pivot, in: result), !rest.isPositive,
        !rest.versions.isDisjoint(with: leaf.versions)
      else { continue }
      result = combine(result, add(leaf), on: pivot)
    }
    return result
  }

  private mutating func combine(_ left: Int, _ right: Int, on pivot: PackageID) -> Int {
    let terms = Resolution.combine(
      steps[left].terms, steps[right].terms, on: pivot, absent: absent[pivot]?.versions ?? .none)
    if implies(left, terms) { return left }
    if implies(right, terms) { return right }
    return place(Unsolvable.Step(terms: terms, origin: .derived(left, right, pivot: pivot)))
  }

  private func isLate(_ place: Int) -> Bool {
    guard !facts.isEmpty, case .leaf(.fact) = steps[place].origin else { return false }
    return true
  }

  private func absence(_ place: Int, _ package: PackageID) -> Absence? {
    guard let absence = absent[package], case .leaf(let leaf) = steps[place].origin,
      absence.leaves.contains(leaf)
    else { return nil }
    return absence
  }

  private mutating func place(_ step: Unsolvable.Step) -> Int {
    if let known = places[step.terms] { return known }
    places[step.terms] = steps.count
    steps.append(step)
    return steps.count - 1
  }

  private func term(of package: PackageID, in place: Int) -> Term? {
    steps[place].terms.first { $0.package == package }
  }

  /// Whether the terms of a step are always true together where `terms` are.
  private func implies(_ place: Int, _ terms: [Term]) -> Bool {
    steps[place].terms.allSatisfy { term in
      terms.contains { $0.package == term.package && $0.isSubset(of: term) }
    }
  }
}
