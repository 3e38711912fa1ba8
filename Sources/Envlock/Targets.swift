import EnvlockModel
import EnvlockResolve
import EnvlockVersions

/// A GPU of a target that the matrix cannot place.
public struct UnknownGPU: UserFacingError, Hashable {
  /// The name as the user wrote it.
  public let text: String
  /// The target that has it.
  public let target: String
  /// Models of that name with different compute capabilities; empty for a name that no model has.
  public let candidates: [String]
  /// Names that look like it.
  public let near: [String]

  /// What is wrong.
  public var message: String {
    let owner = target == "command line" ? "" : " of the target “\(target)”"
    return candidates.isEmpty
      ? "the GPU “\(text)”\(owner) is not known"
      : "“\(text)”\(owner) stands for GPUs that run different code: \(candidates.joined(separator: ", "))"
  }

  /// What to write instead.
  public var hints: [String] {
    if let first = candidates.first { return ["name the model, as in `\(first)`, or its compute capability"] }
    let likely = near.isEmpty ? [] : ["did you mean \(near.joined(separator: ", "))?"]
    return likely + ["a compute capability such as `8.0` will do as well"]
  }

  /// A bad name is bad input.
  public var kind: ErrorKind { .badInput }
}

extension Question.Target {
  /// The target with its GPUs looked up.
  init(_ target: Target, matrix: Matrix) throws(UnknownGPU) {
    var gpus: [GPU] = []
    for text in target.gpus { gpus.append(try Self.gpu(text, of: target.name, matrix)) }
    self.init(name: target.name, driver: target.driver, gpus: gpus)
  }

  private static func gpu(_ text: String, of target: String, _ matrix: Matrix) throws(UnknownGPU) -> GPU {
    if let capability = try? ComputeCapability(text) { return GPU(label: text, capability: capability) }
    let models = matrix.gpus(matching: text)
    let capabilities = Set(models.map(\.capability))
    guard let capability = capabilities.first, capabilities.count == 1 else {
      throw UnknownGPU(
        text: text, target: target, candidates: models.map(\.name),
        near: models.isEmpty ? matrix.gpuNames(near: text) : [])
    }
    return GPU(label: text, capability: capability)
  }
}
