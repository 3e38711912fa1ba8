import EnvlockModel
import EnvlockRunSpec
import EnvlockTestSupport
import Testing

@Suite struct DevcontainerSpecTests {
  private static func options(_ change: (inout LocalOptions) -> Void) -> DevcontainerSpec.Options {
    var options = DevcontainerSpec.Options()
    change(&options.container)
    return options
  }

  @Test func `hostile texts stand in the file as they are`() throws {
    let spec = try DevcontainerSpec(try SampleRuns.plan(nil, SampleRuns.full))
    try expectGolden(try spec.files[0].text(), "devcontainer/full.json")
    try expectGolden(LocalSamples.text(spec.choices), "devcontainer/full-choices.txt")
  }

  @Test func `disks, no network and relative mounts`() throws {
    try expectGolden(
      try DevcontainerSpec(try SampleRuns.plan(nil, LocalSamples.disks)).files[0].text(),
      "devcontainer/disks.json"
    )
  }

  @Test func `each form of GPU is an argument of its own`() throws {
    var text = ""
    for form in LocalSamples.forms {
      let document = try DevcontainerSpec(
        try SampleRuns.plan(nil, form.change), options: Self.options { $0.devices = form.devices }
      ).document
      #expect(document["hostRequirements"] == nil)
      let words = document["runArgs"]?.arrayValue?.compactMap(\.stringValue) ?? []
      text += "# \(form.title)\n\(ShellText.line(words))\n"
    }
    try expectGolden(text, "devcontainer/gpus.txt")
  }

  @Test func `what a dev container refuses`() throws {
    let text = try LocalSamples.refusals(
      DevcontainerSpec.self, Self.options,
      others: [
        (
          "a variable of the file's own", { try SampleRuns.plan { $0.env = ["A": "x ${localEnv:HOME}"] } },
          DevcontainerSpec.Options()
        )
      ])
    try expectGolden(text, "devcontainer/refusals.txt")
  }
}
