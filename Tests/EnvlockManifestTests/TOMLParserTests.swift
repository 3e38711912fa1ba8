import EnvlockModel
import Testing

@testable import EnvlockManifest

@Suite struct TOMLParserTests {
  private func json(_ text: String) throws -> JSONValue {
    try TOMLParser.parse(SourceText(name: "a.toml", bytes: Array(text.utf8))).json
  }

  @Test(
    arguments: [
      (
        "a = 1\nb = -0\nc = +9_000\nd = 0xfF\ne = 0o17\nf = 0b11",
        ["a": 1, "b": 0, "c": 9000, "d": 255, "e": 15, "f": 3]
      ),
      ("a = 1.5\nb = -2e3\nc = 1E+2\nd = 6.5e-1", ["a": 1.5, "b": -2000.0, "c": 100.0, "d": 0.65]),
      ("a = true\nb = false # no", ["a": true, "b": false]),
      (
        "a = 2026-11-24\nb = 07:32:00.5\nc = 1979-05-27 07:32:00-07:00",
        ["a": "2026-11-24", "b": "07:32:00.5", "c": "1979-05-27 07:32:00-07:00"]
      ),
      (#"a = "q\"\\\t\u00e9\U0001F600""#, ["a": "q\"\\\té😀"]),
      ("a = 'C:\\new'", ["a": "C:\\new"]),
      ("a = \"\"\"\nx \\\n\n   y\n\"\"z\"\"\"\"", ["a": "x y\n\"\"z\""]),
      ("a = '''\r\n''x'''''", ["a": "''x''"]),
      (
        "a = [ # c\n 1, [2, 'x'],\n\n {b = 1, c.d = []}, ]", ["a": [1, [2, "x"], ["b": 1, "c": ["d": []]]]]
      ),
      ("\"a b\".'c'.d-e = {}", ["a b": ["c": ["d-e": [:]]]]),
      ("[a . b]\nx=1\n[a]\ny=2\nc.z=3", ["a": ["b": ["x": 1], "y": 2, "c": ["z": 3]]]),
      ("[[a]]\nx=1\n[a.b]\ny=2\n[[a]]\n[[a.c]]\n", ["a": [["x": 1, "b": ["y": 2]], ["c": [[:]]]]]),
    ] as [(String, JSONValue)])
  func `reads what TOML allows`(text: String, expected: JSONValue) throws {
    #expect(try json(text) == expected)
  }

  @Test(arguments: [
    "a", "a =", "= 1", "a = 1 b = 2", "a = 01", "a = 1__0", "a = 1.", "a = .5", "a = 0x",
    "a = 9223372036854775808",
    "a = 2023-02-29", "a = 24:00:00", "a = \"x", "a = 'x\n'", "a = \"\"\"x\"\"", "a = \"\\x\"",
    "a = \"\\ud800\"",
    "a = \"\u{7}\"", "# \u{7}", "a = [1 2]", "a = [1", "a = {b = 1,}", "a = {b = 1\n}", "a = 1\na = 2",
    "a = 1\na.b = 2", "a.b = 1\n[a]", "[a]\n[a]", "a = []\n[[a]]", "a = {}\n[a.b]", "[a]\n[[a]]",
    "[[a]]\n[a]",
    "[a.b]\n[a]\nb.c = 1", "a = {b = 1}\na.c = 2", "[a", "[[a]", "[]", "[a] x", "ü = 1", "a = ''''x'''''''",
    "a = \r1",
  ])
  func `refuses what TOML forbids`(text: String) {
    #expect(throws: ManifestError.self) { try json(text) }
  }

  @Test func `deep nesting is refused and does not overflow the stack`() {
    let deep = 100_000
    for text in [
      "a = " + String(repeating: "[", count: deep), "a = " + String(repeating: "{a=", count: deep),
      String(repeating: "a.", count: deep) + "a = 1", "[" + String(repeating: "a.", count: deep) + "a]",
    ] {
      #expect(throws: ManifestError.self) { try json(text) }
    }
  }

  @Test func `keys and values know their places`() throws {
    let text = "[environment]\n  x = [1, \"ä\", { y = 2 }]\n"
    let bytes = Array(text.utf8)
    let document = try TOMLParser.parse(SourceText(name: "a.toml", bytes: bytes))
    func cut(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
    guard case .table(let top) = document.content, case .table(let environment)? = top.first?.value.content,
      let member = environment.first, case .array(let elements) = member.value.content
    else {
      Issue.record("another shape")
      return
    }
    #expect(top.map { cut($0.keyRange) } == ["[environment]"])
    #expect(cut(member.keyRange) == "x")
    #expect(cut(member.value.range) == "[1, \"ä\", { y = 2 }]")
    #expect(elements.map { cut($0.range) } == ["1", "\"ä\"", "{ y = 2 }"])
  }
}
