public import EnvlockModel
import EnvlockVersions

/// Fits jobs on the fewest GPUs.
///
/// A GPU is given whole to one job, divided by MIG, or shared by MPS or time slicing, where the jobs on it allow that. A job takes the
/// smallest MIG instance that has its memory: where a larger one lies, the smaller one could. The parts of MPS are
/// equal, as the device plugin makes them; time slicing divides no memory, and what jobs say they need is added up.
public struct GPUPacker: Sendable {
  /// The compatibility data.
  public let matrix: Matrix

  /// A packer that knows these data.
  public init(matrix: Matrix) { self.matrix = matrix }

  /// What jobs have to have in common to be of one class.
  private struct Wish: Hashable {
    let form: GPUForm?
    let memory: ByteCount?
    let isolation: GPUIsolation

    init(_ job: PackJob) {
      // Who says nothing gets what a run without a word gets: the whole GPU.
      form = job.form ?? (job.memory == nil ? .whole : nil)
      memory = job.memory
      isolation = job.isolation ?? .none
    }
  }

  /// Packs.
  ///
  /// - Parameters:
  ///   - jobs: What is to be placed.
  ///   - gpus: Where. Kinds that stand first are taken first where that makes no difference.
  /// - Returns: The packing.
  /// - Throws: A job that no GPU can hold, and jobs that do not fit on the GPUs there are.
  public func pack(_ jobs: [PackJob], on gpus: [PackGPU]) throws(RunSpecError) -> Packing {
    for job in jobs { try job.check() }
    guard !gpus.isEmpty else {
      throw RunSpecError(
        "no GPU is named",
        hints: ["say which there are: `--gpu 8xA100-SXM4-80GB`, or without a number for any"])
    }
    var wishes: [Wish] = []
    var names: [Wish: [String]] = [:]
    for job in jobs {
      let wish = Wish(job)
      if names[wish] == nil { wishes.append(wish) }
      names[wish, default: []] += Array(repeating: job.name, count: job.count)
    }
    guard names.values.reduce(0, { $0 + $1.count }) <= 10_000 else {
      throw RunSpecError("there are more than 10000 jobs", hints: ["pack them in parts"])
    }
    var pools = try pools(gpus)
    for index in pools.indices { pools[index].needs = wishes.map { need($0, pools[index]) } }
    for (place, wish) in wishes.enumerated() where pools.allSatisfy({ $0.needs[place].fitsNowhere }) {
      throw refusal(wish, names[wish]?.first ?? "", pools.map(\.kind))
    }

    // The hardest class first.
    let unordered = PackProblem(pools: pools, counts: wishes.map { names[$0]?.count ?? 0 })
    let order = wishes.indices.sorted { (-unordered.weight($0), $0) < (-unordered.weight($1), $1) }
    for index in pools.indices {
      let needs = pools[index].needs
      pools[index].needs = order.map { needs[$0] }
    }
    let problem = PackProblem(pools: pools, counts: order.map { unordered.counts[$0] })
    var search = PackSearch(problem: problem)
    let (bins, isProven) = search.run()
    let bound = problem.lowerBound(problem.counts)
    guard let bins else {
      let there = gpus.map { gpu in gpu.count.map { "\($0) \(gpu.model)" } ?? gpu.model }.joined(
        separator: ", ")
      throw RunSpecError(
        isProven ? "the jobs do not fit on \(there)" : "no packing of the jobs on \(there) was found",
        hints: ["they need at least \(bound) GPUs; leave out the number of GPUs to see how many do"],
        kind: .answerIsNo)
    }
    return Packing(
      gpus: packed(
        bins, problem, wishes: order.map { wishes[$0] }, names: order.map { names[wishes[$0]] ?? [] }),
      lowerBound: isProven ? bins.count : bound, isProven: isProven)
  }

  // MARK: GPUs

  private func pools(_ gpus: [PackGPU]) throws(RunSpecError) -> [PackProblem.Pool] {
    var pools: [PackProblem.Pool] = []
    for gpu in gpus {
      if let count = gpu.count, !(1...10_000).contains(count) {
        throw RunSpecError("the number of \(gpu.model) has to be from 1 to 10000, and is \(count)")
      }
      let kinds = try GPUKind.kinds(matrix, named: [gpu.model])
      guard kinds.count == 1, let kind = kinds.first else {
        throw RunSpecError(
          "“\(gpu.model)” names GPUs that differ: \(kinds.map(\.name).joined(separator: ", "))",
          hints: ["name one of them"])
      }
      guard !pools.contains(where: { $0.kind == kind }) else {
        throw RunSpecError("\(gpu.model) is named twice", hints: ["add the numbers up"])
      }
      let capability = kind.models.map(\.capability).min()
      let row = matrix.sharingModes.first { $0.mode == .mps }
      let hasMPS =
        capability.map { capability in row?.minCapability.map { $0 <= capability } ?? false } ?? false
      pools.append(
        PackProblem.Pool(
          kind: kind, count: gpu.count,
          placer: kind.mig.map { MIGPlacer(row: $0, mostInstances: kind.mostInstances) },
          mpsLimit: hasMPS ? capability.flatMap { matrix.sharingLimit(.mps, $0) } ?? 0 : 0, needs: []))
    }
    return pools
  }

