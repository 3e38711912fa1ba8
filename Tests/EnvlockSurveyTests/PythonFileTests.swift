import EnvlockSurvey
import EnvlockTestSupport
import EnvlockVersions
import Testing

@Suite struct PythonFileTests {
  private func value(_ name: String, _ text: String) -> PythonValue? {
    PythonFile(Array(text.utf8)).value(of: name)
  }

  @Test func `reads an assignment with and without annotation`() {
    let text = "__version__ = '2.0'\ncudart = 1\ncuda: Optional[str] = '13.2'\nhip = None\n"
    #expect(value("cuda", text) == .text("13.2"))
    #expect(value("hip", text) == PythonValue.none)
    #expect(value("rocm", text) == nil)
    #expect(value("cud", text) == nil)
  }

  @Test func `reads dictionaries of sets, over several lines, with comments`() {
    let text = """
      TABLE: dict[str, dict[str, set[int]]] = {
          "12.6": {  # older
              "x86_64": {50, 90},
              'aarch64': {80,},
          },
      }
      """
    let table = value("TABLE", text)
    #expect(table?["12.6"]?["x86_64"] == .list([.integer(50), .integer(90)]))
    #expect(table?["12.6"]?["aarch64"]?.elements?.compactMap(\.integer) == [80])
  }

  @Test func `reads an ordered dictionary as one`() {
    let info = value(
      "build_info",
      "build_info = collections.OrderedDict([('cuda_version', '12.3'), ('is_cuda_build', True)])")
    #expect(info?["cuda_version"]?.text == "12.3")
    #expect(info?["is_cuda_build"]?.bool == true)
  }

  @Test(arguments: [
    "x = ", "x = [", "x = [1", "x = {'a': }", "x = {'a': 1, 2}", "x = 'a", "x = f(1, 2)", "x = y",
    "x = Dict([1])",
    "x = 99999999999999999999", "x = -", "x", "x == 1", "x = \"\\",
  ])
  func `what is no literal is none`(text: String) { #expect(value("x", text) == nil) }

  @Test func `deep nesting and random bytes never trap`() {
    #expect(value("x", "x = " + String(repeating: "[", count: 100_000)) == nil)
    var random = SplitMix64(seed: 9)
    let alphabet = Array("x =[](){}:,'\"#\\\n1-TrueNone.Dict".utf8)
    for _ in 0..<3000 {
      let bytes = (0..<Int.random(in: 0...60, using: &random)).map { _ in
        alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
      }
      _ = PythonFile(Array("x = ".utf8) + bytes).value(of: "x")
    }
  }
}

@Suite struct GlibcNeedTests {
  @Test func `finds the newest glibc that is named`() throws {
    let library = Array("GLIBC_2.4\0GLIBC_2.17\0GLIBC_2.2.5\0GLIBC_PRIVATE\0GLIBCXX_3.4\0GLIBC_".utf8)
    #expect(GlibcNeed.newest(in: library) == (try Version("2.17")))
    #expect(GlibcNeed.newest(in: Array("none".utf8)) == nil)
  }
}
