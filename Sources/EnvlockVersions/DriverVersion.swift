/// The version of an NVIDIA kernel driver, such as `570.124.06`.
///
/// Orders by number, not by text, and missing numbers count as zero; the leading zeros of `.06` live in
/// `description` only.
public struct DriverVersion: Hashable, Comparable, Sendable {
  /// The numbers, at least one: 570, 124 and 6.
  public let components: [Int]
  /// The same as a version that a solver can order.
  public let version: Version
  private let text: String

  /// Reads a driver version; a bare branch, such as `580`, stands for its lowest version.
  ///
  /// - Parameter text: such as `570.124.06`.
  /// - Throws: `MalformedText` unless `text` is numbers joined by dots.
  public init(_ text: some StringProtocol) throws(MalformedText) {
    components = try DottedNumbers(text, what: "driver version").numbers
    version = Version(release: components)
    self.text = String(text)
  }

  /// The release branch: 570.
  public var branch: Int { components.first ?? 0 }

  /// Equal by number.
  public static func == (left: DriverVersion, right: DriverVersion) -> Bool { left.version == right.version }

  /// The order by number.
  public static func < (left: DriverVersion, right: DriverVersion) -> Bool { left.version < right.version }

  /// Feeds what `==` looks at.
  public func hash(into hasher: inout Hasher) { hasher.combine(version) }
}

extension DriverVersion: CustomStringConvertible {
  /// The text as it was written.
  public var description: String { text }
}
