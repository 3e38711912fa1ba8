import EnvlockManifest
import EnvlockModel
import EnvlockTestSupport
import Testing

@Suite struct ManifestFaultTests {
  /// What is wrong, and the file that has it.
  static let faults: [(title: String, text: String)] = [
    ("unknown key", "[environment]\nframwork = \"torch==2.9.1\"\n"),
    ("unknown key, far from all", "[environment]\nzzz = 1\n"),
    ("unknown table", "[enviroment]\npython = \"3.11\"\n"),
    ("key of another table", "[environment]\npython = \"3.11\"\ndriver = \"550.54.15\"\n"),
    ("key at the top", "python = \"3.11\"\n"),
    ("key of a target", "[[target]]\nname = \"lab\"\ngpu = [\"A100\"]\n"),
    ("unfinished string", "[environment]\nname = \"x\npython = \"3.11\"\n"),
    ("key twice", "[environment]\npython = \"3.11\"\npython = \"3.12\"\n"),
    ("number for a string", "[environment]\npython = 3.10\n"),
    ("string for an array", "[environment]\nrequirements = \"numpy\"\n"),
    ("number in an array", "[environment]\nrequirements = [\n  \"numpy\",\n  12,\n]\n"),
    ("string for a boolean", "[environment]\nsplit = \"yes\"\n"),
    ("string for a table", "environment = \"resnet\"\n"),
    ("table for an array of tables", "[target]\nname = \"lab\"\n"),
    (
      "malformed requirement in an array",
      "[environment]\nrequirements = [\n  \"numpy\",     # fine\n  \"transformers=4.50\",\n]\n"
    ),
    ("malformed requirement behind an escape", "[environment]\nrequirements = [\"a\\u0062c=4.50\"]\n"),
    ("malformed marker", "[environment]\nframework = \"torch; python_versio < '3'\"\n"),
    ("unknown Python", "[environment]\npython = \"2.7\"\n"),
    ("unknown platform", "[environment]\nplatforms = [\"linux/amd64\", \"windows\"]\n"),
    ("no platform", "[environment]\nplatforms = []\n"),
    ("unknown CUDA", "[environment]\ncuda = \"twelve\"\n"),
    ("unknown pre-release mode", "[environment]\nprerelease = \"maybe\"\n"),
    ("impossible day", "[environment]\nexclude-newer = \"2026-02-30\"\n"),
    ("unknown driver", "[[target]]\nname = \"lab\"\ndriver = \"new\"\n"),
    ("two targets of one name", "[[target]]\nname = \"lab\"\n\n[[target]]\nname = \"lab\"\n"),
    (
      "two indexes of one name",
      "[[index]]\nname = \"a\"\n[[index]]\nname = 'a'\nurl = 'https://x.example/'\n"
    ),
    ("index without a name", "[[index]]\nurl = \"https://x.example/simple\"\n"),
    ("index with a bad name", "[[index]]\nname = \"a b\"\n"),
    ("index without a scheme", "[[index]]\nname = \"a\"\nurl = \"user:secret@x.example/simple\"\n"),
    (
      "password in a line at fault",
      "[[index]]\nname = \"a\"\nurl = \"htps://user:secret@x.example/simple\"\n"
    ),
    ("unknown key of the image", "[image]\nentry-point = [\"python\"]\n"),
    ("base of two kinds", "[base]\ndebian = \"bookworm\"\nimage = \"debian:12\"\n"),
    ("base of no kind", "[base]\npackages = [\"git\"]\n"),
    ("packages on an image", "[base]\nimage = \"debian:12\"\npackages = [\"git\"]\n"),
    ("suite that is none", "[base]\ndebian = \"Debian 12\"\n"),
    ("package that is none", "[base]\ndebian = \"bookworm\"\npackages = [\"Git!\"]\n"),
    ("alternatives of packages", "[base]\ndebian = \"bookworm\"\npackages = [\"git | hg\"]\n"),
    ("relative workdir", "[image]\nworkdir = \"work\"\n"),
    ("variable without a name", "[image.env]\n\"A=B\" = \"1\"\n"),
    ("number as a label", "[image.labels]\nlevel = 3\n"),
    ("missing requirements file", "[environment]\nrequirements-files = [\"nothere.txt\"]\n"),
    ("requirements from the net", "[environment]\nrequirements-files = [\"https://x.example/r.txt\"]\n"),
    ("circle of files", "[environment]\nrequirements-files = [\"one.txt\"]\n"),
    ("fault in a requirements file", "[environment]\nrequirements-files = [\"bad.txt\"]\n"),
    ("tabs and wide letters", "[environment]\n\tname = \"Größe\"\tx\n"),
    ("very long line", "environment.name = [\(String(repeating: "1, ", count: 200))x]\n"),
  ]

