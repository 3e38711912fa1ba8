import EnvlockModel
import EnvlockVersions
import Testing

@Suite struct ManifestTests {
  @Test(
    arguments: zip(
      [
        "2026-11-01", "2026-12-31", "2024-02-28", "2026-11-01T12:00:00Z", "2026-11-01t12:00:00.999z",
        "2026-11-01 00:30:00+02:00", "2026-11-01T23:30:00-01:00",
      ],
      [
        "2026-11-02T00:00:00Z", "2027-01-01T00:00:00Z", "2024-02-29T00:00:00Z", "2026-11-01T12:00:00Z",
        "2026-11-01T12:00:00Z", "2026-10-31T22:30:00Z", "2026-11-02T00:30:00Z",
      ]))
  func `a day is included, an instant is not`(text: String, cutoff: String) throws {
    #expect(try UploadCutoff(text) == .instant(cutoff))
    #expect(try UploadCutoff(cutoff) == .instant(cutoff))
  }

  @Test(arguments: [
    "", "yesterday", "2026", "2026-11", "2026-13-01", "2026-02-30", "2025-02-29", "2026-11-01T",
    "2026-11-01T12:00:00",
    "2026-11-01T25:00:00Z", "2026-11-01x", "1969-01-01", "20261101", "２０２６-11-01",
  ])
  func `what is no day and no instant is refused`(text: String) {
    #expect(throws: MalformedText.self) { try UploadCutoff(text) }
  }

  @Test(
    arguments: zip(
      [
        "7 days", "1 day", "2 weeks", "36 hours", "90 minutes", "P7D", "p2w", "PT36H", "P1DT12H",
        "P1W2DT3H4M5S",
        "0 days", "36500 days",
      ],
      [
        "P7D", "P1D", "P14D", "P1DT12H", "PT1H30M", "P7D", "P14D", "P1DT12H", "P1DT12H", "P9DT3H4M5S", "P0D",
        "P36500D",
      ]))
  func `an age has one form, which is read again`(text: String, canonical: String) throws {
    let cutoff = try UploadCutoff(text)
    #expect(cutoff.description == canonical)
    #expect(try UploadCutoff(canonical) == cutoff)
  }

  @Test func `an age counts back from now, across months and years`() throws {
    // 2026-03-02T12:00:00Z
    let now = 1_772_452_800
    #expect(try UploadCutoff("2 days").instant(now: now) == "2026-02-28T12:00:00Z")
    #expect(try UploadCutoff("P1DT13H").instant(now: now) == "2026-02-28T23:00:00Z")
    #expect(try UploadCutoff("100 weeks").instant(now: now) == "2024-04-01T12:00:00Z")
    #expect(try UploadCutoff("36500 days").instant(now: now) == "1970-01-01T00:00:00Z")
    #expect(try UploadCutoff("2026-01-01").instant(now: now) == "2026-01-02T00:00:00Z")
  }

  @Test(arguments: [
    "P", "PT", "P7", "P1DT", "P1M", "P1Y", "PT1D", "P1D2W", "P1H", "P-7D", "P٧D", "7 months", "7 years",
    "7 moons",
    "-7 days", "7.5 days", "7 days ago", "days 7", "36501 days", "99999999999999999999 days",
    "P99999999999999999999W", "P36500DT1S",
  ])
  func `what is no age is refused`(text: String) {
    #expect(throws: MalformedText.self) { try UploadCutoff(text) }
  }

  @Test func `why an age is refused is said`() {
    func reason(_ text: String) -> String? {
      do {
        _ = try UploadCutoff(text)
        return nil
      } catch { return error.reason }
    }
    #expect(reason("P1M")?.contains("depends on the calendar") == true)
    #expect(reason("7 months") == "the unit has to be minutes, hours, days or weeks")
    #expect(reason("40000 days") == "it has to be a hundred years at most")
  }

  @Test func `what a lock was asked for is a manifest again`() throws {
    for base in [nil, BaseDeclaration(.debian(suite: "bookworm"), packages: ["git"], security: false)] {
      let manifest = Manifest(
        python: try PythonVersion("3.11"),
        framework: SourcedRequirement(try Requirement("torch==2.9.1"), origin: "x"),
        requirements: [SourcedRequirement(try Requirement("a[b]>=2; python_version < '3.12'"), origin: "x")],
        constraints: [SourcedRequirement(try Requirement("c<3"), origin: "z")], cuda: .cpu,
        platforms: [.linuxAMD64, .linuxARM64], excludeNewer: .age(seconds: 7 * 86_400), prerelease: .allow,
        split: true, targets: [Target(name: "a", driver: try DriverVersion("550.54.15"), gpus: ["A100"])],
        indexes: [IndexDeclaration(name: "z", packages: [try ProjectName("q")])],
        requiresPython: try SpecifierSet(">=3.10"), base: base)
      let read = try Manifest(request: manifest.canonical(), origin: "envlock.lock")
      #expect(read.canonical() == manifest.canonical())
      #expect(read.requirements.first?.origin == "envlock.lock")
    }
    let image = Manifest(base: BaseDeclaration(.image(reference: "debian:bookworm")))
    #expect(try Manifest(request: image.canonical(), origin: "").base == image.base)
    #expect(throws: JSONDecodingError.self) { try Manifest(request: [:], origin: "") }
  }

