import EnvlockModel
import EnvlockResolve
import EnvlockVersions
import Testing

@Suite struct DebianClosureTests {
  /// "a 1.0 Depends: b (>= 2), c | d" and so on, a line a package.
  private func index(_ lines: [String]) -> DebianPackageIndex {
    let sum = String(repeating: "0", count: 64)
    let paragraphs = lines.map { line in
      let words = line.split(separator: " ", maxSplits: 2).map(String.init)
      let fields =
        words.count > 2
        ? words[2].split(separator: ";").map { $0.drop { $0 == " " } }.joined(separator: "\n") : ""
      return """
        Package: \(words[0])
        Version: \(words[1])
        Architecture: amd64
        Filename: pool/\(words[0])_\(words[1])_amd64.deb
        Size: 1
        SHA256: \(sum)
        \(fields)
        """
    }
    return DebianPackageIndex(
      Array(paragraphs.joined(separator: "\n\n").replacing("\n\n\n", with: "\n\n").utf8))
  }

  private func closure(_ roots: String, of lines: [String]) throws -> [String] {
    try DebianClosure(index(lines)).packages(for: DebianDependency.list(roots)).map(\.name)
  }

  @Test func `puts what is needed first`() throws {
    let lines = ["a 1 Depends: b, c", "b 1 Pre-Depends: c", "c 1", "d 1"]
    #expect(try closure("a", of: lines) == ["c", "b", "a"])
  }

  @Test func `does not mind circles`() throws {
    #expect(try closure("a", of: ["a 1 Depends: b", "b 1 Depends: a"]) == ["b", "a"])
  }

  @Test func `takes the first alternative that can be had`() throws {
    #expect(try closure("a", of: ["a 1 Depends: x | c | b", "b 1", "c 1"]) == ["c", "a"])
  }

