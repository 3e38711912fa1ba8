import EnvlockModel
import Testing

@Suite struct MatrixErrorTests {
  /// The message for a fixture in which one file has a text replaced.
  private func message(_ file: String, _ old: String, _ new: String) throws -> String? {
    let text = try #require(MatrixFixture.files[file])
    try #require(text.contains(old))
    do throws(MatrixError) {
      _ = try MatrixFixture.matrix(replacing: [file: replaced(text, old, new)])
      return nil
    } catch {
      #expect(error.file == file)
      #expect(error.kind == .badInput)
      #expect(!error.hints.isEmpty)
      return error.message
    }
  }

  /// Replaces the first occurrence.
  private func replaced(_ text: String, _ old: String, _ new: String) -> String {
    guard let range = text.firstRange(of: old) else { return text }
    var changed = text
    changed.replaceSubrange(range, with: new)
    return changed
  }

  @Test(
    arguments: [
      (
        "cuda.json", "\"570.26\"", "\"570.x\"",
        "toolkits[3].driver: “570.x” is not a driver version: only digits and dots are expected"
      ),
      ("cuda.json", "\"branch\": 525, ", "", "toolkits[4].branch: the field is missing"),
      (
        "cuda.json", "\"branch\": 525", "\"branch\": \"525\"",
        "toolkits[4].branch: expected an integer, found a string"
      ),
      (
        "cuda.json", "\"preview\"", "\"previev\"", "toolkits[0].previev: unknown key; did you mean `preview`?"
      ),
      ("cuda.json", ", \"source\": \"list\"}", "}", "toolkits[0].source: the row has no source"),
      (
        "cuda.json", "\"source\": \"list\"", "\"source\": \"lost\"",
        "toolkits[0].source: `lost` is not in the table of sources"
      ),
      (
        "cuda.json", "\"derived\"", "\"guessed\"",
        "toolkits[1].confidence.branch: expected secondary or derived"
      ),
      ("strata.json", "\"cudnn\"", "\"cuddn\"", "wheels[1].stratum: expected cuda, cudnn or nccl"),
      (
        "torch.json", "\"nvidia-wheels\"", "\"wheels\"",
        "builds[0].linkage: expected bundled, nvidia-wheels, cuda-toolkit, external or none"
      ),
      (
        "torch.json", "\"8.0\"", "\"sm\"",
        "builds[0].kernels[1]: “sm” is not a compute capability: only digits and dots are expected"
      ),
      (
        "torch.json", ", \"index\": \"pytorch-cu128\"", "",
        "builds[1].index: a variant needs an index, and an index a variant"
      ),
      ("torch.json", "\"version\": \"2.4.0\", ", "", "builds[3].version: the field is missing"),
      (
        "torch.json", "\"kernels\": [], \"ptx\"", "\"kernels\": [\"8.0\"], \"ptx\"",
        "builds[2].linkage: a build without GPU code has no CUDA and no kernels"
      ),
      ("indexes.json", "\"torchvision\"", "\"torch vision\"", "packages[1]: "),
      ("gpus.json", "\"6.1\"", "6.1", "gpus[4].sm: expected a string, found a number"),
    ])
  func `names the file, the row and the field`(
    file: String, old: String, new: String, expected: String
  ) throws {
    let message = try #require(try message(file, old, new))
    #expect(message.hasPrefix("the matrix file \(file) is broken at \(expected)"), "\(message)")
  }

  @Test func `names the line of a file that is no JSON`() throws {
    #expect(
      try message("strata.json", "\"segments\": 2", "\"segments\" 2")
        == "the matrix file strata.json is broken at line 2, column 71: expected `:` after the key, found `2`"
    )
    #expect(
      try message("cuda.json", "\"about\": \"x\"", "\"about\": \"x")?.hasPrefix(
        "the matrix file cuda.json is broken at line 1, column ") == true)
  }

  @Test(arguments: ["cuda.json", "gpus.json", "indexes.json", "strata.json", "torch.json", "tensorflow.json"])
  func `names a file or table that is missing`(file: String) throws {
    #expect(throws: MatrixError(file: file, place: "", reason: "the file is missing")) {
      try MatrixFixture.matrix(without: file)
    }
    #expect(throws: MatrixError.self) { try MatrixFixture.matrix(replacing: [file: "[]"]) }
  }

  @Test func `checks the sources of files that no query reads`() throws {
    #expect(throws: Never.self) {
      try MatrixFixture.matrix(replacing: [
        "more.json": #"{"sources": {"s": "x"}, "rows": [{"source": "s"}]}"#
      ])
    }
    #expect(throws: MatrixError(file: "more.json", place: "rows[0].source", reason: "the row has no source"))
    {
      try MatrixFixture.matrix(replacing: ["more.json": #"{"sources": {"s": "x"}, "rows": [{"a": 1}]}"#])
    }
  }
}
