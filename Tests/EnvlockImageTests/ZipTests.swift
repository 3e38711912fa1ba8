import EnvlockImage
import EnvlockModel
import EnvlockTestSupport
import Testing

@Suite struct ZipTests {
  private func problem(_ fixture: ZipFixture) -> ZipFault.Problem? {
    do {
      let members = try OpenedZip.members(fixture.build())
      _ = try ZipChecks.paths(of: members, file: "a.whl")
      return nil
    } catch {
      return (error as? ZipFault)?.problem
    }
  }

  private func file(_ members: ZipFixture.Member...) -> ZipFixture { ZipFixture(members: members) }

  @Test func `members are found wherever the file says they are`() throws {
    var fixture = file(.init("a/b.py", "one"), .init("c", "two", executable: true), .init("ä/漢.txt", "three"))
    fixture.members[0].localExtra = [1, 2, 3, 4, 5, 6]
    fixture.members[1].hasDescriptor = true
    for variant in 0..<8 {
      fixture.isZip64 = variant & 1 == 1
      fixture.prefix = variant & 2 == 2 ? Array("#!/bin/sh\n".utf8) : []
      fixture.comment =
        variant & 4 == 4 ? Array("PK\u{5}\u{6} no record, and long enough to hold one".utf8) : []
      let file = fixture.build()
      let members = try OpenedZip.members(file)
      #expect(members.map(\.path) == ["a/b.py", "c", "ä/漢.txt"])
      #expect(members.map(\.isExecutable) == [false, true, false])
      for (member, made) in zip(members, fixture.members) {
        #expect(Array(file[member.dataOffset..<member.dataOffset + member.compressedSize]) == made.content)
      }
      #expect(try ZipChecks.paths(of: members, file: "a.whl").map(\.text) == members.map(\.path))
    }
  }

  @Test func `a member that is encrypted or compressed in other ways is refused`() {
    var fixture = file(.init("a", "x"))
    fixture.members[0].flags = 1
    #expect(problem(fixture) == .encrypted)
    fixture = file(.init("a", "x"))
    fixture.members[0].method = 12
    #expect(problem(fixture) == .method(12))
  }

  @Test(arguments: [
    ("/etc/passwd", PathProblem.absolute), ("../x", .parent), ("a/../../x", .parent), ("a\\b", .backslash),
    ("a//b", .notPlain), ("a/.wh.b", .whiteout), ("a\u{1B}[2J", .control),
  ])
  func `a path that leads elsewhere is refused`(path: String, reason: PathProblem) {
    #expect(problem(file(.init(path, "x"))) == .path(reason))
  }

