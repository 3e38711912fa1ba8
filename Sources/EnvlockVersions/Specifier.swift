/// One clause of a requirement on a version, such as `>=1.2` or `!=2.0.*`.
///
/// The rules are those of PEP 440, "Version specifiers". Whether pre-releases are wanted at all is not its
/// business: `>=1.0` holds `2.0rc1`.
public struct Specifier: Sendable {
  /// How a version is compared.
  public enum Operator: String, Hashable, Sendable, CaseIterable {
    /// `~=1.4.2`: at least that, and within `1.4.*`.
    case compatible = "~="
    /// `==1.4`, also of every local version, or `==1.4.*`.
    case equal = "=="
    /// The opposite of `equal`.
    case notEqual = "!="
    /// `<=1.4`, its local versions included.
    case atMost = "<="
    /// `>=1.4`.
    case atLeast = ">="
    /// `<1.4`, without its pre-releases unless it is one itself.
    case less = "<"
    /// `>1.4`, without its local versions, and without its post-releases unless it is one itself.
    case greater = ">"
    /// `===1.4`: the same text.
    case arbitrary = "==="
  }

  /// How a version is compared.
  public let `operator`: Operator
  /// What it is compared with, as it was written: `1.2.*`.
  public let versionText: String
  /// What it is compared with, without `.*`; nil for a text after `===` that is no version.
  public let version: Version?
  /// Whether every version below the one named is meant: `==1.2.*`.
  public let isPrefix: Bool

  /// Reads a specifier, with or without white space round its operator.
  ///
  /// - Parameter text: such as `>=1.2`.
  /// - Throws: `MalformedText` unless `text` is one specifier; `offset` points into `text`.
  public init(_ text: some StringProtocol) throws(MalformedText) {
    let bytes = Array(text.utf8)
    do throws(Fault) {
      try self.init(bytes, 0..<bytes.count)
    } catch {
      throw MalformedText(
        what: "version specifier", text: String(text), reason: error.reason, offset: error.offset)
    }
  }

  /// What is wrong with a specifier, and where.
  struct Fault: Error {
    let reason: String
    let offset: Int
  }

  /// Reads the specifier that stands in `range` of `bytes`.
  init(_ bytes: [UInt8], _ range: Range<Int>) throws(Fault) {
    var range = trimmed(bytes, range)
    guard let (name, length) = readOperator(bytes, range) else {
      throw Fault(reason: "an operator such as >= is expected", offset: range.lowerBound)
    }
    range = trimmed(bytes, range.dropFirst(length))
    guard !range.isEmpty else {
      throw Fault(reason: "a version is expected after \(name.rawValue)", offset: range.lowerBound)
    }
    `operator` = name
    versionText = String(decoding: bytes[range], as: UTF8.self)
    if name == .arbitrary {
      let isOther = { (byte: UInt8) in isSpace(byte) || byte == UInt8(ascii: ";") || byte == UInt8(ascii: ")")
      }
      if let fault = bytes[range].firstIndex(where: isOther) {
        throw Fault(reason: "unexpected text after the version", offset: fault)
      }
      version = try? Version(versionText)
      isPrefix = false
      return
    }
    let hasStar = range.count >= 2 && bytes[range].suffix(2).elementsEqual(".*".utf8)
    let versionRange = hasStar ? range.dropLast(2) : range
    let outcome = bytes.withUnsafeBufferPointer { VersionScanner.read(.init(rebasing: $0[versionRange])) }
    let version: Version
    switch outcome {
    case .version(let read): version = read
    case .fault(let fault, let offset):
      throw Fault(reason: fault.reason, offset: versionRange.lowerBound + offset)
    }
    if let reason = Specifier.conflict(name, version, hasStar: hasStar) {
      throw Fault(reason: reason, offset: range.lowerBound)
    }
    self.version = version
    isPrefix = hasStar
  }

  /// Why this operator does not go with that version, nil where it does.
  private static func conflict(_ name: Operator, _ version: Version, hasStar: Bool) -> String? {
    let takesAll = name == .equal || name == .notEqual
    if hasStar {
      if !takesAll { return ".* goes with == and != only" }
      if !version.isFinal { return ".* goes with release segments only" }
    }
    if !takesAll, version.local != nil { return "a local version goes with == and != only" }
    if name == .compatible, version.releaseCount < 2 { return "~= needs at least two release segments" }
    return nil
  }
}

extension Specifier: Hashable {
  /// Equal by meaning, as far as one clause shows it: `==1.0` is `== 1.0.0`, but `~=1.0` is not `~=1.0.0`.
  public static func == (left: Specifier, right: Specifier) -> Bool {
    guard left.operator == right.operator, left.isPrefix == right.isPrefix else { return false }
    guard left.operator != .arbitrary else {
      return left.versionText.lowercased() == right.versionText.lowercased()
    }
    return left.version == right.version && left.significantCount == right.significantCount
  }

  /// Feeds what `==` looks at.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(`operator`)
    hasher.combine(isPrefix)
    if `operator` == .arbitrary { hasher.combine(versionText.lowercased()) } else { hasher.combine(version) }
    hasher.combine(significantCount)
  }

  /// The number of release segments where it bears on the meaning.
  private var significantCount: Int {
    isPrefix || `operator` == .compatible ? version?.releaseCount ?? 0 : 0
  }
}

extension Specifier: CustomStringConvertible {
  /// The operator and the version as written, without white space between.
  public var description: String { `operator`.rawValue + versionText }
}

extension Version {
  /// Whether it has no suffix of any kind.
  fileprivate var isFinal: Bool { !isPrerelease && !isPostrelease && local == nil }

  /// The number of release segments as written.
  fileprivate var releaseCount: Int { rest == nil ? key.count : release.count }
}

/// The range without white space at its ends.
private func trimmed(_ bytes: [UInt8], _ range: Range<Int>) -> Range<Int> {
  var (start, end) = (range.lowerBound, range.upperBound)
  while start < end, isSpace(bytes[start]) { start += 1 }
  while start < end, isSpace(bytes[end - 1]) { end -= 1 }
  return start..<end
}

/// The operator at the start of the range and its length.
private func readOperator(_ bytes: [UInt8], _ range: Range<Int>) -> (Specifier.Operator, Int)? {
  let start = range.lowerBound
  func byte(_ index: Int) -> UInt8 { start + index < range.upperBound ? bytes[start + index] : 0 }
  let hasEqualSign = byte(1) == UInt8(ascii: "=")
  switch byte(0) {
  case UInt8(ascii: "=") where hasEqualSign:
    return byte(2) == UInt8(ascii: "=") ? (.arbitrary, 3) : (.equal, 2)
  case UInt8(ascii: "~") where hasEqualSign: return (.compatible, 2)
  case UInt8(ascii: "!") where hasEqualSign: return (.notEqual, 2)
  case UInt8(ascii: "<"): return hasEqualSign ? (.atMost, 2) : (.less, 1)
  case UInt8(ascii: ">"): return hasEqualSign ? (.atLeast, 2) : (.greater, 1)
  default: return nil
  }
}