  @Test func `the canonical form holds what can change the answer`() throws {
    let manifest = Manifest(
      name: "resnet", python: try PythonVersion("3.11"),
      framework: SourcedRequirement(try Requirement("Torch == 2.9.1"), origin: "envlock.toml:4"),
      requirements: [
        SourcedRequirement(try Requirement("b"), origin: "x:1"),
        SourcedRequirement(try Requirement("a"), origin: "x:2"),
        SourcedRequirement(try Requirement("a"), origin: "y:1"),
      ], constraints: [SourcedRequirement(try Requirement("c<3"), origin: "z")], cuda: .cpu,
      platforms: [.linuxARM64, .linuxAMD64], excludeNewer: .instant("2026-11-02T00:00:00Z"), split: true,
      targets: [
        Target(name: "b", driver: try DriverVersion("550.54.15")), Target(name: "a", gpus: ["A100", "8.0"]),
      ],
      indexes: [
        IndexDeclaration(
          name: "z", url: "https://z.example/", packages: [try ProjectName("q"), try ProjectName("p")]),
        IndexDeclaration(name: "a"),
      ], requiresPython: try SpecifierSet(">=3.10"), run: RunDeclaration())
    #expect(
      manifest.canonical() == [
        "constraints": ["c<3"], "cuda": "cpu", "exclude-newer": "2026-11-02T00:00:00Z",
        "framework": "torch==2.9.1",
        "glibc": "2.28",
        "indexes": [["name": "z", "packages": ["p", "q"]], ["name": "a", "packages": []]],
        "platforms": ["linux/amd64", "linux/arm64"], "prerelease": "if-necessary", "python": "3.11",
        "requirements": ["a", "b"], "requires-python": ">=3.10", "split": true,
        "targets": [
          ["gpus": ["8.0", "A100"], "name": "a"], ["driver": "550.54.15", "gpus": [], "name": "b"],
        ],
      ])
  }

  @Test func `where things are written and kept does not change the canonical form`() throws {
    func manifest(_ change: (inout Manifest) throws -> Void) rethrows -> JSONValue {
      var manifest = Manifest(indexes: [IndexDeclaration(name: "a", url: "https://a.example/")])
      try change(&manifest)
      return manifest.canonical()
    }
    let plain = manifest { _ in }
    #expect(manifest { $0.name = "other" } == plain)
    #expect(
      manifest { $0.indexes = [IndexDeclaration(name: "a", url: "https://me:secret@b.example/")] } == plain)
    #expect(manifest { $0.image = ImageDeclaration(user: "1000") } == plain)
    #expect(manifest { $0.base = BaseDeclaration(.debian(suite: "bookworm")) } != plain)
    #expect(manifest { $0.statedGlibc = Version(release: [2, 36]) } != plain)
    #expect(manifest { $0.prerelease = .allow } != plain)
  }

  @Test func `passwords do not reach the canonical form`() throws {
    let requirement = try Requirement("x @ https://me:secret@x.example/x-1-py3-none-any.whl")
    let manifest = Manifest(
      framework: SourcedRequirement(requirement, origin: "a"),
      requirements: [SourcedRequirement(requirement, origin: "a")])
    #expect(!manifest.canonical().canonical().contains("secret"))
  }

  @Test func `names and URLs of indexes are checked`() {
    for name in ["internal", "pytorch-cu12.8_x"] {
      #expect(throws: Never.self) { try IndexDeclaration.checkName(name) }
    }
    for name in ["", "a b", "a=b", "ä"] {
      #expect(throws: MalformedText.self) { try IndexDeclaration.checkName(name) }
    }
    for url in ["https://x", "HTTP://x/simple", "file:///w"] {
      #expect(throws: Never.self) { try IndexDeclaration.checkURL(url) }
    }
    for url in ["", "x.example", "https://", "ftp://x", "/w"] {
      #expect(throws: MalformedText.self) { try IndexDeclaration.checkURL(url) }
    }
  }

  @Test func `a glibc is two numbers`() throws {
    #expect(try Manifest.glibc("2.28") == Version(release: [2, 28]))
    for text in ["", "2", "2.28.1", "3.0", "2.28rc1", "02.28", "musl"] {
      #expect(throws: MalformedText.self) { try Manifest.glibc(text) }
    }
  }
}
