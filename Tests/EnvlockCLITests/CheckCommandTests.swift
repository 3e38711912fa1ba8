import Envlock
import EnvlockCheck
import EnvlockTestSupport
import EnvlockVersions
import Testing

@testable import EnvlockCLI
@testable import EnvlockModel

@Suite struct CheckCommandTests {
  private func world(
    _ locks: [String: Lockfile], _ files: [String: String] = [:], machine: Machine = .nothing
  ) -> World {
    World(files.merging(locks.mapValues { $0.canonicalText() }) { old, _ in old }, machine: machine) {
      _, _, _, _, _ in throw Refused()
    }
  }

  private func torchWorld(_ files: [String: String] = [:], machine: Machine = .nothing) throws -> World {
    world(
      ["envlock.lock": try lock([try torchAnswer()]), "tf.lock": try lock([try tensorflowAnswer()])], files,
      machine: machine)
  }

  private func probeFile(_ name: String, _ driver: String, _ gpu: String) throws -> String {
    try facts(
      driver: driver, gpus: [GPUFacts(count: 8, product: gpu, capability: try ComputeCapability("8.0"))],
      origin: .probe
    )
    .json(name: name).canonical()
  }

  @Test func `a declared node`() async throws {
    let world = try torchWorld()
    var text = await world.run(["check", "--driver", "580.95.05", "--gpu", "A100-SXM4-80GB"])
    text += await world.run(["check", "--driver", "580.95.05", "--gpu", "A100-SXM4-80GB", "-q"])
    text += await world.run(["check", "--driver", "450.80.02", "--gpu", "A100-SXM4-80GB"])
    text += await world.run(["check", "--driver", "535.104.05", "--gpu", "H100 PCIe", "--lock", "tf.lock"])
    text += await world.run([
      "check", "--driver", "535.104.05", "--gpu", "H100 PCIe", "--lock", "tf.lock", "-q",
    ])
    text += await world.run([
      "check", "--driver", "535.104.05", "--gpu", "H100 PCIe", "--lock", "tf.lock", "--allow", "ptx-too-new",
    ])
    text += await world.run(["check", "--gpu", "A100-SXM4-80GB"])
    text += await world.run(["check"], ["ENVLOCK_DRIVER": "580.95.05", "ENVLOCK_GPU": "2x T4, H100 PCIe"])
    try expectGolden(text, "check-declared.txt")
  }

  @Test func `wrong use names what is right`() async throws {
    let world = try torchWorld(["empty/.hidden": "", "bad.json": "{"])
    var text = ""
    for words in [
      ["check"], ["check", "--driver", "12.8", "--gpu", "T4"], ["check", "--driver", "x"],
      ["check", "--gpu", "T4", "--allow", "ptx-to-new"], ["check", "--gpu", "T4", "--allow", "everything"],
      ["check", "--gpu", "T4", "--format", "yaml"], ["check", "--gpu", "T4", "--json", "--format", "sarif"],
      ["check", "--gpu", "T4", "--gpu-memory", "40"], ["check", "--gpu", "T4", "--platform", "windows"],
      ["check", "--mig", "1g.10gb"], ["check", "--nodes", "none.json"], ["check", "--nodes", "empty"],
      ["check", "--nodes", "bad.json"], ["check", "--nodes", "-", "--nodes", "-"],
      ["check", "--gpu", "T4", "--lock", "none.lock"], ["check", "--gpu", "T4", "--lock", "bad.json"],
      ["check", "--lock-current"],
    ] {
      text += await world.run(words) + "\n"
    }
    text += await world.run(
      ["check", "--gpu", "T4"], ["ENVLOCK_ALLOW": "glibc, none", "ENVLOCK_FORMAT": "json"])
    try expectGolden(text, "check-usage.txt")
  }

