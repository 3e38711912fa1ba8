import EnvlockModel

/// One GPU of a packing, in numbers.
struct PackBin: Hashable {
  let pool: Int
  let mode: SharingMode
  /// How many jobs of each class lie on it.
  var filling: [Int]
}

/// Finds the fewest GPUs.
///
/// First fit, the hardest jobs first, gives a packing at once. Where that has more GPUs than the lower bound, all packings are
/// searched GPU by GPU: the next GPU holds a job of the hardest class that is left, with as many others that none fits
/// any more (fewer are never better), and what leaves the same jobs after the same number of GPUs is looked at once. The search
/// is given up after a number of steps; then first fit's packing stands, and the lower bound says how far it may be off.
struct PackSearch {
  let problem: PackProblem
  /// How often it is tried at most whether jobs fit on a GPU.
  var steps = 300_000

  /// A packing; nil where there is none, or none was found.
  ///
  /// - Returns: The GPUs, and whether it is proven that fewer do not do.
  mutating func run() -> (bins: [PackBin]?, isProven: Bool) {
    let first = firstFit()
    let bound = problem.lowerBound(problem.counts)
    if let first, first.count <= bound { return (first, true) }
    switch search(below: first?.count) {
    case .found(let bins): return (bins, true)
    case .none: return (first, true)
    case .givenUp: return (first, false)
    }
  }

  // MARK: First fit

  private func firstFit() -> [PackBin]? {
    var bins: [PackBin] = []
    for (place, count) in problem.counts.enumerated() {
      var left = count
      for index in bins.indices where left > 0 {
        left -= fill(&bins[index], with: place, atMost: left)
      }
      while left > 0 {
        guard var bin = newBin(for: place, beside: bins) else { return nil }
        left -= fill(&bin, with: place, atMost: left)
        bins.append(bin)
      }
    }
    return bins
  }

  private func fill(_ bin: inout PackBin, with place: Int, atMost limit: Int) -> Int {
    var added = 0
    while added < limit {
      bin.filling[place] += 1
      guard problem.fits(bin.filling, pool: bin.pool, mode: bin.mode) else {
        bin.filling[place] -= 1
        break
      }
      added += 1
    }
    return added
  }

  /// The first pool and mode in which a job fits on an empty GPU.
  private func newBin(for place: Int, beside bins: [PackBin]) -> PackBin? {
    var one = problem.counts.map { _ in 0 }
    one[place] = 1
    for (pool, row) in problem.pools.enumerated() {
      if let count = row.count, bins.count(where: { $0.pool == pool }) >= count { continue }
      for mode in PackProblem.modes where problem.fits(one, pool: pool, mode: mode) {
        return PackBin(pool: pool, mode: mode, filling: one.map { _ in 0 })
      }
    }
    return nil
  }

  // MARK: Search

  private enum Outcome {
    case found([PackBin])
    case none
    case givenUp
  }

  /// What is left to place.
  private struct State: Hashable {
    var left: [Int]
    /// How many GPUs of each pool are used, 0 where there are as many as needed.
    var used: [Int]
  }

  private mutating func search(below limit: Int?) -> Outcome {
    var states = [State(left: problem.counts, used: problem.pools.map { _ in 0 })]
    var origins: [(state: Int, bin: PackBin)?] = [nil]
    var seen: Set<State> = Set(states)
    var level = 0..<1
    var depth = 0
    while !level.isEmpty {
      depth += 1
      for index in level {
        guard let place = states[index].left.firstIndex(where: { $0 > 0 }) else { continue }
        for (pool, row) in problem.pools.enumerated() {
          if let count = row.count, states[index].used[pool] >= count { continue }
          for mode in PackProblem.modes {
            for filling in fillings(states[index].left, from: place, pool: pool, mode: mode) {
              var next = states[index]
              for (other, count) in filling.enumerated() { next.left[other] -= count }
              if row.count != nil { next.used[pool] += 1 }
              let bin = PackBin(pool: pool, mode: mode, filling: filling)
              if next.left.allSatisfy({ $0 == 0 }) {
                return .found(Self.path(to: index, origins) + [bin])
              }
              if let limit, depth + problem.lowerBound(next.left) >= limit { continue }
              guard seen.insert(next).inserted else { continue }
              states.append(next)
              origins.append((index, bin))
            }
            if steps <= 0 { return .givenUp }
          }
        }
      }
      level = level.upperBound..<states.count
    }
    return .none
  }

  private static func path(to index: Int, _ origins: [(state: Int, bin: PackBin)?]) -> [PackBin] {
    var bins: [PackBin] = []
    var index = index
    while let origin = origins[index] {
      bins.append(origin.bin)
      index = origin.state
    }
    return bins.reversed()
  }

  /// The fillings of a GPU with at least one job of class `first`, to which no job that is left can be added.
  private mutating func fillings(_ left: [Int], from first: Int, pool: Int, mode: SharingMode) -> [[Int]] {
    var found: [[Int]] = []
    var filling = left.map { _ in 0 }
    extend(&filling, at: first, first: first, left, pool, mode, &found)
    return found
  }

  private mutating func extend(
    _ filling: inout [Int], at place: Int, first: Int, _ left: [Int], _ pool: Int, _ mode: SharingMode,
    _ found: inout [[Int]]
  ) {
    guard steps > 0 else { return }
    guard place < left.count else {
      for other in left.indices where filling[other] < left[other] {
        var more = filling
        more[other] += 1
        if fits(more, pool, mode) { return }
      }
      found.append(filling)
      return
    }
    var most = 0
    while most < left[place] {
      filling[place] = most + 1
      guard fits(filling, pool, mode) else { break }
      most += 1
    }
    let least = place == first ? 1 : 0
    guard most >= least else {
      filling[place] = 0
      return
    }
    for count in (least...most).reversed() {
      filling[place] = count
      extend(&filling, at: place + 1, first: first, left, pool, mode, &found)
    }
    filling[place] = 0
  }

  private mutating func fits(_ filling: [Int], _ pool: Int, _ mode: SharingMode) -> Bool {
    steps -= 1
    return problem.fits(filling, pool: pool, mode: mode)
  }
}
