import EnvlockImage
import EnvlockModel
import EnvlockTestSupport
import EnvlockVersions
import Testing

@Suite struct DebianSystemTests {
  private let system = DebianSystem(suite: "bookworm", platform: .linuxAMD64)

  /// A few packages that are like Debian's in what counts here.
  private func packages() throws -> [DebianTree] {
    var base = SystemFixture()
    base.folders("./", "./bin/", "./etc/", "./lib/", "./usr/", "./usr/lib/", "./var/")
    base.folders("./root/", mode: 0o700)
    base.folders("./tmp/", "./var/tmp/", mode: 0o1777)
    base.folders("./var/local/", mode: 0o2775, gid: 50)
    try base.file("./usr/lib/os-release", "ID=debian\n")
    base.link("./etc/os-release", to: "../usr/lib/os-release")
    try base.file("./etc/dpkg/origins/debian", "Vendor: Debian\n")
    try base.file("./usr/share/base-files/dot.profile", "umask 022\n")
    var libc = SystemFixture()
    try libc.file("./lib/x86_64-linux-gnu/libc.so.6")
    libc.link("./lib64/ld-linux-x86-64.so.2", to: "/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2")
    try libc.file("./usr/share/libc-bin/nsswitch.conf", "hosts: files dns\n")
    var certificates = SystemFixture()
    try certificates.file("./usr/share/ca-certificates/mozilla/B.crt", "second")
    try certificates.file("./usr/share/ca-certificates/mozilla/A.crt", "first\n")
    try certificates.file("./usr/share/ca-certificates/README", "none\n")
    var awk = SystemFixture()
    try awk.file("./usr/bin/mawk", mode: 0o755)
    var zones = SystemFixture()
    try zones.file("./usr/share/zoneinfo/Etc/UTC")
    return [
      try base.tree("base-files", source: 0), try certificates.tree("ca-certificates", source: 1),
      try libc.tree("libc6", source: 2, md5sums: ""), try awk.tree("mawk", source: 3),
      try zones.tree("tzdata", source: 4),
    ]
  }

  @Test func `makes what the scripts would have made`() throws {
    let entries = try system.layer(of: try packages(), isLowest: true)
    try expectGolden(listing(entries), "system.txt")
    #expect(text("etc/ssl/certs/ca-certificates.crt", in: entries) == "first\nsecond\n")
    #expect(text("etc/ca-certificates.conf", in: entries) == "mozilla/A.crt\nmozilla/B.crt\n")
    #expect(text("root/.profile", in: entries) == "umask 022\n")
    #expect(text("etc/nsswitch.conf", in: entries) == "hosts: files dns\n")
    _ = try LayerPlan(entries)
  }

  @Test func `depends on no order`() throws {
    let trees = try packages()
    var generator = SplitMix64(seed: 4)
    let expected = try system.layer(of: trees, isLowest: true)
    for _ in 0..<10 {
      #expect(try system.layer(of: trees.shuffled(using: &generator), isLowest: true) == expected)
    }
  }

