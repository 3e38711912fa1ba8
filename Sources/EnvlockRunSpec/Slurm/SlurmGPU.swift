import EnvlockModel

/// How a batch script asks for GPUs.
enum SlurmGPU {
  /// The directives that ask for them.
  ///
  /// - Parameters:
  ///   - plan: What is started.
  ///   - options: What the site calls its GPUs.
  ///   - choices: Gets why.
  /// - Returns: Names and values.
  /// - Throws: A type that Slurm's notation cannot hold, and counts that are none.
  static func directives(
    _ plan: RunPlan, _ options: SlurmSpec.Options, _ choices: inout [RunChoice]
  ) throws(RunSpecError) -> [(String, JSONValue)] {
    guard let grant = plan.gpu else { return [] }
    if let type = options.gpuType { try check(type) }
    switch grant.form {
    case .none: return []
    case .whole, .vgpu:
      let value = (options.gpuType.map { "\($0):" } ?? "") + "\(grant.perNode)"
      choices.append(RunChoice("GPU", "--gpus-per-node=\(value)", typeReason(grant, options)))
      if grant.vgpu != nil {
        choices.append(
          RunChoice("vGPU", "the nodes' own", "a node that is a virtual machine has its vGPU as a GPU"))
      }
      return [("gpus-per-node", .string(value))]
    case .mig(let profile):
      // Slurm's plugin for NVML calls an instance "nvidia_a100_3g.20gb"; a site's type is a part of that.
      let type = options.gpuType.map { $0.hasSuffix(profile) ? $0 : "\($0)_\(profile)" } ?? profile
      let value = "\(type):\(grant.perNode)"
      choices.append(
        RunChoice(
          "GPU", "--gpus-per-node=\(value)",
          "to Slurm a MIG instance is a GPU of the type that the site calls so; it makes no instances itself"
        ))
      return [("gpus-per-node", .string(value))]
    case .shared:
      guard (1...100_000).contains(options.shards) else {
        throw RunSpecError("a share has to have from 1 to 100000 shards, and has \(options.shards)")
      }
      choices.append(
        RunChoice(
          "GPU", "--gres=shard:\(options.shards)",
          "Slurm shares GPUs by shards (22.05 and later), and keeps nobody's memory apart"))
      return [("gres", .string("shard:\(options.shards)"))]
    case .mps:
      guard (1...100_000).contains(options.mps) else {
        throw RunSpecError("a share of MPS has to be from 1 to 100000, and is \(options.mps)")
      }
      choices.append(
        RunChoice(
          "GPU", "--gres=mps:\(options.mps)",
          "the site's count for a GPU is mostly 100, so that this is a percentage of its threads"))
      return [("gres", .string("mps:\(options.mps)"))]
    }
  }

  /// - Throws: A type that would be read as something else.
  private static func check(_ type: String) throws(RunSpecError) {
    let isType =
      !type.isEmpty
      && type.utf8.allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "_-.+".utf8.contains(byte)
      }
    guard isType else {
      throw RunSpecError(
        "“\(type)” cannot be a type of GPUs in Slurm",
        hints: ["`scontrol show node` tells the site's types, behind Gres=gpu: a100, h100_nvl"])
    }
  }

  private static func typeReason(_ grant: GPUGrant, _ options: SlurmSpec.Options) -> String {
    if options.gpuType != nil { return "the type is the site's name for these GPUs" }
    var reasons = ["each site names its types by itself, and without one a MIG instance may be given"]
    if !grant.models.isEmpty {
      reasons.append("the nodes have to have \(grant.models.map(\.name).joined(separator: " or "))")
    }
    if let memory = grant.memory { reasons.append("Slurm does not know whether they have \(memory)") }
    return reasons.joined(separator: "; ")
      + (reasons.count > 1 ? ": name the type, or a partition that has them" : "")
  }
}
