import Envlock
import EnvlockCheck
import EnvlockTestSupport
import EnvlockVersions
import Testing

@testable import EnvlockCLI
@testable import EnvlockModel

@Suite struct PlanCommandTests {
  /// A file of a node, as `envlock probe --json` writes it.
  private func node(_ name: String, _ driver: String?, _ gpu: String, _ capability: String) throws -> String {
    try facts(
      driver: driver, gpus: [GPUFacts(count: 8, product: gpu, capability: try ComputeCapability(capability))],
      origin: .probe
    ).json(name: name).canonical()
  }

  private func world() throws -> World {
    var files = [
      "n/a": try node("gpu-1", "535.104.05", "NVIDIA A100-SXM4-80GB", "8.0"),
      "n/b": try node("gpu-2", "535.104.05", "NVIDIA A100-SXM4-80GB", "8.0"),
      "n/c": try node("new-1", "580.95.05", "NVIDIA H100 PCIe", "9.0"),
      "n/d": try node("old-1", "470.57.02", "Tesla K80", "3.7"),
      "n/e": try node("mid-1", "470.57.02", "Tesla T4", "7.5"),
      "good": try node("new-1", "580.95.05", "NVIDIA H100 PCIe", "9.0"),
      "up": try node("up-1", "470.57.02", "Tesla T4", "7.5"),
      "bad": try node("old-1", "470.57.02", "Tesla K80", "3.7"),
    ]
    var unknown = NodeFacts(origin: .probe, platform: .linuxAMD64)
    unknown.gaps = [FactGap(.driver, reason: "nothing answers"), FactGap(.gpus, reason: "nothing answers")]
    files["unknown"] = unknown.json(name: "lost-1").canonical()
    let newer = try answer(
      frameworks: [
        try framework(
          "torch", "2.9.1", cuda: "13.0", kernels: ["7.5", "8.0", "8.6", "9.0", "10.0", "12.0"], ptx: ["12.0"]
        )
      ], cuda: "13.0", cudnn: "9.13.0.50", driver: ("580.65.06", "580"), roots: ["torch"],
      wheels: [try wheel("torch", "2.9.1")])
    files["envlock.lock"] = try lock([try torchAnswer()]).canonicalText()
    files["newer.lock"] = try lock([newer]).canonicalText()
    files["cpu.lock"] = try lock([try plainAnswer()]).canonicalText()
    return World(files, machine: .nothing) { _, _, _, _, _ in throw Refused() }
  }

  @Test func `which nodes run which locks, and which upgrades let them`() async throws {
    let world = try world()
    var text = ""
    for words in [
      ["--nodes", "n", "envlock.lock", "newer.lock", "cpu.lock"],
      ["--nodes", "good", "envlock.lock", "newer.lock"],
      ["--nodes", "up"], ["--nodes", "bad"], ["--nodes", "unknown"], ["--nodes", "unknown", "--nodes", "up"],
      ["--driver", "535.104.05", "--gpu", "A100-SXM4-80GB", "newer.lock"],
      ["--nodes", "bad", "--allow", "no-kernel"],
    ] {
      text += await world.run(["plan"] + words)
    }
    try expectGolden(text, "plan.txt")
  }

  @Test func `a plan as JSON`() async throws {
    try expectGolden(
      await world().run(["plan", "--nodes", "up", "--nodes", "good", "newer.lock", "--json"]), "plan-json.txt"
    )
  }

  @Test func `wrong use names what is right`() async throws {
    let world = try world()
    var text = ""
    for words in [
      [], ["--nodes", "none"], ["--nodes", "up", "none.lock"], ["--nodes", "up", "--allow", "everything"],
      ["--nodes", "up", "--matrix", "none"], ["--nodes", "up", "--gpu-memory", "40"],
    ] {
      text += await world.run(["plan"] + words)
    }
    text += await world.run(["plan", "--help"])
    try expectGolden(text, "plan-use.txt")
  }
}
