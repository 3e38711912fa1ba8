import EnvlockTestSupport
import EnvlockVersions
import Testing

@testable import EnvlockModel

@Suite struct CoreMetadataTests {
  static func read(_ text: String) throws -> CoreMetadata { try CoreMetadata(parsing: Array(text.utf8)) }

  static let example = """
    Metadata-Version: 2.1
    Name: Some_Project
    Version: 1.0.post1
    Summary: it needs
            Requires-Dist: not-this
    Requires-Python: >=3.9,<4
    Provides-Extra: Cuda_12
    Provides-Extra: dev
    Provides-Extra: cuda-12
    Requires-Dist: numpy >=1.20
    Requires-Dist: torch (==2.1.0) ; extra == 'cuda-12'
    Requires-Dist: pytest>=7; (python_version < "3.12") and extra == "dev"
    Requires-Dist: colorama; sys_platform == "win32" or extra == "dev"
    requires-dist: rich

    Requires-Dist: neither-this
    """

  @Test func `reads the headers and stops at the blank line`() throws {
    let metadata = try Self.read(Self.example)
    #expect(metadata.name.text == "some-project")
    #expect(metadata.version.description == "1.0.post1")
    #expect(metadata.requiresPython?.description == ">=3.9,<4")
    #expect(metadata.providesExtra.map(\.text) == ["cuda-12", "dev"])
    #expect(
      metadata.requiresDist.map(\.description) == [
        "numpy>=1.20", #"torch==2.1.0; extra == "cuda-12""#,
        #"pytest>=7; python_version < "3.12" and extra == "dev""#,
        #"colorama; sys_platform == "win32" or extra == "dev""#, "rich",
      ])
    #expect(metadata.unreadable.isEmpty)
  }

  @Test func `gives the requirements of one extra without parsing those of others`() throws {
    let metadata = try Self.read(Self.example.replacing("pytest>=7", with: "pytest>=!!7"))
    let names = { (extra: String?) throws -> [String] in
      let dependencies = metadata.dependencies(extra: try extra.map { try ExtraName($0) })
      return dependencies.requirements.map(\.name.text) + dependencies.unreadable.map { "!" + $0.text }
    }
    #expect(try names(nil) == ["numpy", "colorama", "rich"])
    #expect(try names("CUDA.12") == ["numpy", "torch", "colorama", "rich"])
    #expect(
      try names("dev") == [
        "numpy", "colorama", "rich", #"!pytest>=!!7; (python_version < "3.12") and extra == "dev""#,
      ])
    #expect(metadata.unreadable.count == 1)
  }

  @Test func `line ends, folding and a byte order mark do no harm`() throws {
    let windows = try Self.read("\u{FEFF}" + Self.example.replacing("\n", with: "\r\n"))
    #expect(try windows.requiresDist == Self.read(Self.example).requiresDist)
    let folded = try Self.read(
      "Name: a\nVersion: 1\nRequires-Dist: b (>=1,\n\t<2) ;\n  os_name == 'posix'\nRequires-Dist: c")
    #expect(folded.requiresDist.map(\.description) == [#"b>=1,<2; os_name == "posix""#, "c"])
  }

  @Test func `bytes that are no UTF-8 and lines that are no headers are passed over`() throws {
    var bytes = Array("Name: a\nAuthor: ".utf8) + [0xE9, 0xFF, 0x0A]
    bytes += Array("the rest of a summary\n: odd\nVersion: 1\nRequires-Dist: b\n\n".utf8) + [0xFF, 0xFE]
    let metadata = try CoreMetadata(parsing: bytes)
    #expect(metadata.requiresDist.map(\.description) == ["b"])
  }

  @Test func `a broken Requires-Python is a fact, not a failure`() throws {
    let metadata = try Self.read("Name: a\nVersion: 1\nRequires-Python: three or so\n")
    #expect(metadata.requiresPython == nil)
    #expect(metadata.unreadableRequiresPython?.text == "three or so")
    #expect(try Self.read("Name: a\nVersion: 1\n").unreadableRequiresPython == nil)
  }

  @Test(arguments: [
    (">=3.6.*", ">=3.6"), (">=2.7 !=3.0.* !=3.1.*", ">=2.7,!=3.0.*,!=3.1.*"), ("!=3.0*", "!=3.0.*"),
    (">='3.6'", ">=3.6"), (">=3.6,", ">=3.6"), (">=7.2.0<8.0.0", ">=7.2.0,<8.0.0"), ("~=3.7.*", "~=3.7"),
    ("*", ""), (">=3, *", ">=3"),
  ])
  func `reads what earlier years wrote`(written: String, meant: String) throws {
    #expect(try LegacySpecifiers.read(written) == SpecifierSet(meant))
    let metadata = try Self.read(
      "Name: a\nVersion: 1\nRequires-Python: \(written)\nRequires-Dist: b[x] (\(written)); os_name=='nt'\n")
    #expect(try metadata.requiresPython == SpecifierSet(meant))
    #expect(try metadata.requiresDist == [Requirement("b[x]\(meant); os_name == 'nt'")])
  }

  @Test(arguments: ["three", ">=", ">=3 or 4", "''", "==*", ">=x.*", ">=3.*.1"])
  func `does not guess`(written: String) {
    #expect(throws: MalformedText.self) { try LegacySpecifiers.read(written) }
  }

  @Test(arguments: [
    "", "\nName: a\nVersion: 1", "Name: a", "Version: 1", "Name: a\nVersion: x", "Name: ?\nVersion: 1",
  ])
  func `a file without a name and a version is no metadata`(text: String) {
    #expect(throws: MalformedText.self) { try Self.read(text) }
  }

  @Test func `the short way to an extra's requirements leads to the same as the long one`() throws {
    var random = SplitMix64(seed: 8)
    let environment = MarkerEnvironment(python: try PythonVersion("3.11"), platform: .linuxAMD64)
    let terms = [
      "extra == 'a'", "extra=='b'", "extra == \"A\"", "'a' == extra", "extra != 'a'", "extra in 'a b'",
      "os_name == 'posix'", "os_name == 'nt'", "os_name == 'extra'", "'or' != os_name", "'a' in extras",
      "extra == 'a b'", "sys_platform == \"extra == 'b'\"",
    ]
    for _ in 0..<500 {
      var text = "Name: x\nVersion: 1\n"
      for index in 0..<6 {
        var marker = terms.pick(&random)
        for _ in 0..<Int.random(in: 0...3, using: &random) {
          marker += [" and ", " or "].pick(&random) + terms.pick(&random)
          if Bool.random(using: &random) { marker = "(\(marker))" }
        }
        text += "Requires-Dist: d\(index); \(marker)\n"
      }
      let metadata = try Self.read(text)
      #expect(metadata.unreadable.isEmpty)
      for extra in [nil, try ExtraName("a"), try ExtraName("b")] {
        let holds = { (requirement: Requirement) in
          requirement.marker?.evaluate(environment, extra: extra) ?? true
        }
        #expect(
          metadata.dependencies(extra: extra).requirements.filter(holds)
            == metadata.requiresDist.filter(holds),
          "\(text)")
      }
    }
  }

  @Test func `no mutation traps`() throws {
    var random = SplitMix64(seed: 9)
    for _ in 0..<3000 {
      let mutated = Mutation.bytes(of: Self.example, &random)
      for bytes in [
        mutated, Mutation.noise(&random),
        Array("Name: a\nVersion: 1\nRequires-Dist:".utf8) + Mutation.noise(&random),
      ] {
        guard let metadata = try? CoreMetadata(parsing: bytes) else { continue }
        let all = metadata.requiresDist.count + metadata.unreadable.count
        let some = metadata.dependencies(extra: nil)
        #expect(some.requirements.count + some.unreadable.count <= all)
      }
    }
  }
}
