import Envlock
import EnvlockData
import EnvlockModel
import EnvlockTestSupport
import Foundation
import Testing

@testable import EnvlockCLI

/// `envlock matrix refresh` against an index on loopback, with wheels that hold made-up GPU code.
@Suite struct RefreshTests {
  /// An index of wheels, and a matrix in memory.
  private final class Place: Sendable {
    let server: LoopbackServer
    let world: World

    init(
      _ wheels: [(project: String, file: String, bytes: [UInt8])], matrix: [String: String] = [:],
      servesParts: Bool = true
    ) throws {
      let files = wheels
      server = try LoopbackServer { request in
        if let wheel = files.first(where: { request.path == "/files/\($0.file)" }) {
          return servesParts ? .file(wheel.bytes, for: request) : .init(body: wheel.bytes)
        }
        let listed = files.filter { request.path == "/simple/\($0.project)/" }
        guard !listed.isEmpty else { return .notFound }
        let entries = listed.map {
          #"{"filename": "\#($0.file)", "url": "../../files/\#($0.file)", "size": \#($0.bytes.count), "#
            + #""upload-time": "2026-11-02T03:04:05Z", "hashes": {}, "core-metadata": false}"#
        }
        return .text(
          #"{"meta": {"api-version": "1.1"}, "files": [\#(entries.joined(separator: ", "))]}"#,
          type: "application/vnd.pypi.simple.v1+json")
      }
      var data: [String: String] = [:]
      for name in Matrix.embedded.fileNames {
        data["matrices/\(name)"] = String(decoding: Matrix.embedded.bytes(of: name) ?? [], as: UTF8.self)
      }
      data.merge(matrix) { $1 }
      world = World(data, answer: { _ in throw Refused() })
    }

    deinit { server.stop() }

    /// Runs the command; the port and the cache are the test's own.
    func run(_ arguments: String...) async -> String {
      let cache = FileManager.default.temporaryDirectory.appendingPathComponent(
        "envlock-\(UUID().uuidString)")
      defer { try? FileManager.default.removeItem(at: cache) }
      let text = await world.run(
        ["matrix", "refresh"] + arguments + ["--matrix", "matrices"],
        ["ENVLOCK_INDEX_URL": server.url("/simple/"), "ENVLOCK_CACHE_DIR": cache.path])
      let port = server.url("").split(separator: ":").last ?? ""
      return text.replacingOccurrences(of: ":\(port)", with: ":PORT")
    }
  }

  private static func torch(
    _ version: String, cuda: String?, list: String, requires: [String] = [], table: String = ""
  ) -> (project: String, file: String, bytes: [UInt8]) {
    var builder = WheelBuilder(
      name: "torch", version: version, tag: "cp312-cp312-manylinux_2_28_x86_64",
      headers: requires.map { "Requires-Dist: \($0)" })
    builder.members += [
      .init(
        "torch/version.py",
        "__version__ = '\(version)'\ncuda: str | None = \(cuda.map { "'\($0)'" } ?? "None")\n"),
      .init("torch/cuda/__init__.py", table),
      .init(
        "torch/lib/libtorch_python.so", [UInt8](repeating: 7, count: 5000) + [0] + Array(list.utf8) + [0]),
    ]
    return ("torch", "torch-\(version)-cp312-cp312-manylinux_2_28_x86_64.whl", builder.build())
  }

  private static let requires = [
    "cuda-toolkit[cudart]==13.2.2", "nvidia-cudnn-cu13==9.26.0.51", "nvidia-nccl-cu13==2.30.7",
  ]

  private static func tensorflow(
    _ version: String, info: String, library: [UInt8], requires: [String] = []
  ) -> (project: String, file: String, bytes: [UInt8]) {
    var builder = WheelBuilder(
      name: "tensorflow", version: version, tag: "cp312-cp312-manylinux_2_27_x86_64",
      headers: (requires.isEmpty ? [] : ["Provides-Extra: and-cuda"])
        + requires.map { "Requires-Dist: \($0); extra == \"and-cuda\"" })
    builder.members += [
      .init("tensorflow/python/platform/build_info.py", info),
      .init("tensorflow/libtensorflow_cc.so.2", library),
    ]
    return ("tensorflow", "tensorflow-\(version)-cp312-cp312-manylinux_2_27_x86_64.whl", builder.build())
  }

  @Test func `says what agrees, what differs and what is missing`() async throws {
    let place = try Place([
      RefreshTests.torch(
        "2.90.0", cuda: "13.2", list: "sm_75 sm_80 sm_120 compute_120", requires: RefreshTests.requires,
        table: "PYTORCH_RELEASES_CODE_CC = {\n  \"12.6\": {\"x86_64\": {50, 90}, \"aarch64\": {80}},\n}\n"),
      RefreshTests.torch("2.15.0", cuda: "13.2", list: "sm_75 sm_80", requires: RefreshTests.requires),
    ])
    try expectGolden(await place.run("torch"), "refresh-torch.txt")
  }

