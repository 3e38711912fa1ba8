import EnvlockImage
import EnvlockModel
import EnvlockNative
import EnvlockStore
import EnvlockTestSupport
import Glibc
import Synchronization
import Testing

/// Which files an image becomes.
@Suite(.timeLimit(.minutes(10))) struct ImageUnpackerTests {
  private let fixture: UnpackFixture

  init() throws { fixture = try UnpackFixture() }

  @Test func `files, folders, links and pipes become what the archive says`() async throws {
    var file = TarBuilder.Member.file("./usr/bin/tool", "tool", mode: 0o4751)
    file.mtime = 1_700_000_000
    var folder = TarBuilder.Member.folder("var/tmp/", mode: 0o1777)
    folder.mtime = 1_600_000_000
    var pipe = TarBuilder.Member("run/pipe", type: "6")
    pipe.mode = 0o622
    let notes = try await fixture.unpack([
      .folder("./"), .folder("./usr/"), .folder("./usr/bin/", mode: 0o555), file, folder,
      .file("var/tmp/empty", "", mode: 0o000), .link("bin", "usr/bin"), .link("loose", "/nowhere/../at all"),
      .link("usr/bin/again", "usr/bin/tool", type: "1"), pipe,
    ])
    #expect(notes == [])
    #expect(
      try fixture.tree() == [
        "bin link usr/bin", "loose link /nowhere/../at all", "run folder 755", "run/pipe pipe 622",
        "usr folder 755", "usr/bin folder 555", "usr/bin/again file 4751 tool", "usr/bin/tool file 4751 tool",
        "var folder 755", "var/tmp folder 1777", "var/tmp/empty file 0 ",
      ])
    #expect(fixture.status("usr/bin/again").st_ino == fixture.status("usr/bin/tool").st_ino)
    #expect(fixture.status("usr/bin/tool").st_mtim.tv_sec == 1_700_000_000)
    // Something was made in it later.
    #expect(fixture.status("var/tmp").st_mtim.tv_sec == 1_600_000_000)
    #expect(fixture.status("usr/bin").st_mtim.tv_sec == 0)
    #expect(fixture.status("usr/bin/tool").st_uid == geteuid())
  }

  @Test func `the root has the mode that a layer gives it`() async throws {
    try await fixture.unpack([.folder("./", mode: 0o711), .file("a", "a")])
    #expect(fixture.status("").st_mode & 0o7777 == 0o711)
  }

  @Test func `whiteouts remove what lower layers have, and nothing of their own`() async throws {
    try await fixture.unpack(
      [
        .file("a", "low"), .file("b", "low"), .folder("etc"), .file("etc/x", "low"), .file("etc/y", "low"),
        .folder("opt"), .file("opt/deep/in/it", "low"), .folder("srv"), .file("srv/old/file", "low"),
        .link("lib", "usr/lib"), .file("usr/lib/c", "low"), .file(".wh.b", ""),
      ],
      [
        .file(".wh.a", ""), .file("b", "high"), .file(".wh.b", ""), .file("etc/y", "high"),
        .file("etc/.wh..wh..opq", ""), .file("etc/z", "high"), .file(".wh.opt", ""), .file(".wh.nothing", ""),
        .file("none/.wh.at-all", ""), .file("srv/old/.wh.file", ""), .file("srv/old/new", "high"),
        .file("lib/.wh.c", ""), .file(".wh..wh.aufs", "its own"), .file(".wh..wh.plnk/1.2", "its own"),
      ])
    #expect(
      try fixture.tree() == [
        "b file 644 high", "etc folder 755", "etc/y file 644 high", "etc/z file 644 high", "lib link usr/lib",
        "srv folder 755", "srv/old folder 755", "srv/old/new file 644 high", "usr folder 755",
        "usr/lib folder 755",
      ])
  }

  @Test func `a folder that is hidden and made anew holds only what is new`() async throws {
    try await fixture.unpack(
      [.file("a/b/low", "low"), .file("a/c", "low")],
      [.file("a/b/high", "high"), .file(".wh.a", "")], [.file("d/.wh..wh..opq", ""), .folder("d")])
    #expect(
      try fixture.tree() == ["a folder 755", "a/b folder 755", "a/b/high file 644 high", "d folder 755"])
  }

  @Test func `later entries replace earlier ones of whatever kind`() async throws {
    try await fixture.unpack(
      [
        .file("file-folder", "low"), .file("folder-file/with/content", "low"), .file("file-file", "low"),
        .link("link-folder", "folder-file"), .link("link-file", "file-file"), .file("file-link", "low"),
        .folder("folder-link"), .file("kept/a", "low"), .file("way", "low"), .file("twice", "first"),
        .file("twice", "second"),
      ],
      [
        .folder("file-folder"), .file("file-folder/in", "high"), .file("folder-file", "high"),
        .file("file-file", "high", mode: 0o600), .folder("link-folder"), .file("link-folder/in", "high"),
        .file("link-file", "high"), .link("file-link", "kept"), .link("folder-link", "kept"),
        .folder("kept", mode: 0o700), .file("way/to/it", "high"),
      ])
    #expect(
      try fixture.tree() == [
        "file-file file 600 high", "file-folder folder 755", "file-folder/in file 644 high",
        "file-link link kept", "folder-file file 644 high", "folder-link link kept", "kept folder 700",
        "kept/a file 644 low", "link-file file 644 high", "link-folder folder 755",
        "link-folder/in file 644 high", "twice file 644 second", "way folder 755", "way/to folder 755",
        "way/to/it file 644 high",
      ])
  }

  @Test func `another name of a lower file is that file, until one of them is replaced`() async throws {
    try await fixture.unpack(
      [.file("a", "low"), .link("l", "a")],
      [
        .link("d/b", "a", type: "1"), .link("c", "a", type: "1"), .link("a", "./a", type: "1"),
        .link("m", "l", type: "1"),
      ],
      [.file("c", "high")])
    #expect(
      try fixture.tree() == [
        "a file 644 low", "c file 644 high", "d folder 755", "d/b file 644 low", "l link a", "m link a",
      ])
    #expect(fixture.status("a").st_ino == fixture.status("d/b").st_ino)
    #expect(fixture.status("a").st_nlink == 2)
  }

  @Test func `folders that are links lead where they would lead inside`() async throws {
    try await fixture.unpack(
      [.folder("usr/lib"), .link("lib", "usr/lib"), .link("lib64", "/lib"), .link("usr/lib/up", "../../..")],
      [
        .file("lib/a", "a"), .file("lib64/b", "b"), .file("lib/up/c", "c"), .link("soon", "later/on"),
        .file("soon/d", "d"), .link("usr/lib/e", "lib64/b", type: "1"),
      ])
    #expect(
      try fixture.tree() == [
        "c file 644 c", "later folder 755", "later/on folder 755", "later/on/d file 644 d",
        "lib link usr/lib",
        "lib64 link /lib", "soon link later/on", "usr folder 755", "usr/lib folder 755",
        "usr/lib/a file 644 a", "usr/lib/b file 644 b", "usr/lib/e file 644 b", "usr/lib/up link ../../..",
      ])
  }

  @Test func `long names and deep folders are unpacked`() async throws {
    let name = String(repeating: "ü", count: 127)
    let deep = Array(repeating: "d", count: 1500).joined(separator: "/")
    try await fixture.unpack(
      [.file("\(name)/\(name)", "long"), .file("\(deep)/file", "deep"), .file("a\nb\\c", "odd")],
      [.file("\(deep)/.wh.file", "")])
    #expect(fixture.text("\(name)/\(name)") == "long")
    #expect(fixture.text("a\nb\\c") == "odd")
    #expect(fixture.status("\(deep)").st_mode & S_IFMT == S_IFDIR)
    #expect(fixture.text("\(deep)/file") == nil)
    try FolderTree.remove(fixture.root)
    #expect(access(fixture.root, F_OK) != 0)
  }

  @Test func `large files come through whole, and progress is told`() async throws {
    let content = LayerFixture.noise(3_000_000, seed: 5)
    let image = try fixture.image(archives: [
      TarBuilder([.file("small", "s")]).build(), TarBuilder([.file("large", content)]).build(),
    ])
    let last = Last()
    _ = try await ImageUnpacker(image, owner: .caller).unpack(to: fixture.root + "/") { last.set($0, $1) }
    #expect(fixture.folder.bytes("rootfs/large") == content)
    let size = image.layers.compactMap(\.place?.size).reduce(0, +)
    #expect(last.value == [size, size])
  }

  @Test func `attributes are set, and those left out that the system would not have`() async throws {
    var file = TarBuilder.Member.file("a", "a", mode: 0o444)
    file.records = [
      ("SCHILY.xattr.user.colour", Array("blue".utf8)), ("SCHILY.xattr.nonsense", [1]),
      ("SCHILY.xattr.user.overlay.opaque", Array("y".utf8)),
    ]
    var other = file
    other.path = Array("b".utf8)
    var folder = TarBuilder.Member.folder("d", mode: 0o555)
    folder.records = [("SCHILY.xattr.user.colour", Array("green".utf8))]
    let notes = try await fixture.unpack([file, other, folder])
    #expect(
      notes.contains(
        "the attribute `user.overlay.opaque` of `a` and of 1 more was left out: "
          + "it belongs to the system, not to the image"))
    #expect(notes.contains { $0.hasPrefix("the attribute `nonsense` of `a` and of 1 more was left out: ") })
    // Not every file system holds attributes; where one does not, that is told.
    if !notes.contains(where: { $0.hasPrefix("the attribute `user.colour` of `a`") }) {
      #expect(notes.count == 2)
      #expect(FileCalls.attribute("user.colour", at: fixture.root + "/a") == Array("blue".utf8))
      #expect(FileCalls.attribute("user.colour", at: fixture.root + "/d") == Array("green".utf8))
    }
  }

  @Test func `devices are left out where only root could make them`() async throws {
    var null = TarBuilder.Member("dev/null", type: "3")
    null.device = (1, 3)
    let notes = try await fixture.unpack(
      [.file("dev/null", "low"), .file("dev/a", "a")], [null, TarBuilder.Member("dev/sda", type: "4")])
    #expect(notes == ["2 devices were left out, `dev/null` first: only root may make them"])
    #expect(try fixture.tree() == ["dev folder 755", "dev/a file 644 a"])
  }

  @Test(.enabled(if: geteuid() == 0)) func `root keeps owners, and capabilities where they may be set`()
    async throws
  {
    var file = TarBuilder.Member.file("d/a", "a", mode: 0o6755)
    (file.uid, file.gid) = (1234, 5678)
    // Version 2, cap_net_raw, permitted and effective: linux/capability.h.
    let capability: [UInt8] = [1, 0, 0, 2, 0, 0x20, 0, 0] + [UInt8](repeating: 0, count: 12)
    file.records = [("SCHILY.xattr.security.capability", capability)]
    var folder = TarBuilder.Member.folder("d")
    (folder.uid, folder.gid) = (12, 34)
    var link = TarBuilder.Member.link("l", "/etc")
    (link.uid, link.gid) = (56, 78)
    var null = TarBuilder.Member("null", type: "3")
    (null.device, null.mode) = ((1, 3), 0o666)
    let notes = try await fixture.unpack([folder, file, link, null], owner: .image)
    let owners = ["d/a", "d", "l"].map { [fixture.status($0).st_uid, fixture.status($0).st_gid] }
    #expect(owners == [[1234, 5678], [12, 34], [56, 78]])
    #expect(fixture.status("d/a").st_mode & 0o7777 == 0o6755)
    if !notes.contains(where: { $0.contains("security.capability") }) {
      #expect(FileCalls.attribute("security.capability", at: fixture.root + "/d/a") == capability)
    }
    if !notes.contains(where: { $0.contains("device") }) {
      #expect(fixture.status("null").st_mode == S_IFCHR | 0o666)
      #expect(UInt(fixture.status("null").st_rdev) == FileCalls.device(major: 1, minor: 3))
    }
  }

  private final class Last: Sendable {
    private let state = Mutex([0, 0])
    var value: [Int] { state.withLock { $0 } }
    func set(_ read: Int, _ size: Int) { state.withLock { $0 = [read, size] } }
  }
}
