import EnvlockCheck
import EnvlockData
import EnvlockModel
import EnvlockTestSupport
import EnvlockVersions
import Testing

@testable import EnvlockCLI

@Suite struct MatrixCommandTests {
  private let world = World { _ in throw Refused() }

  private func golden(_ name: String, _ runs: [[String]]) async throws {
    var text = ""
    for words in runs { text += await world.run(["matrix"] + words) }
    try expectGolden(text, name)
  }

  // MARK: list and show

  @Test func `the subjects are listed with their tables`() async throws {
    let text = await world.run(["matrix", "list"])
    for subject in Matrix.embedded.subjects {
      #expect(text.contains("\n\(MatrixSelection.name(of: subject.file)) "))
    }
    let verbose = await world.run(["matrix", "list", "-v"])
    for subject in Matrix.embedded.subjects { #expect(verbose.contains(subject.about)) }
    let json = try JSONValue(parsing: Array(try await answer(["list", "--json"]).utf8))
    #expect(json.arrayValue?.compactMap { $0["file"]?.stringValue } == Matrix.embedded.fileNames)
  }

  /// Standard output alone.
  private func answer(_ words: [String]) async throws -> String {
    _ = await world.run(["matrix"] + words)
    return world.snapshot.output
  }

  @Test func `rows are tables, and filters narrow them`() async throws {
    try await golden(
      "matrix-show.txt",
      [
        ["show", "torch", "1.13.1"], ["show", "pytorch", "1.13.1", "cu116"], ["show", "gpus", "T4"],
        ["show", "gpu", "NVIDIA-A30-SHARED"], ["show", "cuda", "11.8", "--sources"],
        ["show", "drivers", "470"], ["show", "cudnn", "8.9.0"], ["show", "mig", "a30-24gb"],
        ["show", "vgpu", "13.x"], ["show", "pairings", "1.13.1"], ["show", "strata", "cudnn"],
        ["show", "tensorflow-gpu"], ["show", "tensorflow", "tensorflow-gpu", "1.15.0"],
        ["show", "jax", "0.4.30"],
      ])
  }

  @Test func `rows as JSON have their sources in words`() async throws {
    try await golden("matrix-show-json.txt", [["show", "cuda", "11.8", "--json"]])
  }

  @Test func `what there is not is named with what is near`() async throws {
    try await golden(
      "matrix-show-faults.txt",
      [
        ["show", "gpsu"], ["show", "gpus", "h10"], ["show", "gpus", "zzzzzz"], ["show", "torch", "99"],
        ["show"], ["lst"], ["list", "--matrix", "none"],
      ])
  }

  @Test func `every table of every subject can be shown`() async throws {
    for subject in Matrix.embedded.subjects {
      let name = MatrixSelection.name(of: subject.file)
      let text = try await answer(["show", name])
      let tables = subject.tables.count
      let rows = subject.tables.reduce(0) { $0 + $1.count }
      // Headers, names of tables and blank lines between them.
      let others = tables == 1 ? 1 : 3 * tables - 1
      #expect(
        text.split(separator: "\n", omittingEmptySubsequences: false).count == rows + others + 1, "\(name)")
      #expect(!text.contains(" \n"))
    }
  }

  @Test func `other data come from a folder`() async throws {
    var files: [String: String] = [:]
    for name in Matrix.embedded.fileNames {
      files["m/" + name] = String(decoding: Matrix.embedded.bytes(of: name) ?? [], as: UTF8.self)
        .replacing("2026-11-24", with: "2001-02-03")
    }
    let world = World(files) { _ in throw Refused() }
    #expect(await world.run(["matrix", "list", "--matrix", "m"]).contains("2001-02-03"))
    #expect(await world.run(["matrix", "list"], ["ENVLOCK_MATRIX": "m"]).contains("2001-02-03"))
  }

  // MARK: query

  @Test func `what runs on a node, newest first`() async throws {
    try await golden(
      "matrix-query.txt",
      [
        ["query", "--driver", "535.104.05", "--gpu", "V100", "--python", "3.7", "--framework", "torch"],
        ["query", "--driver", "450.80.02", "--gpu", "A100", "--cuda", "11.8", "--framework", "pytorch"],
        ["query", "--driver", "535.104.05", "--gpu", "A100", "--cuda", "13.0", "--python", "3.10"],
        ["query", "--driver", "470.57.02", "--gpu", "K80", "--cuda", "12.1", "--framework", "torch"],
        [
          "query", "--driver", "470.57.02", "--gpu", "K80", "--cuda", "12.1", "--framework", "torch", "--all",
        ],
        ["query", "--driver", "418.39", "--python", "3.6", "--framework", "tensorflow-gpu"],
        ["query", "--gpu", "7.0", "--cuda", "11.7"],
        ["query", "--gpu", "RTX 5000", "--cuda", "12.8", "--python", "3.9", "--framework", "torch"],
        ["query", "--gpu", "T4", "--gpu", "8.0", "--cuda", "10.2", "--framework", "torch"],
        ["query", "--gpu", "8.0", "--framework", "tensorflow-gpu", "--platform", "arm64"],
      ])
  }

