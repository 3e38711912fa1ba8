import EnvlockModel
import EnvlockVersions

/// Decides which GPUs are handed over.
struct GPUGranter {
  let matrix: Matrix
  let demand: NodeDemand
  let models: GPUModels
  let request: RunDeclaration

  /// - Parameter choices: Gets what was decided.
  /// - Returns: The GPUs of each node, nil for none, and on how many nodes it runs.
  /// - Throws: What cannot be given, and what could be instead.
  func grant(_ choices: inout [RunChoice]) throws(RunSpecError) -> (GPUGrant?, nodes: Int) {
    let (total, nodes) = try counts()
    guard let form = try form(total) else {
      choices.append(
        RunChoice(
          "GPU", "none", demand.cuda == nil ? "the lock has no CUDA" : "the request asks for none"))
      return (nil, nodes)
    }
    let perNode = total.map { $0 / nodes } ?? 1
    let isolation = isolation(of: form)
    try checkIsolation(form, isolation)
    try checkCount(form, perNode, nodes)
    let grant = try fitting(form, perNode: perNode, isolation: isolation)
    choices += reasons(grant, nodes: nodes)
    return (grant, nodes)
  }

  // MARK: How many

  private func counts() throws(RunSpecError) -> (total: Int?, nodes: Int) {
    let nodes = request.nodes ?? 1
    for (key, value, least) in [
      ("nodes", request.nodes, 1), ("gpus", request.gpus, 0), ("gpus-per-node", request.gpusPerNode, 0),
    ] {
      guard let value else { continue }
      guard (least...100_000).contains(value) else {
        throw RunSpecError("`\(key)` has to be from \(least) to 100000, and is \(value)")
      }
    }
    guard let perNode = request.gpusPerNode else {
      if let gpus = request.gpus, !gpus.isMultiple(of: nodes) {
        throw RunSpecError(
          "\(gpus) GPUs cannot be spread evenly over \(nodes) nodes",
          hints: ["`gpus` counts those of all nodes together; `gpus-per-node` says how many each has"])
      }
      return (request.gpus ?? (request.gpu.map { $0 != .none } == true ? nodes : nil), nodes)
    }
    let (total, overflow) = perNode.multipliedReportingOverflow(by: nodes)
    guard !overflow, request.gpus.map({ $0 == total }) ?? true else {
      throw RunSpecError(
        "`gpus` is \(request.gpus ?? 0), but \(nodes) nodes with \(perNode) each have \(total)",
        hints: ["say one of `gpus` and `gpus-per-node`"])
    }
    return (total, nodes)
  }

  /// The form; nil for no GPU.
  private func form(_ total: Int?) throws(RunSpecError) -> GPUForm? {
    let wantsNone = request.gpu == GPUForm.none || total == 0
    if wantsNone {
      if let total, total > 0 {
        throw RunSpecError(
          "`gpu = \"none\"` and `gpus = \(total)` contradict each other", hints: ["leave one of them out"])
      }
      if let form = request.gpu, form != .none {
        throw RunSpecError(
          "`gpu = \"\(form)\"` and `gpus = 0` contradict each other", hints: ["leave one of them out"])
      }
      return nil
    }
    // A lock for the CPU gets no GPU by itself; who asks for one may have reasons, such as a program of their own.
    if total == nil, demand.cuda == nil { return nil }
    return request.gpu ?? .whole
  }

  // MARK: What the form can give

  /// What a form promises (MIG User Guide; GPU Operator, "Time-Slicing GPUs": no memory or fault isolation; MPS,
  /// "Volta MPS": separate address spaces; vGPU documentation: separate frame buffers, compute in turns, unless the
  /// vGPU has a MIG instance of its own).
  private func isolation(of form: GPUForm) -> GPUIsolation {
    switch form {
    case .none, .whole, .mig: return .hardware
    case .mps: return .process
    case .vgpu(let name):
      let type = matrix.vgpuType(named: name)
      return type?.hasInstance(matrix) == true ? .hardware : .process
    case .shared: return .none
    }
  }

  private func checkIsolation(_ form: GPUForm, _ isolation: GPUIsolation) throws(RunSpecError) {
    guard let wanted = request.isolation, wanted > isolation else { return }
    let what =
      switch form {
      case .shared: "time slicing divides neither memory nor faults between those who share a GPU"
      case .mps: "MPS gives each process an address space, but one GPU with its caches and faults to all"
      default: "a vGPU has memory of its own, but takes turns on the multiprocessors"
      }
    throw RunSpecError(
      "`gpu = \"\(form)\"` cannot give \(wanted.rawValue) isolation: \(what)",
      hints: [
        wanted == .hardware
          ? "take a MIG instance (`gpu = \"mig-1g.10gb\"`) or the whole GPU"
          : "take `mps`, a MIG instance or the whole GPU",
        "`envlock spec --choose` weighs the ways to share a GPU",
      ], kind: .answerIsNo)
  }

