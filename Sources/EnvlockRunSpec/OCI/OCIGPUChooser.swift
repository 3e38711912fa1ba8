import EnvlockModel

/// Decides which of a node's GPUs a container gets.
struct OCIGPUChooser {
  /// A GPU, or an instance of one.
  struct Pick: Hashable, CustomStringConvertible {
    let index: Int
    let gpu: NodeDevices.GPU
    let place: Int?

    var instance: NodeDevices.Instance? { place.map { gpu.instances[$0] } }
    /// By numbers: the GPU's as tools count, and the instances' as the driver does.
    var number: String { instance.map { "\(index)/\($0.gpuInstance)/\($0.computeInstance)" } ?? "\(index)" }

    var description: String {
      guard let instance else { return "GPU \(index) (/dev/nvidia\(gpu.minor))" }
      return "instance \(number)\(instance.profile.map { " (\($0))" } ?? "") of /dev/nvidia\(gpu.minor)"
    }
  }

  let grant: GPUGrant
  let options: OCISpec.Options

  private var profile: String? {
    guard case .mig(let profile) = grant.form else { return nil }
    return profile
  }

  private var all: [Pick] {
    (options.node?.gpus ?? []).enumerated().flatMap { index, gpu in
      [Pick(index: index, gpu: gpu, place: nil)]
        + gpu.instances.indices.map { Pick(index: index, gpu: gpu, place: $0) }
    }
  }

  private func fits(_ pick: Pick) -> Bool {
    guard let profile else { return pick.place == nil && !pick.gpu.isDivided }
    return pick.instance.map { ($0.profile ?? profile) == profile } ?? false
  }

  /// What is picked of the node's devices.
  ///
  /// - Throws: Where the node is not known, has too few, or has not what was named.
  func picks() throws(RunSpecError) -> [Pick] {
    guard options.node != nil else {
      throw RunSpecError(
        "which devices belong to the node's GPUs is not known",
        hints: [
          "measure the node with `--node`, on the node itself",
          "or have its driver described: `nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml`",
        ], kind: .couldNotFindOut)
    }
    guard !options.gpus.isEmpty else {
      let fitting = all.filter { profile == nil ? fits($0) : fits($0) && $0.instance?.profile != nil }
      guard fitting.count >= grant.perNode else {
        throw RunSpecError(
          "the node has \(fitting.count) of the \(grant.perNode) \(what) that are asked for",
          hints: profile == nil
            ? ["GPUs that MIG divides cannot be had whole"]
            : ["name instances of which the profile is not known"],
          kind: .answerIsNo)
      }
      return Array(fitting.prefix(grant.perNode))
    }
    var picks: [Pick] = []
    for name in options.gpus where name != "all" {
      let short =
        name.hasPrefix(options.cdiKind + "=") ? String(name.dropFirst(options.cdiKind.count + 1)) : name
      let found = all.first { pick in
        pick.number == short || (pick.instance.map { $0.uuid == short } ?? (pick.gpu.uuid == short))
      }
      guard let found else {
        let known = all.map(\.number).joined(separator: ", ")
        throw RunSpecError(
          "the node has no GPU “\(name)”",
          hints: [known.isEmpty ? "none was found on it" : "it has \(known)"],
          kind: .answerIsNo)
      }
      guard fits(found) else {
        throw RunSpecError("\(found) is not what is asked for: \(what)", kind: .answerIsNo)
      }
      if !picks.contains(found) { picks.append(found) }
    }
    if options.gpus.contains("all") { picks = all.filter(fits) }
    try checkCount(picks.count)
    return picks
  }

  private var what: String { profile.map { "instances of \($0)" } ?? "whole GPUs" }

  private func checkCount(_ count: Int) throws(RunSpecError) {
    guard count == grant.perNode else {
      throw RunSpecError(
        "\(count) GPUs are named, and \(grant.perNode) \(grant.perNode == 1 ? "is" : "are") asked for",
        hints: ["say `gpus = \(count)`, or name others"])
    }
  }

  /// The CDI devices.
  ///
  /// - Throws: Where too few are known, or not what was named.
  func cdiNames() throws(RunSpecError) -> [String] {
    let kind = options.cdiKind
    guard options.gpus.isEmpty else {
      var names: [String] = []
      for name in options.gpus.map({ $0.contains("=") ? $0 : "\(kind)=\($0)" }) where !names.contains(name) {
        names.append(name)
      }
      if !names.contains(where: { $0.hasSuffix("=all") }) { try checkCount(names.count) }
      return names
    }
    let known = options.cdi.names(ofKind: kind)
    if let node = options.node, !node.gpus.isEmpty {
      return try picks().map { pick throws(RunSpecError) in
        // By number CDI files count instances otherwise than the driver does.
        let names: [String?] = pick.place == nil ? [pick.number, pick.gpu.uuid] : [pick.instance?.uuid]
        guard let name = names.compactMap({ $0 }).first(where: { known.contains($0) }) else {
          throw RunSpecError(
            "no CDI file has \(pick)", hints: ["have it written anew: `nvidia-ctk cdi generate`"],
            kind: .answerIsNo)
        }
        return "\(kind)=\(name)"
      }
    }
    let numbers = (0..<grant.perNode).map(String.init)
    guard profile == nil, numbers.allSatisfy({ known.contains($0) }) else {
      throw RunSpecError(
        "which CDI devices are \(grant.perNode) \(what) is not known",
        hints: ["name some of \(known.joined(separator: ", "))"])
    }
    return numbers.map { "\(kind)=\($0)" }
  }
}
