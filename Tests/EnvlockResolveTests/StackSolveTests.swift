import EnvlockModel
import EnvlockResolve
import EnvlockTestSupport
import EnvlockVersions
import Testing

@Suite struct StackSolveTests {
  @Test func `takes the newest release that fits, with its requirements`() throws {
    let index = FakeIndex()
    try index.add("a", "1.0").add("a", "2.0", needs: ["b>=1,<2"]).add("b", "1.5").add("b", "2.0")
    #expect(try index.solve(Ask(roots: ["a"])) == .solved(["a 2.0", "b 1.5"]))
  }

  @Test func `does not depend on when facts arrive`() throws {
    func index() throws -> FakeIndex {
      let index = FakeIndex()
      try index.add("a", "1.0").add("a", "2.0", needs: ["c<2"]).add("b", "1.0", needs: ["c>=2"])
      try index.add("c", "1.0").add("c", "2.0")
      return index
    }
    let late = try index()
    late.answersLate = true
    let ask = Ask(roots: ["b", "a"])
    #expect(try late.solve(ask) == index().solve(ask))
    #expect(try late.solve(ask) == .solved(["a 1.0", "b 1.0", "c 2.0"]))
  }

  @Test func `follows extras, also extras of extras and those that name their own project`() throws {
    let index = FakeIndex()
    try index.add(
      "a", "1.0", needs: ["b; extra == 'x'", "a[x]; extra == 'all'", "c[y]; extra == 'all'"],
      extras: ["x", "all"])
    try index.add("b", "1.0").add("c", "1.0", needs: ["d; extra == 'y'"], extras: ["y"]).add("d", "1.0")
    #expect(try index.solve(Ask(roots: ["a"])) == .solved(["a 1.0"]))
    #expect(try index.solve(Ask(roots: ["a[all]"])) == .solved(["a 1.0", "b 1.0", "c 1.0", "d 1.0"]))
    let lock = try index.lock(Ask(roots: ["a[all]"]))
    #expect(lock?.roots.map(\.description) == ["a[all]"])
    #expect(lock?.wheel(try ProjectName("a"))?.dependencies.map(\.description) == ["b", "c[y]"])
  }

  @Test func `evaluates markers for the platform, not for the machine`() throws {
    let index = FakeIndex()
    try index.add("a", "1.0", needs: ["arm; platform_machine == 'aarch64'", "win; sys_platform == 'win32'"])
    try index.add("arm", "1.0").add("win", "1.0")
    #expect(try index.solve(Ask(roots: ["a"])) == .solved(["a 1.0"]))
    #expect(try index.solve(Ask(roots: ["a"], platform: .linuxARM64)) == .solved(["a 1.0", "arm 1.0"]))
  }

  @Test func `skips releases without a wheel for the environment`() throws {
    let index = FakeIndex()
    try index.add("a", "1.0").add("a", "2.0", tags: "cp313-cp313-manylinux_2_28_x86_64")
    try index.add("a", "3.0", tags: "cp311-cp311-manylinux_2_34_x86_64")
    try index.add("a", "4.0", python: ">=3.12")
    try index.addSdist("a", "5.0")
    #expect(try index.solve(Ask(roots: ["a"])) == .solved(["a 1.0"]))
    #expect(try index.solve(Ask(roots: ["a"], glibc: "2.36")) == .solved(["a 3.0"]))
    #expect(try index.solve(Ask(roots: ["a"], python: "3.13")) == .solved(["a 4.0"]))
  }

  @Test func `takes a source that may be built where no wheel of the release fits`() throws {
    let index = FakeIndex()
    try index.add("app", "1.0", needs: ["a"])
    try index.add("a", "1.0").add("a", "2.0", tags: "cp39-cp39-manylinux2014_x86_64")
    try index.addSdist("a", "1.0", builds: [])
    try index.addSdist("a", "2.0", builds: ["b>=1"])
    try index.addSdist("a", "3.0", builds: [], python: ">=3.12")
    try index.add("b", "1.0")
    #expect(try index.solve(Ask(roots: ["app"])) == .solved(["a 2.0", "app 1.0", "b 1.0"]))
    #expect(index.built == ["a-2.0.tar.gz"])
    // What has a wheel is not built.
    #expect(try index.solve(Ask(roots: ["a==1.0"])) == .solved(["a 1.0"]))
    #expect(index.built == ["a-2.0.tar.gz"])
    // A source has no file of its own before it is built.
    #expect(try index.lock(Ask(roots: ["a"]))?.wheels.map(\.name.text) == ["b"])
  }

