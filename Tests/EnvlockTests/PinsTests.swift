import Envlock
import EnvlockModel
import EnvlockStore
import EnvlockTestSupport
import EnvlockVersions
import Testing

/// What another tool decided is kept, to the version and the file, or the error says what cannot be.
@Suite struct PinsTests {
  private let index: TestIndex
  private let asker: Asker

  init() throws {
    index = try TestIndex()
    asker = try Asker(index)
    index.add("app", "1.0", needs: ["lib", "tool"]).add("app", "2.0", needs: ["lib", "tool"])
    index.add("lib", "1.0").add("lib", "2.0").add("tool", "1.0").add("tool", "2.0rc1")
  }

  private func pins(_ pins: [String: Pin], refusals: [Pinned.Refusal] = []) throws -> Pins {
    var named: [ProjectName: Pin] = [:]
    for (name, pin) in pins { named[try ProjectName(name)] = pin }
    let pinned = Pinned(source: "uv.lock", pins: named, refusals: refusals)
    return Pins { _, _ in pinned }
  }

  private func pin(_ version: String, _ files: Set<Digest> = [], line: Int = 7, hint: String? = nil) throws
    -> Pin
  {
    Pin(version: try Version(version), files: files, origin: "uv.lock:\(line)", hint: hint)
  }

  private func resolve(_ manifest: Manifest, _ pins: Pins) async throws -> Lockfile {
    try await Engine(asker.configuration).resolve(manifest, pins: pins).lock
  }

  private func refusal(_ manifest: Manifest, _ pins: Pins) async throws -> String {
    do {
      _ = try await resolve(manifest, pins)
      return "no error"
    } catch let error as any UserFacingError {
      return ([error.message] + error.details.map { "  " + $0 } + error.hints.map { "hint: " + $0 })
        .joined(separator: "\n") + "\n"
    }
  }

  @Test func `pinned versions are taken, older ones, pre-releases and yanked ones too`() async throws {
    index.add("lib", "1.5") { $0.yanked = "broken" }
    let pinned = try pins(["app": pin("1.0"), "lib": pin("1.5"), "tool": pin("2.0rc1")])
    let lock = try await resolve(manifest("app"), pinned)
    #expect(lock.summary == "app 1.0, lib 1.5, tool 2.0rc1")
    #expect(lock.request["constraints"] == [], "pins are no part of what is asked for")
    // What was pinned are the lock's own choices from now on.
    let again = try await asker.resolve(manifest("app"), previous: lock).lock
    #expect(again.canonicalText() == lock.canonicalText())
  }

  @Test func `of several files of a release one is taken whose hash is named`() async throws {
    index.add("lib", "1.0") {
      $0.build = "7"
      $0.headers = ["Summary: built again"]
    }
    let plain = TestIndex.File(project: "lib", version: "1.0", spelling: "lib")
    let lock = try await resolve(
      manifest("lib"), pins(["lib": pin("1.0", [sha256(plain.bytes)])]))
    #expect(try lock.platforms.first?.wheel(ProjectName("lib"))?.fileName == "lib-1.0-py3-none-any.whl")
  }

  @Test func `a pin without a local part stands for the builds that an index has`() async throws {
    index.add("torch", "2.9.1+cpu")
    let lock = try await resolve(manifest("torch"), pins(["torch": pin("2.9.1")]))
    #expect(lock.summary == "torch 2.9.1+cpu")
  }

  @Test func `a project that is not pinned is chosen as always`() async throws {
    let lock = try await resolve(manifest("app"), pins(["app": pin("1.0")]))
    #expect(lock.summary == "app 1.0, lib 2.0, tool 1.0")
  }

  @Test func `a wheel whose index states no hash is compared once it is fetched`() async throws {
    index.add("bare", "1.0") { $0.isHashed = false }
    let other = try pins(["bare": pin("1.0", [sha256(Array("other".utf8))])])
    let text = try await refusal(manifest("bare"), other)
    #expect(text.hasPrefix("bare-1.0-py3-none-any.whl has the SHA-256 "))
    #expect(text.hasSuffix("which is none of those that may be used (uv.lock:7)\n"))
  }

  @Test func `everything that cannot be kept is said at once`() async throws {
    index.add("source", "1.0", tag: nil)
    index.add("old", "1.0", tag: "cp39-cp39-manylinux_2_17_x86_64")
    let pinned = try pins(
      [
        "app": pin("3.0", line: 1), "lib": pin("1.0", [sha256(Array("other".utf8))], line: 2),
        "source": pin("1.0", line: 3), "old": pin("1.0", line: 4),
        "nosuch": pin(
          "1.0", line: 5, hint: "uv.lock takes it from https://wheels.example.com/simple: declare that"),
      ],
      refusals: [
        Pinned.Refusal("gitpkg 1.0 comes from a repository (uv.lock:9)", hint: "build a wheel of gitpkg")
      ])
    try expectGolden(await refusal(manifest("app"), pinned), "pins-refused.txt")
  }

  @Test func `a pin that a target's driver does not run is part of the proof`() async throws {
    let native = "cp311-cp311-manylinux_2_28_x86_64"
    index.add("torch", "2.15.0", needs: ["nvidia-cuda-runtime==13.2.86"], tag: native)
    index.add("torch", "2.9.1", needs: ["nvidia-cuda-runtime-cu12==12.8.90"], tag: native)
    index.add("nvidia-cuda-runtime-cu12", "12.8.90").add("nvidia-cuda-runtime", "13.2.86")
    let asked = try manifest("torch") {
      $0.targets = [Target(name: "node", driver: try DriverVersion("570.124.06"))]
    }
    try expectGolden(
      await refusal(
        asked, pins(["torch": pin("2.15.0", line: 3), "nvidia-cuda-runtime": pin("13.2.86", line: 4)])),
      "pins-driver.txt")
  }
}
