import EnvlockTestSupport
import Testing

@testable import EnvlockCLI

@Suite struct ManualTests {
  private let world = World { _, _, _, _, _ in throw Refused() }

  @Test func `a page of the manual says what help says`() async throws {
    try expectGolden(await world.run(["manual"]), "manual.txt")
    try expectGolden(await world.run(["manual", "export", "pylock"]), "manual-export-pylock.txt")
    #expect(await world.run(["manual", "lock"]).contains(".TH \"ENVLOCK\\-RESOLVE\" 1 "))
  }

  @Test func `each command has a page in the folder`() async throws {
    #expect(await world.run(["manual", "-o", "man1"]).hasSuffix("--- exit 0\n"))
    let names = try CommandDescription.program().all.map { "man1/\($0.path.joined(separator: "-")).1" }
    #expect(world.snapshot.files.keys.sorted() == names.sorted())
    #expect(names.contains("man1/envlock-matrix-explain.1") && !names.contains("man1/envlock-merge-lock.1"))
    _ = await world.run(["manual", "cache", "-o", "some"])
    #expect(world.snapshot.files.keys.count { $0.hasPrefix("some/") } == 3)
  }

  @Test func `nothing in a text is taken for a request or an escape`() throws {
    let requests: Set<Substring> = [".TH", ".SH", ".SS", ".PP", ".TP", ".nf", ".fi"]
    for command in try CommandDescription.program().all {
      for line in ManualPage(command, version: "1").text.split(separator: "\n") {
        let word = line.prefix { $0 != " " }
        #expect(requests.contains(word) || !line.hasPrefix(".") && !line.hasPrefix("'"), "\(line)")
        for part in line.split(separator: "\\", omittingEmptySubsequences: false).dropFirst() {
          #expect(
            ["-", "e", "&", "fB", "fI", "fR", "(dq", "(ga", "(aq", "(ha", "(ti", "[u"].contains {
              part.hasPrefix($0)
            }, "\(line)")
        }
        #expect(line.utf8.allSatisfy { $0 < 0x80 }, "\(line)")
      }
    }
  }

  @Test func `a command that is not there is named`() async throws {
    let text = await world.run(["manual", "resolv"]) + world.run(["manual", "export", "x"])
    try expectGolden(text, "manual-use.txt")
  }
}
