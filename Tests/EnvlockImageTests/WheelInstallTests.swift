import EnvlockImage
import EnvlockModel
import EnvlockTestSupport
import Testing

@Suite struct WheelInstallTests {
  private static let info = "some_lib-1.0.dist-info"
  private static let data = "some_lib-1.0.data"

  private func problem(_ fixture: ZipFixture, rule: RecordRule = .strict) -> WheelFault.Problem? {
    do {
      _ = try OpenedZip(fixture).install(rule: rule)
      return nil
    } catch {
      return (error as? WheelFault)?.problem
    }
  }

  private static func everything() -> ZipFixture {
    ZipFixture.wheel(
      [
        .init("some_lib/__init__.py", "version = 1\n"),
        .init("some_lib/tool.sh", "#!/bin/sh\n", executable: true),
        .init("some_lib/odd, \"name\".txt", "x"), .init("some_lib/empty/"),
        .init("\(data)/purelib/pure.py", "p"), .init("\(data)/platlib/plat.so", "s"),
        .init("\(data)/headers/some.h", "h"), .init("\(data)/data/share/doc/some", "d"),
        .init("\(data)/scripts/rewritten", "#!pythonw -x\r\nprint()\n"),
        .init("\(data)/scripts/native", "\u{7F}ELF"), .init("\(data)/scripts/command", "#!python\nold\n"),
        .init("\(info)/INSTALLER", "somebody\n"), .init("\(info)/licenses/LICENSE", "free"),
      ],
      entryPoints: """
        # comment
        [console_scripts]
        command = some_lib.cli:App.run [extra]
        [gui_scripts]
        window=some_lib:show
        [other]
        no = code at all
        """)
  }

  @Test func `each part of a wheel lands where the scheme says`() throws {
    let zip = try OpenedZip(Self.everything())
    let scheme = try InstallScheme(
      purelib: "usr/lib/python3.11/site-packages", platlib: "usr/lib64/python3.11/site-packages",
      scripts: "usr/bin", data: "usr", headers: "usr/include/python3.11")
    let install = try zip.install(scheme: scheme)
    let text = install.files.map { file in
      let content: String
      switch file.content {
      case .member(let index): content = "<- " + zip.members[index].path
      case .bytes(let bytes): content = "\n" + String(decoding: bytes, as: UTF8.self)
      }
      return "\(String(file.mode, radix: 8)) \(file.path) \(content)"
    }
    try expectGolden(text.joined(separator: "\n") + "\n", "install.txt")
  }

  @Test func `every line of the new RECORD is true`() throws {
    let zip = try OpenedZip(Self.everything())
    let install = try zip.install()
    let landed = install.landed(zip)
    let record = try WheelRecord(try #require(landed["\(Self.info)/RECORD"]), wheel: "some_lib")
    #expect(record.rows.map(\.path).sorted() == landed.keys.sorted())
    for row in record.rows where row.path != "\(Self.info)/RECORD" {
      let content = try #require(landed[row.path])
      #expect(row.hash == .sha256(SmallSHA256.of(content)), "\(row.path)")
      #expect(row.size == content.count)
    }
  }

  @Test func `commands run on the image's interpreter`() throws {
    let zip = try OpenedZip(Self.everything())
    let install = try zip.install(interpreter: "/opt/python/bin/python3.12")
    #expect(
      install.text("bin/rewritten", zip) == "#!/opt/python/bin/python3.12\nprint()\n")
    #expect(install.text("bin/command", zip)?.hasPrefix("#!/opt/python/bin/python3.12\n") == true)
    #expect(install.text("bin/command", zip)?.hasSuffix("    sys.exit(App.run())\n") == true)
    #expect(install.files.first { $0.path.text == "bin/native" }?.mode == 0o755)
  }

