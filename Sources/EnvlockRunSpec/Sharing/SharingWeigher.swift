import EnvlockModel
import EnvlockVersions

/// Holds one way to share GPUs of one kind against a request.
struct SharingWeigher {
  let matrix: Matrix
  let kind: GPUKind
  let mode: SharingModeRow
  let request: SharingRequest

  /// What a GPU can be divided into.
  private struct Division {
    var form: GPUForm
    var perGPU: Int
    /// The memory of each part in MiB; nil where it is not divided, or unknown.
    var memoryMiB: Int?
    var profile: MIGProfile?
  }

  func option() -> SharingOption {
    var refusals = promises()
    var share: GPUShare?
    switch mode.mode {
    case .passthrough: whole(&refusals, &share)
    case .mig: mig(&refusals, &share) { _ in nil }
    case .migVGPU: migVGPU(&refusals, &share)
    case .mps: multiProcess(&refusals, &share)
    case .timeSlicing: slices(&refusals, &share)
    case .vgpu: vgpu(&refusals, &share)
    }
    if let count = request.count, let needed = share?.gpuCount, needed > count, let perGPU = share?.perGPU {
      refusals.append(
        "it needs \(needed) GPUs, and there \(count == 1 ? "is 1" : "are \(count)"): one holds \(perGPU) of \(request.users) users"
      )
    }
    return SharingOption(
      mode: mode, kind: kind, share: refusals.isEmpty ? share : nil, refusals: refusals)
  }

  // MARK: What it promises

  /// What it cannot promise, whatever the GPUs are.
  private func promises() -> [String] {
    var refusals: [String] = []
    if let isolation = request.isolation, mode.isolation < isolation {
      refusals.append(
        "it gives \(mode.isolation.words): \(mode.isolates)")
    }
    if request.needsVirtualMachines, mode.virtualMachine == nil {
      refusals.append("it shares among the containers of one system, not among virtual machines")
    }
    if let least = mode.minCapability, let lowest = kind.models.map(\.capability).min(), lowest < least {
      refusals.append("it needs compute capability \(least), and \(kind.name) has \(lowest)")
    }
    if mode.isLicensed, let product = matrix.vgpuProduct(series: "C") {
      if let stated = request.licence {
        if !VGPULicence.covers(product, stated: stated) {
          refusals.append("a licence of “\(stated)” does not cover series C, which belongs to \(product)")
        }
      } else {
        refusals.append("it needs a licence of \(product), and none is named")
      }
    }
    return refusals
  }

  // MARK: What it divides

  private func whole(_ refusals: inout [String], _ share: inout GPUShare?) {
    guard hasMemory(&refusals) else { return }
    share = divided(Division(form: .whole, perGPU: 1, memoryMiB: kind.memoryMiB))
  }

  private func mig(
    _ refusals: inout [String], _ share: inout GPUShare?, type: (MIGProfile) -> String?
  ) {
    guard let row = kind.mig else {
      refusals.append(
        kind.models.allSatisfy { $0.hasMIG == false }
          ? "MIG cannot divide \(kind.name)" : "how MIG divides \(kind.name) is unknown")
      return
    }
    let placer = MIGPlacer(row: row, mostInstances: kind.mostInstances)
    // Variants with or without media engines and graphics are for who asks for them.
    let plain = row.profiles.filter { $0.name.hasSuffix("gb") }
    let fitting = plain.filter { profile in
      request.memory.map { wanted in profile.sizeMiB.map { $0 >= wanted.mebibytes } ?? false } ?? true
    }
    let shares = fitting.compactMap { profile -> GPUShare? in
      let perGPU = placer.capacity(of: profile)
      guard perGPU > 0 else { return nil }
      return divided(
        Division(
          form: type(profile).map { .vgpu(type: $0) } ?? .mig(profile: profile.name), perGPU: perGPU,
          memoryMiB: profile.sizeMiB, profile: profile), placer)
    }
    share = shares.min { left, right in order(left).lexicographicallyPrecedes(order(right)) }
    if share == nil {
      let largest = plain.compactMap { profile in profile.sizeMiB.map { (profile.name, $0) } }.max {
        $0.1 < $1.1
      }
      let wanted = request.memory.map(\.description) ?? "that"
      refusals.append(
        largest.map { "no instance has \(wanted): the largest, \($0.0), has \(MemoryText.gib($0.1))" }
          ?? "the memory of its instances is unknown")
    }
  }

  /// By which profile is taken: the fewest GPUs, then the least memory that is enough or, where none was asked for, the most, then
  /// the fewest memory slices, then the most compute slices.
  private func order(_ share: GPUShare) -> [Int] {
    let memory = share.memoryMiB ?? 0
    return [
      share.gpuCount, request.memory == nil ? -memory : memory, share.profile?.memorySlices ?? 0,
      -(share.profile?.computeSlices ?? 0),
    ]
  }

  private func migVGPU(_ refusals: inout [String], _ share: inout GPUShare?) {
    guard hasVGPU(&refusals) else { return }
    guard let prefix = matrix.vgpuPrefix(of: kind.models) else {
      refusals.append("what the vGPUs of \(kind.name) are called is unknown")
      return
    }
    // vgpu.json, rule mig-backed-name.
    mig(&refusals, &share) { profile in
      profile.nominalGB.map { "\(prefix)-\(profile.computeSlices)-\($0)C" }
    }
  }

