import EnvlockModel
import EnvlockTestSupport
import EnvlockYAML
import Testing

@Suite struct YAMLDocumentsTests {
  @Test(
    arguments: [
      ("", []), ("# nothing\n", []), ("---\n", [.null]), ("a: 1\n", [["a": 1]]),
      ("a: 1\n---\nb: 2\n", [["a": 1], ["b": 2]]),
      ("- 0x1F\n- 0o17\n- -5\n- +7\n", [[31, 15, -5, 7]]),
      ("[1.5, -2e3, .5, 1.]", [[1.5, -2000.0, 0.5, 1.0]]),
      ("[~, null, ]", [[.null, .null]]), ("a:\nb: ''\n", [["a": .null, "b": ""]]),
      ("[true, False]", [[true, false]]),
      ("['yes', \"0644\", '1', !!str 5]", [["yes", "0644", "1", "5"]]),
      ("[1.2.3, 12:30:00, e5, v1, 1e, '-']", [["1.2.3", "12:30:00", "e5", "v1", "1e", "-"]]),
      ("yes: a\n0644: b\n1: c\n", [["yes": "a", "0644": "b", "1": "c"]]),
      ("a: |\n  two\n  lines\nb: >-\n  one\n  line\n", [["a": "two\nlines\n", "b": "one line"]]),
      ("a: &x [1, 2]\nb: *x\n", [["a": [1, 2], "b": [1, 2]]]), ("\"\\u00e9\\n\\0\"", ["é\n\u{0}"]),
      ("{\"a\": [1, {\"b\": null}]}", [["a": [1, ["b": .null]]]]),
    ] as [(String, [JSONValue])])
  func `what is plain is read`(text: String, documents: [JSONValue]) throws {
    #expect(try YAMLDocuments.read(text) == documents)
  }

  @Test func `what every refusal says`() throws {
    let bomb = (0..<9).map { level in
      let inner = level == 0 ? "x" : "*a\(level - 1)"
      return "a\(level): &a\(level) [\(Array(repeating: inner, count: 9).joined(separator: ", "))]\n"
    }.joined()
    let cases: [(String, String)] = [
      ("an open bracket", "a: [1, 2\n"), ("a tab", "a:\n\t- 1\n"), ("a wrong indent", "a: 1\n  b: 2\n"),
      ("a control character", "a: \u{1}\n"), ("a key twice", "a: 1\nb: 2\na: 3\n"),
      ("a key twice, once quoted", "1: a\n\"1\": b\n"), ("a truth value of old", "a: yes\n"),
      ("an octal number of old", "mode: 0644\n"), ("a number with underscores", "n: 1_000\n"),
      ("a number that is too large", "n: 99999999999999999999\n"), ("infinity", "n: .inf\n"),
      ("a tag", "a: !!binary aGk=\n"), ("a tag of one's own", "a: !secret x\n"),
      ("a tag on a list", "!!set [a]\n"),
      ("a number that is none", "a: !!int x\n"), ("a list as a key", "? [a]\n: b\n"),
      ("nothing as a key", "~: a\n"),
      ("an alias as a key", "a: &x b\n*x : c\n"), ("a merge key", "a: &x {b: 1}\nc:\n  <<: *x\n"),
      ("an alias of nothing", "a: *x\n"), ("a bomb", bomb),
      ("too deep", nested(150)),
      ("far too deep", String(repeating: "[", count: 100_000)),
      ("too large", String(repeating: "# a\n", count: 1 << 19)),
      ("too deep by an alias", "a: &x \(nested(60))\nb: &y \(nested(50, "*x"))\n"),
      ("an alias of itself", "a: &x [*x]\n"), ("an alias of another document", "a: &x 1\n---\nb: *x\n"),
    ]
    var text = ""
    for (title, document) in cases {
      do {
        let documents = try YAMLDocuments.read(document)
        Issue.record("\(title) is read: \(documents)")
      } catch {
        text += "# \(title)\n\(error)\n"
      }
    }
    try expectGolden(text, "refusals.txt")
  }

  @Test func `an alias brings what its anchor had last`() throws {
    let text = "a: &x 1\nb: *x\n&k c: &x [*x, *x]\nd: {e: *x, f: *k}\n"
    #expect(try YAMLDocuments.read(text) == [["a": 1, "b": 1, "c": [1, 1], "d": ["e": [1, 1], "f": "c"]]])
  }

  private func nested(_ depth: Int, _ inner: String = "") -> String {
    String(repeating: "[", count: depth) + inner + String(repeating: "]", count: depth)
  }

  @Test func `damaged text is refused or read, and never traps`() {
    var random = SplitMix64(seed: 0x9a31)
    let bytes = Array("a: &x [1, {b: 'c'}]\n? d\n: |\n  text\ne: !!str *x # no\n--- \n- \"\\u00e9\"\n".utf8)
    let signs = Array(" -:#\"'{}[]&*!|>%@?\n\t\\,<~0".utf8)
    for _ in 0..<5000 {
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        damaged[Int.random(in: 0..<damaged.count, using: &random)] = signs.randomElement(using: &random) ?? 0
      }
      damaged = Array(damaged.prefix(Int.random(in: 0...damaged.count, using: &random)))
      do {
        _ = try YAMLDocuments.read(String(decoding: damaged, as: UTF8.self))
      } catch {
        #expect(!error.reason.isEmpty)
      }
    }
  }
}
