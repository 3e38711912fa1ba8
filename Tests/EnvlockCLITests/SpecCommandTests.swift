import EnvlockTestSupport
import Testing

@testable import EnvlockCLI
@testable import EnvlockModel

@Suite struct SpecCommandTests {
  private static let image = "registry.example.com/lab/resnet:1@sha256:" + String(repeating: "ab", count: 32)

  private func world(_ files: [String: String] = [:]) throws -> World {
    let all = ["envlock.lock": try lock([try torchAnswer()]).canonicalText()]
    return World(files.merging(all) { old, _ in old }) { _, _, _, _, _ in throw Refused() }
  }

  @Test func `the manifest's run counts, and options over it`() async throws {
    let world = try world([
      "envlock.toml": """
      [environment]
      name = "resnet"

      [run]
      image = "\(Self.image)"
      gpus = 2
      memory = "64GiB"
      command = ["python", "train.py"]
      mounts = ["data:/data:ro"]
      env = { EPOCHS = "10" }
      """
    ])
    var text = await world.run(["spec", "docker", "-q"])
    text += await world.run(
      ["spec", "podman", "-q", "--gpus", "1", "-e", "EPOCHS=20", "-e", "TOKEN"], ["TOKEN": "x y"])
    text += await world.run(["spec", "compose", "-q", "--", "python", "-c", "print('$HOME')"])
    text += await world.run(["spec", "docker", "-q", "--explain", "-o", "run.sh"])
    text += "--- run.sh\n" + (world.snapshot.files["run.sh"] ?? "")
    text += world.snapshot.programs.contains("run.sh") ? "is a program\n" : "is no program\n"
    try expectGolden(text, "spec-local.txt")
  }

  @Test func `clusters get documents, with overlays merged over them`() async throws {
    let world = try world([
      "site.yaml": "directives:\n  partition: gpu\n  account: lab\n", "bad.yaml": "a: [",
      "job.json": "{\"kind\": \"Job\", \"spec\": {\"backoffLimit\": 2}}",
    ])
    let image = ["--image", Self.image]
    let command = ["--", "python", "train.py"]
    var text = await world.run(["spec", "kubernetes", "--overlay", "job.json"] + image + command)
    text += await world.run(["spec", "slurm", "--nodes", "2", "--overlay", "site.yaml"] + image + command)
    text += await world.run(["spec", "slurm", "--overlay", "bad.yaml"] + image + command)
    text += await world.run(["spec", "kubernetes", "--overlay", "gcp"] + image + command)
    text += await world.run(
      ["spec", "libvirt", "--pci", "0000:3b:00.0", "--disk", "/srv/vm.qcow2", "-o", "vm/"] + image + command)
    text += world.snapshot.files.keys.filter { $0.hasPrefix("vm/") }.sorted().joined(separator: "\n") + "\n"
    text += await world.run(["spec", "kubernetes", "--json"] + image + command)
    try expectGolden(text, "spec-clusters.txt")
  }

  @Test func `wrong use names what is right`() async throws {
    let world = try world(["cpu.cdi": "cdiVersion: 0.5.0\n"])
    let image = ["--image", Self.image]
    var text = ""
    for words in [
      ["spec"], ["spec", "dokcer"], ["spec", "docker"], ["spec", "docker", "--image", "lab/resnet:1"],
      ["spec", "docker", "--image", "Lab/Resnet"], ["spec", "docker", "--kind", "job"] + image,
      ["spec", "kubernetes", "--kind", "jop"] + image, ["spec", "docker", "--users", "2"] + image,
      ["spec", "docker", "--gpu", "shared", "--gpu", "mps"] + image,
      ["spec", "docker", "--gpu", "A10O"] + image,
      ["spec", "docker", "--memory", "64G"] + image, ["spec", "docker", "--mount", "/a:/proc"] + image,
      ["spec", "docker", "--env", "NOT_SET"] + image, ["spec", "docker", "--env", "=x"] + image,
      ["spec", "docker", "--gpu", "mig-1g.10gb", "--gpus", "2", "--gpu", "A100-SXM4-80GB"] + image,
      ["spec", "docker", "--image", "./image"], ["spec", "oci", "--cdi-file", "cpu.cdi", "--", "python"],
      ["spec", "oci", "--cdi-file", "none.cdi", "--", "python"],
      ["spec", "docker", "--platform", "linux/arm64"] + image,
      ["spec", "docker", "--network", "bridge"] + image, ["spec", "docker", "--isolation", "hard"] + image,
    ] {
      text += await world.run(words)
    }
    try expectGolden(text, "spec-usage.txt")
  }

  @Test func `ways to share are weighed, and what nodes need is written`() async throws {
    let world = try world()
    var text = await world.run([
      "spec", "--choose", "--gpu", "A100-80GB", "--gpu-memory", "8GiB", "--isolation", "hardware", "--users",
      "7",
    ])
    text += await world.run([
      "spec", "--choose", "--gpu", "T4", "--isolation", "hardware", "--users", "2", "--gpus", "1",
    ])
    text += await world.run(["spec", "--choose", "--users", "2"])
    text += await world.run(["spec", "docker", "--choose", "--gpu", "T4"])
    text += await world.run([
      "spec", "--choose", "--gpu", "T4", "--users", "4", "--gpu-memory", "3GiB", "-o", "nodes",
    ])
    text +=
      world.snapshot.files.keys.filter { $0.hasPrefix("nodes/") }.sorted().joined(separator: "\n") + "\n"
    try expectGolden(text, "spec-choose.txt")
  }

  @Test func `jobs are packed on the fewest GPUs`() async throws {
    let world = try world([
      "jobs.yaml":
        "- name: train\n  gpu: whole\n- {name: infer, gpu-memory: 8GiB, isolation: hardware, count: 7}\n",
      "envlock.toml":
        "[environment]\nname = \"resnet\"\n[run]\ngpu-memory = \"30GiB\"\nisolation = \"hardware\"\n",
      "none.toml": "[environment]\nname = \"x\"\n",
    ])
    let gpus = ["--gpu", "A100-SXM4-80GB"]
    var text = await world.run(
      ["plan", "--pack", "jobs.yaml", "--pack", "envlock.toml", "-o", "nodes"] + gpus)
    text +=
      world.snapshot.files.keys.filter { $0.hasPrefix("nodes/") }.sorted().joined(separator: "\n") + "\n"
    for words in [
      ["plan", "--pack", "none.toml"] + gpus, ["plan", "--pack", "jobs.yaml"],
      ["plan", "--pack", "no.yaml"] + gpus,
      ["plan", "--pack", "jobs.yaml", "--gpu", "1xA100-SXM4-80GB"],
      ["plan", "--pack", "jobs.yaml", "--node"] + gpus,
      ["plan", "-o", "x", "--nodes", "n.json"],
    ] {
      text += await world.run(words)
    }
    try expectGolden(text, "plan-pack.txt")
  }
}
