import EnvlockModel

/// The GPU models that a request is held against.
struct GPUModels {
  /// The models; empty where none are named, and then any GPU may be meant.
  let rows: [GPURow]
  /// Who named them, in a few words: "the lock's targets".
  let origin: String

  /// - Throws: A name that no model has.
  init(_ matrix: Matrix, answer: PlatformLock, stated: [String]) throws(RunSpecError) {
    origin = stated.isEmpty ? "the lock's targets" : "the GPUs that are named"
    // A target may state a compute capability instead of a model.
    let known = answer.targets.flatMap(\.gpus).filter { !matrix.gpus(matching: $0).isEmpty }
    rows = try Self.rows(matrix, named: stated.isEmpty ? known : stated)
  }

  /// The models that texts name, each once.
  ///
  /// - Throws: A name that no model has.
  static func rows(_ matrix: Matrix, named texts: [String]) throws(RunSpecError) -> [GPURow] {
    var rows: [GPURow] = []
    for text in texts {
      let found = matrix.gpus(matching: text)
      guard !found.isEmpty else {
        let near = matrix.gpuNames(near: text)
        throw RunSpecError(
          "no GPU is called “\(text)”",
          hints: [
            near.isEmpty
              ? "`envlock matrix show gpus` lists them" : "did you mean \(near.joined(separator: ", "))?"
          ])
      }
      rows += found.filter { !rows.contains($0) }
    }
    return rows
  }
}
