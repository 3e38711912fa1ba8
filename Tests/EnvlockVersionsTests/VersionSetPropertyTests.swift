import EnvlockTestSupport
import EnvlockVersions
import Testing

/// Laws of sets, held against membership of a pool of versions that lie close together.
@Suite struct VersionSetPropertyTests {
  /// Random sets, and versions that lie at their bounds.
  private struct Universe {
    var random: RandomVersions
    let pool: [Version]

    init(seed: UInt64) throws {
      random = RandomVersions(seed: seed)
      var pool: [Version] = []
      for _ in 0..<40 {
        let text = random.publicText()
        pool.append(try Version(text))
        for _ in 0..<6 { if let near = random.neighbour(of: text) { pool.append(near) } }
      }
      self.pool = pool
    }

    mutating func set() throws -> VersionSet {
      // Bounds that are in the pool too.
      guard Bool.random(using: &random.random), let low = pool.randomElement(using: &random.random),
        let high = pool.randomElement(using: &random.random)
      else { return try random.set() }
      switch Int.random(in: 0..<4, using: &random.random) {
      case 0: return .between(min(low, high), max(low, high)).union(try random.set())
      case 1: return VersionSet(low).complement.subtracting(VersionSet(high))
      case 2: return VersionSet.above(min(low, high)).intersection(.atMost(max(low, high)))
      default: return try Specifier("<=\(low.publicVersion)").versionSet.symmetricDifference(.atLeast(high))
      }
    }
  }

  @Test(arguments: 0..<8 as Range<UInt64>)
  func `operations agree with membership`(seed: UInt64) throws {
    var universe = try Universe(seed: seed)
    for _ in 0..<60 {
      let (left, right) = (try universe.set(), try universe.set())
      let (union, common) = (left.union(right), left.intersection(right))
      let (rest, outside) = (left.subtracting(right), left.complement)
      var (isSubset, isDisjoint) = (true, true)
      for version in universe.pool {
        let (inLeft, inRight) = (left.contains(version), right.contains(version))
        #expect(union.contains(version) == (inLeft || inRight), "\(left) | \(right) | \(version)")
        #expect(common.contains(version) == (inLeft && inRight), "\(left) | \(right) | \(version)")
        #expect(rest.contains(version) == (inLeft && !inRight), "\(left) | \(right) | \(version)")
        #expect(outside.contains(version) != inLeft, "\(left) | \(version)")
        isSubset = isSubset && (!inLeft || inRight)
        isDisjoint = isDisjoint && !(inLeft && inRight)
      }
      // The pool may miss the version that makes the difference, never the other way round.
      if left.isSubset(of: right) { #expect(isSubset, "\(left) | \(right)") }
      if left.isDisjoint(with: right) { #expect(isDisjoint, "\(left) | \(right)") }
    }
  }

  @Test(arguments: 20..<26 as Range<UInt64>)
  func `operations obey the laws of sets, as values`(seed: UInt64) throws {
    var universe = try Universe(seed: seed)
    for _ in 0..<150 {
      let (a, b, c) = (try universe.set(), try universe.set(), try universe.set())
      #expect(a.complement.complement == a)
      #expect(a.union(b) == b.union(a))
      #expect(a.intersection(b) == b.intersection(a))
      #expect(a.union(b).union(c) == a.union(b.union(c)))
      #expect(a.intersection(b).intersection(c) == a.intersection(b.intersection(c)))
      #expect(a.union(b).complement == a.complement.intersection(b.complement))
      #expect(a.intersection(b.union(c)) == a.intersection(b).union(a.intersection(c)))
      #expect(a.union(a) == a && a.intersection(a) == a && a.union(a.intersection(b)) == a)
      #expect(a.union(a.complement).isAll && a.intersection(a.complement).isEmpty)
      #expect(a.subtracting(b) == a.intersection(b.complement))
      #expect(a.subtracting(b).union(a.intersection(b)) == a)
      #expect(a.isSubset(of: b) == (a.intersection(b) == a))
      #expect(a.isSubset(of: b) == a.subtracting(b).isEmpty)
      #expect(a.isDisjoint(with: b) == a.intersection(b).isEmpty)
      #expect(a.intersection(b).isSubset(of: a) && a.isSubset(of: a.union(b)))
      let alike = (a.union(b).subtracting(b), a.subtracting(b))
      #expect(alike.0 == alike.1 && alike.0.hashValue == alike.1.hashValue)
    }
  }

  @Test func `a set of one version has it as its singleton`() throws {
    var random = RandomVersions(seed: 41)
    for _ in 0..<2_000 {
      let version = try random.version()
      #expect(VersionSet(version).singleton == version)
      #expect(try Specifier("==\(version)").versionSet.singleton == version)
      #expect(VersionSet(version).complement.singleton == nil)
    }
  }

  @Test func `the words for a set of one specifier mean almost the same set`() throws {
    var random = RandomVersions(seed: 42)
    for _ in 0..<2_000 {
      let set = try Specifier(random.specifierText()).versionSet
      guard !set.isEmpty, !set.isAll, set.ranges.count == 1 else { continue }
      let again = try SpecifierSet(set.description.replacing(", ", with: ",")).versionSet
      // Only pre-, post- and local releases of the ends may differ.
      let version = try random.version()
      if !version.isPrerelease, !version.isPostrelease, version.local == nil {
        #expect(set.contains(version) == again.contains(version), "\(set) and \(version)")
      }
    }
  }
}

extension VersionSet {
  fileprivate func symmetricDifference(_ other: VersionSet) -> VersionSet {
    subtracting(other).union(other.subtracting(self))
  }
}
