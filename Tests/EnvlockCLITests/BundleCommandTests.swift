import Envlock
import EnvlockTestSupport
import Testing

@testable import EnvlockCLI

/// What `envlock bundle` and `envlock build --bundle` say of wrong use; what they do is shown by `BundleTests`.
@Suite struct BundleCommandTests {
  @Test func `wrong use is told`() async throws {
    let world = World(["envlock.lock": try lock([try torchAnswer()]).canonicalText()]) { _, _, _, _, _ in
      throw Refused()
    }
    var text = ""
    for words in [
      ["bundle", "--lock", "missing.lock"], ["bundle", "--platform", "linux/arm64"],
      ["bundle", "--manifest", "missing.toml"],
      ["build", "--bundle", "missing.bundle"], ["build", "--bundle", "a.bundle", "--lock", "envlock.lock"],
      ["build", "--bundle", "a.bundle", "--index-url", "https://index.example.com/simple"],
    ] {
      text += await world.run(words) + "\n"
    }
    try expectGolden(text, "bundle-use.txt")
  }

  @Test func `a bundle is nothing for a terminal`() async throws {
    let world = World(["envlock.lock": try lock([try torchAnswer()]).canonicalText()]) { _, _, _, _, _ in
      throw Refused()
    }
    let text = await world.run(["bundle", "-o", "-"], terminal: true)
    #expect(text.contains("a bundle is nothing for a terminal"))
  }
}
