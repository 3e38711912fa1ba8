/// The version of CUDA, such as `12.8` or `12.8.1`.
///
/// A missing patch number counts as zero where versions are compared.
public struct CUDAVersion: Hashable, Comparable, Sendable {
  /// 12 of `12.8.1`.
  public let major: Int
  /// 8 of `12.8.1`.
  public let minor: Int
  /// 1 of `12.8.1`; nil where none was written.
  public let patch: Int?

  /// Reads a CUDA version.
  ///
  /// - Parameter text: such as `12.8`.
  /// - Throws: `MalformedText` unless `text` is two or three numbers joined by dots.
  public init(_ text: some StringProtocol) throws(MalformedText) {
    let numbers = try DottedNumbers(text, what: "CUDA version").numbers
    guard numbers.count == 2 || numbers.count == 3 else {
      throw MalformedText(
        what: "CUDA version", text: String(text), reason: "two numbers are expected, such as 12.8")
    }
    major = numbers[0]
    minor = numbers[1]
    patch = numbers.count > 2 ? numbers[2] : nil
  }

  /// The same as a version that a solver can order.
  public var version: Version { Version(release: [major, minor] + (patch.map { [$0] } ?? [])) }

  private var order: (Int, Int, Int) { (major, minor, patch ?? 0) }

  /// Equal by number.
  public static func == (left: CUDAVersion, right: CUDAVersion) -> Bool { left.order == right.order }

  /// The order by number.
  public static func < (left: CUDAVersion, right: CUDAVersion) -> Bool { left.order < right.order }

  /// Feeds what `==` looks at.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(major)
    hasher.combine(minor)
    hasher.combine(patch ?? 0)
  }
}

extension CUDAVersion: CustomStringConvertible {
  /// The numbers that were written, joined by dots.
  public var description: String { "\(major).\(minor)" + (patch.map { ".\($0)" } ?? "") }
}
