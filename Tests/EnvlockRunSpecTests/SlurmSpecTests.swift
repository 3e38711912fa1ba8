import EnvlockModel
import EnvlockRunSpec
import EnvlockTestSupport
import Testing

@Suite struct SlurmSpecTests {
  /// What most of ``SampleRuns/full(_:)`` asks for, without what Slurm cannot give.
  static func full(_ request: inout RunDeclaration) throws {
    try SampleRuns.full(&request)
    request.pids = nil
    request.mounts = [try RunMount("/srv/data:/data:ro"), try RunMount("out:/out")]
  }

  private func script(
    lock: PlatformLock? = nil, gpus: [String] = [],
    _ change: (inout RunDeclaration) throws -> Void = { _ in },
    options set: (inout SlurmSpec.Options) -> Void = { _ in }
  ) throws -> SlurmSpec {
    var options = SlurmSpec.Options()
    set(&options)
    return try SlurmSpec(try SampleRuns.plan(lock, gpus: gpus, change), options: options)
  }

  private func golden(_ spec: SlurmSpec, _ name: String) throws {
    let file = try #require(spec.files.first)
    #expect(file.name == "job.sbatch")
    try expectGolden(try file.text(), "slurm/\(name).sbatch")
  }

  @Test func `pyxis gets one GPU and nothing else`() throws {
    try golden(try script(), "pyxis")
  }

  @Test func `pyxis gets all that can be said, and hostile texts stay texts`() throws {
    try golden(try script(Self.full, options: { $0.readOnly = true }), "pyxis-full")
  }

  @Test func `Apptainer gets all that can be said, and hostile texts stay texts`() throws {
    try golden(
      try script(
        { request in
          try SampleRuns.full(&request)
          request.pids = nil
        },
        options: {
          $0.runtime = .apptainer
          $0.nvccli = true
        }), "apptainer-full")
  }

  @Test func `a bundle is started by Slurm itself`() throws {
    try golden(
      try script(
        { $0.env = ["EPOCHS": "10"] },
        options: {
          $0.runtime = .oci
          $0.container = "/shared/bundle"
        }), "oci")
  }

  @Test func `no GPU is asked for where none is needed`() throws {
    let spec = try script(lock: try SampleRuns.cpu())
    #expect(spec.script.directives["gpus-per-node"] == nil)
    try golden(spec, "cpu")
  }

  @Test func `torchrun meets at the first of two nodes`() throws {
    let change: (inout RunDeclaration) throws -> Void = {
      $0.nodes = 2
      $0.gpus = 8
      $0.command = ["python", "train.py", "--note", "$HOME"]
    }
    try golden(try script(change), "torch-two-nodes")
    try golden(
      try script(
        change,
        options: {
          $0.runtime = .apptainer
          $0.container = "/shared/resnet.sif"
        }), "torch-two-nodes-apptainer")
  }

  @Test func `TensorFlow is told the nodes by TF_CONFIG`() throws {
    let change: (inout RunDeclaration) throws -> Void = {
      $0.nodes = 2
      $0.command = ["python", "train.py"]
    }
    try golden(try script(lock: try SampleRuns.tensorflow(), change), "tensorflow-two-nodes")
    try golden(
      try script(lock: try SampleRuns.tensorflow(), change, options: { $0.runtime = .apptainer }),
      "tensorflow-two-nodes-apptainer")
  }

  @Test(
    arguments: [
      ("whole", nil, "gpus-per-node", "1"), ("whole", "a100", "gpus-per-node", "a100:1"),
      ("mig-1g.10gb", nil, "gpus-per-node", "1g.10gb:1"),
      ("mig-1g.10gb", "a100", "gpus-per-node", "a100_1g.10gb:1"),
      ("mig-1g.10gb", "a100_1g.10gb", "gpus-per-node", "a100_1g.10gb:1"), ("shared", nil, "gres", "shard:1"),
      ("mps", nil, "gres", "mps:50"), ("vgpu:A100-10C", "grid_a100", "gpus-per-node", "grid_a100:1"),
    ] as [(String, String?, String, String)])
  func `GPUs are asked for in Slurm's words`(form: String, type: String?, key: String, value: String) throws {
    let spec = try script(
      {
        $0.gpu = try GPUForm(form)
        if form.hasPrefix("vgpu") { $0.licence = "NVIDIA AI Enterprise" }
      }, options: { $0.gpuType = type })
    #expect(spec.script.directives[key] == .string(value))
  }

