import Envlock
import EnvlockModel
import EnvlockTestSupport
import Testing

@testable import EnvlockCLI

@Suite struct ExportCommandTests {
  /// Says that every wheel is on one host.
  private static let builds = BuildWork(
    plan: { _, _ in throw Refused() }, build: { _, _, _ in throw Refused() }, blobs: { _ in throw Refused() },
    places: { configuration, _, wheels, _ in
      let index = configuration.indexURL ?? "https://index.example.com"
      return Dictionary(wheels.map { ($0.sha256, .url("\(index)/\($0.fileName)")) }) { first, _ in first }
    })

  private func world(_ lock: Lockfile, _ files: [String: String] = [:]) -> World {
    World(files.merging(["envlock.lock": lock.canonicalText()]) { $1 }, builds: Self.builds) {
      _, _, _, _, _ in throw Refused()
    }
  }

  @Test func `a bill of materials is the same each time, and of the lock alone`() async throws {
    let lock = try lock([try torchAnswer(), try plainAnswer(.linuxARM64)])
    let world = world(lock)
    let one = await world.run(["export", "sbom"])
    #expect(one.contains("\"specVersion\": \"1.6\""))
    #expect(!one.contains("timestamp"))
    #expect(await world.run(["export", "sbom"]) == one)
    let spdx = await world.run(
      ["export", "sbom", "--format", "spdx", "--name", "resnet"], ["SOURCE_DATE_EPOCH": "1764493200"])
    #expect(spdx.contains("\"created\": \"2025-11-30T09:00:00Z\""))
    #expect(spdx.contains("\"name\": \"resnet\""))
    let arm = await world.run(["export", "sbom", "--platform", "arm64", "-o", "bill.json"])
    #expect(arm.hasSuffix("Wrote bill.json\n--- exit 0\n"))
    let written = world.snapshot.files["bill.json"] ?? ""
    #expect(!written.contains("linux/amd64"))
    #expect(written.contains("pkg:pypi/gamma@3.0%2Bcu128?"))
  }

  @Test func `provenance is about a digest`() async throws {
    let world = world(try lock([try plainAnswer()]), ["envlock.toml": "[image]\nentrypoint = [\"python\"]\n"])
    let digest = String(repeating: "ab", count: 32)
    let text = await world.run([
      "export", "provenance", "--image", "registry.example.com/lab/x:1@sha256:\(digest)", "--builder-id",
      "https://ci.example.com/gpu",
    ])
    #expect(text.contains("\"name\": \"registry.example.com/lab/x\""))
    #expect(text.contains("\"sha256\": \"\(digest)\""))
    #expect(text.contains("\"id\": \"https://ci.example.com/gpu\""))
    #expect(text.contains("\"entrypoint\": [\"python\"]"))
  }

  @Test func `pylock names addresses, or files in a folder`() async throws {
    let world = world(try lock([try torchAnswer()]))
    let text = await world.run(["export", "pylock", "--index-url", "https://mirror.example.com"])
    #expect(
      text.contains("url = \"https://mirror.example.com/torch-2.9.1-cp311-cp311-manylinux_2_28_x86_64.whl\""))
    _ = await world.run(["export", "pylock", "--paths", "wheels", "-o", "pylock.toml"])
    #expect(
      world.snapshot.files["pylock.toml"]?.contains("path = \"wheels/sympy-1.14.0-py3-none-any.whl\"") == true
    )
  }

  @Test func `a Dockerfile comes with its requirements`() async throws {
    let world = world(
      try lock([try torchAnswer()]), ["envlock.toml": "[image]\ncopy = [\"train.py\"]\nworkdir = \"/app\"\n"])
    let text = await world.run(["export", "dockerfile", "-o", "out"])
    #expect(text.contains("Wrote out/Dockerfile\nWrote out/envlock-requirements.txt\n"))
    #expect(world.snapshot.files["out/Dockerfile"]?.contains("COPY train.py /app/train.py\n") == true)
    #expect(world.snapshot.files["out/envlock-requirements.txt"]?.contains("sympy==1.14.0") == true)
  }

  @Test func `conda gets the name of the manifest`() async throws {
    let world = world(try lock([try torchAnswer()]), ["envlock.toml": "[environment]\nname = \"resnet\"\n"])
    let text = await world.run(["export", "environment"])
    #expect(text.contains("\nname: resnet\n"))
    #expect(await world.run(["export", "environment", "--name", "x"]).contains("\nname: x\n"))
  }

  @Test func `what cannot be exported is refused`() async throws {
    let lab = LockedTarget(name: "lab", driver: nil, gpus: ["8.0"], compatibility: nil)
    let old = LockedTarget(name: "old", driver: nil, gpus: ["7.0"], compatibility: nil)
    let split = try lock([try torchAnswer(targets: [lab]), try torchAnswer(targets: [old])])
    let newer = try lock([try plainAnswer()]).canonicalText().replacing(
      "\"version\": 1\n", with: "\"version\": 2\n")
    let world = world(split, ["newer.lock": newer])
    var text = ""
    for words in [
      ["sbom"], ["sbom", "--target", "lad"], ["sbom", "--format", "cyclondx"],
      ["sbom", "--lock", "newer.lock"],
      ["sbom", "--platform", "arm64"], ["provenance", "--target", "lab"],
      ["provenance", "--target", "lab", "--image", "registry.example.com/lab/x:1"],
      ["provenance", "--target", "lab", "--image", "registry.example.com/Lab"],
      ["provenance", "--target", "lab", "--image", "./none"],
      ["provenance", "--target", "lab", "--image", "x", "--builder-id", "me"],
      ["pylock", "--lock", "newer.lock"], ["pylock", "--target", "lab", "--index-url", "nonsense"],
      ["dockerfile"], ["environment", "--lock", "none.lock"],
    ] {
      text += await world.run(["export"] + words)
    }
    text += await world.run(["export", "sbom", "--target", "lab"], ["SOURCE_DATE_EPOCH": "yesterday"])
    try expectGolden(text, "export-refusals.txt")
  }
}
