import EnvlockImage
import EnvlockTestSupport
import EnvlockVersions
import Foundation
import Testing

@testable import Envlock

/// What the Python of this machine compiles, where envlock takes one.
@Suite(.timeLimit(.minutes(10))) struct ModuleCompilerTests {
  private static let names = [
    "argparse.py", "ast.py", "collections/__init__.py", "dataclasses.py", "datetime.py", "decimal.py",
    "doctest.py",
    "email/message.py", "enum.py", "inspect.py", "json/decoder.py", "logging/__init__.py", "pickle.py",
    "pydoc.py",
    "subprocess.py", "tarfile.py", "tokenize.py", "typing.py", "unittest/mock.py", "xml/dom/minidom.py",
  ]

  /// Sets whose order depends on hashes, a constant that is used twice, names of every kind.
  private static let awkward = """
    \"\"\"naïve\"\"\"
    def f(a, b=1.5, *c, d="a text", **e):
        if a in {None, 1, "x", (None, 2), 3.5, b"b", "y y", ...}: return lambda: {**e}
        class C[0:2] if False else object: pass
        return [i for i in "abc" if i in {"q", "w", None}], f"{a!r} {b:>10}", 10 ** 30, 2j, b"", "", ()
    """

  private func sources(_ python: MachinePython) throws -> [ModuleCompiler.Source] {
    var sources = try Self.names.compactMap { name -> ModuleCompiler.Source? in
      guard let content = FileManager.default.contents(atPath: "\(python.library)/\(name)") else {
        return nil
      }
      return ModuleCompiler.Source(path: try ImagePath("usr/lib/python/\(name)"), content: Array(content))
    }
    let awkward = Self.awkward.replacing("class C[0:2] if False else object: pass", with: "class C: x = f")
    sources.append(
      ModuleCompiler.Source(path: try ImagePath("opt/a b/awkward.py"), content: Array(awkward.utf8)))
    return sources
  }

  @Test(.enabled(if: MachinePython.found != nil))
  func `nothing of a run shows in what is compiled`() throws {
    let python = try #require(MachinePython.found)
    let sources = try sources(python)
    let first = try python.compile(sources)
    #expect(first.tag == python.tag)
    #expect(first.modules.count == sources.count && !first.modules.contains(nil))
    let folder = try TemporaryFolder()
    var random = SplitMix64(seed: 5)
    for seed in ["0", "1", "77"] {
      // Other hashes, which images' Pythons never have; another order, other neighbours, other surroundings.
      let order = sources.indices.shuffled(using: &random)
      let chosen = order.prefix(Int.random(in: 1...sources.count, using: &random))
      let answer = try python.compile(
        chosen.map { sources[$0] },
        environment: [
          "PYTHONHASHSEED": seed, "TZ": "Asia/Kathmandu", "LC_ALL": "C.UTF-8", "LANG": "tr_TR.UTF-8",
        ],
        in: folder.path)
      #expect(answer.modules == chosen.map { first.modules[$0] })
    }
  }

  @Test(.enabled(if: MachinePython.found != nil))
  func `what Python loads is equal to what it compiles`() throws {
    let python = try #require(MachinePython.found)
    let sources = try sources(python)
    let folder = try TemporaryFolder()
    for (index, module) in try python.compile(sources).modules.enumerated() {
      try folder.put(sources[index].content, "\(index).py")
      try folder.put(try #require(module), "\(index).pyc")
    }
    let paths = sources.map { "/\($0.path)" }.joined(separator: "\n")
    try folder.put(Array(paths.utf8), "paths")
    let program = """
      import importlib.util, marshal
      for index, path in enumerate(open("paths").read().split("\\n")):
          source, module = open("%d.py" % index, "rb").read(), open("%d.pyc" % index, "rb").read()
          assert module[:8] == importlib.util.MAGIC_NUMBER + bytes([1, 0, 0, 0]), path
          assert module[8:16] == importlib.util.source_hash(source), path
          code = marshal.loads(module[16:])
          assert code == compile(source, path, "exec", dont_inherit=True), path
          assert code.co_filename == path, path
      print("equal")
      """
    let output = try MachinePython.run(python.path, ["-W", "ignore", "-c", program], in: folder.path)
    #expect(String(decoding: output, as: UTF8.self) == "equal\n")
  }

  @Test(.enabled(if: MachinePython.found != nil))
  func `what Python cannot compile has no code`() throws {
    let python = try #require(MachinePython.found)
    let texts = [
      "x = (", "print 1", "x = 1\n", "# -*- coding: nonsense -*-\n", "\u{0}", "", "x = '\u{e4}'\n",
      String(repeating: "(", count: 5000),
    ]
    let sources = try texts.enumerated().map {
      ModuleCompiler.Source(path: try ImagePath("m\($0).py"), content: Array($1.utf8))
    }
    let modules = try python.compile(sources).modules
    #expect(modules.map { $0 != nil } == [false, false, true, false, false, true, true, false])
    #expect(try python.compile([]).modules == [])
  }

  @Test func `an answer that is not whole is none`() throws {
    let python = try PythonVersion("3.11")
    let magic: [UInt8] = [0xA7, 0x0D, 0x0D, 0x0A]
    let hash: [UInt8] = Array(1...8)
    let whole =
      Array("cpython-311\n".utf8) + magic + hash + [1, 0, 0, 0, 0, 0, 0, 0, UInt8(ascii: "N")] + hash
      + [UInt8](repeating: 0, count: 8)
    let answer = try ModuleCompiler.answer(whole, count: 2, python: python)
    #expect(
      answer
        == ModuleCompiler.Answer(
          tag: "cpython-311", modules: [magic + [1, 0, 0, 0] + hash + [UInt8(ascii: "N")], nil]))
    for count in 0..<whole.count {
      #expect(try ModuleCompiler.answer(Array(whole.prefix(count)), count: 2, python: python) == nil)
    }
    #expect(try ModuleCompiler.answer(whole + [0], count: 2, python: python) == nil)
    #expect(try ModuleCompiler.answer(whole, count: 3, python: python) == nil)
    // A size beyond all bounds.
    let endless = Array("cpython-311\n".utf8) + magic + hash + [UInt8](repeating: 0xFF, count: 8)
    #expect(try ModuleCompiler.answer(endless, count: 1, python: python) == nil)
  }
}
