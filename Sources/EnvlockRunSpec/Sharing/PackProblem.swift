import EnvlockModel

/// Which jobs are to lie on which GPUs, in numbers: jobs that want the same are of one class.
struct PackProblem {
  /// What one job of a class takes of a GPU of some kind; nil where it cannot lie there in that way.
  struct Need {
    var isWhole = false
    var profile: MIGProfile?
    var mpsMiB: Int?
    var sliceMiB: Int?

    var fitsNowhere: Bool { !isWhole && profile == nil && mpsMiB == nil && sliceMiB == nil }
  }

  /// GPUs of one kind.
  struct Pool {
    let kind: GPUKind
    let count: Int?
    let placer: MIGPlacer?
    /// How many can share a GPU by MPS.
    let mpsLimit: Int
    /// By class.
    var needs: [Need]
  }

  /// The ways a GPU can be used, in the order in which they are tried.
  static let modes: [SharingMode] = [.mig, .mps, .timeSlicing, .passthrough]

  var pools: [Pool]
  /// How many jobs each class has; the hardest class first.
  var counts: [Int]

  /// Whether so many jobs of each class can lie on one GPU.
  func fits(_ filling: [Int], pool index: Int, mode: SharingMode) -> Bool {
    let pool = pools[index]
    let used = filling.indices.filter { filling[$0] > 0 }
    let jobs = filling.reduce(0, +)
    switch mode {
    case .passthrough:
      return jobs <= 1 && used.allSatisfy { pool.needs[$0].isWhole }
    case .mig:
      var profiles: [MIGProfile] = []
      for place in used {
        guard let profile = pool.needs[place].profile, jobs <= 64 else { return false }
        profiles += Array(repeating: profile, count: filling[place])
      }
      return pool.placer?.places(profiles) != nil
    case .mps:
      // Parts are equal, so that the largest counts for all.
      var largest = 0
      for place in used {
        guard let memory = pool.needs[place].mpsMiB else { return false }
        largest = max(largest, memory)
      }
      return jobs <= pool.mpsLimit && largest <= (pool.kind.memoryMiB ?? 0) / max(1, jobs)
    case .timeSlicing:
      var sum = 0
      for place in used {
        guard let memory = pool.needs[place].sliceMiB else { return false }
        sum += memory * filling[place]
      }
      return sum <= pool.kind.memoryMiB ?? 0
    case .migVGPU, .vgpu: return false
    }
  }

  /// No packing has fewer GPUs for so many jobs of each class: a job takes at least some part of the memory, and at least some part of
  /// the compute slices, of whatever GPU it lies on, and no GPU has more than all of either.
  func lowerBound(_ counts: [Int]) -> Int {
    var (memory, compute) = (0.0, 0.0)
    for (place, count) in counts.enumerated() where count > 0 {
      let least = pools.map { Self.parts($0, place) }
      memory += Double(count) * (least.map(\.memory).min() ?? 1)
      compute += Double(count) * (least.map(\.compute).min() ?? 1)
    }
    // Sums of fractions are a little off; a whole number may not become the next one.
    return max(Int((memory - 1e-6).rounded(.up)), Int((compute - 1e-6).rounded(.up)), 0)
  }

  /// The least part of a GPU that a job of a class takes.
  private static func parts(_ pool: Pool, _ place: Int) -> (memory: Double, compute: Double) {
    let need = pool.needs[place]
    var (memory, compute) = (1.0, 1.0)
    if let profile = need.profile, let row = pool.placer?.row {
      memory =
        profile.memorySlices.flatMap { size in row.memorySlices.map { Double(size) / Double($0) } } ?? 0
      compute = Double(profile.computeSlices) / Double(row.computeSlices)
    }
    if let share = [need.mpsMiB, need.sliceMiB].compactMap({ $0 }).min(), let total = pool.kind.memoryMiB {
      memory = min(memory, Double(share) / Double(total))
      compute = 0
    }
    return (memory, compute)
  }

  /// How hard a class is to place: the larger part it takes.
  func weight(_ place: Int) -> Double {
    pools.map { pool in
      let parts = Self.parts(pool, place)
      return max(parts.memory, parts.compute)
    }.min() ?? 1
  }
}
