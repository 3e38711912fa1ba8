import EnvlockImage
import EnvlockModel
import EnvlockTestSupport
import Testing

/// Marshalled code and compiled modules. What comes out for real modules is asked of a real Python elsewhere.
@Suite struct MarshalTests {
  private static let python = "3.11"

  /// Objects as `marshal.dumps` may write them.
  private enum Dump {
    static let flag: UInt8 = 0x80

    static func number(_ value: Int) -> [UInt8] {
      (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    static func int(_ value: Int, _ flag: UInt8 = 0) -> [UInt8] { [UInt8(ascii: "i") | flag] + number(value) }
    static func reference(_ place: Int) -> [UInt8] { [UInt8(ascii: "r")] + number(place) }
    static func short(_ text: String, isInterned: Bool = false, _ flag: UInt8 = 0) -> [UInt8] {
      [UInt8(ascii: isInterned ? "Z" : "z") | flag, UInt8(text.utf8.count)] + text.utf8
    }
    static func long(_ text: String, _ kind: Unicode.Scalar, _ flag: UInt8 = 0) -> [UInt8] {
      [UInt8(ascii: kind) | flag] + number(text.utf8.count) + text.utf8
    }
    static func bytes(_ content: String) -> [UInt8] {
      [UInt8(ascii: "s")] + number(content.utf8.count) + content.utf8
    }
    static func tuple(_ parts: [UInt8]..., flag: UInt8 = 0) -> [UInt8] {
      [UInt8(ascii: ")") | flag, UInt8(parts.count)] + parts.flatMap { $0 }
    }
    static func set(_ parts: [UInt8]...) -> [UInt8] {
      [UInt8(ascii: ">")] + number(parts.count) + parts.flatMap { $0 }
    }
    static let none = [UInt8(ascii: "N")]

    /// A code object of Python 3.11 with these constants.
    static func code(_ constants: [UInt8]) -> [UInt8] {
      [UInt8(ascii: "c") | flag] + (0..<5).flatMap { number($0) } + bytes("code") + constants
        + tuple(short("print", isInterned: true)) + tuple() + bytes("") + short("/app/a.py")
        + short("<module>", isInterned: true) + short("<module>", isInterned: true) + number(1)
        + bytes("lines")
        + bytes("")
    }

    /// A code object of the Pythons before 3.11.
    static func olderCode(_ constants: [UInt8]) -> [UInt8] {
      [UInt8(ascii: "c")] + (0..<6).flatMap { number($0) } + bytes("code") + constants
        + tuple(short("print", isInterned: true)) + tuple() + tuple() + tuple() + short("/app/a.py")
        + short("<module>", isInterned: true) + number(1) + bytes("lines")
    }
  }

  private func form(_ dumped: [UInt8], python: String = MarshalTests.python) throws -> [UInt8] {
    try MarshalledCode(dumped, python: try PythonVersion(python)).bytes
  }

  // MARK: One form

  @Test func `who else holds an object does not show`() throws {
    // Once written once and referred to, once written twice, once marked for references that never come.
    let shared = Dump.tuple(Dump.short("a b", Dump.flag), Dump.reference(0))
    let twice = Dump.tuple(Dump.short("a b"), Dump.short("a b"))
    let marked = Dump.tuple(
      Dump.short("a b", Dump.flag), Dump.int(1, Dump.flag), Dump.reference(0), flag: Dump.flag)
    #expect(try form(shared) == shared)
    #expect(try form(twice) == shared)
    // The tuple itself is number 0 there.
    let other = Dump.tuple(Dump.short("a b", Dump.flag), Dump.int(1), Dump.reference(1), flag: Dump.flag)
    #expect(try form(other) == Dump.tuple(Dump.short("a b", Dump.flag), Dump.int(1), Dump.reference(0)))
    // A reference to what has not come to its end.
    #expect(throws: MarshalFault.self) { try form(marked) }
  }

  @Test func `what is equal is written once, whole groups too`() throws {
    let pair = Dump.tuple(Dump.int(70000), Dump.none)
    let again = Dump.tuple(Dump.int(70000, Dump.flag), Dump.none, flag: Dump.flag)
    #expect(
      try form(Dump.tuple(pair, Dump.int(70000), pair))
        == Dump.tuple(again, Dump.reference(1), Dump.reference(0)))
    // A number and a truth that are equal to Python are not the same.
    let different = Dump.tuple(Dump.int(1), [UInt8(ascii: "T")], Dump.int(0), [UInt8(ascii: "F")])
    #expect(try form(different) == different)
  }

  @Test func `texts are interned by what they look like`() throws {
    for name in ["a", "_name1", "X", ""] {
      #expect(try form(Dump.short(name)) == Dump.short(name, isInterned: true))
      #expect(try form(Dump.short(name, isInterned: true)) == Dump.short(name, isInterned: true))
    }
    for text in ["a b", "-", "<module>", "a.b", "@", "[", "`", "{", "/", ":"] {
      #expect(try form(Dump.short(text)) == Dump.short(text))
      #expect(try form(Dump.short(text, isInterned: true)) == Dump.short(text))
    }
    let name = String(repeating: "n", count: 256)
    let sentence = String(repeating: "n ", count: 200)
    #expect(try form(Dump.long(name, "a")) == Dump.long(name, "A"))
    #expect(try form(Dump.long(sentence, "A")) == Dump.long(sentence, "a"))
    #expect(try form(Dump.long("naïve", "t")) == Dump.long("naïve", "u"))
    // However long it is said to be, a short one is written short.
    #expect(try form(Dump.long("short", "u")) == Dump.short("short", isInterned: true))
  }

