extension Version {
  /// Reads any spelling that PEP 440 allows ("Normalization", Appendix B), such as `v1.0-ALPHA_2` for `1.0a2`.
  ///
  /// White space round it is ignored. Numbers have at most 18 digits, except in the local part.
  ///
  /// - Parameter text: the version.
  /// - Throws: `MalformedText` unless `text` is a version.
  @inlinable
  public init(_ text: some StringProtocol) throws(MalformedText) {
    let utf8 = text.utf8
    let outcome =
      utf8.withContiguousStorageIfAvailable { VersionScanner.read($0) }
      ?? Array(utf8).withUnsafeBufferPointer { VersionScanner.read($0) }
    switch outcome {
    case .version(let version): self = version
    case .fault(let fault, let offset): throw fault.malformed(String(text), offset: offset)
    }
  }

  /// Reads UTF-8 text, without making a string of it unless it is at fault.
  ///
  /// - Parameter utf8: the version.
  /// - Throws: `MalformedText` unless `utf8` is a version.
  package init(utf8: Span<UInt8>) throws(MalformedText) {
    switch utf8.withUnsafeBufferPointer({ VersionScanner.read($0) }) {
    case .version(let version): self = version
    case .fault(let fault, let offset):
      let text = utf8.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
      throw fault.malformed(text, offset: offset)
    }
  }
}

/// What is wrong with a version's text.
@usableFromInline
enum VersionFault: Sendable {
  case noDigit, noDigitAfterEpoch, noLocalPart, unexpectedText, tooManyDigits

  /// A clause for a person.
  var reason: String {
    switch self {
    case .noDigit: "a digit is expected"
    case .noDigitAfterEpoch: "a digit is expected after the epoch"
    case .noLocalPart: "a letter or digit is expected in the local part"
    case .unexpectedText: "unexpected text"
    case .tooManyDigits: "a number has more than \(VersionScanner.digitLimit) digits"
    }
  }

  /// The error to throw.
  @usableFromInline
  func malformed(_ text: String, offset: Int) -> MalformedText {
    MalformedText(what: "version", text: text, reason: reason, offset: offset)
  }
}

/// Reads one version from left to right; each method reads one part of PEP 440's Appendix B, if it is there.
///
/// It never outlives the buffer, and looks at no byte without having compared its position with the end.
@usableFromInline
struct VersionScanner: ~Copyable {
  @usableFromInline
  enum Outcome {
    case version(Version)
    case fault(VersionFault, offset: Int)
  }

  /// Digits that a number may have, so that no sum or bound of numbers overflows.
  static let digitLimit = 18

  private let bytes: UnsafeBufferPointer<UInt8>
  private var position: Int
  private let end: Int
  /// Set once a number has too many digits.
  private var tooLongAt: Int?

  private init(_ bytes: UnsafeBufferPointer<UInt8>) {
    self.bytes = bytes
    var start = 0
    var end = bytes.count
    while start < end, isSpace(bytes[start]) { start += 1 }
    while end > start, isSpace(bytes[end - 1]) { end -= 1 }
    position = start
    self.end = end
    tooLongAt = nil
  }

  /// The version that all of `bytes` is.
  @usableFromInline
  static func read(_ bytes: UnsafeBufferPointer<UInt8>) -> Outcome {
    if let version = plainRelease(bytes) { return .version(version) }
    var scanner = VersionScanner(bytes)
    return scanner.version()
  }

