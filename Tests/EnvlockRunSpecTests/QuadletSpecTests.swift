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
    try expectGolden(LocalSamples.text(spec.choices), "quadlet/user-choices.txt")
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

  @Test func `what is written is what quadlet and systemd read`() throws {
    var random = SplitMix64(seed: 1)
    let alphabet = Array("ab \"'\\$%{}\n\t\r;#=é\u{1}\u{7F}\u{2028}x0").map { String($0) }
    for _ in 0..<300 {
      // An empty word, and a semicolon of its own, cannot be handed over.
      let words = (0..<4).map { _ in
        "w"
          + (0..<Int.random(in: 0..<12, using: &random)).map { _ in
            alphabet.randomElement(using: &random) ?? ""
          }
          .joined()
      }
      let text = try QuadletSpec(try SampleRuns.plan { $0.command = words }).files[0].text()
      let lines = text.split(separator: "\n").filter { $0.hasPrefix("Exec=") }
      #expect(lines.count == 1)
      #expect(Self.words(lines[0].dropFirst(5)) == words)
    }
  }

  /// Splits and unquotes a line (systemd.syntax(7), "Quoting"), then reads doubled percent and dollar signs as one.
  private static func words(_ line: Substring) -> [String] {
    var words: [String] = []
    var word: String?
    var isQuoted = false
    var rest = Array(line.unicodeScalars)[...]
    while let scalar = rest.popFirst() {
      switch scalar {
      case "\"":
        isQuoted.toggle()
        word = word ?? ""
      case " " where !isQuoted:
        if let word { words.append(word) }
        word = nil
      case "\\":
        let escaped: [Unicode.Scalar: Unicode.Scalar] = [
          "n": "\n", "r": "\r", "t": "\t", "\\": "\\", "\"": "\"",
        ]
        let letter = rest.removeFirst()
        var meant = escaped[letter]
        if letter == "x" {
          let digits = String(String.UnicodeScalarView(rest.prefix(2)))
          rest = rest.dropFirst(2)
          meant = UInt8(digits, radix: 16).map { Unicode.Scalar($0) }
        }
        word = (word ?? "") + (meant.map { String(Character($0)) } ?? "?")
      case "$", "%":
        word = (word ?? "") + (rest.popFirst() == scalar ? String(Character(scalar)) : "?")
      default: word = (word ?? "") + String(Character(scalar))
      }
    }
    if let word { words.append(word) }
    return words
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
