/// The fields of a version without its local part.
struct VersionParts: Hashable, Sendable {
  /// How far a release has come.
  enum Phase: Int, Sendable {
    case alpha, beta, candidate, final

    /// The normalised spelling.
    var text: String {
      switch self {
      case .alpha: "a"
      case .beta: "b"
      case .candidate: "rc"
      case .final: ""
      }
    }
  }

  /// The post number of a bound after every post-release.
  static let everyPost = Int.max

  var epoch = 0
  /// As written, at least one.
  var release: [Int]
  var phase = Phase.final
  /// The number of the phase: 0 for `.final`.
  var phaseNumber = 0
  var post: Int?
  var dev: Int?

  init(release: [Int]) { self.release = release }

  /// The number of release segments without trailing zeros.
  var significantCount: Int {
    var count = release.count
    while count > 0, release[count - 1] == 0 { count -= 1 }
    return count
  }

  /// A development release that is of nothing else comes before the alphas.
  private var phaseOrder: Int { phase == .final && post == nil && dev != nil ? -1 : phase.rawValue }

  /// Negative, zero or positive as `self` orders before, like or after `other`.
  func compare(_ other: VersionParts) -> Int {
    if epoch != other.epoch { return epoch < other.epoch ? -1 : 1 }
    for index in 0..<max(release.count, other.release.count) {
      let mine = index < release.count ? release[index] : 0
      let theirs = index < other.release.count ? other.release[index] : 0
      if mine != theirs { return mine < theirs ? -1 : 1 }
    }
    if phaseOrder != other.phaseOrder { return phaseOrder < other.phaseOrder ? -1 : 1 }
    if phaseNumber != other.phaseNumber { return phaseNumber < other.phaseNumber ? -1 : 1 }
    let posts = (post ?? -1, other.post ?? -1)
    if posts.0 != posts.1 { return posts.0 < posts.1 ? -1 : 1 }
    let devs = (dev ?? Int.max, other.dev ?? Int.max)
    if devs.0 != devs.1 { return devs.0 < devs.1 ? -1 : 1 }
    return 0
  }

  /// Feeds what `compare` looks at.
  func hashOrder(into hasher: inout Hasher) {
    hasher.combine(epoch)
    for segment in release.prefix(significantCount) { hasher.combine(segment) }
    hasher.combine(phase)
    hasher.combine(phaseNumber)
    hasher.combine(post)
    hasher.combine(dev)
  }

  /// The normalised text of PEP 440.
  var text: String {
    var text = epoch == 0 ? "" : "\(epoch)!"
    for (index, segment) in release.enumerated() {
      if index > 0 { text += "." }
      text += String(segment)
    }
    if phase != .final { text += phase.text + String(phaseNumber) }
    if let post { text += ".post" + String(post) }
    if let dev { text += ".dev" + String(dev) }
    return text
  }
}

/// What of a version or a bound does not fit into its key.
@usableFromInline
final class VersionRest: Sendable {
  /// The fields; nil where the key has them all.
  let parts: VersionParts?
  /// The local part, normalised.
  let local: String?
  /// Whether this is a bound right after the version.
  let isAfter: Bool

  init(parts: VersionParts?, local: String?, isAfter: Bool) {
    self.parts = parts
    self.local = local
    self.isAfter = isAfter
  }
}

extension Version {
  /// The fields, whether they stand in the key or in the rest.
  var parts: VersionParts { rest?.parts ?? key.parts }

  /// A version of these fields; with `isAfter`, the bound right after it.
  init(_ parts: VersionParts, local: String? = nil, isAfter: Bool = false) {
    let (key, complete) = VersionKey.make(parts)
    if local == nil, complete {
      self.init(key: isAfter ? key.at(.after) : key, rest: nil)
      return
    }
    let position = key.position
    let needsParts = !complete
    let placed: VersionKey
    if position == .here {
      placed = local != nil ? key.at(.local) : isAfter ? key.at(.after) : key
    } else {
      placed = key
    }
    self.init(
      key: placed, rest: VersionRest(parts: needsParts ? parts : nil, local: local, isAfter: isAfter))
  }

  /// Orders two versions whose keys are equal and which both have a rest.
  @usableFromInline
  static func compareRests(_ left: Version, _ right: Version) -> Int {
    guard let leftRest = left.rest, let rightRest = right.rest else { return 0 }
    if leftRest.parts != nil || rightRest.parts != nil {
      let order = left.parts.compare(right.parts)
      if order != 0 { return order }
    }
    let order = compareLocals(leftRest.local, rightRest.local)
    if order != 0 { return order }
    if leftRest.isAfter != rightRest.isAfter { return rightRest.isAfter ? -1 : 1 }
    return 0
  }
}