  @Test func `takes an alternative that is there anyway`() throws {
    #expect(try closure("a, c", of: ["a 1 Depends: b | c", "b 1", "c 1"]) == ["c", "a"])
    #expect(
      try closure("a", of: ["a 1 Depends: b | c, d", "b 1", "c 1", "d 1 Depends: c"]) == ["c", "d", "a"])
  }

  @Test func `finds providers of a virtual package, the important one first`() throws {
    let lines = ["a 1 Depends: v", "p 1 Provides: v", "q 1 Provides: v; Priority: important"]
    #expect(try closure("a", of: lines) == ["q", "a"])
    #expect(try closure("a, p", of: lines) == ["p", "a"])
  }

  @Test func `holds a provider to the version that it provides`() throws {
    let lines = [
      "a 1 Depends: v (>= 2)", "p 1 Provides: v (= 2)", "o 1 Provides: v", "n 1 Provides: v (= 1)",
    ]
    #expect(try closure("a", of: lines) == ["p", "a"])
  }

  @Test func `takes the newest version that will do`() throws {
    let found = try DebianClosure(index(["a 1 Depends: b (<< 3)", "b 1", "b 2", "b 3"]))
      .packages(for: DebianDependency.list("a"))
    #expect(found.map(\.version.description) == ["2", "1"])
  }

  @Test func `explains what cannot be had by the chain that asks for it`() throws {
    let error = #expect(throws: UnsatisfiableDebianPackage.self) {
      try closure("a", of: ["a 1 Depends: b", "b 1 Depends: c (>= 2) | d", "c 1"])
    }
    #expect(error?.message == "a needs b needs c (>= 2) | d, which cannot be had")
    #expect(error?.details == ["c (>= 2): the suite has version 1", "d: the suite has no such package"])
  }

  @Test func `tells two askers apart that contradict each other`() throws {
    let error = #expect(throws: UnsatisfiableDebianPackage.self) {
      try closure("a", of: ["a 1 Depends: b (= 2), c", "b 1", "b 2", "c 1 Depends: b (= 1)"])
    }
    #expect(error?.details == ["b (= 1): version 2 is needed by another package"])
  }

  @Test func `offers a name that looks alike`() throws {
    let error = #expect(throws: UnsatisfiableDebianPackage.self) { try closure("pyton3", of: ["python3 1"]) }
    #expect(error?.message == "the Debian package pyton3 cannot be had")
    #expect(error?.hints == ["did you mean python3?"])
  }

  @Test func `gives the same answer in any order of the index`() throws {
    let lines = ["a 1 Depends: v, b | c", "b 1", "c 1", "p 1 Provides: v", "q 1 Provides: v"]
    #expect(try closure("a", of: lines) == closure("a", of: lines.reversed()))
  }

  // MARK: what only scripts need

  private func members(
    _ roots: String, of lines: [String], ignoring ignored: DebianScriptNeeds = .standard
  ) throws -> [String] {
    try DebianClosure(index(lines), ignoring: ignored).members(for: DebianDependency.list(roots))
      .map { "\($0.package.name): \($0.dependencies.joined(separator: " "))" }
  }

  @Test func `says which packages meet a package's dependencies`() throws {
    let lines = ["a 1 Depends: v, c | x, b", "b 1 Depends: a", "c 1", "p 1 Provides: v"]
    #expect(try members("a", of: lines) == ["b: a", "p: ", "c: ", "a: b c p"])
    let locked = try DebianClosure(index(lines)).members(for: DebianDependency.list("a")).map(\.locked)
    #expect(locked.last?.dependencies == ["b", "c", "p"])
    #expect(locked.last?.path == "pool/a_1_amd64.deb")
  }

  @Test func `leaves out what only scripts need`() throws {
    let lines = [
      "tzdata 1 Depends: debconf (>= 0.5) | debconf-2.0", "debconf 1 Pre-Depends: perl-base", "perl-base 1",
      "dash 1 Pre-Depends: libc6; Depends: debianutils (>= 5.6), dpkg (>= 1.19.1)", "libc6 1",
      "debianutils 6",
    ]
    #expect(try members("tzdata, dash", of: lines) == ["tzdata: ", "libc6: ", "dash: libc6"])
    // They need not even be there.
    #expect(throws: UnsatisfiableDebianPackage.self) { try members("dash", of: lines, ignoring: .none) }
  }

  @Test func `leaves out what one package's scripts need for that package only`() throws {
    let lines = [
      "ca-certificates 1 Depends: openssl", "tool 1 Depends: openssl, ca-certificates", "openssl 1",
    ]
    #expect(try members("ca-certificates", of: lines) == ["ca-certificates: "])
    #expect(
      try members("tool", of: lines) == ["ca-certificates: ", "openssl: ", "tool: ca-certificates openssl"])
  }

  @Test func `keeps what the user names`() throws {
    let lines = ["tzdata 1 Depends: debconf | debconf-2.0", "debconf 1 Depends: perl-base", "perl-base 1"]
    #expect(
      try members("tzdata, debconf", of: lines)
        == ["perl-base: ", "debconf: perl-base", "tzdata: debconf"])
  }

  @Test func `follows a dependency of which another alternative comes first`() throws {
    let lines = ["a 1 Depends: b | debconf", "debconf 1"]
    #expect(try members("a", of: lines) == ["debconf: ", "a: debconf"])
  }

  // MARK: conflicts

  @Test(arguments: ["Conflicts: b", "Breaks: b (<< 3)", "Conflicts: v", "Conflicts: v (= 2)"])
  func `refuses packages that exclude each other`(field: String) throws {
    let lines = ["a 1 Depends: b; \(field)", "b 2 Provides: v (= 2)"]
    let error = #expect(throws: ConflictingDebianPackages.self) { try closure("a", of: lines) }
    #expect(error?.message == "the Debian packages a 1 and b 2 exclude each other")
    #expect(error?.details.first?.hasPrefix("a 1 conflicts with ") == true)
  }

  @Test(arguments: [
    "Conflicts: b (<< 2)", "Breaks: c", "Conflicts: v (>> 2); Provides: v", "Conflicts: w; Provides: w",
  ])
  func `lets packages be together that do not`(field: String) throws {
    let lines = ["a 1 Depends: b; \(field)", "b 2 Provides: v (= 2)", "c 1"]
    #expect(try closure("a", of: lines) == ["b", "a"])
  }
}
