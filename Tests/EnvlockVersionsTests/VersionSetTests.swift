import EnvlockVersions
import Testing

@Suite struct VersionSetTests {
  private func set(_ text: String) throws -> VersionSet {
    try text.split(separator: "|", omittingEmptySubsequences: false).map { try SpecifierSet($0).versionSet }
      .reduce(.none) { $0.union($1) }
  }

  @Test(arguments: [
    ("", "any"), (">=2,<1", "none"), ("==1.0", "==1.0"), ("==1.0+cu118", "==1.0+cu118"),
    ("==1.2.*", "==1.2.*"),
    ("==1.0.*", "==1.0.*"), ("==1!2.*", "==1!2.*"), (">=1.2", ">=1.2"), (">1.2", ">1.2"), ("<2", "<2"),
    ("<2.0", "<2.0"), ("<=2", "<=2"), ("<2rc1", "<2rc1"), (">=1.2,<2", ">=1.2, <2"),
    ("~=1.4.2", ">=1.4.2, <1.5"),
    ("~=1.4", ">=1.4, <2"), ("!=1.5", "!=1.5"), ("!=1.5.*", "!=1.5.*"), ("!=1.5+a", "!=1.5+a"),
    (">=1.2,!=1.5,!=1.7.*,<2", ">=1.2, !=1.5, !=1.7.*, <2"), ("<1|>=2", "<1 or >=2"),
    ("==1.0|==2.0", "==1.0 or ==2.0"), ("<1|>=2,!=3|==9", "<1 or >=2, !=3"),
    ("<1,!=0.5|>=2,!=3", "!=0.5, <1 or >=2, !=3"),
    (">1.0.post1", ">1.0.post1"), ("<=1.0.post1", "<=1.0.post1"), (">1.0a1", ">1.0a1"),
    ("<=1.0a1", "<=1.0a1"),
    (">=1.0.dev3", ">=1.0.dev3"), ("<0.dev0", "none"), ("===1.0", "==1.0"), (">1.2.3.4.5", ">1.2.3.4.5"),
    ("<=1.2.3.4.5", "<=1.2.3.4.5"), ("<1.2.3.4.5", "<1.2.3.4.5"), ("==1.2.3.4.5", "==1.2.3.4.5"),
    ("<=1.0", "<=1.0"), (">=20240101,<20240102", ">=20240101, <20240102"), ("==33554432.*", "==33554432.*"),
  ])
  func `reads like specifiers`(text: String, description: String) throws {
    let set = try set(text)
    #expect(set.description == description)
  }

  @Test func `plain makers read like specifiers too`() throws {
    let version = try Version("1.5")
    #expect(VersionSet.atLeast(version).description == ">=1.5")
    #expect(VersionSet.above(version).description == ">1.5")
    #expect(VersionSet.atMost(version).description == "<=1.5")
    #expect(VersionSet.below(version).description == "<1.5")
    #expect(VersionSet(version).description == "==1.5")
    #expect(VersionSet(version).complement.description == "!=1.5")
    #expect(VersionSet.release([12, 8]).description == "==12.8.*")
    #expect(VersionSet.release([12, 8]).complement.description == "!=12.8.*")
    #expect(VersionSet.between(version, try Version("2")).description == ">=1.5, <2")
    #expect(VersionSet.between(version, try Version("2")).complement.description == "<1.5 or >=2")
    #expect(VersionSet.release([]).isAll)
    #expect(VersionSet.release([0]).description == "<1")
    #expect(VersionSet.release([.max]).description == ">=\(Int.max)")
    #expect(VersionSet.release([1, .max]).contains(Version(release: [1, .max, 7])))
    #expect(!VersionSet.release([1, .max]).contains(try Version("2")))
  }