  private func checkCount(_ form: GPUForm, _ perNode: Int, _ nodes: Int) throws(RunSpecError) {
    let wantsPeers = request.peerToPeer == true
    switch form {
    case .mig where perNode > 1:
      throw RunSpecError(
        "a CUDA process uses one MIG instance, and \(perNode) are asked for on a node",
        hints: ["ask for one instance of a larger profile, or start \(perNode) runs of one instance each"],
        kind: .answerIsNo)
    case .shared where perNode > 1, .mps where perNode > 1:
      throw RunSpecError(
        "\(perNode) shares may lie on one GPU, where they give no more of it than one",
        hints: ["ask for one share, or for whole GPUs"], kind: .answerIsNo)
    case .mig where wantsPeers, .shared where wantsPeers, .mps where wantsPeers, .vgpu where wantsPeers:
      throw RunSpecError(
        "`gpu = \"\(form)\"` has no peer-to-peer access to other GPUs",
        hints: ["whole GPUs have it: `gpu = \"whole\"`"], kind: .answerIsNo)
    default: break
    }
    if wantsPeers, perNode < 2 {
      throw RunSpecError(
        "peer-to-peer needs two GPUs on a node, and \(perNode) is asked for",
        hints: ["ask for `gpus-per-node = 2` or more"])
    }
  }

  // MARK: Who can give it

  private func fitting(_ form: GPUForm, perNode: Int, isolation: GPUIsolation) throws(RunSpecError)
    -> GPUGrant
  {
    var profile: MIGProfile?
    var vgpu: VGPUType?
    var rows = models.rows
    switch form {
    case .mig(let name):
      let found = try migProfile(name)
      (profile, rows) = (found.profile, models.rows.isEmpty ? [] : found.models)
    case .vgpu(let name):
      let type = try vgpuType(name)
      (vgpu, rows) = (type, type.gpus)
    case .whole, .shared, .mps, .none:
      if let memory = request.gpuMemory, !rows.isEmpty {
        let large = rows.filter { row in
          row.memoryGiB.isEmpty || row.memoryGiB.contains { $0 * 1024 >= memory.mebibytes }
        }
        guard !large.isEmpty else {
          let best = rows.compactMap { row in row.memoryGiB.max().map { "\(row.name) has \($0) GiB" } }
          throw RunSpecError(
            "none of \(models.origin) has \(memory) of memory: \(best.joined(separator: ", "))",
            hints: ["ask for less with `gpu-memory`, or lock for a larger GPU"], kind: .answerIsNo)
        }
        rows = large
      }
    }
    try checkCode(rows)
    return GPUGrant(
      form: form, perNode: perNode, memory: request.gpuMemory, isolation: isolation, models: rows,
      profile: profile, vgpu: vgpu, licence: try licence(vgpu))
  }

  /// The profile, and the models that have it.
  private func migProfile(_ name: String) throws(RunSpecError) -> (profile: MIGProfile, models: [GPURow]) {
    let candidates = models.rows.isEmpty ? matrix.gpus : models.rows
    let divided = candidates.compactMap { gpu in matrix.mig(of: gpu).map { (gpu: gpu, mig: $0) } }
    guard !divided.isEmpty else {
      throw RunSpecError(
        "MIG cannot divide \(candidates.map(\.name).joined(separator: ", "))",
        hints: ["share it by `shared` or `mps`, or take the whole GPU"], kind: .answerIsNo)
    }
    let found = divided.compactMap { pair in
      pair.mig.profile(named: name).map { (gpu: pair.gpu, profile: $0) }
    }
    guard !found.isEmpty else {
      let known = divided.flatMap { $0.mig.profiles.map(\.name) }
      let near = NearestName.of(name, among: known)
      let all = divided.first.map {
        "\($0.gpu.name) has " + $0.mig.profiles.map(\.name).joined(separator: ", ")
      }
      throw RunSpecError(
        "no GPU of \(models.rows.isEmpty ? "the matrix" : models.origin) has the MIG profile \(name)",
        hints: [near.map { "did you mean mig-\($0)?" }, models.rows.isEmpty ? nil : all].compactMap { $0 })
    }
    let large = found.filter { pair in
      request.gpuMemory.map { wanted in
        // A profile's name tells its nominal GB; nvidia-smi reports somewhat less.
        (pair.profile.memoryMiB ?? .max) >= wanted.mebibytes
          || Self.nominalGiB(pair.profile.name).map { $0 * 1024 >= wanted.mebibytes } ?? false
      } ?? true
    }
    guard let first = large.first else {
      throw RunSpecError(
        "an instance of \(name) does not have \(request.gpuMemory.map(\.description) ?? "") of memory",
        hints: ["`envlock spec --choose` names a profile that has"], kind: .answerIsNo)
    }
    return (first.profile, large.map(\.gpu))
  }

