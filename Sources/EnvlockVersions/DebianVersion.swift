/// The version of a Debian package, such as 1:2.36-9+deb12u10.
///
/// The order is dpkg's: by epoch, then by upstream version, then by revision (deb-version(7), "Sorting algorithm"). Two
/// spellings of one version, such as "1.0" and "1.0-0", are equal.
public struct DebianVersion: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The number before the colon; 0 where there is none.
  public let epoch: Int
  /// The part between the colon and the last hyphen.
  public let upstream: String
  /// The part after the last hyphen; empty where there is none.
  public let revision: String
  /// The version as it was written.
  public let description: String

  /// Reads a version.
  ///
  /// - Throws: `MalformedText` for an empty upstream version, an epoch that is no number below 2³¹, a version that does
  ///   not start with a digit, and characters that are not allowed (deb-version(7)).
  public init(_ text: some StringProtocol) throws(MalformedText) {
    let text = String(text)
    func malformed(_ reason: String) -> MalformedText {
      MalformedText(what: "Debian version", text: text, reason: reason)
    }
    var rest = Substring(text)
    var epoch = 0
    if let colon = rest.firstIndex(of: ":") {
      let digits = rest[..<colon]
      guard !digits.isEmpty, digits.utf8.allSatisfy(Self.isDigit), let number = Int32(digits) else {
        throw malformed("the epoch is no number")
      }
      epoch = Int(number)
      rest = rest[rest.index(after: colon)...]
    }
    var revision = Substring()
    if let hyphen = rest.lastIndex(of: "-") {
      revision = rest[rest.index(after: hyphen)...]
      guard !revision.isEmpty else { throw malformed("the revision is empty") }
      rest = rest[..<hyphen]
    }
    guard let first = rest.utf8.first else { throw malformed("the upstream version is empty") }
    guard Self.isDigit(first) else { throw malformed("it does not start with a digit") }
    guard rest.utf8.allSatisfy({ Self.isAllowed($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ":") }),
      revision.utf8.allSatisfy(Self.isAllowed)
    else { throw malformed("it has a character that is not allowed") }
    self.epoch = epoch
    upstream = String(rest)
    self.revision = String(revision)
    description = text
  }

  /// Whether this is the older version.
  public static func < (one: DebianVersion, other: DebianVersion) -> Bool { one.order(other) < 0 }

  /// Whether both are the same version, however they are written.
  public static func == (one: DebianVersion, other: DebianVersion) -> Bool { one.order(other) == 0 }

  /// Feeds what equal versions have in common.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(epoch)
    Self.hash(upstream, into: &hasher)
    Self.hash(revision, into: &hasher)
  }

  /// Below 0 where this is older than `other`, above 0 where it is newer.
  private func order(_ other: DebianVersion) -> Int {
    if epoch != other.epoch { return epoch < other.epoch ? -1 : 1 }
    let upstreams = Self.order(upstream, other.upstream)
    return upstreams != 0 ? upstreams : Self.order(revision, other.revision)
  }

  /// Compares by turns a stretch without digits, where a tilde sorts before the end, the end before letters, and
  /// letters before the rest, and a number.
  private static func order(_ one: String, _ other: String) -> Int {
    var one = Substring(one).utf8
    var other = Substring(other).utf8
    while !one.isEmpty || !other.isEmpty {
      while true {
        let left = one.first.flatMap { isDigit($0) ? nil : $0 }
        let right = other.first.flatMap { isDigit($0) ? nil : $0 }
        if left == nil && right == nil { break }
        let (leftWeight, rightWeight) = (weight(left), weight(right))
        if leftWeight != rightWeight { return leftWeight - rightWeight }
        one = one.dropFirst()
        other = other.dropFirst()
      }
      let left = number(&one)
      let right = number(&other)
      // Without leading zeros the longer number is the greater one, whatever its length.
      if left.count != right.count { return left.count < right.count ? -1 : 1 }
      if !left.elementsEqual(right) { return left.lexicographicallyPrecedes(right) ? -1 : 1 }
    }
    return 0
  }

  private static func number(_ text: inout Substring.UTF8View) -> Substring.UTF8View {
    let digits = text.prefix(while: isDigit)
    text = text.dropFirst(digits.count)
    return digits.drop { $0 == UInt8(ascii: "0") }
  }

  private static func weight(_ byte: UInt8?) -> Int {
    guard let byte else { return 0 }
    if byte == UInt8(ascii: "~") { return -1 }
    return isLetter(byte) ? Int(byte) : Int(byte) + 256
  }

  /// Numbers without leading zeros; a number that is 0 counts like none.
  private static func hash(_ text: String, into hasher: inout Hasher) {
    var rest = Substring(text).utf8
    var isFirst = true
    while !rest.isEmpty {
      let word = rest.prefix { !isDigit($0) }
      rest = rest.dropFirst(word.count)
      let digits = number(&rest)
      if word.isEmpty && digits.isEmpty && !isFirst { continue }
      for byte in word { hasher.combine(byte) }
      for byte in digits { hasher.combine(byte) }
      isFirst = false
    }
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
      || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
  }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    isDigit(byte) || isLetter(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "+")
      || byte == UInt8(ascii: "~")
  }
}
