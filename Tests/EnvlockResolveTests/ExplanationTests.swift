import EnvlockModel
import EnvlockResolve
import EnvlockTestSupport
import EnvlockVersions
import Testing

@Suite struct ExplanationTests {
  private func index() throws -> FakeIndex {
    let index = FakeIndex()
    try index.add("app", "1.0", needs: ["lib>=2", "tool"]).add("tool", "3.0", needs: ["lib<2"])
    try index.add("lib", "1.0").add("lib", "2.0")
    try index.add("binary", "1.0", tags: "cp38-cp38-manylinux2014_x86_64")
    try index.add("binary", "1.1", tags: "cp39-cp39-manylinux2014_x86_64")
    try index.add("arm", "1.0", tags: "cp311-cp311-manylinux2014_aarch64")
    try index.add("newglibc", "1.0", tags: "cp311-cp311-manylinux_2_34_x86_64")
    try index.add("old", "1.0").addSdist("old", "2.0")
    try index.addSdist("source", "1.0")
    try index.add("pre", "1.0rc1").add("yanked", "1.0", yanked: "a leak").add("yanked", "0.9")
    try index.add("late", "1.0", uploaded: "2026-06-01T12:00:00Z")
    try index.add("needy", "1.0", needs: ["missing>=1"])
    return index
  }

  @Test(arguments: [
    ("conflict.txt", Ask(roots: ["app"])),
    ("two-pins.txt", Ask(roots: ["lib==1.0", "lib==2.0"])),
    ("pin-against-need.txt", Ask(roots: ["app", "lib==1.0"])),
    ("no-such-project.txt", Ask(roots: ["app", "nosuch"])),
    ("no-such-project-deep.txt", Ask(roots: ["needy"])),
    ("no-such-version.txt", Ask(roots: ["lib==9.9"])),
    ("no-wheel-for-python.txt", Ask(roots: ["binary"])),
    ("no-wheel-for-platform.txt", Ask(roots: ["arm"])),
    ("newer-glibc.txt", Ask(roots: ["newglibc"])),
    ("only-sdist.txt", Ask(roots: ["old==2.0"])),
    ("only-sdists.txt", Ask(roots: ["source"])),
    ("prerelease.txt", Ask(roots: ["pre"], prerelease: .disallow)),
    ("yanked.txt", Ask(roots: ["yanked>0.9"])),
    ("cut-off.txt", Ask(roots: ["late"], excludeNewer: "2026-01-01T00:00:00Z")),
    ("constraint.txt", Ask(roots: ["app"], constraints: ["lib<2"])),
  ])
  func `proves that there is no solution, in plain words`(golden: String, ask: Ask) throws {
    guard case .unsolvable(let text) = try index().solve(ask) else {
      Issue.record("there is a solution")
      return
    }
    try expectGolden(text, golden)
  }
}