  /// What a job takes of a GPU.
  private func need(_ wish: Wish, _ pool: PackProblem.Pool) -> PackProblem.Need {
    var need = PackProblem.Need()
    let wanted = wish.memory?.mebibytes
    let total = pool.kind.memoryMiB
    let fitsWhole = wanted.map { wanted in total.map { wanted <= $0 } ?? false } ?? true
    switch wish.form {
    case .whole?: need.isWhole = fitsWhole
    case .mig(let name)?:
      if let profile = pool.kind.mig?.profile(named: name), Self.has(profile, wanted) {
        need.profile = profile
      }
    case .mps?: need.mpsMiB = fitsWhole && pool.mpsLimit > 0 ? wanted : nil
    case .shared?: need.sliceMiB = fitsWhole ? wanted : nil
    case .vgpu?, GPUForm.none?: break
    case nil:
      need.isWhole = fitsWhole
      need.profile = smallest(wanted, pool)
      if wish.isolation <= .process, fitsWhole, pool.mpsLimit > 0 { need.mpsMiB = wanted }
      if wish.isolation == .none, fitsWhole { need.sliceMiB = wanted }
    }
    if let profile = need.profile, pool.placer?.places([profile]) == nil { need.profile = nil }
    return need
  }

  private static func has(_ profile: MIGProfile, _ wanted: Int?) -> Bool {
    wanted.map { wanted in profile.sizeMiB.map { $0 >= wanted } ?? false } ?? true
  }

  private func smallest(_ wanted: Int?, _ pool: PackProblem.Pool) -> MIGProfile? {
    let fitting = pool.kind.mig?.profiles.filter { $0.name.hasSuffix("gb") && Self.has($0, wanted) } ?? []
    return fitting.min {
      ($0.memorySlices ?? 0, $0.computeSlices, $0.sizeMiB ?? 0)
        < ($1.memorySlices ?? 0, $1.computeSlices, $1.sizeMiB ?? 0)
    }
  }

  private func refusal(_ wish: Wish, _ name: String, _ kinds: [GPUKind]) -> RunSpecError {
    var wants: [String] = []
    if let form = wish.form { wants.append("`\(form)`") }
    if let memory = wish.memory { wants.append("\(memory)") }
    if wish.isolation > .none { wants.append("\(wish.isolation.rawValue) isolation") }
    let has = kinds.map { kind in
      let parts = kind.mig.map { row in row.profiles.map(\.name).joined(separator: ", ") }
      return "\(kind.name) has \(MemoryText.known(kind.memoryMiB))"
        + (parts.map { ", by MIG \($0)" } ?? ", no MIG")
    }
    return RunSpecError(
      "job \(name) wants \(wants.joined(separator: " with ")), which none of the GPUs can give", hints: has,
      kind: .answerIsNo)
  }

  // MARK: Result

  private func packed(
    _ bins: [PackBin], _ problem: PackProblem, wishes: [Wish], names: [[String]]
  ) -> [PackedGPU] {
    var taken = names.map { _ in 0 }
    var numbers = problem.pools.map { _ in 0 }
    var gpus: [PackedGPU] = []
    let order = bins.indices.sorted { (bins[$0].pool, $0) < (bins[$1].pool, $1) }
    for bin in order.map({ bins[$0] }) {
      let pool = problem.pools[bin.pool]
      var jobs: [(wish: Int, name: String)] = []
      for (wish, count) in bin.filling.enumerated() {
        for _ in 0..<count {
          jobs.append((wish, names[wish][taken[wish]]))
          taken[wish] += 1
        }
      }
      // Who shares with nobody has the GPU.
      let isAlone = jobs.count == 1 && jobs.allSatisfy { pool.needs[$0.wish].isWhole }
      let mode = isAlone && bin.mode != .mig ? .passthrough : bin.mode
      let profiles = mode == .mig ? jobs.compactMap { pool.needs[$0.wish].profile } : []
      let places = profiles.isEmpty ? [] : pool.placer?.places(profiles) ?? []
      var placed = jobs.enumerated().map { index, job in
        PackedJob(
          name: job.name, form: Self.form(mode, profiles.indices.contains(index) ? profiles[index] : nil),
          memory: wishes[job.wish].memory,
          instance: places.indices.contains(index)
            ? MIGInstance(profile: profiles[index], placement: places[index]) : nil)
      }
      // A sort that keeps the order of those without a place.
      placed = placed.enumerated().sorted {
        ($0.element.instance?.placement?.start ?? 0, $0.offset)
          < ($1.element.instance?.placement?.start ?? 0, $1.offset)
      }.map(\.element)
      let asked = placed.map { job in job.memory?.mebibytes ?? Self.memory(of: job, pool.kind) }
      gpus.append(
        PackedGPU(
          kind: pool.kind, number: numbers[bin.pool], mode: mode, jobs: placed,
          utilisation: GPUUtilisation(
            pool.kind, askedMiB: asked.contains(nil) ? nil : asked.reduce(0) { $0 + ($1 ?? 0) },
            instances: mode == .mig ? profiles : nil)))
      numbers[bin.pool] += 1
    }
    return gpus
  }

  /// What a job without a word on memory has: all of what it is given.
  private static func memory(of job: PackedJob, _ kind: GPUKind) -> Int? {
    job.instance.map(\.profile.sizeMiB) ?? kind.memoryMiB
  }

  private static func form(_ mode: SharingMode, _ profile: MIGProfile?) -> GPUForm {
    switch mode {
    case .mps: .mps
    case .timeSlicing: .shared
    case .mig: profile.map { .mig(profile: $0.name) } ?? .whole
    case .passthrough, .migVGPU, .vgpu: .whole
    }
  }
}