  @Test func `nodes come from files, folders, standard input and this machine`() async throws {
    let files = [
      "facts/a.json": try probeFile("gpu-1", "580.95.05", "NVIDIA A100-SXM4-80GB"),
      "facts/b.json": try probeFile("gpu-2", "580.95.05", "NVIDIA A100-SXM4-80GB"), "facts/.c.json": "{",
      "-": try probeFile("old", "450.80.02", "NVIDIA A100-SXM4-80GB"),
    ]
    let here = try facts(
      driver: "570.124.06", gpus: [GPUFacts(product: "NVIDIA H100 80GB HBM3")], origin: .probe)
    let world = try torchWorld(files, machine: .measured(here))
    var text = await world.run(["check", "--nodes", "facts", "--nodes", "-", "--node", "-v"])
    text += await world.run(["check", "--nodes", "facts"])
    text += await world.run(["check"], ["ENVLOCK_NODES": "facts, -"])
    text += await world.run(["check", "--node"], ["ENVLOCK_NODES": "none.json", "ENVLOCK_DRIVER": "1"])
    text += await world.run(["check", "--nodes", "facts", "-o", "report.md", "--format", "markdown"])
    #expect(world.snapshot.files["report.md"]?.hasPrefix("### ✅ ") == true)
    try expectGolden(text, "check-nodes.txt")
  }

  @Test func `a node that cannot be measured is never called good`() async throws {
    let text = await (try torchWorld()).run(["check", "--node"])
    #expect(text.hasSuffix("--- exit 3\n"), "\(text)")
    let empty = await
      (try torchWorld(["n.json": "{\"kind\": \"List\", \"apiVersion\": \"v1\", \"items\": []}"])).run(
        ["check", "--nodes", "n.json"])
    // Whoever asks for nodes and gets none has asked in the wrong way.
    #expect(empty.hasSuffix("--- exit 2\n"), "\(empty)")
  }

  @Test func `a lock without answers is none`() async throws {
    let text = await world(["envlock.lock": try lock([])]).run(["check"])
    #expect(text == "$ envlock check\n--- stderr\nerror: envlock.lock holds no answer\n--- exit 2\n")
  }

  @Test func `an environment without CUDA needs no GPU`() async throws {
    let world = world(["envlock.lock": try lock([try plainAnswer(), try plainAnswer(.linuxARM64)])])
    var text = await world.run(["check"])
    text += await world.run(["check", "--format", "junit"])
    text += await world.run(["check", "--driver", "450.80.02", "--gpu", "T4"])
    #expect(text.split(separator: "\n").filter { $0 == "--- exit 0" }.count == 3, "\(text)")
    try expectGolden(text, "check-cpu.txt")
  }

  @Test func `a lock is compared with its manifest, without an index`() async throws {
    let toml = "environment.framework = 'torch==2.9.1'\nenvironment.python = '3.11'\n"
    let world = World(["envlock.toml": toml]) { _, manifest, _, _, _ in
      Session.Answer(
        lock: Lockfile(
          manifest: LockCurrency.digest(of: manifest), matrix: try digest(2), request: manifest.canonical(),
          platforms: [try torchAnswer()]), notes: [], seconds: 0)
    }
    _ = await world.run(["resolve"])
    var text = await world.run(["check", "--lock-current"])
    text += await world.run(["check", "--lock-current", "--driver", "580.95.05", "--gpu", "T4"])
    world.write(
      toml.replacing("3.11", with: "3.12") + "environment.requirements = ['numpy']\n", "envlock.toml")
    text += await world.run(["check", "--lock-current"])
    text += await world.run(["check", "--lock-current", "--driver", "580.95.05", "--gpu", "T4"])
    text += await world.run(["check", "--lock-current", "--driver", "450.80.02", "--gpu", "T4", "-q"])
    text += await world.run(["check", "--lock-current", "--format", "github"])
    text += await world.run(["check", "--lock-current", "--manifest", "other.toml"])
    #expect(world.snapshot.questions.count == 1)
    text += await world.run(["resolve", "--locked"])
    try expectGolden(text, "check-lock-current.txt")
  }

  @Test func `compatibility data, memory and forward compatibility reach the rules`() async throws {
    let world = try torchWorld()
    var text = await world.run(["check", "--driver", "580.95.05", "--gpu", "T4", "--gpu-memory", "40GiB"])
    text += await world.run(
      ["check", "--driver", "580.95.05", "--gpu", "T4"], ["ENVLOCK_GPU_MEMORY": "8GiB"])
    text += await world.run([
      "check", "--driver", "580.95.05", "--gpu", "A100-SXM4-80GB", "--mig", "1g.10gb", "--gpu-memory",
      "20GiB",
    ])
    text += await world.run(["check", "--driver", "470.82.01", "--gpu", "T4", "--forward-compat"])
    text += await world.run(["check", "--driver", "580.95.05", "--gpu", "T4", "--platform", "arm64"])
    text += await world.run(["check", "--gpu", "T4", "--matrix", "none"])
    try expectGolden(text, "check-options.txt")
  }
}