  /// A release of up to four short numbers and nothing else, as most versions are.
  private static func plainRelease(_ bytes: UnsafeBufferPointer<UInt8>) -> Version? {
    var (first, second, third) = (0 as UInt64, 0 as UInt64, 0 as UInt64)
    var current: UInt64 = 0
    var digits = 0
    var count = 1
    for byte in bytes {
      let digit = byte &- UInt8(ascii: "0")
      if digit < 10 {
        current = current &* 10 &+ UInt64(digit)
        digits &+= 1
        if digits > 8 { return nil }
        continue
      }
      guard byte == UInt8(ascii: "."), digits > 0 else { return nil }
      switch count {
      case 1: first = current
      case 2: second = current
      case 3: third = current
      default: return nil
      }
      count &+= 1
      (current, digits) = (0, 0)
    }
    guard digits > 0 else { return nil }
    var fourth: UInt64 = 0
    switch count {
    case 1: first = current
    case 2: second = current
    case 3: third = current
    default: fourth = current
    }
    let limits = VersionKey.segmentLimits
    guard first < limits.0, second < limits.1, third < limits.2, fourth < limits.3 else { return nil }
    return Version(key: VersionKey(first, second, third, fourth, .final, 0, .here, count: count), rest: nil)
  }

  private mutating func version() -> Outcome {
    _ = skip(letter: "v")
    guard var number = self.number() else { return .fault(.noDigit, offset: position) }
    var epoch = 0
    if peek == UInt8(ascii: "!") {
      position += 1
      epoch = number
      guard let next = self.number() else { return .fault(.noDigitAfterEpoch, offset: position) }
      number = next
    }
    var release = ReleaseSegments()
    release.append(number)
    while peek == UInt8(ascii: "."), position + 1 < end, isDigit(bytes[position + 1]) {
      position += 1
      release.append(self.number() ?? 0)
    }
    var parts = VersionParts(release: [])
    parts.epoch = epoch
    if let (phase, number) = phase() { (parts.phase, parts.phaseNumber) = (phase, number) }
    parts.post = post()
    parts.dev = dev()
    var local: String?
    if peek == UInt8(ascii: "+") {
      position += 1
      guard let text = self.local() else { return .fault(.noLocalPart, offset: position) }
      local = text
    }
    if let tooLongAt { return .fault(.tooManyDigits, offset: tooLongAt) }
    guard position == end else { return .fault(.unexpectedText, offset: position) }
    if local == nil, let key = release.key(parts) { return .version(Version(key: key, rest: nil)) }
    parts.release = release.all
    return .version(Version(parts, local: local))
  }

  // MARK: Parts

  private mutating func phase() -> (VersionParts.Phase, Int)? {
    let start = position
    skipSeparator()
    let phase: VersionParts.Phase
    switch lowercase(peek) {
    case UInt8(ascii: "a"):
      _ = skip("alpha") || skip("a")
      phase = .alpha
    case UInt8(ascii: "b"):
      _ = skip("beta") || skip("b")
      phase = .beta
    case UInt8(ascii: "c"):
      position += 1
      phase = .candidate
    case UInt8(ascii: "p") where skip("preview") || skip("pre"): phase = .candidate
    case UInt8(ascii: "r") where skip("rc"): phase = .candidate
    default:
      position = start
      return nil
    }
    skipSeparator()
    return (phase, number() ?? 0)
  }

  private mutating func post() -> Int? {
    let start = position
    if peek == UInt8(ascii: "-") {
      position += 1
      if let number = number() { return number }
      position = start
    }
    skipSeparator()
    guard skip("post") || skip("rev") || skip("r") else {
      position = start
      return nil
    }
    return suffixNumber()
  }

  private mutating func dev() -> Int? {
    let start = position
    skipSeparator()
    guard skip("dev") else {
      position = start
      return nil
    }
    return suffixNumber()
  }

  /// The number after a letter, or the 0 that it stands for.
  private mutating func suffixNumber() -> Int {
    skipSeparator()
    return number() ?? 0
  }

