import EnvlockTestSupport
import EnvlockVersions
import Testing

@testable import EnvlockModel

@Suite struct MarkerTests {
  let environment: MarkerEnvironment

  init() throws {
    environment = MarkerEnvironment(python: try PythonVersion("3.11.7"), platform: .linuxAMD64)
  }

  @Test func `the environment is that of CPython on Linux`() throws {
    let arm = MarkerEnvironment(python: try PythonVersion("3.13t"), platform: .linuxARM64)
    let values = MarkerVariable.allCases.map { "\($0)=\(arm[$0])" }
    #expect(
      values == [
        "os_name=posix", "sys_platform=linux", "platform_machine=aarch64",
        "platform_python_implementation=CPython", "platform_release=", "platform_system=Linux",
        "platform_version=", "python_version=3.13", "python_full_version=3.13.0",
        "implementation_name=cpython",
        "implementation_version=3.13.0", "extra=", "extras=", "dependency_groups=",
      ])
  }

  @Test(arguments: [
    // Versions, not texts.
    (#"python_version >= "3.9""#, true), (#"python_version < "3.9""#, false),
    (#"python_version == "3.11.*""#, true), (#"python_version ~= "3.8""#, true),
    (#"python_version ~= "3.8.0""#, false), (#"python_full_version === "3.11.7""#, true),
    (#"python_full_version === "3.11""#, false), (#"python_version == "3.11.0""#, true),
    (#"python_full_version < "3.11.7.1""#, true), (#"python_full_version > "3.11""#, true),
    (#"python_version != "3.11""#, false), (#""3.9" < python_version"#, true),
    (#""3.12" <= python_version"#, false), (#"python_full_version >= "3.11.8rc1""#, false),
    (#"python_version > "3.10.*""#, false), (#"implementation_version >= "3.11""#, true),
    (#"python_version == " 3.11 ""#, true), (#"python_version >= "3.70000""#, false),
    // Texts.
    (#"os_name == "posix""#, true), (#"os_name != 'nt'"#, true), (#"sys_platform in "linux darwin""#, true),
    (#"sys_platform not in "win32 darwin""#, true), (#""nux" in sys_platform"#, true),
    (#"platform_system >= "Linux""#, true), (#"platform_system > "A""#, false),
    (#"platform_system < "Z""#, false), (#"platform_machine == "X86_64""#, false),
    (#"python_version in "2.7, 3.11""#, true), (#"python_version not in "2.7 3.8""#, true),
    (#""" in os_name"#, true), (#"platform_release == """#, true), (#"platform_version != "x""#, true),
    // A version against what is none.
    (#"python_version >= "three""#, false), (#"python_version != "three""#, true),
    (#"platform_release >= "5.4""#, false), (#"platform_release != "5.4""#, false),
    // Undefined.
    (#"os_name ~= "2""#, false), (#"os_name === "posix""#, false), (#"python_version ~= "x""#, false),
    // Old names.
    (#"os.name == "posix" and sys.platform == "linux""#, true),
    (#"python_implementation == "CPython""#, true),
    (#"platform.python_implementation == "CPython" and platform.machine == "x86_64""#, true),
    (#"platform.version == """#, true),
    // Nothing to look up.
    (#""a" == "a""#, true), (#"os_name == sys_platform"#, false),
  ])
  func `compares`(text: String, answer: Bool) throws {
    #expect(try Marker(text).evaluate(environment) == answer)
  }

  @Test(arguments: [
    // "and" binds closer than "or"; parentheses bind closest.
    ("T or F and F", true), ("(T or F) and F", false), ("F and F or T", true), ("F and (F or T)", false),
    ("T and T or F and F", true), ("(((T)))", true), ("F or F or T", true), ("T and T and F", false),
    ("(T or F) and (F or T) and T", true),
  ])
  func `joins`(formula: String, answer: Bool) throws {
    let text = formula.map { character in
      switch character {
      case "T": "os_name=='posix'"
      case "F": "os_name=='nt'"
      default: String(character)
      }
    }.joined()
    #expect(try Marker(text).evaluate(environment) == answer)
  }

  @Test(arguments: [
    ("extra == 'Foo_Bar'", "foo-bar", true), ("extra == 'foo-bar'", "foo.bar", true),
    ("extra == 'foo'", nil, false), ("extra != 'foo'", nil, true), ("extra == ''", nil, true),
    ("'FOO' == extra", "foo", true), ("extra in 'foo-bar'", "foo", true), ("extra != 'foo'", "bar", true),
    ("(extra == 'A_B')", "a-b", true), ("'Foo' in extras", "foo", true),
    ("'foo' not in extras", "foo", false),
    ("'foo' in extras", nil, false), ("'foo' in dependency_groups", "foo", false),
    ("extras == 'foo'", "foo", false), ("extras in 'foo'", "foo", false),
  ])
  func `compares extras by their normalised names`(text: String, extra: String?, answer: Bool) throws {
    #expect(try Marker(text).evaluate(environment, extra: extra.map { try ExtraName($0) }) == answer)
  }

  @Test func `holds for any of several extras`() throws {
    let extras = try Set(["a", "b"].map { try ExtraName($0) })
    #expect(try Marker("extra == 'b'").holds(environment, extras: extras))
    #expect(try !Marker("extra == 'c'").holds(environment, extras: extras))
    #expect(try Marker("'a' in extras and 'b' in extras").holds(environment, extras: extras))
    #expect(try Marker("extra == ''").holds(environment, extras: []))
    #expect(try !Marker("extra == ''").holds(environment, extras: extras))
  }

  @Test func `tells which extras and which undefined comparisons it has`() throws {
    let marker = try Marker("python_version<'3' and (extra=='B_b' or 'a' in extras) or os_name ~= '1'")
    #expect(marker.mentionsExtra)
    #expect(marker.mentionedExtras.map(\.text) == ["a", "b-b"])
    #expect(marker.undefinedComparisons == [#"os_name ~= "1""#])
    #expect(try !Marker("os_name == 'extra'").mentionsExtra)
  }

  @Test(arguments: [
    (#"python_version>='3.9'"#, #"python_version >= "3.9""#),
    ("os.name=='a'or'b'in os_name", #"os_name == "a" or "b" in os_name"#),
    (
      "(os_name == 'a' and os_name == 'b') and os_name == 'c'",
      #"os_name == "a" and os_name == "b" and os_name == "c""#
    ),
    (
      "(os_name == 'a' or os_name == 'b') and os_name  not\t in 'c'",
      #"(os_name == "a" or os_name == "b") and os_name not in "c""#
    ),
    (
      "os_name == 'a' and os_name == 'b' or os_name == 'c'",
      #"os_name == "a" and os_name == "b" or os_name == "c""#
    ),
    (#"os_name == 'say "x"'"#, #"os_name == 'say "x"'"#),
    ("extra == 'A.B'", #"extra == "a-b""#),
  ])
  func `is printed in one way`(text: String, printed: String) throws {
    #expect(try Marker(text).description == printed)
    #expect(try Marker(printed) == Marker(text))
  }

  @Test(arguments: [
    ("", 0, "a variable such as python_version or a quoted text is expected here"),
    ("os_nam == 'a'", 0, "os_nam is no marker variable; a text needs quotes"),
    ("os_name = 'a'", 8, "= does not compare; write =="),
    ("os_name 'a'", 8, "one of ==, !=, <, <=, >, >=, ~=, ===, in, not in is expected here"),
    ("os_name == a", 11, "a is no marker variable; a text needs quotes"),
    ("os_name == 'a", 11, "this quoted text does not end"),
    ("os_name == 'a' and", 18, "a variable such as python_version or a quoted text is expected here"),
    ("os_name == 'a' os_name == 'b'", 15, "\"and\", \"or\" or the end of the marker is expected here"),
    ("(os_name == 'a'", 0, "this parenthesis is not closed"),
    ("(os_name == 'a' 'b')", 16, "\"and\", \"or\" or a closing parenthesis is expected here"),
    ("os_name == 'a')", 14, "\"and\", \"or\" or the end of the marker is expected here"),
    ("os_name not 'a'", 12, "\"in\" is expected after \"not\""),
    ("os_name notin 'a'", 8, "one of ==, !=, <, <=, >, >=, ~=, ===, in, not in is expected here"),
    ("os_name => 'a'", 8, "one of ==, !=, <, <=, >, >=, ~=, ===, in, not in is expected here"),
    ("os_name == 'a' AND os_name == 'b'", 15, "\"and\", \"or\" or the end of the marker is expected here"),
    ("os_name ==\n'a'", 10, "a variable such as python_version or a quoted text is expected here"),
  ])
  func `says what is wrong, and where`(text: String, offset: Int, reason: String) {
    let error = #expect(throws: MalformedText.self) { try Marker(text) }
    #expect(error == MalformedText(what: "marker", text: text, reason: reason, offset: offset))
  }

  @Test func `deep nesting is an error, not a crash`() throws {
    let deep = String(repeating: "(", count: 100_000)
    #expect(throws: MalformedText.self) { try Marker(deep + "os_name == 'a'") }
    let fine = String(repeating: "(", count: 50) + "os_name == 'posix'" + String(repeating: ")", count: 50)
    #expect(try Marker(fine).evaluate(environment))
    let wide = Array(repeating: "os_name == 'posix'", count: 5000).joined(separator: " and ")
    #expect(try Marker(wide).evaluate(environment))
  }
}