  @Test func `sets are sorted`() throws {
    let members = [
      Dump.none, Dump.int(7), Dump.int(300), Dump.short("b"), Dump.short("a b"),
      Dump.tuple(Dump.none, Dump.int(2)), Dump.tuple(Dump.none, Dump.int(1)),
    ]
    var random = SplitMix64(seed: 3)
    let first = try form(set(members))
    #expect(first.count == set(members).count)
    for _ in 0..<20 { #expect(try form(set(members.shuffled(using: &random))) == first) }
  }

  private func set(_ members: [[UInt8]]) -> [UInt8] {
    [UInt8(ascii: ">")] + Dump.number(members.count) + members.flatMap { $0 }
  }

  @Test(arguments: ["3.8", "3.9", "3.10", "3.11", "3.12", "3.13t", "3.14", "3.15"])
  func `code is read as each Python lays it out`(python: String) throws {
    let isOlder = ["3.8", "3.9", "3.10"].contains(python)
    let make = isOlder ? Dump.olderCode : Dump.code
    let inner = make(Dump.none)
    let dumped = make(Dump.tuple(inner, inner, Dump.none))
    let bytes = try form(dumped, python: python)
    // Functions are not merged, what is in them is.
    #expect(bytes.count { $0 & 0x7F == UInt8(ascii: "c") } >= 3)
    #expect(bytes.count < dumped.count)
    #expect(try form(bytes, python: python) == bytes)
    #expect(throws: MarshalFault.self) { try form(dumped, python: isOlder ? "3.11" : "3.10") }
  }

  @Test func `numbers of every kind come through`() throws {
    let numbers: [[UInt8]] = [
      [UInt8(ascii: "g")] + Array(1...8), [UInt8(ascii: "y")] + Array(1...16),
      // 2 to the power of 45, and its negative: three digits of 15 bits.
      [UInt8(ascii: "l"), 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0],
      [UInt8(ascii: "l"), 0xFC, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 1, 0],
      [UInt8(ascii: ".")], Dump.bytes("bytes"), [UInt8(ascii: ":")] + Dump.int(1) + Dump.none + Dump.none,
    ]
    let all = [UInt8(ascii: ")"), UInt8(numbers.count)] + numbers.flatMap { $0 }
    #expect(try form(all) == all)
    let many = [UInt8(ascii: "(")] + Dump.number(300) + (0..<300).flatMap { Dump.int($0) }
    #expect(try form(many) == many)
  }

  // MARK: Faults

  @Test func `what is no code is refused wherever it ends`() throws {
    let whole = Dump.code(Dump.tuple(Dump.set(Dump.int(1), Dump.none), Dump.short("text", Dump.flag)))
    for count in 0..<whole.count {
      #expect(throws: MarshalFault.self) { try form(Array(whole.prefix(count))) }
    }
    #expect(throws: MarshalFault(.trailing, offset: whole.count)) { try form(whole + [0]) }
    #expect(throws: MarshalFault(.kind(UInt8(ascii: "[")), offset: 0)) {
      try form([UInt8(ascii: "["), 0, 0, 0, 0])
    }
    #expect(throws: MarshalFault(.reference, offset: 0)) { try form(Dump.reference(0)) }
    let deep = Array(repeating: [UInt8(ascii: ")"), 1], count: 5000).flatMap { $0 } + Dump.none
    #expect(throws: MarshalFault(.tooDeep, offset: 2000)) { try form(deep) }
    let fault = #expect(throws: MarshalFault.self) { try form([UInt8(ascii: "i"), 0]) }
    #expect(fault?.message == "Python's compiled code cannot be read: it is cut off, at byte 1")
  }

  @Test func `no bytes make it trap`() throws {
    let whole = Dump.code(
      Dump.tuple(Dump.set(Dump.int(1), Dump.none), Dump.short("text", Dump.flag), Dump.reference(1)))
    var random = SplitMix64(seed: 11)
    for _ in 0..<3000 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      if let form = try? form(bytes) { #expect(try self.form(form) == form) }
    }
  }

  // MARK: Modules

  @Test func `a compiled module asks nobody to look at its source`() throws {
    let code = try MarshalledCode(Dump.none, python: try PythonVersion("3.11"))
    let module = CompiledModule(magic: [0xA7, 0x0D, 0x0D, 0x0A], sourceHash: Array(1...8), code: code)
    #expect(module.bytes == [0xA7, 0x0D, 0x0D, 0x0A, 1, 0, 0, 0] + Array(1...8) + Dump.none)
  }

  @Test(arguments: [
    ("opt/a/__init__.py", "opt/a/__pycache__/__init__.cpython-311.pyc"),
    ("top.py", "__pycache__/top.cpython-311.pyc"),
    ("a/b.c.py", "a/__pycache__/b.c.cpython-311.pyc"), ("a/ü.py", "a/__pycache__/ü.cpython-311.pyc"),
    ("a/b.pyi", nil),
    ("a/.py", nil), (".py", nil), ("a/b.pyc", nil), ("a.py/b", nil),
  ])
  func `a compiled module lies where Python looks for it`(source: String, compiled: String?) throws {
    #expect(CompiledModule.path(of: try ImagePath(source), tag: "cpython-311")?.text == compiled)
  }

  @Test func `a compiled module whose name would be too long has none`() throws {
    let source = try ImagePath("a/" + String(repeating: "n", count: 250) + ".py")
    #expect(CompiledModule.isModule(source))
    #expect(CompiledModule.path(of: source, tag: "cpython-311") == nil)
  }
}
