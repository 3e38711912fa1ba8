import EnvlockDiff
import EnvlockModel
import EnvlockVersions
import Testing

@Suite struct LockMergeTests {
  private func merge(_ base: Lockfile?, _ ours: Lockfile, _ theirs: Lockfile) -> LockMerge {
    LockMerge(base: base, ours: ours, theirs: theirs) {
      (try? manifestDigest($0)) ?? base?.manifest ?? ours.manifest
    }
  }

  private func reasons(_ base: Lockfile?, _ ours: Lockfile, _ theirs: Lockfile) throws -> [String] {
    guard case .conflict(let reasons) = merge(base, ours, theirs) else {
      Issue.record("they were merged")
      return []
    }
    #expect(!reasons.isEmpty)
    return reasons
  }

  /// app needs lib and tool, which need nothing.
  private func plain(
    lib: String = "1", tool: String = "1", app: String = "1", asked: [String] = ["app"],
    _ also: LockedWheel...
  ) throws -> Lockfile {
    let roots = asked.map { String($0.prefix { $0.isLetter }) }
    let wheels =
      [
        try wheel("app", app, needs: ["lib", "tool"]), try wheel("lib", lib), try wheel("tool", tool),
      ] + also
    return try lock(
      PlatformLock(
        platform: .linuxAMD64, python: PythonVersion("3.11"), strata: strata(), targets: [],
        roots: roots.map { try LockedEdge($0) }.sorted(), wheels: wheels.sorted { $0.name < $1.name }),
      asked: asked)
  }

  @Test func `what one side changed is taken`() throws {
    let (base, changed) = (try plain(), try plain(lib: "2"))
    #expect(merge(base, changed, base) == .merged(changed))
    #expect(merge(base, base, changed) == .merged(changed))
    #expect(merge(base, changed, changed) == .merged(changed))
    #expect(merge(nil, changed, changed) == .merged(changed))
  }

  @Test func `different upgrades that stood beside everything they meet are joined`() throws {
    let merged = merge(try plain(), try plain(lib: "2"), try plain(tool: "3"))
    #expect(merged == .merged(try plain(lib: "2", tool: "3")))
  }

  @Test func `new requirements of both sides are joined, and the digest is that of both`() throws {
    let one = try plain(asked: ["app", "one"], wheel("one", "1", needs: ["lib"]))
    let two = try plain(asked: ["app", "two"], wheel("two", "1", needs: ["tool"]))
    let both = try plain(
      asked: ["app", "one", "two"], wheel("one", "1", needs: ["lib"]), wheel("two", "1", needs: ["tool"]))
    #expect(merge(try plain(), one, two) == .merged(both))
    #expect(both.manifest == (try manifestDigest(both.request)))
  }