  @Test func `faults are shown where they are, with what was probably meant`() throws {
    let others = ["one.txt": "numpy\n-r two.txt\n", "two.txt": "-r one.txt\n", "bad.txt": "numpy\ntorch=2\n"]
    var text = ""
    for fault in Self.faults {
      text += "# \(fault.title)\n" + faultText { _ = try manifest(fault.text, others) } + "\n"
    }
    try expectGolden(text, "faults.txt")
  }

  @Test func `faults of a pyproject name its own tables`() throws {
    var text = ""
    for document in [
      "[tool.envlock]\npython = \"3.11\"\n", "[tool.envlock.environment]\npyton = \"3.11\"\n",
      "[project]\nrequires-python = \">3.x\"\n", "[project]\ndependencies = [\"torch=2\"]\n",
      "[project]\nname = \"a\"\ndynamic = [\"version\", \"dependencies\"]\n", "[tool]\nenvlock = 1\n",
    ] {
      text += faultText {
        _ = try ManifestReader(files: files(["pyproject.toml": document])).read("pyproject.toml")
      }
      text += "\n"
    }
    try expectGolden(text, "faults-pyproject.txt")
  }

  @Test func `a missing manifest says what to do`() throws {
    var text = faultText { _ = try ManifestReader(files: files([:])).discover(in: "") }
    text += faultText { _ = try ManifestReader(files: files(["sub/pyproject.toml": ""])).discover(in: "sub") }
    text += faultText { _ = try ManifestReader(files: files([:])).read("my.toml") }
    text += faultText {
      let unreadable = FileReader { _ throws(FileFault) in throw .unreadable("permission denied") }
      _ = try ManifestReader(files: unreadable).discover(in: "")
    }
    try expectGolden(text, "missing.txt")
  }

  @Test func `bytes that are no text are an error`() {
    for bytes in [[0xFF, 0x20] as [UInt8], Array("a = 1\n\0[[".utf8)] {
      let reader = ManifestReader(files: FileReader { _ throws(FileFault) in bytes })
      #expect(throws: ManifestError.self) { try reader.read("envlock.toml") }
    }
  }

  @Test func `a byte order mark is no part of the text`() throws {
    let reader = ManifestReader(
      files: FileReader { _ throws(FileFault) in [0xEF, 0xBB, 0xBF] + Array("x = 1\n".utf8) })
    let error = try #require(throws: ManifestError.self) { try reader.read("envlock.toml") }
    #expect(error.message.hasPrefix("envlock.toml:1:1:"))
  }

  /// Cuts and changes a good manifest everywhere: whatever comes of it, nothing may trap.
  @Test func `no text traps`() {
    let text = """
      environment.name = "a\\u0000b"   # ü
      "environment"."x" = '''
      ''\\'''
      [[target]]
      name = "lab"
      gpus = ["A", 'B', \"\"\"c\"\"\"]
      run = { gpus = [[1], [{ a = 1979-05-27T07:32:00Z }]], env."a.b" = 0x1F }
      [[target.sub]]
      [index.a]
      """
    let bytes = Array(text.utf8)
    var random = SplitMix64(seed: 7)
    for round in 0..<600 {
      var changed = bytes
      if round < bytes.count { changed.removeSubrange(round...) }
      for _ in 0..<(round % 3) where !changed.isEmpty {
        let place = Int.random(in: changed.indices, using: &random)
        changed[place] = Array("[]{}\"'=.,#\n\\ 1a".utf8).randomElement(using: &random) ?? 0
      }
      let final = changed
      let reader = ManifestReader(files: FileReader { _ throws(FileFault) in final })
      _ = faultText { _ = try reader.read(round % 2 == 0 ? "envlock.toml" : "pyproject.toml") }
    }
  }
}
