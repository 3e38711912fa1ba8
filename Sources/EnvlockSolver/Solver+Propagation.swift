// Unit propagation: following up everything that must be true, given what is known.
extension Solver {
  /// Follows up every change; on a conflict, goes back to where it can be avoided.
  ///
  /// - Returns: an incompatibility without terms, if the question has no answer.
  mutating func propagate(_ source: some PackageSource) -> IncompatibilityID? {
    while let package = changed.popFirst() {
      // The newest first: what was learned from conflicts rules out the most.
      var place = store.incompatibilities(of: package).count
      while place > 0 {
        place -= 1
        let id = store.incompatibilities(of: package)[place]
        guard !settled.contains(id) else { continue }
        switch outlook(of: id) {
        case .open: continue
        case .settled: settled.insert(id, level: solution.level)
        case .unit(let term): derive(term, from: id)
        case .conflict:
          statistics.conflicts += 1
          let resolved = resolve(id, source)
          guard !store[resolved].terms.isEmpty else { return resolved }
          changed.removeAll()
          if case .unit(let term) = outlook(of: resolved) { derive(term, from: resolved) }
          place = 0
        }
      }
    }
    return nil
  }

  private mutating func derive(_ term: TermID, from id: IncompatibilityID) {
    let inverse = store.terms[term].inverse
    solution.derive(inverse, from: id)
    settled.insert(id, level: solution.level)
    changed.append(inverse.package)
  }

  /// What the partial solution means for an incompatibility.
  private enum Outlook {
    /// Every term is true.
    case conflict
    /// Every term but this one is true, so this one must become false.
    case unit(TermID)
    /// A term is false, so nothing follows from it any more.
    case settled
    /// Too little is known.
    case open
  }

  private mutating func outlook(of id: IncompatibilityID) -> Outlook {
    var undecided: TermID?
    for term in store[id].terms {
      switch store.relation(of: term, in: solution) {
      case .satisfied: continue
      case .contradicted: return .settled
      case .inconclusive:
        if undecided != nil { return .open }
        undecided = term
      }
    }
    return undecided.map { .unit($0) } ?? .conflict
  }
}

/// Packages to follow up, each once, the first one first.
struct ChangedPackages: Sendable {
  private var queue: [PackageID] = []
  private var head = 0
  private var waiting: [Bool] = []

  mutating func append(_ package: PackageID) {
    while waiting.count <= package.rawValue { waiting.append(false) }
    guard !waiting[package.rawValue] else { return }
    waiting[package.rawValue] = true
    queue.append(package)
  }

  mutating func popFirst() -> PackageID? {
    guard head < queue.count else {
      removeAll()
      return nil
    }
    let package = queue[head]
    head += 1
    waiting[package.rawValue] = false
    return package
  }

  mutating func removeAll() {
    for package in queue[head...] { waiting[package.rawValue] = false }
    queue.removeAll(keepingCapacity: true)
    head = 0
  }
}

/// Incompatibilities from which nothing follows until a level is taken back, so that they need no second look.
struct SettledMarks: Sendable {
  private var isSettled: [Bool] = []
  private var marks: [(id: IncompatibilityID, level: Int)] = []

  func contains(_ id: IncompatibilityID) -> Bool { id.index < isSettled.count && isSettled[id.index] }

  mutating func insert(_ id: IncompatibilityID, level: Int) {
    while isSettled.count <= id.index { isSettled.append(false) }
    guard !isSettled[id.index] else { return }
    isSettled[id.index] = true
    marks.append((id, level))
  }

  mutating func backtrack(to level: Int) {
    while let last = marks.last, last.level > level {
      isSettled[last.id.index] = false
      marks.removeLast()
    }
  }
}
