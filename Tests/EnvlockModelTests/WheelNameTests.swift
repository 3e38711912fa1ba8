import EnvlockTestSupport
import EnvlockVersions
import Testing

@testable import EnvlockModel

@Suite struct WheelNameTests {
  @Test func `takes a name apart`() throws {
    let wheel = try WheelName(
      "torch-2.9.1+cu128-cp311-cp311-manylinux_2_28_x86_64.whl")
    #expect(wheel.project.text == "torch")
    #expect(wheel.version == (try Version("2.9.1+cu128")))
    #expect(wheel.build == nil)
    #expect(wheel.pythonTags == ["cp311"] && wheel.abiTags == ["cp311"])
    #expect(wheel.platformTags == ["manylinux_2_28_x86_64"])
  }

  @Test func `keeps compressed tag sets in their order, in lower case`() throws {
    let wheel = try WheelName("Zope_Interface-1.0-Py2.py3-none-Any.whl")
    #expect(wheel.project.text == "zope-interface")
    #expect(wheel.pythonTags == ["py2", "py3"] && wheel.platformTags == ["any"])
    #expect(wheel.fileName == "Zope_Interface-1.0-Py2.py3-none-Any.whl")
  }

  @Test func `a later build is greater, no build is least`() throws {
    let builds = try ["3", "10", "2", "2_a", "007"].map { build in
      try WheelName("torch-2.10.0-\(build)-cp310-cp310-linux_x86_64.whl").build
    }
    #expect(builds.compactMap { $0 }.sorted().map(\.description) == ["2", "2_a", "3", "7", "10"])
  }

  @Test(arguments: [
    "", ".whl", "torch.whl", "torch-1.0.whl", "torch-1.0-py3-none-any.zip", "torch-1.0-py3-none-any.WHL",
    "torch-1.0-py3-none.whl", "torch-1.0-1-2-py3-none-any.whl", "torch-x-py3-none-any.whl",
    "-1.0-py3-none-any.whl", "torch-1.0-x1-py3-none-any.whl", "torch-1.0-py3-none-.whl",
    "torch-1.0-99999999999999999999-py3-none-any.whl", "../torch-1.0-py3-none-any.whl",
    "torch-1.0-1/../../x-py3-none-any.whl", "torch-1.0-py3-none-a ny.whl", "törch-1.0-py3-none-any.whl",
    "torch-1.0-py3-none-any\u{1B}.whl",
  ])
  func `refuses what is no wheel's name, and anything that is more than a file name`(text: String) {
    #expect(throws: MalformedText.self) { try WheelName(text) }
  }

  @Test(arguments: [
    (
      "https://example.com/a/torch-1.0%2Bcu118-py3-none-any.whl#sha256=00", "torch-1.0+cu118-py3-none-any.whl"
    ),
    ("https://example.com/a/torch-1.0-py3-none-any.whl?x=/y.whl", "torch-1.0-py3-none-any.whl"),
    ("./wheels/torch-1.0-py3-none-any.whl", "torch-1.0-py3-none-any.whl"),
    ("torch-1.0%-py3-none-any.whl", "torch-1.0%-py3-none-any.whl"),
  ])
  func `finds the file name at the end of a URL or path`(reference: String, fileName: String) {
    #expect(WheelName.fileName(atEndOf: reference) == fileName)
  }

  @Test func `a decoded slash does not make a path`() {
    #expect(throws: MalformedText.self) {
      try WheelName(atEndOf: "https://example.com/..%2Ftorch-1.0-py3-none-any.whl")
    }
  }

  @Test func `no mutation of a name traps, and what is read is as it was given`() throws {
    var random = SplitMix64(seed: 3)
    let name = "torch-2.10.0+cu128-3-cp310.cp311-cp310-manylinux_2_28_x86_64.whl"
    for _ in 0..<4000 {
      let text = Mutation.text(of: name, &random)
      guard let wheel = try? WheelName(text) else { continue }
      #expect(wheel.fileName == text)
      #expect(!text.contains("/"))
    }
  }
}