  @Test func `names that are the same on some disks are refused`() {
    #expect(problem(file(.init("a/b", "1"), .init("a/b", "2"))) == .duplicate)
    #expect(problem(file(.init("a/B", "1"), .init("A/b", "2"))) == .collision(with: "a/B"))
    #expect(problem(file(.init("ä", "1"), .init("Ä", "2"))) == .collision(with: "ä"))
    #expect(
      problem(file(.init("caf\u{E9}", "1"), .init("cafe\u{301}", "2"))) == .collision(with: "caf\u{E9}"))
    // U+212A, the sign for kelvin, is canonically a K.
    #expect(problem(file(.init("k", "1"), .init("\u{212A}", "2"))) == .collision(with: "k"))
    #expect(problem(file(.init("a", "1"), .init("a/b", "2"))) == .fileAndFolder)
    #expect(problem(file(.init("b/A", "1"), .init("b/a/c", "2"))) == .collision(with: "b/a/"))
    #expect(problem(file(.init("a/b", "1"), .init("A/c", "2"), .init("ab", "3"))) == nil)
    #expect(problem(file(.init("a/"), .init("a/b", "2"))) == nil)
    #expect(problem(file(.init("a/"), .init("a/"))) == .duplicate)
  }

  @Test func `links, devices and folders with content are refused`() {
    #expect(problem(file(.init("a", Array("b".utf8), attributes: 0o120777 << 16))) == .symbolicLink)
    #expect(problem(file(.init("a", [], attributes: 0o020666 << 16))) == .notAFile(mode: 0o020666))
    #expect(problem(file(.init("a", [1], attributes: 0o040755 << 16))) == .notAFile(mode: 0o040755))
    #expect(problem(file(.init("a/", [1]))) == .malformed("is a folder, and has content"))
  }

  @Test func `a header that disagrees with the directory is refused`() {
    var fixture = file(.init("good", "x"))
    fixture.members[0].localPath = "evil"
    #expect(problem(fixture) == .localHeader("name"))
    fixture = file(.init("good", "x"))
    fixture.members[0].extra = [0x75, 0x70, 9, 0, 1, 0, 0, 0, 0] + Array("evil".utf8)
    #expect(problem(fixture) == .malformed("has a broken extra field"))
  }

  @Test func `members that share bytes are refused`() throws {
    // As a bomb has it: the second member's directory entry points into the first one's data.
    var members = try OpenedZip.members(file(.init("a", "0123456789"), .init("b", "x")).build())
    members[1].headerOffset = members[0].dataOffset + 2
    members[1].dataOffset = members[1].headerOffset + 31
    #expect(throws: ZipFault(file: "a.whl", member: "b", .overlap(with: "a"))) {
      try ZipChecks.paths(of: members, file: "a.whl")
    }
  }

  @Test func `sizes that cannot be are refused`() {
    var fixture = file(.init("a", [1, 2, 3], deflated: [1, 2, 3]))
    fixture.members[0].size = 1 << 20
    #expect(problem(fixture) == .malformed("is said to hold more than its bytes can"))
    fixture = file(.init("a", [1, 2, 3]))
    fixture.members[0].size = 4
    #expect(problem(fixture) == .malformed("is stored, and has two sizes"))
    fixture = file(.init("a", []))
    fixture.members[0].crc = 5
    #expect(problem(fixture) == .malformed("is empty, and has a CRC"))
  }

  @Test func `a file that is no zip file is refused`() {
    for file in [[], [0x50, 0x4B, 5, 6], Array("hello".utf8), Array(repeating: 0x50, count: 100)] as [[UInt8]]
    {
      #expect(throws: ZipFault.self) { try OpenedZip.members(file) }
    }
  }

  @Test func `no zip file traps, whatever is wrong with it`() throws {
    var random = SplitMix64(seed: 2026)
    var fixture = ZipFixture.wheel(
      [
        .init("pkg/a.py", "a"), .init("pkg/ä.py", "b"), .init("pkg/", []),
        .init("some_lib-1.0.data/scripts/s", "#!python\n"),
      ],
      entryPoints: "[console_scripts]\nx = pkg.a:main\n")
    var refused = 0
    for round in 0..<3000 {
      fixture.isZip64 = round % 3 == 0
      var file = fixture.build()
      let original = file
      // Most changes hit the directory at the end; some cut the file.
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let place =
          Bool.random(using: &random)
          ? Int.random(in: 0..<file.count, using: &random)
          : Int.random(in: max(0, file.count - 500)..<file.count, using: &random)
        file[place] =
          [0, 1, 0x7F, 0x80, 0xFF, UInt8.random(in: 0...255, using: &random)].randomElement(using: &random)
          ?? 0
      }
      if round % 10 == 0 { file.removeLast(Int.random(in: 1..<file.count, using: &random)) }
      do {
        let members = try OpenedZip.members(file)
        let install = try WheelInstall(
          wheel: try .init("some_lib-1.0-py3-none-any.whl"), members: members, scheme: .target(""),
          interpreter: try Interpreter("/usr/bin/python3")
        ) { index, count in
          let start = members[index].dataOffset
          return Array(file[start..<min(file.count, start + min(count, members[index].compressedSize))])
        }
        _ = try LayerPlan(install.entries(source: 0))
      } catch {
        refused += 1
        #expect(error is ZipFault || error is WheelFault || error is LayerFault)
      }
      #expect(original.count >= file.count)
    }
    #expect(refused > 1000)
  }
}
