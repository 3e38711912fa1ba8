/// A package of a solve, as a small number that the caller gives out.
///
/// The numbers carry no meaning and never decide anything: callers may give them out in any order.
public struct PackageID: Hashable, Comparable, Sendable {
  /// The number; never negative.
  public let rawValue: Int

  /// - Parameter rawValue: a small number, 0 or above.
  public init(_ rawValue: Int) {
    precondition(rawValue >= 0, "packages are numbered from 0")
    self.rawValue = rawValue
  }

  /// The question itself: it has no version, and its dependencies are what must hold.
  public static let root = PackageID(0)

  /// The order of the numbers.
  public static func < (left: PackageID, right: PackageID) -> Bool { left.rawValue < right.rawValue }
}

/// A caller's reason why versions cannot be used, such as "no wheel for Python 3.13"; opaque to the solver.
public struct FactID: Hashable, Comparable, Sendable {
  /// The number that the caller gave.
  public let rawValue: Int

  /// - Parameter rawValue: any number.
  public init(_ rawValue: Int) { self.rawValue = rawValue }

  /// The order of the numbers.
  public static func < (left: FactID, right: FactID) -> Bool { left.rawValue < right.rawValue }
}
