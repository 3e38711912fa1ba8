public import EnvlockModel

/// GPU models that are shared alike: of one compute capability and memory, divided alike by MIG and vGPU.
public struct GPUKind: Hashable, Sendable {
  /// The models, in the order of gpus.json, at least one.
  public let models: [GPURow]
  /// How MIG divides them; nil where it cannot, or that is unknown.
  public let mig: MIGRow?
  /// Their memory in MiB, by their name, of which a driver keeps a little for itself; nil where that is unknown.
  public let memoryMiB: Int?

  /// The names of the models, with commas.
  public var name: String { models.map(\.name).joined(separator: ", ") }

  /// The names of the models, for "one …".
  var alternatives: String { models.map(\.name).joined(separator: " or ") }

  /// Into how many MIG instances a GPU can be divided at most; nil where that is unknown.
  var mostInstances: Int? { models.compactMap(\.migInstances).min() }

  /// The kinds that texts name, each model once.
  ///
  /// - Throws: A name that no model has.
  static func kinds(_ matrix: Matrix, named texts: [String]) throws(RunSpecError) -> [GPUKind] {
    var kinds: [GPUKind] = []
    for gpu in try GPUModels.rows(matrix, named: texts) {
      let one = GPUKind(gpu, matrix)
      if let place = kinds.firstIndex(where: { $0.isLike(one) }) {
        kinds[place] = GPUKind(
          models: kinds[place].models + one.models, mig: one.mig, memoryMiB: one.memoryMiB)
      } else {
        kinds.append(one)
      }
    }
    return kinds
  }

  private init(models: [GPURow], mig: MIGRow?, memoryMiB: Int?) {
    self.models = models
    self.mig = mig
    self.memoryMiB = memoryMiB
  }

  /// The kind of one model. Where its name stands for several sizes, the least counts.
  init(_ gpu: GPURow, _ matrix: Matrix) {
    self.init(models: [gpu], mig: matrix.mig(of: gpu), memoryMiB: gpu.memoryGiB.min().map { $0 * 1024 })
  }

  private func isLike(_ other: GPUKind) -> Bool {
    mig == other.mig && memoryMiB == other.memoryMiB && mostInstances == other.mostInstances
      && models[0].capability == other.models[0].capability && models[0].hasVGPU == other.models[0].hasVGPU
      && models[0].hasMIG == other.models[0].hasMIG
  }
}
