import EnvlockModel
import EnvlockRunSpec
import EnvlockTestSupport
import Testing

@Suite struct DockerSpecTests {
  private static func options(_ change: (inout LocalOptions) -> Void) -> DockerSpec.Options {
    var options = DockerSpec.Options()
    change(&options.container)
    return options
  }

  @Test func `a plain plan needs few words`() throws {
    let spec = try DockerSpec(try SampleRuns.plan())
    try expectGolden(spec.command.text, "docker/plain.txt")
    #expect(spec.files.map(\.name) == ["run.sh"])
    #expect(spec.files[0].isExecutable)
  }

  @Test func `hostile texts stand in the script as they are`() throws {
    let spec = try DockerSpec(try SampleRuns.plan(nil, SampleRuns.full))
    try expectGolden(try spec.files[0].text(), "docker/full.sh")
    try expectGolden(LocalSamples.text(spec.choices), "docker/full-choices.txt")
    #expect(spec.command.words.contains("GREETING=say \"hi\" to $USER; it's 100 % \\ fine\nnext line"))
    #expect(spec.command.words.last == "")
  }

  @Test func `without a limit of time the script becomes docker`() throws {
    let spec = try DockerSpec(try SampleRuns.plan(nil, LocalSamples.disks))
    try expectGolden(try spec.files[0].text(), "docker/disks.sh")
  }

  @Test(arguments: [false, true])
  func `each form of GPU is asked for in docker's words`(usesCDI: Bool) throws {
    var text = ""
    for form in LocalSamples.forms {
      var options = Self.options { $0.devices = form.devices }
      options.usesCDI = usesCDI
      let spec = try DockerSpec(try SampleRuns.plan(nil, form.change), options: options)
      let gpus = spec.command.options.filter { option in
        ["--gpus", "--device", "--ipc"].contains(option[0])
          || option.contains { $0.contains("NVIDIA") || $0.contains("MPS") || $0.contains("mps") }
      }
      text += "# \(form.title)\n" + gpus.map { ShellText.line($0) + "\n" }.joined()
      text += LocalSamples.text(
        spec.choices.filter { ["GPU", "devices", "sharing", "MPS", "vGPU"].contains($0.topic) })
    }
    try expectGolden(text, usesCDI ? "docker/gpus-cdi.txt" : "docker/gpus.txt")
  }

  @Test func `a root that can be written needs no other place`() throws {
    let spec = try DockerSpec(try SampleRuns.plan(), options: Self.options { $0.writableRoot = true })
    let words = spec.command.words
    #expect(!words.contains("--read-only") && !words.contains("--tmpfs"))
    #expect(!words.contains { $0.hasPrefix("HOME=") })
  }

  @Test func `a home and a scratch folder of one's own are kept`() throws {
    let spec = try DockerSpec(
      try SampleRuns.plan {
        $0.env = ["HOME": "/out"]
        $0.mounts = [try RunMount("/srv/out:/out"), try RunMount("/scratch:/tmp")]
      })
    #expect(spec.command.words.contains("HOME=/out"))
    #expect(!spec.command.words.contains("--tmpfs"))
  }

  @Test func `a name alone does where it is allowed`() throws {
    let plan = try LocalSamples.plan(image: RunImage(name: "resnet:1"))
    #expect(try DockerSpec(plan, options: Self.options { $0.allowTag = true }).command.image == "resnet:1")
  }

  @Test func `sizes are written in docker's units`() throws {
    func memory(_ text: String) throws -> String? {
      let spec = try DockerSpec(try SampleRuns.plan { $0.memory = try ByteCount(text) })
      return spec.command.options.first { $0[0] == "--memory" }?[1]
    }
    #expect(try memory("64GiB") == "64g")
    #expect(try memory("1536MiB") == "1536m")
    #expect(try memory("64GB") == "64000000000b")
  }

  @Test func `what docker refuses`() throws {
    let text = try LocalSamples.refusals(
      DockerSpec.self, Self.options,
      others: [
        (
          "a mount over MPS",
          {
            try SampleRuns.plan {
              $0.gpu = .mps
              $0.mounts = [try RunMount("/srv/x:/tmp/nvidia-mps")]
            }
          }, DockerSpec.Options()
        ),
        ("a name of one letter", { try SampleRuns.plan { $0.name = "x" } }, DockerSpec.Options()),
        (
          "a CDI name for --gpus", { try SampleRuns.plan() },
          Self.options { $0.devices = ["nvidia.com/gpu=0"] }
        ),
      ])
    try expectGolden(text, "docker/refusals.txt")
  }
}
