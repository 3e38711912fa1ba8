public import EnvlockVersions

/// A CPython that an environment is made for: `3.11`, `3.11.9`, or `3.13t` for the free-threaded build.
public struct PythonVersion: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The 3 of 3.11.9.
  public let major: Int
  /// The 11 of 3.11.9.
  public let minor: Int
  /// The 9 of 3.11.9; nil where only the minor version was named.
  public let patch: Int?
  /// Whether it is the build without the global interpreter lock, which loads other wheels (PEP 703).
  public let freeThreaded: Bool

  /// Reads `3.11`, `3.11.9`, `3.13t` or `3.13.1t`.
  ///
  /// - Throws: `MalformedText` for anything else: pre-releases, Python 2, a free-threaded Python before 3.13,
  ///   numbers of more than three digits.
  public init(_ text: some StringProtocol) throws(MalformedText) {
    func malformed(_ reason: String, _ offset: Int?) -> MalformedText {
      MalformedText(what: "Python version", text: String(text), reason: reason, offset: offset)
    }
    let bytes = Array(text.utf8)
    var digits = bytes[...]
    let freeThreaded = digits.last == UInt8(ascii: "t")
    if freeThreaded { digits.removeLast() }
    var numbers: [Int] = []
    var number: Int?
    for (offset, byte) in digits.enumerated() {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        let next = (number ?? 0) * 10 + Int(byte - UInt8(ascii: "0"))
        guard next < 1000 else { throw malformed("the number is too large", offset) }
        number = next
      case UInt8(ascii: "."):
        guard let complete = number else { throw malformed("a number is missing", offset) }
        numbers.append(complete)
        number = nil
      default:
        throw malformed("it has to look like 3.11, 3.11.9 or 3.13t", offset)
      }
    }
    guard let complete = number else { throw malformed("a number is missing at the end", digits.count) }
    numbers.append(complete)
    guard numbers[0] == 3 else { throw malformed("only Python 3 can be resolved for", 0) }
    guard numbers.count >= 2 else {
      throw malformed("the minor version is missing, as in 3.11", digits.count)
    }
    guard numbers.count <= 3 else { throw malformed("it has more than three numbers", nil) }
    guard !freeThreaded || numbers[1] >= 13 else {
      throw malformed("free-threaded builds (\"t\") exist since 3.13", digits.count)
    }
    self.init(
      major: numbers[0], minor: numbers[1], patch: numbers.count == 3 ? numbers[2] : nil,
      freeThreaded: freeThreaded)
  }

  private init(major: Int, minor: Int, patch: Int?, freeThreaded: Bool) {
    self.major = major
    self.minor = minor
    self.patch = patch
    self.freeThreaded = freeThreaded
  }

  /// As it was written: `3.11`, `3.11.9`, `3.13t`.
  public var description: String {
    (patch.map { "\(major).\(minor).\($0)" } ?? "\(major).\(minor)") + (freeThreaded ? "t" : "")
  }

  /// What `Requires-Python` is compared with; a patch release that was not named counts as .0.
  public var fullVersion: Version { Version(release: [major, minor, patch ?? 0]) }

  /// The same Python without its patch release: `3.11`, `3.13t`.
  public var withoutPatch: PythonVersion {
    PythonVersion(major: major, minor: minor, patch: nil, freeThreaded: freeThreaded)
  }

  /// Orders by number; a version without a patch release before those with one, the free-threaded build last.
  public static func < (a: PythonVersion, b: PythonVersion) -> Bool {
    (a.major, a.minor, a.patch ?? -1, a.freeThreaded ? 1 : 0)
      < (b.major, b.minor, b.patch ?? -1, b.freeThreaded ? 1 : 0)
  }
}