  @Test func `an interpreter that no first line can hold is called through a shell`() throws {
    #expect(
      try Interpreter("/a b/python").firstLines
        == "#!/bin/sh\n'''exec' \"/a b/python\" \"$0\" \"$@\"\n' '''\n")
    let long = "/" + String(repeating: "x", count: 123)
    #expect(try Interpreter(long).firstLines.hasPrefix("#!/x"))
    #expect(try Interpreter(long + "y" + "y").firstLines.hasPrefix("#!/bin/sh\n"))
    #expect(throws: (any Error).self) { try Interpreter("python3") }
    #expect(throws: (any Error).self) { try Interpreter("/a\"b") }
  }

  @Test func `a wheel of another name, version or format is refused`() throws {
    var fixture = ZipFixture.wheel([])
    fixture.members = fixture.members.map {
      var member = $0
      member.path = "other-1.0.dist-info" + member.path.dropFirst(Self.info.count)
      return member
    }
    #expect(problem(fixture) == .distInfo(found: ["other-1.0.dist-info"]))
    #expect(problem(ZipFixture(members: [.init("a", "x")])) == .distInfo(found: []))
    fixture = ZipFixture.wheel([.init("b-1.dist-info/x", "y")])
    #expect(problem(fixture) == .distInfo(found: ["b-1.dist-info", Self.info]))
    fixture = ZipFixture.wheel([])
    fixture.members[1] = .init("\(Self.info)/WHEEL", "Wheel-Version: 2.0\n")
    #expect(problem(fixture) == .wheelVersion("2.0"))
    fixture.members.remove(at: 1)
    #expect(problem(fixture) == .missing("\(Self.info)/WHEEL"))
  }

  @Test func `RECORD has to list every file with hash and size, and nothing else`() throws {
    let member = ZipFixture.Member("a.py", "x")
    let good = ZipFixture.wheel([member])
    let record = try #require(good.members.last).content
    let text = String(decoding: record, as: UTF8.self)
    func fixture(_ record: String) -> ZipFixture { ZipFixture.wheel([member], record: record) }
    func without(_ prefix: String) -> String {
      text.split(separator: "\n").filter { !$0.hasPrefix(prefix) }.joined(separator: "\n")
    }
    #expect(problem(fixture(without("a.py"))) == .record(.unlisted("a.py")))
    #expect(problem(fixture(text + "b.py,,\n")) == .record(.absent("b.py")))
    #expect(problem(fixture(without("a.py") + "\na.py,,1\n")) == .record(.withoutHash("a.py")))
    #expect(problem(fixture(without("a.py") + "\na.py,md5=abcd,1\n")) == .record(.withoutHash("a.py")))
    let line = ZipFixture.recordLine(member)
    #expect(
      problem(fixture(without("a.py") + "\n\(line)1\n")) == .record(.size("a.py", listed: 11, found: 1)))
    #expect(problem(fixture(text + "a.py,,\n")) == .file("RECORD", line: 5, "contradicts line 1"))
    #expect(problem(fixture(text + line + "\n")) == nil)
    #expect(problem(fixture(text + "\"a,,\n")) == .file("RECORD", line: 5, "has not three fields"))
    let noted = try OpenedZip(fixture(without("a.py") + "\nb.py,,\n")).install(rule: .noted)
    #expect(noted.disagreements == [.unlisted("a.py"), .absent("b.py")])
    #expect(noted.files.contains { $0.path.text == "a.py" && $0.expected == nil })
  }

  @Test func `what RECORD says is handed on to whoever copies the bytes`() throws {
    let zip = try OpenedZip(ZipFixture.wheel([.init("a.py", "x")]))
    let install = try zip.install()
    let file = try #require(install.files.first { $0.path.text == "a.py" })
    #expect(file.expected == .sha256(SmallSHA256.of(Array("x".utf8))))
  }

  @Test func `a text that is not what RECORD says is refused`() throws {
    var fixture = ZipFixture.wheel([.init("\(Self.data)/scripts/s", "#!python\nx")])
    fixture.members[0].content = Array("#!python\ny".utf8)
    #expect(
      problem(fixture) == .content(member: "\(Self.data)/scripts/s", "is not what its SHA-256 in RECORD says")
    )
  }

  @Test(arguments: [
    "x", "x = module", "x = module:", "x = :f", "a/b = m:f", ".. = m:f", "x = m;import os:f", "x = m:f()",
    "x = m:f [a", "x = 1m:f",
  ])
  func `a command that is none is refused`(line: String) {
    let fixture = ZipFixture.wheel([], entryPoints: "[console_scripts]\n\(line)\n")
    #expect(problem(fixture) == .file("entry_points.txt", line: 2, "is no `name = module:function`"))
  }

  @Test func `files that would land at one path are refused`() throws {
    let fixture = ZipFixture.wheel([.init("a.py", "1"), .init("\(Self.data)/purelib/a.py", "2")])
    #expect(problem(fixture) == .landsTwice(try ImagePath("a.py")))
    #expect(
      problem(ZipFixture.wheel([.init("\(Self.data)/other/a", "2")]))
        == .scheme(member: "\(Self.data)/other/a"))
    #expect(problem(ZipFixture.wheel([.init("\(Self.data)/a", "2")])) == .scheme(member: "\(Self.data)/a"))
  }

  @Test func `the same file of two wheels is no clash, a different one is`() throws {
    func install(_ content: String) throws -> WheelInstall {
      try OpenedZip(ZipFixture.wheel([.init("nvidia/__init__.py", content)])).install()
    }
    // Two builds of one project: everything is shared, RECORD too.
    #expect(InstallClash.all(in: [try install(""), try install("")]).isEmpty)
    let clashes = InstallClash.all(in: [try install(""), try install("x")])
    #expect(clashes.map(\.path.text) == ["nvidia/__init__.py", "\(Self.info)/RECORD"])
    let entries = InstallClash.entries([(try install("x"), 0), (try install(""), 1)])
    #expect(Set(entries.map(\.path)).count == entries.count)
  }
}
