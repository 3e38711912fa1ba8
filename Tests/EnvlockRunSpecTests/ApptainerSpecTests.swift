import EnvlockModel
import EnvlockRunSpec
import EnvlockTestSupport
import Testing

@Suite struct ApptainerSpecTests {
  private func spec(
    lock: PlatformLock? = nil, _ change: (inout RunDeclaration) throws -> Void = { _ in },
    options set: (inout ApptainerSpec.Options) -> Void = { _ in }
  ) throws -> ApptainerSpec {
    var options = ApptainerSpec.Options()
    set(&options)
    return try ApptainerSpec(try SampleRuns.plan(lock, change), options: options)
  }

  private func golden(_ spec: ApptainerSpec, _ name: String) throws {
    for file in spec.files { try expectGolden(try file.text(), "apptainer/\(name)/\(file.name)") }
  }

  @Test func `one GPU and nothing else`() throws { try golden(try spec(), "plain") }

  @Test func `all that can be said, and hostile texts stay texts`() throws {
    let all = try spec(
      {
        try SampleRuns.full(&$0)
        $0.ioWeight = 100
        $0.network = RunNetwork.none
      },
      options: {
        $0.nvccli = true
        $0.devices = ["GPU-1", "GPU-2"]
      })
    try golden(all, "full")
    #expect(all.files.map(\.isExecutable) == [false, true])
  }

  @Test func `a MIG instance is named by its UUID`() throws {
    try golden(
      try spec({ $0.gpu = .mig(profile: "1g.10gb") }, options: { $0.devices = ["MIG-5c89852c"] }), "mig")
  }

  @Test func `a process of MPS shares memory with its server`() throws {
    let spec = try spec { $0.gpu = .mps }
    #expect(spec.options.contains("--contain"))
    #expect(!spec.options.contains("--containall"))
    #expect(spec.options.contains("--bind=/tmp/nvidia-mps:/tmp/nvidia-mps"))
  }

  @Test func `no GPU is seen where none is needed`() throws {
    let spec = try spec(lock: try SampleRuns.cpu())
    #expect(spec.devices == nil)
    #expect(!spec.options.contains("--nv"))
  }

  @Test func `a layout without a name is built from its folder`() throws {
    var image = try SampleRuns.image()
    (image.name, image.layout) = (nil, "image")
    let plan = try RunPlanner(matrix: SampleRuns.matrix).plan(
      try SampleRuns.torch(), lock: try Digest(sha256Hex: String(repeating: "cd", count: 32)), image: image,
      request: RunDeclaration())
    let spec = try ApptainerSpec(plan, options: ApptainerSpec.Options())
    #expect(spec.definition.map(\.value) == ["oci", "image"])
  }

  @Test func `every choice has its reason`() throws {
    let spec = try spec {
      try SampleRuns.full(&$0)
      $0.ioWeight = 100
    }
    var text = ""
    for choice in spec.choices { text += "\(choice.topic): \(choice.choice)\n  \(choice.reason)\n" }
    try expectGolden(text, "apptainer/choices.txt")
  }

  @Test func `what every refusal says`() throws {
    let requests: [(String, (inout RunDeclaration) throws -> Void, (inout ApptainerSpec.Options) -> Void)] = [
      ("two nodes", { $0.nodes = 2 }, { _ in }),
      ("io limits", { $0.io = [IOLimit(device: "/dev/sda", readOperations: 1)] }, { _ in }),
      ("a MIG instance without its UUID", { $0.gpu = .mig(profile: "1g.10gb") }, { _ in }),
      ("one GPU, two named", { _ in }, { $0.devices = ["0", "1"] }),
      ("a device that is none", { _ in }, { $0.devices = ["0,1"] }),
      ("all devices", { _ in }, { $0.devices = ["all"] }),
      ("visible devices", { $0.env = ["CUDA_VISIBLE_DEVICES": "0"] }, { _ in }),
    ]
    var text = ""
    for (title, change, options) in requests {
      let plan = try SampleRuns.plan(nil, change)
      var own = ApptainerSpec.Options()
      options(&own)
      do throws(RunSpecError) {
        _ = try ApptainerSpec(plan, options: own)
        Issue.record("\(title) is not refused")
      } catch {
        text += "# \(title)\n\(error.kind.rawValue): \(error.message)\n"
        for hint in error.hints { text += "hint: \(hint)\n" }
      }
    }
    try expectGolden(text, "apptainer/refusals.txt")
  }
}
