import EnvlockModel
import EnvlockRunSpec
import Testing

/// What the tests of docker, podman and what stands on them share.
enum LocalSamples {
  typealias Change = @Sendable (inout RunDeclaration) throws -> Void
  typealias Setting = @Sendable (inout LocalOptions) -> Void

  /// Requests of each form of GPU, and the devices that go with them.
  static let forms: [(title: String, devices: [String], change: Change)] = [
    ("one GPU", [], { _ in }),
    ("no GPU", [], { $0.gpus = 0 }),
    ("two GPUs", [], { $0.gpus = 2 }),
    (
      "two GPUs by name", ["3", "GPU-8f3c2c1e-1234-5678-9abc-def012345678"],
      { $0.gpus = 2 }
    ),
    (
      "a MIG instance by UUID", ["MIG-7d2a1b3c-1234-5678-9abc-def012345678"],
      { $0.gpu = .mig(profile: "1g.10gb") }
    ),
    ("a MIG instance by index", ["0:1"], { $0.gpu = .mig(profile: "1g.10gb") }),
    ("a share", [], { $0.gpu = .shared }),
    ("MPS", ["0"], { $0.gpu = .mps }),
    (
      "a vGPU", [],
      {
        $0.gpu = .vgpu(type: "A100-10C")
        $0.licence = "NVIDIA AI Enterprise"
      }
    ),
  ]

  /// Requests that nothing on one machine can meet, and options that go with them.
  static let refused: [(title: String, options: Setting, change: Change)] =
    [
      ("two nodes", { _ in }, { $0.nodes = 2 }),
      ("MIG without a name", { _ in }, { $0.gpu = .mig(profile: "1g.10gb") }),
      ("a GPU where MIG is asked for", { $0.devices = ["0"] }, { $0.gpu = .mig(profile: "1g.10gb") }),
      ("MIG where a GPU is asked for", { $0.devices = ["0:1"] }, { _ in }),
      ("one name for two GPUs", { $0.devices = ["0"] }, { $0.gpus = 2 }),
      ("a GPU twice", { $0.devices = ["0", "0"] }, { $0.gpus = 2 }),
      ("no name of a GPU", { $0.devices = ["0\" --privileged"] }, { _ in }),
      ("a name and no GPU", { $0.devices = ["0"] }, { $0.gpus = 0 }),
      ("GPUs by a variable", { _ in }, { $0.env = ["NVIDIA_VISIBLE_DEVICES": "all"] }),
      (
        "MPS with its own shared memory", { _ in },
        {
          $0.gpu = .mps
          $0.shm = try ByteCount("1GiB")
        }
      ),
      ("MPS with pipes at no folder", { $0.mpsFolder = "/a,readonly" }, { $0.gpu = .mps }),
      ("a user with a line end", { _ in }, { $0.user = "0\nExec=sh" }),
      ("a user that is an option", { _ in }, { $0.user = "--privileged" }),
      ("a folder that is none", { _ in }, { $0.workdir = "app" }),
      ("a device that is none", { _ in }, { $0.io = [IOLimit(device: "/dev/a:1,/dev/b")] }),
      (
        "a bound of nothing", { _ in },
        { $0.io = [IOLimit(device: "/dev/sda", readOperations: 0)] }
      ),
      (
        "pipes of MPS elsewhere", { _ in },
        {
          $0.gpu = .mps
          $0.env = ["CUDA_MPS_PIPE_DIRECTORY": "/run/mps"]
        }
      ),
      (
        "a mount made of bad parts", { _ in },
        { $0.mounts = [RunMount(source: "/a,readonly=false", target: "/b")] }
      ),
    ]

  /// An image in a layout folder only, or with a name and without a digest.
  static func plan(
    image: RunImage, _ change: (inout RunDeclaration) throws -> Void = { _ in }
  ) throws -> RunPlan {
    var request = RunDeclaration()
    try change(&request)
    return try RunPlanner(matrix: SampleRuns.matrix).plan(
      try SampleRuns.torch(), lock: try Digest(sha256Hex: String(repeating: "cd", count: 32)), image: image,
      request: request, environment: "resnet")
  }

  /// Limits that the full sample leaves out.
  static func disks(_ request: inout RunDeclaration) throws {
    request.ioWeight = 200
    request.io = [
      IOLimit(
        device: "/dev/nvme0n1", readBytes: try ByteCount("500MB"), writeBytes: try ByteCount("100MiB"),
        readOperations: 1000, writeOperations: 500),
      IOLimit(device: "/dev/sda", writeOperations: 50),
    ]
    request.network = RunNetwork.none
    request.mounts = [try RunMount("data:/data:ro"), try RunMount("./out \"x\":/out")]
  }

  /// The full sample without its limit of time.
  static func timeless(_ request: inout RunDeclaration) throws {
    try SampleRuns.full(&request)
    request.seconds = nil
  }

  /// Choices as lines.
  static func text(_ choices: [RunChoice]) -> String {
    choices.map { "\($0.topic): \($0.choice)\n  \($0.reason)\n" }.joined()
  }

  /// What a spec says to each request of ``refused``, and to others.
  static func refusals<Spec: RunSpec>(
    _ type: Spec.Type, _ options: ((inout LocalOptions) -> Void) -> Spec.Options,
    others: [(title: String, plan: () throws -> RunPlan, options: Spec.Options)] = []
  ) throws -> String {
    var text = ""
    func attempt(_ title: String, _ plan: () throws -> RunPlan, _ options: Spec.Options) throws {
      do {
        _ = try Spec(try plan(), options: options)
        Issue.record("\(title) is not refused")
      } catch let error as RunSpecError {
        text += "# \(title)\n\(error.kind.rawValue): \(error.message)\n"
        for hint in error.hints { text += "hint: \(hint)\n" }
      }
    }
    for (title, change, request) in refused {
      try attempt(title, { try SampleRuns.plan(nil, request) }, options(change))
    }
    let plain = options { _ in }
    try attempt("an image without a digest", { try plan(image: RunImage(name: "lab/resnet:1")) }, plain)
    try attempt("an image that is an option", { try plan(image: RunImage(name: "--privileged")) }, plain)
    try attempt("no image", { try plan(image: RunImage()) }, plain)
    for (title, plan, options) in others { try attempt(title, plan, options) }
    return text
  }
}
