import EnvlockModel
import EnvlockRunSpec
import EnvlockTestSupport
import Testing

@Suite struct PodmanSpecTests {
  private static func options(_ change: (inout LocalOptions) -> Void) -> PodmanSpec.Options {
    var options = PodmanSpec.Options()
    change(&options.container)
    return options
  }

  private static func rootless() -> PodmanSpec.Options {
    var options = PodmanSpec.Options()
    options.isRootless = true
    return options
  }

  @Test func `hostile texts stand in the script as they are`() throws {
    let spec = try PodmanSpec(try SampleRuns.plan(nil, SampleRuns.full))
    try expectGolden(try spec.files[0].text(), "podman/full.sh")
    try expectGolden(LocalSamples.text(spec.choices), "podman/full-choices.txt")
  }

  @Test func `disks, no network and relative mounts`() throws {
    try expectGolden(
      try PodmanSpec(try SampleRuns.plan(nil, LocalSamples.disks)).files[0].text(), "podman/disks.sh")
  }

  @Test func `each form of GPU is asked for by CDI`() throws {
    var text = ""
    for form in LocalSamples.forms {
      let spec = try PodmanSpec(
        try SampleRuns.plan(nil, form.change), options: Self.options { $0.devices = form.devices })
      let gpus = spec.command.options.filter { ["--device", "--ipc"].contains($0[0]) }
      text += "# \(form.title)\n" + gpus.map { ShellText.line($0) + "\n" }.joined()
      text += LocalSamples.text(spec.choices.filter { $0.topic == "devices" })
    }
    try expectGolden(text, "podman/gpus.txt")
  }

  @Test func `names of CDI are taken with and without their kind`() throws {
    for device in ["nvidia.com/gpu=mig0:1", "mig0:1"] {
      let spec = try PodmanSpec(
        try SampleRuns.plan { $0.gpu = .mig(profile: "1g.10gb") },
        options: Self.options { $0.devices = [device] })
      #expect(spec.command.words.contains("nvidia.com/gpu=mig0:1"))
    }
  }

  @Test func `a layout is started from its folder`() throws {
    let spec = try PodmanSpec(try LocalSamples.plan(image: RunImage(layout: "build/image")))
    #expect(spec.command.image == "oci:build/image")
    #expect(!spec.command.words.contains("--platform"))
  }

  @Test func `without root the caller is the container's user`() throws {
    let spec = try PodmanSpec(try SampleRuns.plan { $0.user = "1000:100" }, options: Self.rootless())
    #expect(spec.command.options.contains(["--userns", "keep-id:uid=1000,gid=100"]))
    #expect(spec.choices.contains { $0.topic == "user" })
    #expect(
      try PodmanSpec(try SampleRuns.plan(), options: Self.rootless()).command.options.contains([
        "--userns", "keep-id",
      ]))
  }

  @Test func `what podman refuses`() throws {
    let text = try LocalSamples.refusals(
      PodmanSpec.self, Self.options,
      others: [
        (
          "a layout in a folder with a colon", { try LocalSamples.plan(image: RunImage(layout: "a:b")) },
          PodmanSpec.Options()
        ),
        ("a user by name without root", { try SampleRuns.plan { $0.user = "trainer" } }, Self.rootless()),
      ])
    try expectGolden(text, "podman/refusals.txt")
  }
}
