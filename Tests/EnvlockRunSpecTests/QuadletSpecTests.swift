import EnvlockModel
import EnvlockRunSpec
import EnvlockTestSupport
import Testing

@Suite struct QuadletSpecTests {
  private static func options(_ change: (inout LocalOptions) -> Void) -> QuadletSpec.Options {
    var options = QuadletSpec.Options()
    change(&options.container)
    return options
  }

  /// The full sample without its empty argument, which quadlet cannot hand over.
  private static func full(_ request: inout RunDeclaration) throws {
    try SampleRuns.full(&request)
    request.command?.removeLast(2)
  }

  @Test func `hostile texts are quoted for quadlet and for systemd`() throws {
    let spec = try QuadletSpec(try SampleRuns.plan(nil, Self.full))
    #expect(spec.files.map(\.name) == ["resnet.container"])
    try expectGolden(try spec.files[0].text(), "quadlet/full.container")
    try expectGolden(LocalSamples.text(spec.choices), "quadlet/full-choices.txt")
  }

  @Test func `a unit of one's own that starts at boot, with bounds on disks`() throws {
    var options = Self.options { $0.devices = ["0"] }
    options.isRootless = true
    options.startsAtBoot = true
    let spec = try QuadletSpec(
      try SampleRuns.plan {
        try LocalSamples.disks(&$0)
        $0.mounts = [try RunMount("/srv/data:/data")]
        $0.gpu = .mps
        $0.user = "1000"
      }, options: options)
    try expectGolden(try spec.files[0].text(), "quadlet/user.container")
  }

  @Test func `characters that a line cannot have are escaped`() throws {
    let spec = try QuadletSpec(
      try SampleRuns.plan {
        $0.command = ["a\u{1}b\u{7F}\r\tc", "é \u{2028}", "$$", "%%", "\\x41", "#", "-x=1;"]
      })
    let line = try spec.files[0].text().split(separator: "\n").first { $0.hasPrefix("Exec=") }
    let quoted = [
      #""a\x01b\x7f\r\tc""#, "\"é \u{2028}\"", #""$$$$""#, #""%%%%""#, #""\\x41""#, "\"#\"", #""-x=1;""#,
    ]
    #expect(line == "Exec=\(quoted.joined(separator: " "))")
  }

  @Test func `an overlay cannot break a unit`() throws {
    guard case .made(let document, let writer) = try QuadletSpec(try SampleRuns.plan()).files[0].content,
      case .object(var sections) = document, case .object(var container)? = sections["Container"]
    else {
      Issue.record("a unit is made of a value")
      return
    }
    for (key, value) in [
      ("Image", "a\nExec=sh"), ("Image", "a\\"), ("X=Y\n", "1"), ("WorkingDir", "/app "), ("", "1"),
    ] {
      container = JSONObject()
      container[key] = .string(value)
      sections["Container"] = .object(container)
      #expect(throws: RunSpecError.self) { try writer.text(of: .object(sections)) }
    }
  }

  @Test func `what quadlet refuses`() throws {
    let text = try LocalSamples.refusals(
      QuadletSpec.self, Self.options,
      others: [
        (
          "a relative mount", { try SampleRuns.plan { $0.mounts = [try RunMount("data:/data")] } },
          QuadletSpec.Options()
        ),
        (
          "an empty argument", { try SampleRuns.plan { $0.command = ["echo", "", "x"] } },
          QuadletSpec.Options()
        ),
        ("a semicolon", { try SampleRuns.plan { $0.command = ["find", ";"] } }, QuadletSpec.Options()),
        ("a control character", { try SampleRuns.plan { $0.env = ["A": "\u{80}"] } }, QuadletSpec.Options()),
        (
          "a mount with a line end",
          { try SampleRuns.plan { $0.mounts = [RunMount(source: "/a\nExec=sh", target: "/b")] } },
          QuadletSpec.Options()
        ),
      ])
    try expectGolden(text, "quadlet/refusals.txt")
  }
}
