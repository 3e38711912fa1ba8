import EnvlockModel
import EnvlockTestSupport
import Testing

@Suite struct TextFormTests {
  @Test func `YAML quotes what a reader could take for something else`() throws {
    let texts: JSONValue = [
      "plain", "two words", "yes", "No", "null", "~", "1.0", "0x10", "1e3", "12:30:00", "2026-11-30",
      "- dash", "# no",
      "a: b", "a:b", "", " lead", "it's \"so\"\n\tnext", "é", "\u{1}\u{7F}\u{2028}", "{a}", "*star", "&and",
      "/path/x",
    ]
    let document: JSONValue = [
      "texts": texts, "empty": [:], "none": [],
      "nested": [["a": 1, "b": [true, 2.5]], [[1, 2], []], "x"],
      "deep": ["list": [["name": "c", "args": ["-c", "echo"]]]], "yes": "key", "with space": 1,
    ]
    try expectGolden(YAMLText.text(of: [document, ["second": 2]]), "quoting.yaml")
  }

  @Test(arguments: [
    ("plain", "plain"), ("", "''"), ("it's", "'it'\\''s'"), ("$HOME", "'$HOME'"), ("a b", "'a b'"),
    ("--x=1", "--x=1"), ("=x", "'=x'"), ("a\nb", "'a\nb'"), ("~", "'~'"), ("é", "'é'"),
  ])
  func `a shell reads a word as it is`(word: String, quoted: String) {
    #expect(ShellText.word(word) == quoted)
  }
}