  @Test func `what of the driver a program needs is its user's to say`() throws {
    let spec = try script({ $0.env = ["NVIDIA_DRIVER_CAPABILITIES": "compute,utility,video"] })
    #expect(spec.script.environment["NVIDIA_DRIVER_CAPABILITIES"] == "compute,utility,video")
  }

  @Test func `a process of MPS reaches its server's pipes`() throws {
    let spec = try script({ $0.gpu = .mps })
    #expect(spec.script.step.contains("--container-mounts=/tmp/nvidia-mps:/tmp/nvidia-mps"))
  }

  @Test func `every choice has its reason`() throws {
    var text = ""
    for (title, spec) in [
      ("pyxis", try script(gpus: ["A100-SXM4-80GB"], Self.full)),
      ("apptainer", try script({ $0.gpu = .mps }, options: { $0.runtime = .apptainer })),
      ("mig", try script({ $0.gpu = .mig(profile: "1g.10gb") }, options: { $0.gpuType = "a100" })),
      (
        "oci",
        try script(
          { $0.nodes = 2 },
          options: {
            $0.runtime = .oci
            $0.container = "/shared/bundle"
          })
      ),
    ] {
      text += "# \(title)\n"
      for choice in spec.choices { text += "\(choice.topic): \(choice.choice)\n  \(choice.reason)\n" }
    }
    try expectGolden(text, "slurm/choices.txt")
  }

  @Test func `what every refusal says`() throws {
    let requests: [(String, (inout RunDeclaration) throws -> Void, (inout SlurmSpec.Options) -> Void)] = [
      ("io limits", { $0.ioWeight = 100 }, { _ in }),
      ("pids", { $0.pids = 100 }, { _ in }),
      ("no network by pyxis", { $0.network = RunNetwork.none }, { _ in }),
      (
        "no network on two nodes",
        {
          $0.network = RunNetwork.none
          $0.nodes = 2
        }, { $0.runtime = .apptainer }
      ),
      ("a mount with a space", { $0.mounts = [try RunMount("/srv/a b:/b")] }, { _ in }),
      ("a mount for a shell", { $0.mounts = [try RunMount("/srv/$(date):/b")] }, { _ in }),
      (
        "a mount with a backslash", { $0.mounts = [try RunMount("/srv/a\\b:/b")] },
        { $0.runtime = .apptainer }
      ),
      ("PATH", { $0.env = ["PATH": "/bin"] }, { _ in }),
      ("LD_PRELOAD", { $0.env = ["LD_PRELOAD": "x.so"] }, { _ in }),
      ("Slurm's own variable", { $0.env = ["SLURM_JOB_ID": "1"] }, { $0.runtime = .apptainer }),
      ("visible devices", { $0.env = ["CUDA_VISIBLE_DEVICES": "1"] }, { _ in }),
      ("NVIDIA's visible devices", { $0.env = ["NVIDIA_VISIBLE_DEVICES": "all"] }, { _ in }),
      ("a bundle that is not named", { _ in }, { $0.runtime = .oci }),
      ("a relative path", { _ in }, { $0.container = "resnet.sqsh" }),
      ("a type that is two words", { _ in }, { $0.gpuType = "a100 --exclusive" }),
      ("an output of two lines", { _ in }, { $0.output = "a\n#SBATCH --uid=0" }),
      ("an output with a space", { _ in }, { $0.output = "my file" }),
      ("no shards", { $0.gpu = .shared }, { $0.shards = 0 }),
      ("no part of MPS", { $0.gpu = .mps }, { $0.mps = 0 }),
      (
        "torchrun with its own nodes",
        {
          $0.nodes = 2
          $0.command = ["torchrun", "--nnodes=4", "train.py"]
        }, { _ in }
      ),
    ]
    var text = ""
    for (title, change, options) in requests {
      let plan = try SampleRuns.plan(nil, change)
      var own = SlurmSpec.Options()
      options(&own)
      do throws(RunSpecError) {
        _ = try SlurmSpec(plan, options: own)
        Issue.record("\(title) is not refused")
      } catch {
        text += "# \(title)\n\(error.kind.rawValue): \(error.message)\n"
        for hint in error.hints { text += "hint: \(hint)\n" }
      }
    }
    try expectGolden(text, "slurm/refusals.txt")
  }