  /// The GB in a profile's name; nil where there are none.
  static func nominalGiB(_ profile: String) -> Int? {
    guard let dot = profile.firstIndex(of: "."), let end = profile.firstRange(of: "gb") else { return nil }
    return Int(profile[profile.index(after: dot)..<end.lowerBound]).flatMap { $0 > 0 ? $0 : nil }
  }

  private func vgpuType(_ name: String) throws(RunSpecError) -> VGPUType {
    guard let type = matrix.vgpuType(named: name) else {
      let near = NearestName.of(name, among: matrix.vgpuTypes.map(\.name))
      throw RunSpecError(
        "no vGPU type is called “\(name)”",
        hints: [near.map { "did you mean \($0)?" } ?? "a type looks like A100-10C: GPU, memory in GB, series"]
      )
    }
    if !models.rows.isEmpty, !type.gpus.contains(where: { models.rows.contains($0) }) {
      throw RunSpecError(
        "\(type.name) is a vGPU of \(type.gpus.map(\.name).joined(separator: ", ")), and none of \(models.origin) is one",
        hints: ["name those GPUs with `--gpu`, or another type"], kind: .answerIsNo)
    }
    if let memory = request.gpuMemory, type.memoryGB * 1024 < memory.mebibytes {
      throw RunSpecError(
        "\(type.name) has \(type.memoryGB) GB of memory, and \(memory) is asked for",
        hints: ["take a type with more memory"], kind: .answerIsNo)
    }
    return type
  }

  /// The product whose licence covers a vGPU.
  ///
  /// - Throws: A vGPU without its product, or with another than its series belongs to.
  private func licence(_ type: VGPUType?) throws(RunSpecError) -> String? {
    guard let type else {
      guard let licence = request.licence else { return nil }
      throw RunSpecError("`licence = \"\(licence)\"` goes with a vGPU only", hints: ["leave it out"])
    }
    guard let product = matrix.vgpuProduct(series: type.series) else {
      throw RunSpecError("the product that licenses series \(type.series) of vGPUs is not known")
    }
    guard let stated = request.licence else {
      throw RunSpecError(
        "\(type.name) runs slowly without a licence of its product: \(product)",
        hints: [
          "where the site has one, say so: `licence = \"\(VGPULicence.names(product).last ?? "")\"`, or `--licence`"
        ])
    }
    guard VGPULicence.covers(product, stated: stated) else {
      throw RunSpecError(
        "a licence of “\(stated)” does not cover \(type.name), which belongs to \(product)",
        hints: ["a type of the series that the licence covers ends in another letter"], kind: .answerIsNo)
    }
    return product
  }

  private func checkCode(_ rows: [GPURow]) throws(RunSpecError) {
    guard !rows.isEmpty, !rows.contains(where: { demand.runs(on: $0.capability) }) else { return }
    let names = rows.map { "\($0.name) (\($0.capability))" }.joined(separator: ", ")
    throw RunSpecError(
      "the lock has no code for \(names)", hints: ["`envlock check --gpu …` says which GPUs it runs on"],
      kind: .answerIsNo)
  }

  // MARK: Words

  private func reasons(_ grant: GPUGrant, nodes: Int) -> [RunChoice] {
    let count = nodes == 1 ? "\(grant.perNode)" : "\(grant.perNode) on each of \(nodes) nodes"
    let source =
      request.gpu == nil ? "nothing else was asked for" : "the request says `gpu = \"\(grant.form)\"`"
    var choices = [RunChoice("GPU", "\(count), \(grant.form)", source)]
    if let profile = grant.profile, !grant.models.isEmpty {
      choices.append(
        RunChoice(
          "MIG", profile.name,
          "\(grant.models.map(\.name).joined(separator: ", ")) can be divided so (\(profile.source))"))
    }
    if let wanted = request.isolation {
      choices.append(
        RunChoice("isolation", grant.isolation.rawValue, "at least \(wanted.rawValue) is asked for"))
    }
    if let vgpu = grant.vgpu, let licence = grant.licence {
      choices.append(RunChoice("licence", licence, "vGPUs of series \(vgpu.series) belong to it"))
    }
    return choices
  }
}