  @Test func `prefers the higher build of one version, and keeps what a lock chose`() throws {
    let index = FakeIndex()
    try index.add("a", "1.0").add("a", "1.0", build: "3").add("a", "1.0", build: "10")
    let lock = try index.lock(Ask(roots: ["a"]))
    #expect(lock?.wheels.first?.fileName == "a-1.0-10-py3-none-any.whl")
    try index.add("b", "1.0").add("b", "2.0")
    #expect(try index.solve(Ask(roots: ["b"], preferences: ["b": "1.0"])) == .solved(["b 1.0"]))
    #expect(try index.solve(Ask(roots: ["b>1"], preferences: ["b": "1.0"])) == .solved(["b 2.0"]))
  }

  @Test func `uses yanked releases only where they are pinned`() throws {
    let index = FakeIndex()
    try index.add("a", "1.0").add("a", "2.0", yanked: "broken")
    #expect(try index.solve(Ask(roots: ["a"])) == .solved(["a 1.0"]))
    #expect(try index.solve(Ask(roots: ["a==2.0"])) == .solved(["a 2.0"]))
  }

  @Test func `uses pre-releases only where no stable release fits, or where they are named`() throws {
    let index = FakeIndex()
    try index.add("a", "1.0").add("a", "2.0rc1").add("b", "1.0a1").add("c", "1.0", needs: ["b"])
    #expect(try index.solve(Ask(roots: ["a"])) == .solved(["a 1.0"]))
    #expect(try index.solve(Ask(roots: ["a>=1.5"])) == .solved(["a 2.0rc1"]))
    #expect(try index.solve(Ask(roots: ["a>=1.0a0"])) == .solved(["a 2.0rc1"]))
    #expect(try index.solve(Ask(roots: ["c"])) == .solved(["b 1.0a1", "c 1.0"]))
    #expect(try index.solve(Ask(roots: ["a"], prerelease: .allow)) == .solved(["a 2.0rc1"]))
    guard case .unsolvable = try index.solve(Ask(roots: ["c"], prerelease: .disallow)) else {
      Issue.record("a pre-release was used although none is allowed")
      return
    }
  }

  @Test func `keeps the cut-off`() throws {
    let index = FakeIndex()
    try index.add("a", "1.0").add("a", "2.0", uploaded: "2026-06-01T00:00:00Z")
    #expect(
      try index.solve(Ask(roots: ["a"], excludeNewer: "2026-01-01T00:00:00Z")) == .solved(["a 1.0"]))
  }

  @Test func `keeps constraints without adding what they name`() throws {
    let index = FakeIndex()
    try index.add("a", "1.0", needs: ["b"]).add("b", "1.0").add("b", "2.0").add("c", "1.0")
    #expect(
      try index.solve(Ask(roots: ["a"], constraints: ["b<2", "c==1.0"])) == .solved(["a 1.0", "b 1.0"]))
  }

  @Test func `takes only the spelling that === demands`() throws {
    let index = FakeIndex()
    try index.add("a", "1.0.0")
    #expect(try index.solve(Ask(roots: ["a==1.0"])) == .solved(["a 1.0.0"]))
    #expect(try index.solve(Ask(roots: ["a===1.0.0"])) == .solved(["a 1.0.0"]))
    guard case .unsolvable(let text) = try index.solve(Ask(roots: ["a===1.0"])) else {
      Issue.record("1.0.0 was taken for 1.0")
      return
    }
    #expect(text.contains("a 1.0.0 is not spelled 1.0, as `===1.0` demands"))
  }

  @Test func `takes a padded version for the shorter one`() throws {
    let index = FakeIndex()
    try index.add("cuda-toolkit", "13.0.3.0")
    #expect(try index.solve(Ask(roots: ["cuda-toolkit==13.0.3"])) == .solved(["cuda-toolkit 13.0.3.0"]))
  }
}
