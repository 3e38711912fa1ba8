import EnvlockVersions
import Testing

@Suite struct VersionOrderTests {
  /// Strictly ascending. The suffixes are in the order that PEP 440 gives; the rest crosses the edges of the packed
  /// fields and the border between packed and full versions.
  static let ascending = [
    "0.dev0", "0.dev1", "0a0", "0", "0.post0", "0.0.0.0.1", "0.0.1", "0.1", "0.524286", "0.524287.dev1",
    "0.524287", "0.524287.0.1", "0.524288", "0.99999999999",
    "1.dev0", "1.0.dev456", "1.0.dev268435454", "1.0.dev268435455", "1.0.dev268435456", "1.0.dev268435456+a",
    "1.0a0.dev0", "1.0a1.dev1", "1.0a1.dev1+l", "1.0a1", "1.0a1+l", "1.0a1.post0.dev0", "1.0a1.post0",
    "1.0a1.post1", "1.0a2.dev456", "1.0a2", "1.0a12.dev456", "1.0a12", "1.0a268435455", "1.0a268435456.dev1",
    "1.0a268435456", "1.0b1.dev456", "1.0b2", "1.0b2.post345.dev456", "1.0b2.post345",
    "1.0rc1.dev456", "1.0rc1", "1.0rc1.post1",
    "1.0", "1.0+abc", "1.0+abc.5", "1.0+abc.7", "1.0+abc.7.x", "1.0+abc.10", "1.0+abd", "1.0+cpu",
    "1.0+cu118",
    "1.0+cu12", "1.0+0", "1.0+0.a", "1.0+0.0", "1.0+5", "1.0+12", "1.0+99999999999999999999",
    "1.0+100000000000000000000",
    "1.0.post0.dev0", "1.0.post0", "1.0.post456.dev34", "1.0.post456", "1.0.post456+1", "1.0.post268435455",
    "1.0.post268435456", "1.0.0.0.0.1.post1", "1.0.0.0.1.dev1", "1.0.0.0.1", "1.0.0.1",
    "1.1.dev1", "1.1", "1.2.3.134217726", "1.2.3.134217727", "1.2.3.134217728", "1.2.3.134217728.1",
    "1.2.524286.9", "1.2.524287", "1.2.524288", "2.31.0.20240311", "2.31.0.20240406", "2.31.0.20240406.post1",
    "9", "10", "2024.8.30", "20240101", "33554430.9", "33554431a1", "33554431", "33554431.1", "33554432",
    "999999999999999999", "1!0.dev0", "1!0.1", "1!0.1+a", "1!1.0a1", "1!1.0", "1!33554431", "2!0",
    "2!0.0.0.0.0.1",
  ]

  @Test func `orders as PEP 440 does`() throws {
    let list = try ascendingVersions()
    for (first, lower) in list.enumerated() {
      for (second, upper) in list.enumerated() {
        #expect((lower < upper) == (first < second), "\(lower) and \(upper)")
        #expect((lower == upper) == (first == second), "\(lower) == \(upper)")
      }
    }
  }

  private func ascendingVersions() throws -> [Version] { try Self.ascending.map { try Version($0) } }

  @Test(arguments: [
    ("1", "1.0.0"), ("1.0", "1.0.0.0.0.0.0.0.0"), ("0", "0.0"), ("1.0.0.0.0.0.0.0", "1.0.0.0.0.0.0.0.0"),
    ("1.dev1", "1.0.0dev1"), ("1a1", "1.0a1"), ("1.post1", "1.0.0.0.0.0.0.0-1"), ("1!2", "1!2.0.0"),
    ("1+a", "1.0.0+A"), ("1+a.1", "1.0.0.0.0.0.0.0.0+a-01"), ("1a1.dev2+x", "1.0.0a1.dev2+x"),
    ("1.2.3.4.5", "1.2.3.4.5.0"), ("99999999", "99999999.0.0"), ("1.0rc1.post2", "1-c1-2"),
    ("1.dev268435455", "1.0.dev268435455"), ("1.dev268435454", "1.0.dev268435454"),
  ])
  func `pads releases with zeros`(left: String, right: String) throws {
    let (left, right) = (try Version(left), try Version(right))
    #expect(left == right)
    #expect(!(left < right) && !(right < left))
    #expect(left.hashValue == right.hashValue)
    #expect(Set([left, right]).count == 1)
  }

  @Test func `local parts order letters, then numbers, segment by segment`() throws {
    let locals = ["0a", "a", "a.b", "a.0", "a.1", "aa", "b", "0", "0.a", "0.0", "1", "2", "10", "10.a"]
    let versions = try locals.map { try Version("1+" + $0) }
    #expect(versions.shuffled().sorted() == versions)
  }

  @Test func `is a total order`() throws {
    var random = RandomVersions(seed: 21)
    let pool = try random.versions(400)
    for left in pool {
      for right in pool {
        let relations = [left < right, left == right, right < left].filter { $0 }
        #expect(relations.count == 1, "\(left) and \(right)")
        if left == right { #expect(left.hashValue == right.hashValue, "\(left) and \(right)") }
      }
    }
    for _ in 0..<50_000 {
      guard let one = pool.randomElement(using: &random.random),
        let two = pool.randomElement(using: &random.random),
        let three = pool.randomElement(using: &random.random)
      else { continue }
      let sorted = [one, two, three].sorted()
      #expect(!(sorted[2] < sorted[0]) && !(sorted[1] < sorted[0]) && !(sorted[2] < sorted[1]))
      if one == two { #expect((one < three) == (two < three)) }
    }
  }

  @Test func `sorting does not depend on the order of input`() throws {
    var random = RandomVersions(seed: 22)
    let pool = Array(Set(try random.versions(500)))
    let sorted = pool.sorted()
    #expect(pool.shuffled(using: &random.random).sorted() == sorted)
    #expect(zip(sorted, sorted.dropFirst()).allSatisfy { $0 < $1 })
  }

  @Test func `a version stays small`() {
    #expect(MemoryLayout<Version>.size <= 24)
    #expect(MemoryLayout<VersionSet>.size <= 56)
  }
}