  @Test func `makes only what its packages ask for in an upper layer`() throws {
    var fixture = SystemFixture()
    fixture.folders("./usr/", "./usr/bin/", "./root/")
    try fixture.file("./usr/bin/gawk")
    try fixture.file("./lib32/libc.so.6")
    try fixture.file("./root/.config")
    #expect(
      listing(try system.layer(of: [try fixture.tree("extra")], isLowest: false)) == """
        l 777 0:0 etc/alternatives/awk -> /usr/bin/gawk
        l 777 0:0 lib32 -> usr/lib32
        d 700 0:0 root/
        f 644 0:0 root/.config (1 bytes of 0)
        d 755 0:0 usr/
        d 755 0:0 usr/bin/
        l 777 0:0 usr/bin/awk -> /etc/alternatives/awk
        f 644 0:0 usr/bin/gawk (1 bytes of 0)
        d 755 0:0 usr/lib32/
        f 644 0:0 usr/lib32/libc.so.6 (1 bytes of 0)
        m 644 0:0 var/lib/dpkg/status.d/extra (77 bytes)

        """)
  }

  @Test func `lets the first package by name say what a folder is`() throws {
    var a = SystemFixture()
    a.folders("./etc/x/", mode: 0o750, gid: 42)
    var b = SystemFixture()
    b.folders("./etc/x/")
    let trees = [try b.tree("b"), try a.tree("a")]
    let entry = try system.layer(of: trees, isLowest: false).first { $0.path.text == "etc/x" }
    #expect(entry?.mode == 0o750)
    #expect(entry?.gid == 42)
  }

  @Test func `refuses packages that disagree on a file`() throws {
    var a = SystemFixture()
    try a.file("./lib/x", "1")
    var b = SystemFixture()
    try b.file("./usr/lib/x", "2")
    let trees = [try b.tree("b", source: 1), try a.tree("a")]
    let error = #expect(throws: TreeFault.self) { try system.layer(of: trees, isLowest: false) }
    #expect(error?.message == "`usr/lib/x` of the package b and of the package a are not the same")
    var c = SystemFixture()
    try c.file("./lib/x", "1")
    #expect(try system.layer(of: [try a.tree("a"), try c.tree("c", source: 9)], isLowest: false).count == 3)
  }

  @Test(arguments: ["a", "z"])
  func `takes the file of a package that replaces another's`(name: String) throws {
    var old = SystemFixture()
    try old.file("./usr/bin/x", "1")
    var new = SystemFixture()
    try new.file("./usr/bin/x", "22")
    let trees = [
      try old.tree("m", source: 1),
      try new.tree(name, source: 2, fields: "Replaces: other, m (<< 2)\n"),
    ]
    let entry = try system.layer(of: trees, isLowest: false).first { $0.path.text == "usr/bin/x" }
    #expect(entry?.size == 2)
  }

  @Test func `takes a link to a folder for the folder`() throws {
    var folder = SystemFixture()
    folder.folders("./usr/share/doc/x/")
    var link = SystemFixture()
    link.link("./usr/share/doc/x", to: "y")
    for names in [("a", "b"), ("b", "a")] {
      let trees = [try folder.tree(names.0), try link.tree(names.1)]
      let entry = try system.layer(of: trees, isLowest: false).first { $0.path.text == "usr/share/doc/x" }
      #expect(entry?.content == .symbolicLink(try LinkTarget("y")))
    }
  }

  @Test func `has no lib64 on arm64`() throws {
    var libc = SystemFixture()
    try libc.file("./lib/ld-linux-aarch64.so.1")
    let layer = try DebianSystem(suite: "trixie", platform: .linuxARM64).layer(
      of: [try libc.tree("libc6")], isLowest: true)
    #expect(layer.map(\.path.text).filter { !$0.contains("/") && $0.hasPrefix("lib") } == ["lib"])
  }
}

@Suite struct AccountsTests {
  @Test(arguments: ["bookworm", "bullseye"])
  func `knows whom every Debian knows`(suite: String) throws {
    let files = try Accounts(suite: suite).entries()
    let texts = files.map { "== \($0.path)\n" + (text($0.path.text, in: files) ?? "") }.joined()
    try expectGolden(texts, "accounts-\(suite).txt")
  }

  @Test func `finds users by name and number`() throws {
    let accounts = Accounts(suite: "bookworm")
    #expect(try accounts.owner("1000") == Accounts.Owner(uid: 1000, gid: 0))
    #expect(try accounts.owner("1000:100") == Accounts.Owner(uid: 1000, gid: 100))
    #expect(try accounts.owner("www-data") == Accounts.Owner(uid: 33, gid: 33))
    #expect(try accounts.owner("33") == Accounts.Owner(uid: 33, gid: 33))
    #expect(try accounts.owner("nobody:users") == Accounts.Owner(uid: 65534, gid: 100))
    #expect(try Accounts.numbers("5:6") == Accounts.Owner(uid: 5, gid: 6))
    #expect(try Accounts.numbers("jovyan") == nil)
    for text in ["", ":", "somebody", "1000:", "1:2:3", "4294967295", "99999999999", "-1"] {
      #expect(throws: MalformedText.self) { try accounts.owner(text) }
    }
  }

  @Test func `gives a number a name`() throws {
    var accounts = Accounts(suite: "trixie")
    let owner = try accounts.owner("1234:5678")
    #expect(!accounts.has(owner))
    accounts.add(owner, home: "/app")
    #expect(accounts.has(owner))
    let files = try accounts.entries()
    #expect(text("etc/passwd", in: files)?.hasSuffix("user:x:1234:5678::/app:/bin/sh\n") == true)
    #expect(text("etc/group", in: files)?.hasSuffix("user:x:5678:\n") == true)
    #expect(text("etc/shadow", in: files)?.hasSuffix("user:*:::::::\n") == true)
  }
}