@Suite struct ProbeCommandTests {
  private func machine() throws -> Machine {
    var node = try facts(
      driver: "570.86.15",
      gpus: [
        GPUFacts(
          product: "NVIDIA A100-SXM4-80GB", capability: try ComputeCapability("8.0"), memoryMiB: 81920,
          uuid: "GPU-5fd4f087-86f3-7a43-b711-4771313afc50", pciBusID: "00000000:3B:00.0", pciDeviceID: "20B2",
          mig: MIGFacts(
            isEnabled: true, isPending: false,
            instances: [MIGInstanceFacts(profile: "3g.40gb", count: 2, memoryMiB: 40192, uuid: "MIG-1")])),
        GPUFacts(
          count: 2, product: "Tesla T4\u{1B}[31m", capability: try ComputeCapability("7.5"), memoryMiB: 15360,
          sharing: SharingFacts(strategy: .mps, replicas: 4)),
      ], origin: .probe, gaps: [FactGap(.memory, reason: "NVML would not tell\u{7}")])
    node.hasOpenModules = true
    node.cudaDriver = try CUDAVersion("12.8")
    node.driverLibrary = try DriverVersion("570.124.06")
    node.vgpuHost = VGPUHostFacts(driver: try DriverVersion("550.90.05"), branch: "r550_00")
    node.system = SystemFacts(
      kernel: "6.1.0-21-amd64", glibc: try Version("2.36"), distribution: "Debian GNU/Linux 12 (bookworm)",
      cgroups: .v2, hasUserNamespaces: true,
      runtimes: [
        SystemFacts.Runtime(name: "docker", path: "/usr/bin/docker", version: nil),
        SystemFacts.Runtime(name: "podman", path: "/usr/bin/podman", version: "4.3.1"),
      ],
      cdiFiles: [
        SystemFacts.CDIFile(
          path: "/etc/cdi/nvidia.yaml", kind: "nvidia.com/gpu", devices: ["0", "1", "all"]),
        SystemFacts.CDIFile(path: "/var/run/cdi/bad.json", fault: "it is no JSON"),
      ], hasMPSDaemon: true)
    return .measured(node)
  }

  @Test func `a machine is described for people and for programs`() async throws {
    let world = World([:], machine: try machine()) { _, _, _, _, _ in throw Refused() }
    var text = await world.run(["probe"])
    text += await world.run(["probe", "--json", "-q"])
    text += await world.run(["probe", "--nvml-worker"], ["ENVLOCK_NVML": "/lib/x.so"])
    try expectGolden(text, "probe.txt")
  }

  @Test func `a machine without a GPU has facts, one that told nothing has none`() async throws {
    let bare = NodeFacts(
      origin: .probe, platform: .linuxARM64, system: SystemFacts(kernel: "6.1", hasUserNamespaces: false))
    var text = await World([:], machine: .measured(bare)) { _, _, _, _, _ in throw Refused() }.run(["probe"])
    text += await World { _ in throw Refused() }.run(["probe"])
    try expectGolden(text, "probe-bare.txt")
  }

  @Test func `what probe prints, check reads`() async throws {
    let world = World(
      ["envlock.lock": try lock([try torchAnswer()]).canonicalText()], machine: try machine()
    ) { _, _, _, _, _ in throw Refused() }
    _ = await world.run(["probe", "--json"])
    world.write(world.snapshot.output, "n.json")
    let fromFile = await world.run(["check", "--nodes", "n.json", "--json"])
    let direct = await world.run(["check", "--node", "--json"])
    #expect(fromFile.split(separator: "\n").dropFirst() == direct.split(separator: "\n").dropFirst())
  }
}

@Suite struct MachineTests {
  @Test func `days have two digits`() {
    #expect(Machine.day(year: 2026, month: 1, day: 2) == "2026-01-02")
    #expect(Machine.day(year: 2026, month: 11, day: 24) == "2026-11-24")
  }
}
