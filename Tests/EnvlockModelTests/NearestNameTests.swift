import EnvlockModel
import Testing

@Suite struct NearestNameTests {
  @Test(arguments: [
    ("framwork", "framework"), ("Requirement_Files", "requirements-files"), ("pyhton", "python"),
    ("cdua", "cuda"),
    ("requierments", "requirements"), ("pythn", "python"),
  ])
  func `a slip of the fingers is found`(typed: String, meant: String) {
    let known = ["python", "framework", "requirements", "requirements-files", "cuda", "split"]
    #expect(NearestName.of(typed, among: known) == meant)
  }

  @Test(arguments: ["zzz", "image", "", "x"])
  func `what is far from everything has no nearest`(typed: String) {
    #expect(NearestName.of(typed, among: ["python", "framework", "cuda"]) == nil)
  }

  @Test func `of equals the first is taken`() {
    #expect(NearestName.of("bat", among: ["cat", "hat"]) == "cat")
    #expect(NearestName.of("hat", among: ["cat", "hat"]) == "hat")
  }
}
