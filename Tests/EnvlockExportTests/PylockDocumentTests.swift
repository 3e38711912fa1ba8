import EnvlockModel
import EnvlockTestSupport
import Testing

@testable import EnvlockExport

@Suite struct TOMLTableTests {
  @Test func `every string is quoted so that it ends where it ends`() throws {
    let table = TOMLTable(
      members: [
        .init("plain", .string("x")), .init("with space", .string("a\"b\\c\n\t\r\u{0}\u{7F}é")),
        .init("", .integer(-3)), .init("empty", .array([])), .init("a.b", .inline([])),
        .init("list", .array([.string("a"), .integer(2)])),
        .init("tables", .array([.inline([.init("k", .string("}")), .init("n", .integer(1))])])),
      ],
      parts: [
        .init(name: ["packages"], isElement: true, members: [.init("name", .string("a"))]),
        .init(name: ["tool", "x y"], isElement: false, members: []),
      ])
    try expectGolden(table.text, "quoting.toml")
  }
}

@Suite struct PylockDocumentTests {
  private func places(_ answers: [PlatformLock]) -> [Digest: PylockDocument.Place] {
    Dictionary(
      answers.flatMap(\.wheels).map {
        ($0.sha256, .url($0.url ?? "https://wheels.example.com/\($0.fileName)"))
      }
    ) { first, _ in first }
  }

  @Test func `two platforms share a file: what differs has a marker`() throws {
    let answers = [try Samples.torch(), try Samples.torch(.linuxARM64)]
    let document = try PylockDocument(answers, lock: try Samples.digest(9), places: places(answers))
    try expectGolden(document.text, "pylock.toml")
  }

  @Test func `a direct reference is an archive, and paths stand in for addresses`() throws {
    let answer = try Samples.plain()
    let places = places([answer]).merging(
      answer.wheels.filter { $0.url == nil }.map { ($0.sha256, .path("wheels/\($0.fileName)")) }
    ) { $1 }
    try expectGolden(
      try PylockDocument([answer], lock: try Samples.digest(9), places: places).text, "pylock-paths.toml")
  }

  @Test func `a wheel without a place, and two Pythons, are refused`() throws {
    let answer = try Samples.torch()
    let other = PlatformLock(
      platform: .linuxARM64, python: try PythonVersion("3.12"), strata: answer.strata, targets: [], roots: [],
      wheels: [])
    let lock = try Samples.digest(9)
    let unplaced = #expect(throws: ExportError.self) { try PylockDocument([answer], lock: lock, places: [:]) }
    #expect(
      unplaced?.message
        == "nothing says where jinja2-3.1.6-py3-none-any.whl is, and a pylock.toml says it of every file")
    let mixed = #expect(throws: ExportError.self) {
      try PylockDocument([answer, other], lock: lock, places: places([answer]))
    }
    #expect(mixed?.message == "a pylock.toml is for one Python, and the lock has 3.11 and 3.12")
    #expect(mixed?.hints == ["choose one with `--platform linux/amd64`"])
  }
}
