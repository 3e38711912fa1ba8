import EnvlockModel
import EnvlockTestSupport
import Testing

@testable import EnvlockCLI

@Suite struct RenderTreeTests {
  private let unicode = RenderTree(glyphs: .unicode, depth: nil)

  @Test func `the levels below the wheels stand in front`() throws {
    try expectGolden(unicode.text(try torchAnswer()), "tree-torch.txt")
  }

  @Test func `what was said once is not repeated, and circles end`() throws {
    try expectGolden(RenderTree(glyphs: .ascii, depth: nil).text(try plainAnswer()), "tree-plain.txt")
  }

  @Test func `a depth cuts`() throws {
    try expectGolden(RenderTree(glyphs: .unicode, depth: 1).text(try torchAnswer()), "tree-depth.txt")
    #expect(RenderTree(glyphs: .unicode, depth: 0).text(try torchAnswer()).hasSuffix("\ntorch 2.9.1\n"))
  }

  @Test func `inverted, it leads up to what was asked for`() throws {
    var text = unicode.inverted(try torchAnswer(), from: try ProjectName("nvidia-cublas-cu12"))
    text += "\n" + unicode.inverted(try plainAnswer(), from: try ProjectName("gamma"))
    try expectGolden(text, "tree-inverted.txt")
  }
}

@Suite struct LockChangesTests {
  @Test func `each change of a wheel has a line`() throws {
    let old = try lock([
      try answer(
        roots: ["a"],
        wheels: [
          try wheel("a", "1"), try wheel("b", "1"), try wheel("c", "1"), try wheel("e", "1"),
          try wheel("f", "1", tag: "py2.py3-none-any"),
        ])
    ])
    let new = try lock([
      try answer(
        python: "3.12", cuda: "12.8", roots: ["a"],
        wheels: [
          try wheel("a", "1"), try wheel("b", "2"), try wheel("d", "1"),
          try wheel("e", "1", index: "internal"), try wheel("f", "1"),
        ])
    ])
    let lines = LockChanges.lines(from: old, to: new)
    #expect(
      lines == [
        "CUDA none → 12.8", "Python 3.11 → 3.12", "b 1 → 2", "- c 1", "+ d 1",
        "e from another place: 1 of default → 1 of internal",
        "f another file: f-1-py2.py3-none-any.whl → f-1-py3-none-any.whl",
      ])
    #expect(
      LockChanges.lines(from: old, to: new, limit: 2) == [
        "CUDA none → 12.8", "Python 3.11 → 3.12", "… and 5 more",
      ])
    #expect(LockChanges.lines(from: old, to: old).isEmpty)
  }

  @Test func `another request is a change of its own`() throws {
    let answer = try answer(roots: ["a"], wheels: [try wheel("a", "1")])
    let lines = LockChanges.lines(from: try lock([answer]), to: try lock([answer], request: ["split": true]))
    #expect(lines == ["what is asked for has changed"])
  }

  @Test func `platforms come and go`() throws {
    let amd = try answer(roots: ["a"], wheels: [try wheel("a", "1")])
    let arm = try answer(.linuxARM64, roots: ["a"], wheels: [try wheel("a", "2")])
    #expect(
      LockChanges.lines(from: try lock([amd]), to: try lock([arm])) == ["+ linux/arm64", "- linux/amd64"])
  }
}
