import EnvlockTestSupport
import EnvlockVersions

/// Random versions and specifiers that are close to each other, so that bounds are hit often.
struct RandomVersions {
  var random: SplitMix64

  init(seed: UInt64) { random = SplitMix64(seed: seed) }

  /// A number that is mostly small, sometimes at the edge of a packed field.
  mutating func number() -> Int {
    guard Int.random(in: 0..<12, using: &random) == 0 else { return Int.random(in: 0...2, using: &random) }
    let edges = [19, 25, 27, 28].map { 1 << $0 }
    return (edges.randomElement(using: &random) ?? 0) + Int.random(in: -2...1, using: &random)
  }

  private mutating func happens(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

  private mutating func pick(_ choices: [String]) -> String { choices.randomElement(using: &random) ?? "" }

  /// A version without its local part, in one of its spellings.
  mutating func publicText() -> String {
    var text = happens(5) ? "1!" : ""
    let count = happens(8) ? Int.random(in: 5...9, using: &random) : Int.random(in: 1...3, using: &random)
    text += (0..<count).map { _ in String(number()) }.joined(separator: ".")
    if happens(8) { text += ".0.0.0.0.0.0.0.0" }
    if happens(30) { text += pick(["a", "b", "rc", ".alpha", "-C_"]) + String(number()) }
    if happens(25) { text += pick([".post", "-", "-r", "REV."]) + String(number()) }
    if happens(25) { text += pick([".dev", "dev", "_DEV"]) + String(number()) }
    return text
  }

  /// A version, in one of its spellings.
  mutating func text() -> String {
    guard happens(20) else { return publicText() }
    let count = Int.random(in: 1...3, using: &random)
    let segments = (0..<count).map { _ in pick(["a", "b", "cu118", "0", "1", "10", "02", "0a"]) }
    return publicText() + "+" + segments.joined(separator: pick([".", "-", "_"]))
  }

  mutating func version() throws -> Version { try Version(text()) }

  mutating func versions(_ count: Int) throws -> [Version] { try (0..<count).map { _ in try version() } }

  /// A specifier of any operator but `===`.
  mutating func specifierText() throws -> String {
    let text = publicText()
    let version = try Version(text)
    let release = version.release.map(String.init).joined(separator: ".")
    switch Int.random(in: 0..<9, using: &random) {
    case 0: return "==" + self.text()
    case 1: return "!=" + self.text()
    case 2: return "==" + release + ".*"
    case 3: return "!=" + release + ".*"
    case 4: return version.release.count < 2 ? "~=" + release + ".0" : "~=" + text
    case 5: return "<=" + text
    case 6: return ">=" + text
    case 7: return "<" + text
    default: return ">" + text
    }
  }

  /// A set of up to four parts, put together by every operation.
  mutating func set() throws -> VersionSet {
    var set = try part()
    for _ in 0..<Int.random(in: 0..<4, using: &random) {
      let other = try part()
      switch Int.random(in: 0..<4, using: &random) {
      case 0: set = set.union(other)
      case 1: set = set.intersection(other)
      case 2: set = set.subtracting(other)
      default: set = set.complement.union(other)
      }
    }
    return set
  }

  private mutating func part() throws -> VersionSet {
    switch Int.random(in: 0..<10, using: &random) {
    case 0: .atLeast(try version())
    case 1: .above(try version())
    case 2: .atMost(try version())
    case 3: .below(try version())
    case 4: .between(try version(), try version())
    case 5: .release(try version().release)
    case 6: VersionSet(try version())
    case 7: Bool.random(using: &random) ? .all : .none
    default: try Specifier(specifierText()).versionSet
    }
  }

  /// A version right beside the one named by `text`: where bounds and their exceptions are.
  mutating func neighbour(of text: String) -> Version? {
    let suffixes = [
      "", ".0", ".1", ".dev0", ".dev1", "a0", "rc1", ".post0", ".post1", ".post1.dev0", "+a", "+1",
      ".post0+a",
    ]
    let base = text.prefix { !"+*".contains($0) }
    return try? Version((base.hasSuffix(".") ? String(base.dropLast()) : String(base)) + pick(suffixes))
  }
}
