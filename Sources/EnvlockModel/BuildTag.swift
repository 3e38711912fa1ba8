/// The build number in a wheel's file name, the `3` of `torch-2.10.0-3-cp310-…`: a re-upload of the same version.
///
/// Orders by number, then by the text behind it. No build number orders before every build number; of two wheels
/// that fit equally well, the later build is the one to take. Source: the binary distribution format.
public struct BuildTag: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The leading digits.
  public let number: Int
  /// What follows the digits; mostly empty.
  public let suffix: String

  /// Makes a build tag.
  public init(number: Int, suffix: String = "") {
    self.number = number
    self.suffix = suffix
  }

  /// The number and the suffix.
  public var description: String { "\(number)\(suffix)" }

  /// Orders by number, then by suffix.
  public static func < (a: BuildTag, b: BuildTag) -> Bool { (a.number, a.suffix) < (b.number, b.suffix) }
}