  @Test func `a wheel that never stood beside the version it would meet is a conflict`() throws {
    // Theirs may have been chosen for lib 1 because it does not work with lib 2: the lock cannot tell.
    let theirs = try plain(asked: ["app", "new"], wheel("new", "1", needs: ["lib"]))
    #expect(
      try reasons(try plain(), try plain(lib: "2"), theirs) == [
        "whether new 1 works with lib 2 is not known"
      ])
  }

  @Test func `a requirement that nobody saw met is a conflict`() throws {
    let ours = try plain(asked: ["app", "lib<2"])
    let theirs = try plain(lib: "2", asked: ["app"])
    #expect(try reasons(try plain(), ours, theirs) == ["whether lib<2 is met for linux/amd64 is not known"])
  }

  @Test func `two versions of one wheel are a conflict`() throws {
    #expect(
      try reasons(try plain(), try plain(lib: "2"), try plain(lib: "3")) == [
        "both sides changed lib for linux/amd64: 2 here, 3 there"
      ])
    #expect(
      try reasons(try plain(), try plain(asked: ["app>1"]), try plain(asked: ["app>2"])) == [
        "both sides changed the requirement on app"
      ])
  }

  @Test func `a wheel that lost what needed it is a conflict`() throws {
    let extra = try wheel("extra", "1", needs: ["leaf"])
    let leaf = try wheel("leaf", "1")
    let base = try plain(asked: ["app", "extra"], extra, leaf)
    // Ours drops extra and keeps leaf for itself; theirs drops the requirement that keeps it.
    let ours = try plain(asked: ["app", "leaf"], leaf)
    let theirs = try plain(lib: "2", asked: ["app", "extra"], extra, leaf)
    #expect(merge(base, ours, theirs) == .merged(try plain(lib: "2", asked: ["app", "leaf"], leaf)))
    let needless = try plain(lib: "2", asked: ["app"])
    let upgraded = try plain(asked: ["app", "extra"], extra, wheel("leaf", "2"))
    #expect(try reasons(base, needless, upgraded).contains { $0.hasPrefix("both sides changed leaf") })
  }

  @Test func `everything that bears on all choices is a conflict`() throws {
    func lib(_ version: String, strata levels: Strata? = nil, python: String = "3.11") throws -> PlatformLock
    {
      try answer(
        python: python, strata: levels, wheel("app", "1", needs: ["lib", "tool"]), wheel("lib", version),
        wheel("tool", "1"))
    }
    let base = try lock(lib("1"))
    let tool = try plain(tool: "2").platforms[0]
    #expect(
      try reasons(base, lock(lib("2"), also: ["cuda": "cpu"]), lock(tool)).first
        == "`cuda` of the manifest changed, which bears on everything that was chosen")
    #expect(
      try reasons(base, lock(lib("2"), matrix: 9), lock(tool))
        == ["the sides were resolved with different compatibility data"])
    for changed in [try lib("2", strata: strata(cuda: "12.8")), try lib("2", python: "3.12")] {
      #expect(
        try reasons(base, lock(changed), lock(tool)) == [
          "the levels below the wheels changed for linux/amd64, and both sides changed wheels"
        ])
    }
    #expect(
      try reasons(base, lock(lib("2"), lib("2")), lock(tool)).first?.contains("different platforms") == true)
    #expect(try reasons(nil, lock(lib("2")), lock(tool)).first?.hasPrefix("there was no lock before") == true)
  }

  @Test func `one side's packages and the other's wheels are joined`() throws {
    func version(_ lib: String, _ git: String) throws -> Lockfile {
      try lock(
        answer(
          base: base([package("git", git), package("libc6", "2.36-9")]), wheel("app", "1", needs: ["lib"]),
          wheel("lib", lib)))
    }
    #expect(
      merge(try version("1", "1"), try version("2", "1"), try version("1", "2"))
        == .merged(try version("2", "2")))
  }

  @Test func `of two instants that an age came to, the later one counts`() throws {
    func version(_ lib: String, _ tool: String, _ cutoff: String) throws -> Lockfile {
      try lock(
        answer(wheel("app", "1", needs: ["lib", "tool"]), wheel("lib", lib), wheel("tool", tool)),
        uploadedBefore: cutoff)
    }
    let merged = merge(
      try version("1", "1", "2026-01-01T00:00:00Z"), try version("2", "1", "2026-02-01T00:00:00Z"),
      try version("1", "2", "2026-03-01T00:00:00Z"))
    #expect(merged == .merged(try version("2", "2", "2026-03-01T00:00:00Z")))
  }

  @Test func `preferences hold what each side changed, and ours where both did`() throws {
    let one = try plain(lib: "2", tool: "2", asked: ["app", "one"], wheel("one", "1"))
    let two = try plain(lib: "3", app: "5")
    func versions(_ lock: Lockfile) -> [String] {
      lock.platforms[0].wheels.map { "\($0.name) \($0.version)" }
    }
    #expect(
      versions(LockMerge.preferences(base: try plain(), ours: one, theirs: two)) == [
        "app 5", "lib 2", "one 1", "tool 2",
      ])
    // Without a base, the newer of two.
    #expect(
      versions(LockMerge.preferences(base: nil, ours: one, theirs: two)) == [
        "app 5", "lib 3", "one 1", "tool 2",
      ])
  }
}

@Suite struct ConflictTextTests {
  private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  @Test func `what is written is read again`() throws {
    let text = ConflictText(ours: bytes("a\nb\n"), base: bytes("c\n"), theirs: bytes("d\n"))
    #expect(
      String(decoding: text.text, as: UTF8.self) == """
        <<<<<<< ours
        a
        b
        ||||||| base
        c
        =======
        d
        >>>>>>> theirs

        """)
    let read = try #require(ConflictText(parsing: text.text))
    #expect(read.ours.starts(with: bytes("a\nb\n")))
    #expect(read.base?.starts(with: bytes("c\n")) == true)
    #expect(read.theirs.starts(with: bytes("d\n")))
  }

  @Test func `git's own conflicts are read, hunk by hunk`() throws {
    let text = """
      {
      <<<<<<< HEAD
        "a": 1,
      =======
        "a": 2,
      >>>>>>> branch
        "b": 3
      }
      """
    let read = try #require(ConflictText(parsing: bytes(text)))
    #expect(try JSONValue(parsing: read.ours) == ["a": 1, "b": 3])
    #expect(try JSONValue(parsing: read.theirs) == ["a": 2, "b": 3])
    #expect(read.base == nil)
  }

  @Test(arguments: [
    "", "{}", "<<<<<<< a\n=======\n", ">>>>>>> a\n", "<<<<<<< a\n<<<<<<< b\n",
    "<<<<<<<a\n=======\n>>>>>>>a\n",
  ])
  func `what has no conflict, or half of one, is none`(text: String) {
    #expect(ConflictText(parsing: bytes(text)) == nil)
  }
}