  @Test func `an image without a digest is refused unless its name does`() throws {
    var image = try SampleRuns.image()
    image.digest = nil
    let plan = try RunPlanner(matrix: SampleRuns.matrix).plan(
      try SampleRuns.torch(), lock: try Digest(sha256Hex: String(repeating: "cd", count: 32)), image: image,
      request: RunDeclaration())
    #expect(throws: RunSpecError.self) { try SlurmSpec(plan, options: SlurmSpec.Options()) }
    var options = SlurmSpec.Options()
    options.allowTag = true
    let spec = try SlurmSpec(plan, options: options)
    #expect(spec.script.step.contains("--container-image=registry.example.com#lab/resnet:1"))
  }

  @Test(arguments: [
    ("resnet", "registry-1.docker.io#library/resnet:sha256:", "docker://docker.io/library/resnet@sha256:"),
    ("lab/resnet:2", "registry-1.docker.io#lab/resnet:sha256:", "docker://docker.io/lab/resnet@sha256:"),
    ("localhost/a", "localhost#a:sha256:", "docker://localhost/a@sha256:"),
    (
      "registry.example.com:5000/a/b:c", "registry.example.com:5000#a/b:sha256:",
      "docker://registry.example.com:5000/a/b@sha256:"
    ),
  ])
  func `names are written as each runtime takes them`(name: String, enroot: String, apptainer: String) throws
  {
    var image = try SampleRuns.image()
    image.name = name
    let plan = try RunPlanner(matrix: SampleRuns.matrix).plan(
      try SampleRuns.torch(), lock: try Digest(sha256Hex: String(repeating: "cd", count: 32)), image: image,
      request: RunDeclaration())
    var options = SlurmSpec.Options()
    #expect(
      try SlurmSpec(plan, options: options).script.step.contains {
        $0.hasPrefix("--container-image=" + enroot)
      })
    options.runtime = .apptainer
    #expect(try SlurmSpec(plan, options: options).script.starter.contains { $0.hasPrefix(apptainer) })
  }

  @Test func `an overlay's partition stands in the script, and what it breaks is refused`() throws {
    var script = try script().script
    script.directives["partition"] = "gpu"
    script.directives["exclusive"] = true
    script.setup = [["module", "load", "apptainer; rm -rf /"]]
    var file = try #require(try self.script().files.first)
    guard case .made(_, let maker) = file.content else {
      Issue.record("the script is not made of a value")
      return
    }
    file.content = .made(script.document, maker)
    let text = try file.text()
    #expect(text.contains("#SBATCH --partition=gpu\n"))
    #expect(text.contains("#SBATCH --exclusive\n"))
    #expect(text.contains("module load 'apptainer; rm -rf /' || exit\n"))
    for (key, value) in [
      ("directives", ["Partition": "a"]), ("directives", ["partition": "a b"]),
      ("directives", ["comment": []]),
      ("environment", ["A-B": "1"]), ("environment", ["A": 1]), ("runtime", "docker"), ("step", "x"),
      ("extra", 1),
      ("comments", ["a\n#SBATCH --uid=0"]), ("rendezvous", "mpi"), ("setup", [[""]]),
    ] as [(String, JSONValue)] {
      guard case .object(var object) = script.document else { continue }
      object[key] = value
      file.content = .made(.object(object), maker)
      #expect(throws: RunSpecError.self, "\(key) \(value)") { try file.text() }
    }
  }
}