  private mutating func local() -> String? {
    var text: [UInt8] = []
    text.reserveCapacity(end - position)
    while true {
      let start = position
      var isNumber = true
      while let byte = peek, isDigit(byte) || isLetter(byte) {
        isNumber = isNumber && isDigit(byte)
        position += 1
      }
      guard position > start else { return nil }
      var first = start
      if isNumber { while first + 1 < position, bytes[first] == UInt8(ascii: "0") { first += 1 } }
      for index in first..<position { text.append(lowercase(bytes[index])) }
      guard let byte = peek, isSeparator(byte) else { break }
      position += 1
      text.append(UInt8(ascii: "."))
    }
    return String(decoding: text, as: UTF8.self)
  }

  // MARK: Bytes

  private var peek: UInt8? { position < end ? bytes[position] : nil }

  /// The digits here as a number, nil where there are none.
  private mutating func number() -> Int? {
    let start = position
    var value = 0
    var significant = 0
    while position < end {
      let digit = bytes[position] &- UInt8(ascii: "0")
      guard digit < 10 else { break }
      position += 1
      if value != 0 || digit != 0 { significant += 1 }
      if significant > VersionScanner.digitLimit {
        if tooLongAt == nil { tooLongAt = start }
      } else {
        value = value &* 10 &+ Int(digit)
      }
    }
    return position > start ? value : nil
  }

  private mutating func skipSeparator() {
    if let byte = peek, isSeparator(byte) { position += 1 }
  }

  private mutating func skip(letter: Unicode.Scalar) -> Bool {
    guard lowercase(peek) == UInt8(ascii: letter) else { return false }
    position += 1
    return true
  }

  /// Skips `word`, which is given in lower case, in any case.
  private mutating func skip(_ word: StaticString) -> Bool {
    let length = word.utf8CodeUnitCount
    guard length <= end - position else { return false }
    let matches = word.withUTF8Buffer { letters in
      var index = 0
      while index < length {
        if lowercase(bytes[position + index]) != letters[index] { return false }
        index += 1
      }
      return true
    }
    if matches { position += length }
    return matches
  }
}

/// The segments of a release while it is read: four in place, the rest in an array that few versions need.
private struct ReleaseSegments {
  private var first = 0
  private var second = 0
  private var third = 0
  private var fourth = 0
  private var others: [Int] = []
  private var othersAreZero = true
  private var count = 0

  mutating func append(_ segment: Int) {
    switch count {
    case 0: first = segment
    case 1: second = segment
    case 2: third = segment
    case 3: fourth = segment
    default:
      others.append(segment)
      othersAreZero = othersAreZero && segment == 0
    }
    count += 1
  }

  var all: [Int] { Array([first, second, third, fourth].prefix(count)) + others }

  private var fits: Bool {
    let limits = VersionKey.segmentLimits
    return count <= VersionKey.countLimit && othersAreZero
      && UInt64(first) < limits.0 && UInt64(second) < limits.1
      && UInt64(third) < limits.2 && UInt64(fourth) < limits.3
  }

  /// The key of the release with the suffix in `parts`, where that says everything.
  func key(_ parts: VersionParts) -> VersionKey? {
    guard fits, parts.epoch == 0 else { return nil }
    let (kind, number, position) = VersionKey.suffix(of: parts)
    guard position == .here, number < VersionKey.numberLimit else { return nil }
    return key(kind, number)
  }

  private func key(_ kind: VersionKey.Kind, _ number: UInt64) -> VersionKey {
    VersionKey(
      UInt64(first), UInt64(second), UInt64(third), UInt64(fourth), kind, number, .here, count: count)
  }
}

@inline(__always)
private func isSeparator(_ byte: UInt8) -> Bool {
  byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
}

@inline(__always)
private func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- UInt8(ascii: "a") < 26 }

/// `byte` in lower case where it is an ASCII letter; every other byte stays.
@inline(__always)
private func lowercase(_ byte: UInt8) -> UInt8 { byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte }

@inline(__always)
private func lowercase(_ byte: UInt8?) -> UInt8? { byte.map { lowercase($0) } }

/// Whether `byte` is ASCII white space.
@inline(__always)
func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || (9...13).contains(byte) }
