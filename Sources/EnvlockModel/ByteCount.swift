public import EnvlockVersions

/// An amount of memory or storage in bytes, greater than zero, as people write it: "10GiB", "512MB".
public struct ByteCount: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// How many bytes.
  public let bytes: Int

  /// So many bytes; nil unless there is at least one.
  public init?(bytes: Int) {
    guard bytes > 0 else { return nil }
    self.bytes = bytes
  }

  private static let units: [(name: String, bytes: Int)] = [
    ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10),
    ("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1000), ("B", 1),
  ]

  /// Reads a whole number or one with a decimal point, and its unit: B, kB, MB, GB, TB of 1000, or KiB, MiB, GiB, TiB
  /// of 1024, which may lack their B as in Kubernetes. Case does not count. "G" alone means 1000 to some tools and 1024
  /// to others, and is refused.
  ///
  /// - Throws: `MalformedText` for anything else, for zero, and for more than an `Int` holds.
  public init(_ text: some StringProtocol) throws(MalformedText) {
    func malformed(_ reason: String) -> MalformedText {
      MalformedText(what: "size", text: String(text), reason: reason, offset: nil)
    }
    let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let unit = text.dropFirst(digits.count).drop { $0 == " " }.lowercased()
    let parts = digits.split(separator: Character("."), omittingEmptySubsequences: false)
    guard let whole = parts.first.flatMap({ Int($0) }), parts.count <= 2 else {
      throw malformed("it has to be a number with its unit, such as 10GiB")
    }
    let full = unit.count == 2 && unit.last == "i" ? unit + "b" : unit
    guard let factor = Self.units.first(where: { $0.name.lowercased() == full })?.bytes else {
      let letter = unit.prefix(1).uppercased()
      let reason =
        unit.count == 1 && "KMGT".contains(letter)
        ? "say whether 1000 or 1024 is meant: \(digits)\(letter)B or \(digits)\(letter)iB"
        : "its unit has to be B, kB, MB, GB, TB, KiB, MiB, GiB or TiB"
      throw malformed(reason)
    }
    let (product, overflow) = whole.multipliedReportingOverflow(by: factor)
    guard !overflow else { throw malformed("it is too large") }
    var part = 0
    if parts.count == 2 {
      // Nine digits are enough to tell bytes of a terabyte apart from what anybody means.
      guard !parts[1].isEmpty, parts[1].count <= 9, let numerator = Int(parts[1]) else {
        throw malformed("at most nine digits can stand behind the point")
      }
      let denominator = parts[1].reduce(1) { product, _ in product * 10 }
      let quotient = factor / denominator
      part = quotient * numerator + (factor % denominator) * numerator / denominator
    }
    let (sum, sumOverflow) = product.addingReportingOverflow(part)
    guard !sumOverflow, let count = ByteCount(bytes: sum) else {
      throw malformed(sumOverflow ? "it is too large" : "it has to be more than nothing")
    }
    self = count
  }

  /// Whole MiB, rounded up.
  public var mebibytes: Int { (bytes - 1) / (1 << 20) + 1 }

  /// The shortest exact text that `init(_:)` reads: "10GiB", "512MB", "1536MiB", "1001B".
  public var description: String {
    let whole = Self.units.map { (count: bytes / $0.bytes, rest: bytes % $0.bytes, name: $0.name) }
      .filter { $0.rest == 0 && $0.count > 0 }
    let best = whole.min { ("\($0.count)".count, $0.name) < ("\($1.count)".count, $1.name) }
    return best.map { "\($0.count)\($0.name)" } ?? "\(bytes)B"
  }

  /// Orders by size.
  public static func < (left: ByteCount, right: ByteCount) -> Bool { left.bytes < right.bytes }
}
