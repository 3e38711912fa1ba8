public import EnvlockModel

/// A GPU or MIG instance of a node that is handed to a container.
public struct GPUPick: Hashable, Sendable {
  /// "GPU-…" or "MIG-…".
  public let uuid: String
  /// The place of the GPU among the node's.
  public let index: Int
  /// The place as CDI names it: "0", "0:1" for the second instance of the first GPU.
  public let place: String
  /// What it is, for people: "NVIDIA A100-SXM4-80GB", "1g.10gb of NVIDIA A100-SXM4-80GB".
  public let title: String

  /// The GPUs or instances of a measured node that a grant asks for.
  ///
  /// The node's order counts, so that equal nodes give equal GPUs; who wants others names them.
  /// - Parameters:
  ///   - grant: What is asked for.
  ///   - node: The node, as a probe measured it.
  ///   - stated: UUIDs or indices of the ones that shall be taken; empty leaves it to this function.
  ///   - matrix: The compatibility data, by which models are known.
  /// - Returns: As many as the grant has for each node.
  /// - Throws: What the node does not have.
  public static func pick(
    _ grant: GPUGrant, of node: NodeFacts, stated: [String] = [], matrix: Matrix
  ) throws(RunSpecError) -> [GPUPick] {
    var all: [(pick: GPUPick, gpu: GPUFacts, memoryMiB: Int?, profile: String?)] = []
    for (index, gpu) in node.gpus.enumerated() {
      let name = gpu.product ?? gpu.vgpuType ?? "a GPU"
      if gpu.mig?.isEnabled == true {
        for (number, instance) in (gpu.mig?.instances ?? []).enumerated() {
          guard let uuid = instance.uuid else { continue }
          let pick = GPUPick(
            uuid: uuid, index: index, place: "\(index):\(number)", title: "\(instance.profile) of \(name)")
          all.append((pick, gpu, instance.memoryMiB, MIGProfile.normalised(instance.profile)))
        }
      } else if let uuid = gpu.uuid {
        all.append(
          (GPUPick(uuid: uuid, index: index, place: "\(index)", title: name), gpu, gpu.memoryMiB, nil))
      }
    }
    var fitting = all.filter { candidate in
      switch grant.form {
      case .mig(let profile): candidate.profile == profile
      case .vgpu(let type):
        candidate.profile == nil
          && candidate.gpu.vgpuType.flatMap { matrix.vgpuType(named: $0)?.name }
            == matrix.vgpuType(named: type)?.name
      case .whole, .shared, .mps, .none: candidate.profile == nil
      }
    }
    if !stated.isEmpty {
      fitting = try stated.map { text throws(RunSpecError) in
        guard
          let found = fitting.first(where: {
            $0.pick.uuid == text || String($0.pick.index) == text && $0.profile == nil
          })
        else {
          throw RunSpecError(
            "this node has no GPU “\(text)” of the form \(grant.form)",
            hints: all.isEmpty
              ? [] : ["it has " + all.map { "\($0.pick.uuid) (\($0.pick.title))" }.joined(separator: ", ")])
        }
        return found
      }
    } else {
      if !grant.models.isEmpty, grant.vgpu == nil {
        fitting = fitting.filter { candidate in
          let models = candidate.gpu.product.map { matrix.gpus(matching: $0) } ?? []
          return models.isEmpty || models.contains { grant.models.contains($0) }
        }
      }
      if let memory = grant.memory {
        // A card reports up to a tenth less than it is sold with.
        fitting = fitting.filter { $0.memoryMiB.map { $0 + $0 / 9 >= memory.mebibytes } ?? true }
      }
    }
    guard fitting.count >= grant.perNode else {
      let what = noun(grant.form)
      throw RunSpecError(
        fitting.isEmpty
          ? "this machine has no \(what) that fits"
          : "\(grant.perNode) \(what)s are asked for, and this machine has \(fitting.count) that \(fitting.count == 1 ? "fits" : "fit")",
        hints: [
          all.isEmpty
            ? "`envlock probe` says what it finds of GPUs"
            : "it has " + all.map { "\($0.pick.title)" }.joined(separator: ", ")
        ], kind: .answerIsNo)
    }
    return fitting.prefix(grant.perNode).map(\.pick)
  }

  private static func noun(_ form: GPUForm) -> String {
    switch form {
    case .mig(let profile): "MIG instance of \(profile)"
    case .vgpu(let type): "vGPU \(type)"
    case .whole: "whole GPU"
    case .shared, .mps, .none: "GPU"
    }
  }
}
