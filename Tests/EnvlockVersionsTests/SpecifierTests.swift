import EnvlockVersions
import Testing

@Suite struct SpecifierTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let specifier: String
    let holds: String
    let leavesOut: String
    init(_ specifier: String, holds: String, leavesOut: String) {
      (self.specifier, self.holds, self.leavesOut) = (specifier, holds, leavesOut)
    }
    var testDescription: String { specifier }
  }

  @Test(arguments: [
    Case("==1.0", holds: "1 1.0 1.0.0.0 v1.0 1.0+cu118", leavesOut: "1.0.post1 1.0rc1 1.0.dev1 1.0.1 1!1.0"),
    Case("==1.0+a", holds: "1.0+a 1+A", leavesOut: "1.0 1.0+a.1 1.0+b 1.0.post0"),
    Case("== 13.0.3", holds: "13.0.3.0 13.0.3", leavesOut: "13.0.3.1 13.0.30"),
    Case("==1.0.dev1", holds: "1.0.dev1 1.0.dev1+x", leavesOut: "1.0.dev2 1.0"),
    Case("==1.0.post1", holds: "1.0-1 1.0.post1+x", leavesOut: "1.0 1.0.post1.dev0 1.0.post2"),
    Case(
      "==1.2.*", holds: "1.2 1.2.dev0 1.2a1 1.2.9 1.2.post1 1.2+x 1.2.0.1",
      leavesOut: "1.20 1.3.dev0 1.1 1!1.2"),
    Case("==1.0.*", holds: "1 1a1 1.dev0 1.0.5", leavesOut: "1.1 1.1.dev0 0.9"),
    Case("==1!2.*", holds: "1!2 1!2.5", leavesOut: "2 2.5 1!3"),
    Case("==0.*", holds: "0.dev0 0.9", leavesOut: "1.dev0 1"),
    Case("!=1.0", holds: "1.0.post1 1.0rc1 1.0.1", leavesOut: "1 1.0.0 1.0+cu118"),
    Case("!=1.0+a", holds: "1.0 1.0+b", leavesOut: "1.0+a"),
    Case("!=1.2.*", holds: "1.1 1.3.dev0 1.20", leavesOut: "1.2 1.2rc1 1.2.5"),
    Case(
      "~=1.4.2", holds: "1.4.2 1.4.9 1.4.2.post1 1.4.2+x 1.4.10", leavesOut: "1.4.1 1.5 1.5.dev0 1.4.2rc1 2"),
    Case("~=1.4", holds: "1.4 1.9", leavesOut: "1.3 2.0 2.dev0"),
    Case("~=1.4.0", holds: "1.4 1.4.5", leavesOut: "1.5"),
    Case("~=2.2.post3", holds: "2.2.post3 2.3", leavesOut: "2.2 2.2.post2 3.dev0"),
    Case("~=1.4.5a4", holds: "1.4.5a4 1.4.5 1.4.9", leavesOut: "1.4.5a3 1.5"),
    Case("~=1!1.0", holds: "1!1.0 1!1.9", leavesOut: "1.5 1!2"),
    Case("<=1.0", holds: "1.0 1.0+x 0.9 1.0rc1", leavesOut: "1.0.post0 1.0.post1.dev0 1.0.1"),
    Case("<=1.0a1", holds: "1.0a1 1.0a1+x 1.0.dev9", leavesOut: "1.0a1.post0 1.0a2"),
    Case(">=1.0", holds: "1.0 1.0+x 1.0.post1 2rc1", leavesOut: "1.0rc9 0.9"),
    Case(">=1.0rc1", holds: "1.0rc1 1.0", leavesOut: "1.0rc1.dev1 1.0b9"),
    Case("<1.0", holds: "0.9 0.9.post1 0.9.9rc1", leavesOut: "1.0 1.0rc1 1.0.dev0 1.0a1.post1 1.0+x"),
    Case("<1.0rc1", holds: "1.0b1 1.0.dev0 1.0a1.post1 1.0rc1.dev1", leavesOut: "1.0rc1 1.0rc1+x 1.0"),
    Case("<1.0.post2", holds: "1.0 1.0+x 1.0.post1", leavesOut: "1.0.post2.dev1 1.0.post2"),
    Case("<1.0.post2.dev5", holds: "1.0.post2.dev4 1.0.post1", leavesOut: "1.0.post2.dev5 1.0.post2"),
    Case("<0.dev0", holds: "", leavesOut: "0 0.dev0 1"),
    Case(
      ">1.0", holds: "1.0.0.0.1 1.0.1.dev0 1.1rc1 2", leavesOut: "1.0 1.0+x 1.0.post1 1.0.post1.dev0 1.0-1+x"),
    Case(">1.0a1", holds: "1.0a2 1.0a2.dev0 1.0", leavesOut: "1.0a1 1.0a1+x 1.0a1.post1 1.0a1.post0.dev1"),
    Case(">1.0.post1", holds: "1.0.post2 1.0.post2.dev0 1.1", leavesOut: "1.0.post1 1.0.post1+x 1.0"),
    Case(">1.0.dev1", holds: "1.0.dev2 1.0 1.0.post1 1.0a1", leavesOut: "1.0.dev1 1.0.dev1+x 1.0.dev0"),
    Case(">1.0.post1.dev2", holds: "1.0.post1 1.0.post1.dev3", leavesOut: "1.0.post1.dev2+x 1.0.post0"),
    Case(">1.0rc1.post1", holds: "1.0rc1.post2 1.0rc2.dev0", leavesOut: "1.0rc1.post1 1.0rc1.post1+x"),
    Case("===1.0", holds: "1.0 v1.0", leavesOut: "1.0.0 1 1.0+x"),
    Case("===2.1.0+CU118", holds: "2.1.0+cu118", leavesOut: "2.1.0 2.1.0+cpu"),
    Case("===whatever", holds: "", leavesOut: "1.0"),
    Case("", holds: "0.dev0 1.0+x 99!1", leavesOut: ""),
    Case(" >= 1.2 , != 1.5.* ,, <2, ", holds: "1.2 1.6 1.4.9", leavesOut: "1.5 1.5.1 2 2rc1 1.1"),
    Case(">=2,<1", holds: "", leavesOut: "0.5 1 1.5 2"),
  ])
  func `follows the rules`(_ row: Case) throws {
    let specifiers = try SpecifierSet(row.specifier)
    let one = try Version("1.0")
    for text in row.holds.split(separator: " ") {
      let version = try Version(text)
      #expect(specifiers.contains(version), "\(version)")
      #expect(specifiers.versionSet.contains(version), "\(version)")
    }
    for text in row.leavesOut.split(separator: " ") {
      let version = try Version(text)
      #expect(!specifiers.contains(version), "\(version)")
      // The set of === goes by the version, not by its text.
      if row.specifier != "===1.0" || version != one {
        #expect(!specifiers.versionSet.contains(version), "\(version)")
      }
    }
  }

  @Test(arguments: [
    ("1.0", 0), ("=1.0", 0), ("~1.0", 0), ("!1.0", 0), ("", 0), ("  ", 2), (">=", 2), (">= ", 2), ("==", 2),
    ("===", 3), ("== =1", 3), (">=1.x", 3), (" >= 1..2", 5), (">=1.*", 2), ("~=1.2.*", 2), ("===1 2", 4),
    ("===1;", 4), ("==1.0a1.*", 2), ("==1+a.*", 2), ("==1.*.*", 3), ("==.*", 2), ("==*", 2), ("==1*", 3),
    (">=1+a", 2), ("<1+a", 1), ("~=1.0+a", 2), ("~=1", 2), ("~=1!2", 2), ("~=1a1", 2), (">=1 <2", 3),
    ("=>1", 0), ("<>1", 1), ("==1.99999999999999999999", 4),
  ])
  func `says where text is no specifier`(text: String, offset: Int) throws {
    let error = try #require(throws: MalformedText.self) { try Specifier(text) }
    #expect(error.what == "version specifier")
    #expect(error.text == text)
    #expect(error.offset == offset)
  }

  @Test func `points into the whole list`() throws {
    let error = try #require(throws: MalformedText.self) { try SpecifierSet(">=1.0, <2.x") }
    #expect(error.offset == 9)
    #expect(error.text == ">=1.0, <2.x")
  }

  @Test func `reads back as it was written`() throws {
    #expect(try Specifier(" ~= 1.4.0 ").description == "~=1.4.0")
    #expect(try SpecifierSet(">= 1.2 ,!=v1.5.*").description == ">=1.2,!=v1.5.*")
    #expect(try SpecifierSet("").description == "")
    #expect(SpecifierSet.any.isEmpty)
    let specifier = try Specifier("!=1.5.*")
    #expect(specifier.operator == .notEqual)
    #expect(specifier.versionText == "1.5.*")
    #expect(specifier.isPrefix)
    #expect(try specifier.version == Version("1.5"))
  }

  @Test(arguments: [
    ("==1.0", "== 1.0.0", true), ("==1.0", "===1.0", false), ("~=1.0", "~=1.0.0", false),
    ("==1.*", "==1.0.*", false),
    ("==1.*", "==v1.*", true), ("===A", "===a", true), (">=1", ">1", false), ("==1.0", "==1.0.*", false),
  ])
  func `compares by meaning`(left: String, right: String, isEqual: Bool) throws {
    let (left, right) = (try Specifier(left), try Specifier(right))
    #expect((left == right) == isEqual)
    if isEqual { #expect(left.hashValue == right.hashValue) }
  }

  @Test(arguments: [
    (">=1.0", false), (">=1.0rc1", true), ("!=1.0rc1", false), ("<2.0.dev0", true), ("==1.0.*", false),
    (">=1.0.post1", false), ("===1.0a1", true), ("===x", false), (">=1,!=2a1,<3b1", true), ("", false),
  ])
  func `notices a pre-release that is asked for`(text: String, mentions: Bool) throws {
    #expect(try SpecifierSet(text).mentionsPrerelease == mentions)
  }

  @Test func `notices a local version`() throws {
    #expect(try SpecifierSet(">=2,==2.1+cu118").mentionsLocal)
    #expect(try SpecifierSet("!=2.1+cu118").mentionsLocal)
    #expect(try !SpecifierSet("==2.1").mentionsLocal)
  }

  @Test func `its set holds exactly what it holds`() throws {
    var random = RandomVersions(seed: 31)
    let pool = try random.versions(300)
    for _ in 0..<3_000 {
      let text = try random.specifierText()
      let specifier = try Specifier(text)
      let set = specifier.versionSet
      let near = (0..<20).compactMap { _ in random.neighbour(of: specifier.versionText) }
      for version in near + (0..<10).compactMap({ _ in pool.randomElement(using: &random.random) }) {
        #expect(specifier.contains(version) == set.contains(version), "\(text) and \(version)")
      }
      #expect(try Specifier(specifier.description) == specifier)
    }
  }

  @Test func `a list holds what all of its clauses hold`() throws {
    var random = RandomVersions(seed: 32)
    for _ in 0..<1_000 {
      let texts = [try random.specifierText(), try random.specifierText(), try random.specifierText()]
      let list = try SpecifierSet(texts.joined(separator: ","))
      let set = list.versionSet
      for text in texts {
        for _ in 0..<10 {
          guard let version = random.neighbour(of: String(text.drop { "=!<>~".contains($0) })) else {
            continue
          }
          #expect(list.contains(version) == set.contains(version), "\(list) and \(version)")
        }
      }
    }
  }
}
