public import EnvlockModel

/// Why bytes are no marshalled code.
public struct MarshalFault: UserFacingError, Hashable {
  /// What is wrong.
  public enum Problem: Hashable, Sendable {
    /// They end too early.
    case cutShort
    /// More bytes follow the code.
    case trailing
    /// An object is of a kind that code does not hold, or that is not known.
    case kind(UInt8)
    /// It refers to an object that has not come.
    case reference
    /// Objects lie in objects, deeper than Python reads.
    case tooDeep
  }

  /// Where in the bytes.
  public let offset: Int
  /// What is wrong.
  public let problem: Problem

  /// Describes a fault.
  public init(_ problem: Problem, offset: Int) {
    self.offset = offset
    self.problem = problem
  }

  /// What is wrong, and where.
  public var message: String {
    let what =
      switch problem {
      case .cutShort: "it is cut off"
      case .trailing: "more follows its end"
      case .kind(let kind): "it has an object of the unknown kind \(kind)"
      case .reference: "it refers to an object that has not come"
      case .tooDeep: "its objects lie too deep in each other"
      }
    return "Python's compiled code cannot be read: \(what), at byte \(offset)"
  }

  /// Whoever wrote it is at fault.
  public var kind: ErrorKind { .badInput }
}