  @Test func `what runs on a node as JSON`() async throws {
    try await golden(
      "matrix-query-json.txt",
      [
        [
          "query", "--driver", "450.80.02", "--gpu", "RTX 5000", "--cuda", "11.6", "--framework", "torch",
          "--all", "--json",
        ]
      ])
  }

  @Test func `a bad question says how to ask`() async throws {
    try await golden(
      "matrix-query-faults.txt",
      [
        ["query"], ["query", "--gpu", "h10"], ["query", "--gpu", "zzzzzz"], ["query", "--driver", "12.8"],
        ["query", "--driver", "x"], ["query", "--gpu", "T4", "--framework", "trch"],
        ["query", "--gpu", "T4", "--python", "x"], ["query", "--gpu", "T4", "--cuda", "cpu"],
        ["query", "--gpu", "T4", "--platform", "windows"],
      ])
  }

  @Test func `variables stand in for what was not typed`() async {
    let text = await world.run(
      ["matrix", "query", "--cuda", "11.7", "--framework", "torch"],
      ["ENVLOCK_DRIVER": "535.104.05", "ENVLOCK_GPU": "T4"])
    #expect(text.contains("driver 535.104.05 with T4 (linux/amd64)\n") && text.hasSuffix("--- exit 0\n"))
  }

  // MARK: explain

  @Test func `why a release runs, row by row`() async throws {
    try await golden(
      "matrix-explain.txt",
      [
        ["explain", "torch", "1.13.1", "--on", "driver 450.80.02, gpu T4", "--cuda", "11.7"],
        ["explain", "torch==1.13.1", "--on", "gpu H100 PCIe, driver: 535.104.05", "--cuda", "11.6"],
        ["explain", "torch", "1.13.1", "--on", "driver 418.39, gpu=GTX 1080", "--cuda", "11.7"],
        ["explain", "tensorflow", "2.10.0", "--on", "driver 535.104.05"],
        ["explain", "jax", "0.4.30", "--on", "driver 535.104.05, gpu A100"],
        ["explain", "torch", "1.13.1", "--cuda", "cpu"], ["explain", "torch", "2.3.1", "--cuda", "11.8"],
        ["explain", "torch", "2.7.1", "--cuda", "12.8", "--on", "driver 570.26, gpu RTX 5000"],
      ])
  }

  @Test func `why a release runs as JSON`() async throws {
    try await golden(
      "matrix-explain-json.txt",
      [["explain", "torch", "2.3.1", "--on", "driver 535.104.05, gpu T4", "--cuda", "11.8", "--json"]])
  }

  @Test func `what cannot be explained is named`() async throws {
    try await golden(
      "matrix-explain-faults.txt",
      [
        ["explain"], ["explain", "trch", "2.9.1"], ["explain", "torch", "1.13.9"],
        ["explain", "torch", "x"], ["explain", "torch", "1.13.1", "--cuda", "12.8"],
        ["explain", "torch", "1.13.1", "--cuda", "x"], ["explain", "torch", "1.13.1", "--on", ""],
        ["explain", "torch", "1.13.1", "--on", "drivr 525.85.12"],
        ["explain", "torch", "1.13.1", "--on", "driver"], ["explain", "torch", "1.13.1", "--on", "T4"],
        ["explain", "torch", "1.13.1", "--on", "driver 1, driver 2"],
        ["explain", "torch", "1.13.1", "--on", "driver x, gpu T4"],
        ["explain", "torch", "1.13.1", "--on", "gpu h10"],
        ["explain", "tensorflow-gpu", "1.15.0", "--platform", "arm64"],
      ])
  }

  @Test(arguments: [
    "driver 525.85.12, gpu T4", " gpu T4 ,driver 525.85.12", "Driver: 525.85.12, GPU: T4",
    "driver=525.85.12,gpus=T4,",
  ])
  func `a node in a phrase`(text: String) throws {
    let phrase = try MatrixNode.phrase(text)
    #expect(phrase.driver == "525.85.12" && phrase.gpus == ["T4"])
  }

  @Test func `help`() async throws {
    var text = ""
    for words in [
      ["--help"], ["list", "--help"], ["show", "--help"], ["query", "--help"], ["explain", "--help"],
    ] {
      text += await world.run(["matrix"] + words)
    }
    try expectGolden(text, "help-matrix.txt")
  }
}
