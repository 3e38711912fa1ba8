import Envlock
import EnvlockNative
import EnvlockRunSpec
import EnvlockTestSupport
import EnvlockVersions
import Synchronization
import Testing

@testable import EnvlockCLI
@testable import EnvlockModel

/// A machine that starts nothing, and remembers what it was to start.
private final class Starts: Sendable {
  private let lines = Mutex<[String]>([])
  let end: ForegroundProcess.End

  init(_ end: ForegroundProcess.End = .exited(0)) { self.end = end }

  var text: String { lines.withLock { $0.joined(separator: "\n") + "\n" } }

  var running: MachineRunning {
    MachineRunning(
      now: { "2026-11-30T06:50:00Z" }, folder: { "/home/me/project" }, processID: { 4711 }, userID: { 0 },
      devices: { _, _ in SpecNode() },
      execute: { program, arguments, seconds in
        let limit = seconds.map { " (at most \($0) s)" } ?? ""
        self.lines.withLock { $0.append("started\(limit): " + ShellText.line([program] + arguments)) }
        return self.end
      },
      cleanUp: { program, arguments in
        self.lines.withLock { $0.append("cleaned up: " + ShellText.line([program] + arguments)) }
      },
      inBundle: { _, _, _, body in (body("/cache/bundle"), []) })
  }
}

@Suite struct RunCommandTests {
  private static let digest = "sha256:" + String(repeating: "ab", count: 32)
  private static let image = "registry.example.com/lab/resnet:1@" + digest

  /// A machine with two A100s.
  private func machine(
    _ starts: Starts, driver: String = "580.95.05", engines: [String] = ["docker", "podman"],
    cdi: [String] = ["0", "1", "all"],
    gpus: Int = 2
  ) throws -> Machine {
    var node = NodeFacts(
      origin: .probe, platform: .linuxAMD64, driver: try DriverVersion(driver),
      gpus: try (0..<gpus).map { place in
        GPUFacts(
          product: "NVIDIA A100-SXM4-80GB", capability: try ComputeCapability("8.0"), memoryMiB: 81920,
          uuid: "GPU-0000000\(place)")
      })
    node.system = SystemFacts(
      kernel: "6.1.0",
      runtimes: engines.map { SystemFacts.Runtime(name: $0, path: "/usr/bin/\($0)", version: "1.2.3") },
      cdiFiles: [SystemFacts.CDIFile(path: "/etc/cdi/nvidia.yaml", kind: "nvidia.com/gpu", devices: cdi)])
    var machine = Machine.measured(node)
    machine.running = starts.running
    return machine
  }

  private func world(_ machine: Machine, _ files: [String: String] = [:]) throws -> World {
    let all = ["envlock.lock": try lock([try torchAnswer()]).canonicalText()]
    return World(files.merging(all) { old, _ in old }, machine: machine) { _, _, _, _, _ in throw Refused() }
  }

  @Test func `what is started is what the spec says`() async throws {
    let starts = Starts(.exited(7))
    let world = try world(try machine(starts))
    let words = [
      "--image", Self.image, "--mount", "data:/data:ro", "--time", "30m", "--", "python", "a b.py",
    ]
    var text = await world.run(["run", "--explain"] + words)
    text += await world.run(
      ["run", "--engine", "docker", "--device", "GPU-00000001"] + words, terminal: true)
    text += await world.run(["run", "--dry-run", "--gpus", "2"] + words)
    try expectGolden(text + starts.text, "run-start.txt")
  }

  @Test func `a node that the lock does not fit starts nothing`() async throws {
    let starts = Starts()
    let words = ["run", "--image", Self.image, "--", "python"]
    var text = await (try world(try machine(starts, driver: "450.80.02"))).run(words)
    text += await (try world(try machine(starts, gpus: 0))).run(words)
    text += await (try world(try machine(starts, cdi: []))).run(
      ["run", "--engine", "podman"] + words.dropFirst())
    text += await (try world(try machine(starts, cdi: ["7"]))).run(
      ["run", "--engine", "podman"] + words.dropFirst())
    text += await (try world(try machine(starts, engines: []))).run(words)
    text += await (try world(try machine(starts))).run(["run", "--gpus", "3"] + words.dropFirst())
    text += await (try world(try machine(starts))).run(["run", "--engine", "runc"] + words.dropFirst())
    text += await (try world(try machine(starts, engines: ["runc"]))).run(words)
    text += await (try world(try machine(starts))).run(["run", "--engine", "dokcer"] + words.dropFirst())
    #expect(starts.text == "\n")
    try expectGolden(text, "run-refusals.txt")
  }

  @Test func `how it ends is the exit code`() async throws {
    var text = ""
    for end: ForegroundProcess.End in [
      .exited(0), .exited(3), .signalled(9), .timedOut, .notStarted(2), .unknown,
    ] {
      let world = try world(try machine(Starts(end)))
      text += await world.run(["run", "--image", Self.image, "--time", "90s", "--", "python"])
    }
    try expectGolden(text, "run-ends.txt")
  }

  @Test func `a record starts the same again and says what is different`() async throws {
    let first = Starts()
    let world = try world(try machine(first))
    var text = await world.run(
      [
        "run", "--record", "run.json", "--image", Self.image, "-e", "TOKEN", "-e", "EPOCHS=10", "--",
        "python", "train.py",
      ],
      ["TOKEN": "secret"])
    let record = try #require(world.snapshot.files["run.json"])
    #expect(!record.contains("secret"))
    text += "--- run.json\n" + record
    let second = Starts()
    let other = try self.world(
      try machine(second, driver: "590.48.01", engines: ["podman"]), ["run.json": record])
    text += await other.run(["run", "--replay", "run.json"], ["TOKEN": "secret"])
    text += await other.run(["run", "--replay", "run.json"], ["TOKEN": "other"])
    text += await other.run(["run", "--replay", "run.json"])
    #expect(second.text.contains("--env TOKEN=secret"))
    let changed = try lock([try tensorflowAnswer()]).canonicalText()
    other.write(changed, "envlock.lock")
    text += await other.run(["run", "--replay", "run.json"], ["TOKEN": "secret"])
    other.write("{\"version\": 9}", "run.json")
    text += await other.run(["run", "--replay", "run.json"])
    other.write("{", "run.json")
    text += await other.run(["run", "--replay", "run.json"])
    text += await other.run(["run", "--replay", "none.json"])
    try expectGolden(text, "run-record.txt")
  }
}
