import Envlock
import EnvlockTestSupport
import Testing

@testable import EnvlockCLI

@Suite struct UsageTests {
  private let world = World { _ in throw Refused() }

  @Test(arguments: [
    ["--help"], ["resolve", "--help"], ["build", "--help"], ["push", "--help"], ["pull", "--help"],
    ["bundle", "--help"], ["inspect", "--help"], ["verify", "--help"], ["check", "--help"],
    ["probe", "--help"],
    ["init", "--help"], ["import", "--help"], ["tree", "--help"],
    ["export", "requirements", "--help"], ["export", "sbom", "--help"], ["export", "provenance", "--help"],
    ["export", "pylock", "--help"], ["export", "environment", "--help"], ["export", "dockerfile", "--help"],
    ["export", "--help"],
    ["cache", "--help"], ["completion", "--help"], ["diff", "--help"],
    ["outdated", "--help"], ["run", "--help"], ["spec", "--help"], ["plan", "--help"],
    ["manual", "--help"],
  ])
  func `help goes to standard output`(words: [String]) async throws {
    let name = words.dropLast().joined(separator: "-")
    try expectGolden(await world.run(words), "help\(name.isEmpty ? "" : "-" + name).txt")
  }

  @Test func `wrong use is an error with exit code 2`() async throws {
    var text = ""
    for words in [
      ["resolv"], ["zzz"], ["resolve", "--ofline"], ["resolve", "--zzz"], ["resolve", "--python"],
      ["completion"],
      ["completion", "tcsh"], ["tree", "extra"], ["tree", "--depth", "x"],
      ["resolve", "torch", "--color", "sometimes"],
      ["resolve", "-q", "-v", "torch"],
    ] {
      text += await world.run(words) + "\n"
    }
    text += await world.run(["resolve", "torch"], ["ENVLOCK_COLOR": "sometimes"])
    try expectGolden(text, "usage.txt")
  }

  @Test func `a bare command shows what there is`() async {
    #expect(await world.run([]).hasPrefix("$ envlock \n--- stdout\nOVERVIEW: "))
    #expect(
      await world.run(["--version"])
        == "$ envlock --version\n--- stdout\n\(EnvlockCommand.version)\n--- exit 0\n")
  }
}

@Suite struct ProgressMeterTests {
  @Test func `the line counts packages, files and bytes`() {
    var meter = ProgressMeter()
    #expect(meter.line(columns: 80) == "")
    for _ in 0..<3 { meter.note(.asked) }
    meter.note(.answered)
    meter.note(.decided(34))
    meter.note(.received(bytes: 3_100_000))
    // Events may overtake each other.
    meter.note(.received(bytes: 2_000_000))
    #expect(meter.line(columns: 80) == "resolving: 34 packages, 1 of 3 files, 3.1 MB")
    #expect(meter.line(columns: 20) == "resolving: 34 packa")
  }
}

@Suite struct ColorTests {
  @Test func `colour is for terminals that want it`() {
    #expect(ColorChoice.auto.isColoured(terminal: true, Variables([:])))
    #expect(!ColorChoice.auto.isColoured(terminal: false, Variables([:])))
    #expect(!ColorChoice.auto.isColoured(terminal: true, Variables(["NO_COLOR": "1"])))
    #expect(!ColorChoice.auto.isColoured(terminal: true, Variables(["TERM": "dumb"])))
    #expect(ColorChoice.always.isColoured(terminal: false, Variables(["NO_COLOR": "1"])))
    #expect(!ColorChoice.never.isColoured(terminal: true, Variables([:])))
  }
}