  @Test func `writes what the wheels say, and agrees from then on`() async throws {
    let place = try Place([
      RefreshTests.torch("2.90.0", cuda: "13.2", list: "sm_75 sm_80", requires: RefreshTests.requires),
      RefreshTests.torch("2.15.0", cuda: "13.2", list: "sm_75 sm_80", requires: RefreshTests.requires),
    ])
    let before = place.world.snapshot.files["matrices/torch.json"] ?? ""
    let text = await place.run("torch", "--write")
    #expect(text.hasSuffix("--- exit 0\n"))
    let after = place.world.snapshot.files["matrices/torch.json"] ?? ""
    let difference = after.split(separator: "\n").difference(from: before.split(separator: "\n"))
    #expect(difference.removals.count == 1)
    // The new row, the changed row, and conflicts for the changed fields.
    #expect(difference.insertions.count > 2)
    let again = await place.run("torch", "--release", "2.90.0", "--release", "2.15.0")
    #expect(again.contains("matrices/torch.json says what the wheels say in 2 rows"))
    #expect(again.hasSuffix("--- exit 0\n"))
    let untouched = place.world.snapshot.files
    _ = await place.run("torch", "--write")
    #expect(place.world.snapshot.files == untouched)
  }

  @Test func `without the word nothing is written`() async throws {
    let place = try Place([RefreshTests.torch("2.90.0", cuda: nil, list: "")])
    let before = place.world.snapshot.files
    #expect(await place.run("torch").hasSuffix("--- exit 1\n"))
    #expect(place.world.snapshot.files == before)
  }

  @Test func `reads fat binaries where build_info does not say`() async throws {
    let fatbins =
      Array("ELF".utf8) + (0..<3).flatMap { _ in FatbinBuilder(kernels: [60, 89], ptx: [90]).build() }
    let place = try Place([
      RefreshTests.tensorflow(
        "2.90.0", info: "build_info = collections.OrderedDict([('is_cuda_build', True)])\n",
        library: fatbins + FatbinBuilder(kernels: [90]).build(),
        requires: ["nvidia-cuda-runtime-cu12<13.0,>=12.5.82", "nvidia-cudnn-cu12<10.0,>=9.3.0.75"])
    ])
    try expectGolden(await place.run("tensorflow"), "refresh-tensorflow.txt")
    try expectGolden(await place.run("tensorflow", "--json"), "refresh-tensorflow-json.txt")
  }

  /// A wheel with nothing but METADATA to read.
  private static func wheel(
    _ project: String, _ version: String, tag: String, headers: [String], library: [UInt8] = []
  ) -> (project: String, file: String, bytes: [UInt8]) {
    let name = project.replacingOccurrences(of: "-", with: "_")
    var builder = WheelBuilder(name: name, version: version, tag: tag, headers: headers)
    if !library.isEmpty { builder.members.append(.init("\(name)/_prng.so", library)) }
    return (project, "\(name)-\(version)-\(tag).whl", builder.build())
  }

  @Test func `reads JAX with its plugins, and what these need`() async throws {
    let linux = "cp312-cp312-manylinux_2_27_x86_64"
    let place = try Place([
      RefreshTests.wheel(
        "jax", "0.90.0", tag: "py3-none-any",
        headers: [
          "Requires-Python: >=3.12", "Requires-Dist: jaxlib<=0.90.0,>=0.90.0", "Requires-Dist: numpy>=2.2",
          "Provides-Extra: cuda", "Provides-Extra: cuda13",
          "Requires-Dist: jax-cuda13-plugin[with-cuda]<=0.90.0,>=0.90.0; extra == \"cuda\"",
          "Requires-Dist: jaxlib==0.90.0; extra == \"cuda13\"",
          "Requires-Dist: jax-cuda13-plugin[with-cuda]<=0.90.0,>=0.90.0; extra == \"cuda13\"",
        ]),
      RefreshTests.wheel(
        "jaxlib", "0.90.0", tag: linux,
        headers: ["Requires-Python: >=3.12", "Requires-Dist: scipy>=1.14", "Requires-Dist: ml_dtypes>=0.5.0"]),
      RefreshTests.wheel(
        "jax-cuda13-plugin", "0.90.0", tag: linux,
        headers: [
          "Requires-Python: >=3.12", "Provides-Extra: with-cuda", "Requires-Dist: jax-cuda13-pjrt==0.90.0",
          "Requires-Dist: nvidia-nccl-cu13>=2.28; extra == \"with-cuda\"",
          "Requires-Dist: nvidia-cudnn-cu13<10.0,>=9.20; sys_platform == \"linux\" and extra == \"with-cuda\"",
        ], library: FatbinBuilder(kernels: [75, 90], ptx: [120]).build()),
    ])
    try expectGolden(await place.run("jax"), "refresh-jax.txt")
    let text = await place.run("jax", "--write")
    #expect(text.hasSuffix("--- exit 0\n"))
    let again = await place.run("jax")
    #expect(again.contains("matrices/jax.json says what the wheels say"))
  }

  @Test func `an index without parts of files is told, and nothing is claimed`() async throws {
    let place = try Place(
      [RefreshTests.torch("2.90.0", cuda: "13.2", list: "sm_75")], servesParts: false)
    try expectGolden(await place.run("torch"), "refresh-no-ranges.txt")
  }

  @Test func `wrong use is told`() async throws {
    let place = try Place([RefreshTests.torch("2.90.0", cuda: "13.2", list: "sm_75")])
    var text = ""
    for arguments in [
      ["torhc"], ["torch", "--release", "3.0"], ["torch", "--release", "x"],
      ["torch", "--since", "2", "--release", "2"], ["jax"],
    ] {
      text += await place.world.run(
        ["matrix", "refresh"] + arguments, ["ENVLOCK_INDEX_URL": place.server.url("/simple/")])
    }
    text += await place.world.run(["matrix", "refresh", "torch", "--write"])
    text += await place.world.run(["matrix", "refresh", "torch"], ["ENVLOCK_OFFLINE": "1"])
    try expectGolden(text, "refresh-wrong-use.txt")
  }
}
