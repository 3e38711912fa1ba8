import EnvlockModel
import EnvlockVersions
import Testing

@Suite struct DebianPackageTests {
  private static let sum = String(repeating: "ab", count: 32)

  private static let index = """
    Package: libc6
    Version: 2.36-9+deb12u10
    Architecture: amd64
    Priority: optional
    Provides: libc6-2.36, libc-any (= 2)
    Depends: libgcc-s1, libcrypt1 (>= 1:4.4.10-10~)
    Filename: pool/main/g/glibc/libc6_2.36-9+deb12u10_amd64.deb
    Size: 2757272
    SHA256: \(sum)
    Description: GNU C Library: Shared libraries
     Contains the standard libraries.

    Package: libc6
    Version: 2.36-9+deb12u9
    Architecture: amd64
    Filename: pool/main/g/glibc/libc6_2.36-9+deb12u9_amd64.deb
    Size: 1
    SHA256: \(sum)

    Package: git
    Version: 1:2.39.5-0+deb12u2
    Architecture: amd64
    Pre-Depends: dpkg (>= 1.17.14)
    Depends: libc6 (>= 2.36), perl:any,
     liberror-perl | perl (<< 5.99)
    Filename: pool/main/g/git/git_2.39.5-0+deb12u2_amd64.deb
    Size: 7260
    SHA256: \(sum)
    """

  @Test func `finds packages by name, the newest first`() throws {
    let index = DebianPackageIndex(Array(Self.index.utf8))
    #expect(index.names == ["git", "libc6"])
    let found = try index.packages(named: "libc6")
    #expect(found.map(\.version.description) == ["2.36-9+deb12u10", "2.36-9+deb12u9"])
    #expect(found.first?.size == 2_757_272)
    #expect(found.first?.fileName == "libc6_2.36-9+deb12u10_amd64.deb")
    #expect(found.first?.priority == "optional")
    #expect(try index.packages(named: "gi").isEmpty)
  }

  @Test func `reads dependencies over several lines, with alternatives and versions`() throws {
    let git = try #require(try DebianPackageIndex(Array(Self.index.utf8)).packages(named: "git").first)
    #expect(git.preDepends.map(\.description) == ["dpkg (>= 1.17.14)"])
    #expect(git.depends.map(\.description) == ["libc6 (>= 2.36)", "perl", "liberror-perl | perl (<< 5.99)"])
  }

  @Test func `finds who stands in for a name`() throws {
    let index = DebianPackageIndex(Array(Self.index.utf8))
    #expect(try index.providers(of: "libc-any").map(\.name) == ["libc6"])
    #expect(
      try index.providers(of: "libc6-2.36").first?.provides.map(\.description) == [
        "libc6-2.36", "libc-any (= 2)",
      ])
    #expect(try index.providers(of: "libc6").isEmpty)
  }

  @Test(arguments: [
    ("= 2.36-9", "2.36-9", true), ("<< 2", "2~rc1", true), ("<< 2", "2", false), (">= 1:1", "9", false),
    (">> 2.36", "2.36-1", true), ("<= 2.36", "2.36-0", true), ("< 2", "2", true), ("> 2", "2", true),
  ])
  func `compares versions`(constraint: String, version: String, isMet: Bool) throws {
    let relation = try DebianRelation("a (\(constraint))")
    #expect(try relation.constraint?.contains(DebianVersion(version)) == isMet)
  }

  @Test(arguments: ["", "(>= 1)", "a (>= 1", "a (~ 1)", "a (>=)", "a b", "a [amd64]", "ä"])
  func `refuses what is no dependency`(text: String) {
    #expect(throws: MalformedText.self) { try DebianRelation(text) }
  }

  @Test(arguments: ["../../etc/passwd", "/etc/passwd", "pool//x.deb", "pool/./x.deb"])
  func `refuses a path out of the archive`(path: String) throws {
    let text = Self.index.replacing("pool/main/g/git/git_2.39.5-0+deb12u2_amd64.deb", with: path)
    let index = DebianPackageIndex(Array(text.utf8))
    #expect(throws: MalformedText.self) { try index.packages(named: "git") }
  }

  @Test(arguments: ["Version", "Architecture", "Filename", "Size", "SHA256"])
  func `names a field that is missing`(field: String) throws {
    let lines = Self.index.split(separator: "\n", omittingEmptySubsequences: false)
    let text = lines.filter { !$0.hasPrefix("\(field):") }.joined(separator: "\n")
    let error = #expect(throws: MalformedText.self) {
      try DebianPackageIndex(Array(text.utf8)).packages(named: "git")
    }
    #expect(error?.reason == "\(field) is missing")
  }

  @Test func `reads whatever is cut off anywhere without a trap`() {
    let bytes = Array(Self.index.utf8)
    for end in bytes.indices {
      let index = DebianPackageIndex(Array(bytes[..<end]))
      for name in index.names { _ = try? index.packages(named: name) }
    }
  }
}