  @Test func `plain makers follow the plain order`() throws {
    let version = try Version("1.0")
    let local = try Version("1.0+x")
    #expect(VersionSet.above(version).contains(local))
    #expect(VersionSet.above(version).contains(try Version("1.0.post1")))
    #expect(!VersionSet.atMost(version).contains(local))
    #expect(VersionSet.atLeast(version).contains(version) && !VersionSet.below(version).contains(version))
    #expect(VersionSet.below(version).contains(try Version("1.0rc1")))
    #expect(!VersionSet(version).contains(local) && VersionSet(local).contains(local))
    #expect(!VersionSet(local).contains(try Version("1.0+x.1")))
    #expect(VersionSet.between(version, version).isEmpty)
    #expect(VersionSet.between(local, version).isEmpty)
  }

  @Test(arguments: [
    (">1.0.dev3", ">=1.0.dev4"), ("<=1.0.dev3", "<1.0.dev4"), ("<=1.0.post2", "<1.0.post3"),
    (">1.0.post2", ">=1.0.post3.dev0"), ("<=1.0", "<1.0.post0"), ("<=1.0a1", "<1.0a1.post0.dev0"),
    (">1.0a1", ">=1.0a2.dev0"), ("<1.0", "<1.0.dev0"), ("==1.0.*", ">=1.dev0,<1.1.dev0"), ("==0.*", "<1"),
    ("==1.0", ">=1.0,<1.0.post0.dev0"), (">=0.dev0", ""), ("<=1.2.3.4.5", "<1.2.3.4.5.post0"),
    ("<=1.dev268435454", "<1.dev268435455"), ("<=1.post268435454", "<1.post268435455"),
    ("<=1.post268435453", "<1.post268435454"), ("==1.*|==2.*", ">=1.dev0,<3"), ("<1|==1.*", "<2"),
    ("<=1.0|>1.0|==1.0.post0|>=1.0.post0.dev0,<1.0.1", ""), ("!=1.0|==1.0", ""),
    ("~=1.4.2", ">=1.4.2,==1.4.*"),
  ])
  func `equal sets are equal values`(left: String, right: String) throws {
    let (left, right) = (try set(left), try set(right))
    #expect(left == right)
    #expect(left.hashValue == right.hashValue)
  }

  @Test(arguments: [
    ("==1.0", "1.0"), ("===1.0", "1.0"), ("==1.0+a", "1.0+a"), ("==1.0a1", "1.0a1"), ("==1.dev1", "1.dev1"),
    ("==1.0.post1", "1.0.post1"), ("==1.0rc1.post1.dev2", "1.0rc1.post1.dev2"), ("==1.2.3.4.5", "1.2.3.4.5"),
    (">=1.0,<=1.0", "1.0"), ("==0.dev0", "0.dev0"),
  ])
  func `knows the only version in it`(text: String, version: String) throws {
    #expect(try set(text).singleton == Version(version))
  }

  @Test(arguments: ["", ">=2,<1", ">=1", "<1", "==1.*", "!=1", "==1|==2", ">=1,<1.0.post1"])
  func `knows when there is more or less than one version`(text: String) throws {
    #expect(try set(text).singleton == nil)
  }

  @Test func `gives its ranges for wording`() throws {
    let ranges = try set(">=580|==12.8.*|>1,<=2").ranges
    #expect(ranges.count == 3)
    #expect(ranges[0] == (.excluding(try Version("1")), .including(try Version("2"))))
    #expect(ranges[1] == (.including(try Version("12.8")), .excluding(try Version("12.9"))))
    #expect(ranges[2] == (.including(try Version("580")), .unbounded))
    #expect(VersionSet.none.ranges.isEmpty)
    #expect(VersionSet.all.ranges.count == 1)
  }

  @Test func `all and none are what they say`() throws {
    let version = try Version("1.0")
    #expect(VersionSet.all.isAll && !VersionSet.all.isEmpty && VersionSet.all.contains(version))
    #expect(VersionSet.none.isEmpty && !VersionSet.none.isAll && !VersionSet.none.contains(version))
    #expect(VersionSet.all.complement == .none && VersionSet.none.complement == .all)
    #expect(VersionSet.none.isSubset(of: .none) && VersionSet.none.isDisjoint(with: .none))
    #expect(VersionSet.all.isSubset(of: .all) && !VersionSet.all.isSubset(of: .none))
    #expect(VersionSet.all.contains(Version(release: [.max])))
  }
}
