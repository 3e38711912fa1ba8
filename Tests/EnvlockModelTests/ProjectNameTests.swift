import EnvlockModel
import EnvlockTestSupport
import EnvlockVersions
import Testing

@Suite struct ProjectNameTests {
  @Test(arguments: [
    ("torch", "torch"), ("Torch_Vision", "torch-vision"), ("zope.interface", "zope-interface"),
    ("a--._b", "a-b"), ("A", "a"), ("x1", "x1"), ("nvidia-cublas-cu12", "nvidia-cublas-cu12"),
  ])
  func `spellings of one name are one name`(written: String, normalised: String) throws {
    #expect(try ProjectName(written).text == normalised)
    #expect(try ExtraName(written).text == normalised)
    #expect(try ProjectName(written) == ProjectName(normalised))
    #expect("\(try ProjectName(written))" == normalised)
  }

  @Test(arguments: [
    ("", 0), ("-a", 0), ("_", 0), (".x", 0), ("a-", 1), ("torch_", 5), ("a b", 1), ("naïve", 2), ("a/b", 1),
    ("a\n", 1),
  ])
  func `what is no name is refused with its place`(text: String, offset: Int) {
    let error = #expect(throws: MalformedText.self) { try ProjectName(text) }
    #expect(error?.offset == offset)
    #expect(throws: MalformedText.self) { try ExtraName(text) }
  }

  @Test func `orders by bytes`() throws {
    let names = try ["torch", "a-b", "ab", "a1", "torchvision"].map { try ProjectName($0) }
    #expect(names.sorted().map(\.text) == ["a-b", "a1", "ab", "torch", "torchvision"])
  }

  @Test func `a normalised name normalises to itself`() throws {
    var random = SplitMix64(seed: 1)
    let letters = Array("abXY09-_.")
    for _ in 0..<2000 {
      let text = String((0..<Int.random(in: 1...12, using: &random)).map { _ in letters.pick(&random) })
      guard let name = try? ProjectName(text) else { continue }
      #expect(try ProjectName(name.text) == name)
      #expect(!name.text.contains("--") && name.text == name.text.lowercased())
    }
  }
}
