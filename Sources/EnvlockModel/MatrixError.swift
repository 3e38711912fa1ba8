/// A file of the matrix that is not what it should be.
public struct MatrixError: UserFacingError, Hashable, Sendable {
  /// The file's name: "torch.json".
  public let file: String
  /// The row and the field in it, "builds[12].cuda", or a line and column; empty for the whole file.
  public let place: String
  /// What is wrong there: "expected a string, found a number".
  public let reason: String

  /// Describes a fault at a place.
  public init(file: String, place: String, reason: String) {
    self.file = file
    self.place = place
    self.reason = reason
  }

  /// The file, the place and the fault.
  public var message: String {
    "the matrix file \(file) is broken\(place.isEmpty ? "" : " at \(place)"): \(reason)"
  }

  /// The built-in matrix is always there.
  public var hints: [String] { ["leave out `--matrix` and ENVLOCK_MATRIX to use the built-in matrix"] }

  /// Whoever wrote the file has to mend it.
  public var kind: ErrorKind { .badInput }
}
