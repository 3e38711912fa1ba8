import EnvlockModel
import EnvlockRunSpec
import EnvlockTestSupport
import Testing

@Suite struct ComposeSpecTests {
  private static func options(_ change: (inout LocalOptions) -> Void) -> ComposeSpec.Options {
    var options = ComposeSpec.Options()
    change(&options.container)
    return options
  }

  @Test func `hostile texts stand in the file as they are`() throws {
    let spec = try ComposeSpec(try SampleRuns.plan(nil, LocalSamples.timeless))
    try expectGolden(try spec.files[0].text(), "compose/full.yaml")
    try expectGolden(LocalSamples.text(spec.choices), "compose/full-choices.txt")
    let service = spec.document["services"]?["resnet"]
    #expect(service?["environment"]?["GREETING"]?.stringValue?.contains("to $USER;") == true)
  }

  @Test func `disks, no network and relative mounts`() throws {
    try expectGolden(
      try ComposeSpec(try SampleRuns.plan(nil, LocalSamples.disks)).files[0].text(), "compose/disks.yaml")
  }

  @Test(arguments: [false, true])
  func `each form of GPU is reserved`(usesCDI: Bool) throws {
    var documents: [JSONValue] = []
    for form in LocalSamples.forms {
      var options = Self.options { $0.devices = form.devices }
      options.usesCDI = usesCDI
      let service = try ComposeSpec(try SampleRuns.plan(nil, form.change), options: options).document[
        "services"]?[
          "resnet"]
      var part = JSONObject()
      for key in ["deploy", "environment", "ipc", "shm_size", "volumes"] { part[key] = service?[key] }
      documents.append([form.title: .object(part)])
    }
    try expectGolden(YAMLText.text(of: documents), usesCDI ? "compose/gpus-cdi.yaml" : "compose/gpus.yaml")
  }

  @Test func `what compose refuses`() throws {
    let text = try LocalSamples.refusals(
      ComposeSpec.self, Self.options,
      others: [("a limit of time", { try SampleRuns.plan { $0.seconds = 60 } }, ComposeSpec.Options())])
    try expectGolden(text, "compose/refusals.txt")
  }
}
