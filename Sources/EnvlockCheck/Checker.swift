public import EnvlockModel

/// Checks whether stacks run on nodes, from the matrix and the nodes' facts alone.
public struct Checker: Sendable {
  let matrix: Matrix
  let options: CheckOptions
  let builds = BuildCache()

  /// A checker.
  public init(matrix: Matrix, options: CheckOptions = CheckOptions()) {
    self.matrix = matrix
    self.options = options
  }
}
