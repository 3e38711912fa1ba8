/// The compute capability of a GPU, such as `8.9`.
public struct ComputeCapability: Hashable, Comparable, Sendable {
  /// 8 of `8.9`.
  public let major: Int
  /// 9 of `8.9`; one digit.
  public let minor: Int

  /// Reads `8.9`, `sm_89`, `compute_89` or `89`.
  ///
  /// - Parameter text: the capability, of which the last digit is the minor number.
  /// - Throws: `MalformedText` unless `text` has one of these forms.
  public init(_ text: some StringProtocol) throws(MalformedText) {
    func fault(_ reason: String) -> MalformedText {
      MalformedText(what: "compute capability", text: String(text), reason: reason)
    }
    var digits = Substring(text)
    for prefix in ["sm_", "compute_"] where digits.hasPrefix(prefix) {
      digits = digits.dropFirst(prefix.count)
    }
    let isPlain = digits.utf8.count == text.utf8.count
    let numbers: [Int]
    do throws(MalformedText) {
      numbers = try DottedNumbers(digits, what: "compute capability").numbers
    } catch {
      throw fault(error.reason)
    }
    if isPlain, numbers.count == 2 {
      guard numbers[1] < 10 else { throw fault("its minor number has one digit") }
      (major, minor) = (numbers[0], numbers[1])
    } else if numbers.count == 1, numbers[0] >= 10 {
      (major, minor) = (numbers[0] / 10, numbers[0] % 10)
    } else {
      throw fault("a form such as 8.9 or sm_89 is expected")
    }
  }

  /// The same as a version that a solver can order.
  public var version: Version { Version(release: [major, minor]) }

  /// The order by number.
  public static func < (left: ComputeCapability, right: ComputeCapability) -> Bool {
    (left.major, left.minor) < (right.major, right.minor)
  }
}

extension ComputeCapability: CustomStringConvertible {
  /// Such as `8.9`.
  public var description: String { "\(major).\(minor)" }
}
