import EnvlockImage
import EnvlockModel
import Testing

@Suite struct DebianTreeTests {
  private func fault(_ build: (inout SystemFixture) throws -> Void) throws -> String {
    var fixture = SystemFixture()
    try build(&fixture)
    let tree = fixture
    let error = #expect(throws: TreeFault.self) { try tree.tree("odd") }
    return error?.message ?? ""
  }

  @Test func `moves what is below lib and bin to usr`() throws {
    var fixture = SystemFixture()
    fixture.folders("./", "./lib/", "./lib/x86_64-linux-gnu/", "./bin/", "./usr/", "./usr/lib/")
    try fixture.file("./lib/x86_64-linux-gnu/libc.so.6")
    try fixture.file("./bin/su", mode: 0o4755)
    fixture.hardLink("./usr/bin/other", to: "./bin/su")
    fixture.link("./lib64/ld-linux-x86-64.so.2", to: "/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2")
    try fixture.file("./var/lock/x")
    #expect(
      listing(try fixture.tree("libc6").entries) == """
        f 644 0:0 run/lock/x (1 bytes of 0)
        d 755 0:0 usr/
        h 4755 0:0 usr/bin/other = usr/bin/su
        f 4755 0:0 usr/bin/su (1 bytes of 0)
        d 755 0:0 usr/lib/
        d 755 0:0 usr/lib/x86_64-linux-gnu/
        f 644 0:0 usr/lib/x86_64-linux-gnu/libc.so.6 (1 bytes of 0)
        l 777 0:0 usr/lib64/ld-linux-x86-64.so.2 -> /lib/x86_64-linux-gnu/ld-linux-x86-64.so.2
        m 644 0:0 var/lib/dpkg/status.d/libc6 (77 bytes)

        """)
  }

  @Test(arguments: [
    ("lib/systemd/x", "../modules", "../modules"),
    ("lib/x86_64-linux-gnu/libz.so.1", "libz.so.1.2", "libz.so.1.2"),
    ("sbin/modprobe", "../bin/kmod", "../bin/kmod"),
    ("lib/firmware/x", "../../usr/share/firmware", "../../share/firmware"),
    ("lib/a", "../etc/b", "../../etc/b"),
    ("bin/x", "../../../usr/bin/y", "../../../usr/bin/y"),
    ("bin/here", "../usr/bin", "."),
    ("usr/lib/a", "../../lib/b", "../../lib/b"),
    ("lib/a", "/etc/b", "/etc/b"),
    ("var/run/a", "../lib/b", "../var/lib/b"),
  ])
  func `keeps what a link means when it moves`(path: String, text: String, expected: String) throws {
    var fixture = SystemFixture()
    fixture.link("./" + path, to: text)
    let entry = try #require(try fixture.tree("p").entries.first { $0.path.text != status("p") })
    #expect(entry.content == .symbolicLink(try LinkTarget(expected)))
  }

  private func status(_ package: String) -> String { "var/lib/dpkg/status.d/\(package)" }

  @Test func `drops a link to a file that comes to stand where the link is`() throws {
    var fixture = SystemFixture()
    try fixture.file("./lib/libx.so.1")
    fixture.link("./usr/lib/libx.so.1", to: "/lib/libx.so.1")
    #expect(throws: TreeFault.self) { try fixture.tree("p") }
    var other = SystemFixture()
    other.link("./bin/touch", to: "../usr/bin/touch")
    try other.file("./usr/bin/touch")
    #expect(
      listing(try other.tree("p").entries).split(separator: "\n").first
        == "f 644 0:0 usr/bin/touch (1 bytes of 0)")
  }

  @Test func `passes over the links of a merged usr that a package brings`() throws {
    var fixture = SystemFixture()
    for name in ["bin", "lib", "lib64", "sbin"] { fixture.link("./\(name)", to: "usr/\(name)") }
    fixture.folders("./var/run")
    #expect(try fixture.tree("base-files").entries.map(\.path.text) == [status("base-files")])
  }

  @Test func `keeps capabilities and drops what else is attached`() throws {
    var fixture = SystemFixture()
    try fixture.file(
      "./usr/bin/ping",
      attributes: [
        TarAttribute(name: "security.capability", value: [1]),
        TarAttribute(name: "security.selinux", value: [2]),
      ])
    #expect(try fixture.tree("ping").entries[0].attributes.map(\.name) == ["security.capability"])
  }

  @Test func `refuses what has no place in an image`() throws {
    #expect(
      try fault { $0.add(ArchiveEntry(path: "./dev/sda", kind: .special("block device"), mode: 0o600)) }
        == "`./dev/sda` of the package odd is a block device, which an image gets from its runtime only")
    #expect(
      try fault { try $0.file("./usr/../../etc/passwd") }
        == "`./usr/../../etc/passwd` of the package odd is no path in an image: it has a part `..`")
    #expect(
      try fault { try $0.file("/etc/passwd") }
        == "`/etc/passwd` of the package odd is no path in an image: it begins with a slash")
    #expect(
      try fault { try $0.file("./usr/a\u{0}b") }
        == "`./usr/a\\u{0}b` of the package odd is no path in an image: it holds a control character")
    #expect(
      try fault {
        try $0.file("./usr/a")
        try $0.file("usr/a")
      } == "`usr/a` of the package odd is there twice")
    #expect(
      try fault {
        try $0.file("./lib/a", "1")
        try $0.file("./usr/lib/a", "2")
      } == "`./usr/lib/a` of the package odd is there twice")
    #expect(
      try fault { $0.hardLink("./usr/a", to: "./etc/shadow") }
        == "`./usr/a` of the package odd is a hard link to `./etc/shadow`, which is no file that came before it"
    )
    #expect(
      try fault { $0.hardLink("./usr/a", to: "../etc/shadow") }
        == "`./usr/a` of the package odd is no path in an image: it has a part `..`")
    #expect(
      try fault { try $0.file("./lib") }
        == "`./lib` of the package odd is neither a folder nor a link to one, where /usr is merged")
    #expect(
      try fault { $0.link("./usr/a", to: "") }
        == "`./usr/a` of the package odd is a symbolic link whose text cannot be written: it is empty")
  }

  @Test func `takes backslashes in names`() throws {
    var fixture = SystemFixture()
    try fixture.file("./usr/lib/systemd/system/dev-disk\\x2dby.device")
    #expect(try fixture.tree("units").entries.count == 2)
  }

  @Test func `notes a package as scanners look for it`() throws {
    let control = """
      Package: libfoo2
      Source: foo (1.0-1)
      Version: 1:1.0-1
      Description: a library
       with a second line
       .
       and a third

      Package: another
      """
    let tree = try DebianTree(
      package: "libfoo2", members: [], source: 0, control: Array(control.utf8), md5sums: Array("0 a\n".utf8)
    ) { _ in [] }
    #expect(
      text("var/lib/dpkg/status.d/libfoo2", in: tree.entries) == """
        Package: libfoo2
        Status: install ok installed
        Source: foo (1.0-1)
        Version: 1:1.0-1
        Description: a library
         with a second line
         .
         and a third

        """)
    #expect(text("var/lib/dpkg/status.d/libfoo2.md5sums", in: tree.entries) == "0 a\n")
  }
}