  private func multiProcess(_ refusals: inout [String], _ share: inout GPUShare?) {
    let lowest = kind.models.map(\.capability).min()
    guard let limit = lowest.flatMap({ matrix.sharingLimit(.mps, $0) }), var perGPU = byMemory(&refusals)
    else {
      return
    }
    perGPU = min(perGPU, limit)
    guard isShared(perGPU, &refusals) else { return }
    // The limits are equal parts of the GPU, so that fewer users on it get more each.
    let gpus = (request.users - 1) / perGPU + 1
    let each = (request.users - 1) / gpus + 1
    share = divided(Division(form: .mps, perGPU: perGPU, memoryMiB: kind.memoryMiB.map { $0 / each }))
  }

  private func slices(_ refusals: inout [String], _ share: inout GPUShare?) {
    guard let perGPU = byMemory(&refusals), isShared(perGPU, &refusals) else { return }
    share = divided(Division(form: .shared, perGPU: perGPU))
  }

  /// Whether two users are ever on one GPU.
  private func isShared(_ perGPU: Int, _ refusals: inout [String]) -> Bool {
    if min(perGPU, request.users) > 1 { return true }
    refusals.append("each user has a GPU alone, so that nothing is shared")
    return false
  }

  private func vgpu(_ refusals: inout [String], _ share: inout GPUShare?) {
    guard hasVGPU(&refusals) else { return }
    guard let row = matrix.vgpuCompute(of: kind.models) else {
      refusals.append("the sizes of the vGPUs of \(kind.name) are unknown")
      return
    }
    let fitting = row.sizes.filter { size in
      request.memory.map { $0.mebibytes <= size.memoryGB * 1024 } ?? true
    }
    let shares = fitting.compactMap { size in
      divided(
        Division(form: .vgpu(type: size.type), perGPU: size.atMost, memoryMiB: size.memoryGB * 1024))
    }
    share = shares.min { left, right in order(left).lexicographicallyPrecedes(order(right)) }
    if share == nil, let largest = row.sizes.last {
      let wanted = request.memory.map(\.description) ?? "that"
      refusals.append("no vGPU has \(wanted): the largest is \(largest.type)")
    }
  }

  private func hasVGPU(_ refusals: inout [String]) -> Bool {
    if kind.models.allSatisfy({ $0.hasVGPU == true }) { return true }
    refusals.append(
      kind.models.allSatisfy { $0.hasVGPU == false }
        ? "\(kind.name) has no vGPUs" : "whether \(kind.name) has vGPUs is unknown")
    return false
  }

  /// Whether the GPU itself has the memory.
  private func hasMemory(_ refusals: inout [String]) -> Bool {
    guard let wanted = request.memory else { return true }
    guard let memory = kind.memoryMiB else {
      refusals.append("the memory of \(kind.name) is unknown")
      return false
    }
    guard wanted.mebibytes > memory else { return true }
    refusals.append("\(kind.name) has \(MemoryText.gib(memory))")
    return false
  }

  /// How many users the memory holds; nil where it holds none.
  private func byMemory(_ refusals: inout [String]) -> Int? {
    guard hasMemory(&refusals) else { return nil }
    guard let wanted = request.memory, let memory = kind.memoryMiB else { return request.users }
    return memory / wanted.mebibytes
  }

  // MARK: How it lies on GPUs

  private func divided(_ division: Division, _ placer: MIGPlacer? = nil) -> GPUShare {
    let (full, rest) = request.users.quotientAndRemainder(dividingBy: division.perGPU)
    var layouts: [GPULayout] = []
    // MPS and time slicing have one number of shares for all GPUs of a node: users are spread evenly there.
    let isEven = division.form == .mps || division.form == .shared
    let gpus = full + (rest > 0 ? 1 : 0)
    let (low, more) = request.users.quotientAndRemainder(dividingBy: gpus)
    let groups =
      isEven
      ? [(count: more, users: low + 1), (count: gpus - more, users: low)]
      : [(count: full, users: division.perGPU), (count: rest > 0 ? 1 : 0, users: rest)]
    for group in groups where group.count > 0 {
      let first = layouts.last?.gpus.upperBound ?? 0
      let profiles = division.profile.map { Array(repeating: $0, count: group.users) }
      let places = profiles.flatMap { placer?.places($0) } ?? []
      layouts.append(
        GPULayout(
          gpus: first..<(first + group.count), users: group.users,
          instances: zip(profiles ?? [], places).map { MIGInstance(profile: $0, placement: $1) },
          utilisation: GPUUtilisation(
            kind, askedMiB: request.memory.map { $0.mebibytes * group.users }, instances: profiles)))
    }
    let waste = division.memoryMiB.flatMap { memory in request.memory.map { max(0, memory - $0.mebibytes) } }
    return GPUShare(
      form: division.form, profile: division.profile, memoryMiB: division.memoryMiB, wasteMiB: waste ?? 0,
      perGPU: division.perGPU, layouts: layouts)
  }
}

extension MIGProfile {
  /// The GB in its name: 10 for "1g.10gb"; nil where there are none, as on GPUs that use the machine's own memory.
  var nominalGB: Int? { GPUGranter.nominalGiB(name) }

  /// The memory of an instance in MiB, by its name where it was not measured; nil where it is unknown.
  var sizeMiB: Int? { memoryMiB ?? nominalGB.map { $0 * 1024 } }
}
