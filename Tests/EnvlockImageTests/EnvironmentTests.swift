import EnvlockImage
import EnvlockModel
import EnvlockVersions
import Testing

@Suite struct EnvironmentTests {
  @Test func `lays an environment out`() throws {
    let layout = try EnvironmentLayout(
      python: try PythonVersion("3.11.4"), interpreterPath: "/usr/bin/python3.11")
    let entries = try layout.entries(version: try Version("3.11.2")).sorted { $0.path < $1.path }
    #expect(
      listing(entries) == """
        l 777 0:0 opt/env/bin/python -> /usr/bin/python3.11
        l 777 0:0 opt/env/bin/python3 -> python
        l 777 0:0 opt/env/bin/python3.11 -> python
        d 755 0:0 opt/env/lib/python3.11/site-packages/
        l 777 0:0 opt/env/lib64 -> lib
        m 644 0:0 opt/env/pyvenv.cfg (70 bytes)

        """)
    #expect(
      text("opt/env/pyvenv.cfg", in: entries) == """
        home = /usr/bin
        include-system-site-packages = false
        version = 3.11.2

        """)
    #expect(layout.scheme.platlib?.text == "opt/env/lib/python3.11/site-packages")
    #expect(layout.scheme.headers?.text == "opt/env/include/site/python3.11")
    #expect(layout.interpreter.path == "/opt/env/bin/python")
  }

  @Test func `names the folders of a free-threaded Python`() throws {
    let python = try PythonVersion("3.13t")
    let layout = try EnvironmentLayout(python: python, interpreterPath: "/opt/python/bin/python3.13t")
    #expect(layout.sitePackages.text == "opt/env/lib/python3.13t/site-packages")
    #expect(EnvironmentLayout.binaryName(python) == "python3.13t")
    #expect(throws: MalformedText.self) { try EnvironmentLayout(python: python, interpreterPath: "python") }
  }

  @Test func `puts a build of CPython below opt`() throws {
    var archive = SystemFixture()
    archive.folders("python/", "python/bin/")
    try archive.file("python/bin/python3.11", mode: 0o755, uid: 1001, gid: 121)
    archive.link("python/bin/python3", to: "python3.11")
    try archive.file("python/lib/python3.11/EXTERNALLY-MANAGED")
    archive.hardLink("python/lib/again", to: "python/bin/python3.11")
    archive.hardLink("python/lib/third", to: "python/lib/again")
    #expect(
      listing(try InterpreterTree.entries(archive.members, source: 3, archive: "cpython.tar.gz")) == """
        d 755 0:0 opt/python/
        d 755 0:0 opt/python/bin/
        l 777 0:0 opt/python/bin/python3 -> python3.11
        f 755 0:0 opt/python/bin/python3.11 (1 bytes of 3)
        h 755 0:0 opt/python/lib/again = opt/python/bin/python3.11
        f 644 0:0 opt/python/lib/python3.11/EXTERNALLY-MANAGED (1 bytes of 3)
        h 755 0:0 opt/python/lib/third = opt/python/bin/python3.11

        """)
  }

  @Test(arguments: ["etc/passwd", "python", "pythonic/x", "python/../x", "/python/x"])
  func `refuses an archive that reaches elsewhere`(path: String) throws {
    var archive = SystemFixture()
    try archive.file(path)
    let members = archive.members
    #expect(throws: TreeFault.self) { try InterpreterTree.entries(members, source: 0, archive: "a.tar.gz") }
  }
}

@Suite struct UserFilesTests {
  private func file(_ path: String, _ text: String = "x", isExecutable: Bool = false) -> UserFiles.Item {
    UserFiles.Item(path: path, kind: .file(.bytes(Array(text.utf8)), isExecutable: isExecutable))
  }

  @Test func `copies below the folder that a container starts in`() throws {
    let items = [
      file("train.py"), file("./run.sh", isExecutable: true), UserFiles.Item(path: "src", kind: .folder),
      file("src/a/model.py"), UserFiles.Item(path: "src/b", kind: .symbolicLink("../train.py")),
    ]
    let workdir = try UserFiles.workdir("/app/it/")
    let entries = try UserFiles.entries(items, workdir: workdir, owner: Accounts.Owner(uid: 1000, gid: 100))
    #expect(
      listing(entries) == """
        d 755 1000:100 app/it/
        m 755 1000:100 app/it/run.sh (1 bytes)
        d 755 1000:100 app/it/src/
        d 755 1000:100 app/it/src/a/
        m 644 1000:100 app/it/src/a/model.py (1 bytes)
        l 777 1000:100 app/it/src/b -> ../train.py
        m 644 1000:100 app/it/train.py (1 bytes)

        """)
    #expect(try UserFiles.entries(items.reversed() + items, workdir: workdir, owner: .root).count == 7)
  }

  @Test func `leaves folders of the system as they are`() throws {
    let owner = Accounts.Owner(uid: 1000, gid: 1000)
    #expect(
      listing(try UserFiles.entries([file("a")], workdir: try UserFiles.workdir("/tmp"), owner: owner))
        == "d 1777 0:0 tmp/\nm 644 1000:1000 tmp/a (1 bytes)\n")
    #expect(
      listing(try UserFiles.entries([], workdir: try UserFiles.workdir("/root/x"), owner: owner))
        == "d 700 0:0 root/\nd 755 1000:1000 root/x/\n")
    #expect(
      listing(
        try UserFiles.entries([UserFiles.Item(path: "etc", kind: .folder)], workdir: nil, owner: owner))
        == "d 755 0:0 etc/\n")
    #expect(try UserFiles.entries([], workdir: nil, owner: owner).isEmpty)
  }

  @Test func `knows what a text of copy names`() throws {
    #expect(try UserFiles.path("src/")?.text == "src")
    #expect(try UserFiles.path("./data/x.csv")?.text == "data/x.csv")
    #expect(try UserFiles.path(".") == nil)
    for text in ["", "/etc", "../x", "a/../b", "a//b", ".wh.x", "a\nb"] {
      #expect(throws: MalformedText.self) { try UserFiles.path(text) }
    }
    for text in ["work", "/a/../b", "//x"] {
      #expect(throws: MalformedText.self) { try UserFiles.workdir(text) }
    }
    #expect(try UserFiles.workdir(nil) == nil)
    #expect(try UserFiles.workdir("/") == nil)
  }

  @Test(arguments: ["/etc/passwd", "../../x", "a/../../../x"])
  func `refuses links that lead out`(text: String) throws {
    let item = UserFiles.Item(path: "src/link", kind: .symbolicLink(text))
    let error = #expect(throws: TreeFault.self) {
      try UserFiles.entries([item], workdir: nil, owner: .root)
    }
    #expect(
      error?.message
        == "`src/link` of what is copied into the image is a symbolic link to `\(text)`, which is not in the folder of the manifest"
    )
  }

  @Test func `refuses two different files at one path`() throws {
    #expect(throws: TreeFault.self) {
      try UserFiles.entries([file("a", "1"), file("./a", "2")], workdir: nil, owner: .root)
    }
  }
}