extension VersionKey {
  /// The key of `parts`, and whether it says everything about them.
  ///
  /// Never at a position of local versions or of bounds: the caller moves it there.
  static func make(_ parts: VersionParts) -> (VersionKey, isComplete: Bool) {
    if parts.epoch != 0 { return (VersionKey(high: 1 << 63, low: 0), false) }
    let release = parts.release
    func segment(_ index: Int) -> UInt64 { index < release.count ? UInt64(max(0, release[index])) : 0 }
    let (first, second, third, fourth) = (segment(0), segment(1), segment(2), segment(3))
    let limits = segmentLimits
    if first >= limits.0 { return (VersionKey(limits.0, 0, 0, 0, .development, 0, .below, count: 0), false) }
    if second >= limits.1 {
      return (VersionKey(first, limits.1, 0, 0, .development, 0, .below, count: 0), false)
    }
    if third >= limits.2 {
      return (VersionKey(first, second, limits.2, 0, .development, 0, .below, count: 0), false)
    }
    if fourth >= limits.3 {
      return (VersionKey(first, second, third, limits.3, .development, 0, .below, count: 0), false)
    }
    if parts.significantCount > 4 {
      return (VersionKey(first, second, third, fourth, .deeper, 0, .below, count: 0), false)
    }
    let (kind, number, position) = suffix(of: parts)
    guard number < numberLimit else {
      return (VersionKey(first, second, third, fourth, kind, numberLimit, .below, count: 0), false)
    }
    let isComplete = position == .here && release.count <= countLimit
    return (
      VersionKey(
        first, second, third, fourth, kind, number, position, count: isComplete ? release.count : 0),
      isComplete
    )
  }

  /// The part of a key that follows the release.
  static func suffix(of parts: VersionParts) -> (Kind, UInt64, Position) {
    guard parts.phase == .final else {
      let kind: Kind = parts.phase == .alpha ? .alpha : parts.phase == .beta ? .beta : .candidate
      let position: Position = parts.post != nil ? .above : parts.dev != nil ? .below : .here
      return (kind, UInt64(max(0, parts.phaseNumber)), position)
    }
    if parts.post == VersionParts.everyPost { return (.afterPosts, 0, .here) }
    if let post = parts.post { return (.post, UInt64(max(0, post)), parts.dev != nil ? .below : .here) }
    if let dev = parts.dev { return (.development, UInt64(max(0, dev)), .here) }
    return (.final, 0, .here)
  }

  /// The fields of a complete key.
  var parts: VersionParts {
    var release = [first, second, third, fourth]
    if count <= 4 { release.removeLast(4 - count) } else { release += repeatElement(0, count: count - 4) }
    var parts = VersionParts(release: release)
    switch kind {
    case .development: parts.dev = number
    case .alpha: (parts.phase, parts.phaseNumber) = (.alpha, number)
    case .beta: (parts.phase, parts.phaseNumber) = (.beta, number)
    case .candidate: (parts.phase, parts.phaseNumber) = (.candidate, number)
    case .post: parts.post = number
    case .afterPosts: parts.post = VersionParts.everyPost
    case .final, .deeper: break
    }
    return parts
  }
}

/// Orders local parts as PEP 440 does ("Local version identifiers"): none first, then segment by segment, where
/// letters come before numbers, numbers order by value, and fewer segments come first.
///
/// - Returns: negative, zero or positive.
func compareLocals(_ left: String?, _ right: String?) -> Int {
  guard let left else { return right == nil ? 0 : -1 }
  guard let right else { return 1 }
  if left == right { return 0 }
  var (lefts, rights) = (left.utf8[...], right.utf8[...])
  while true {
    if lefts.isEmpty || rights.isEmpty { return lefts.isEmpty ? (rights.isEmpty ? 0 : -1) : 1 }
    let (mine, theirs) = (lefts.prefix { $0 != UInt8(ascii: ".") }, rights.prefix { $0 != UInt8(ascii: ".") })
    let order = compareLocalSegments(mine, theirs)
    if order != 0 { return order }
    lefts = lefts[mine.endIndex...].dropFirst()
    rights = rights[theirs.endIndex...].dropFirst()
  }
}

private func compareLocalSegments(_ left: Substring.UTF8View, _ right: Substring.UTF8View) -> Int {
  let numbers = (left.allSatisfy(isDigit), right.allSatisfy(isDigit))
  if numbers.0 != numbers.1 { return numbers.0 ? 1 : -1 }
  // Numbers have no leading zeros here, and may be of any length.
  if numbers.0, left.count != right.count { return left.count < right.count ? -1 : 1 }
  if left.lexicographicallyPrecedes(right) { return -1 }
  return right.lexicographicallyPrecedes(left) ? 1 : 0
}

/// Whether `byte` is an ASCII digit.
@inline(__always)
func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }
