import EnvlockModel
import EnvlockNative
import Foundation
import Testing

@testable import EnvlockNode

/// A machine in a folder: files, programs that are shell scripts, and an NVML that says what a text says.
final class FakeNode {
  let root: URL
  private var library: URL?

  init() throws {
    root = FileManager.default.temporaryDirectory.appendingPathComponent("envlock-node-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
  }

  var folder: String { root.path }

  deinit { try? FileManager.default.removeItem(at: root) }

  func write(_ path: String, _ text: String) throws { try write(path, bytes: Array(text.utf8)) }

  func write(_ path: String, bytes: [UInt8]) throws {
    let place = root.appendingPathComponent(path)
    try FileManager.default.createDirectory(
      at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: place)
  }

  /// A program that is a shell script.
  func install(_ path: String, _ script: String) throws {
    try write(path, "#!/bin/sh\n\(script)\n")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755], ofItemAtPath: root.appendingPathComponent(path).path)
  }

  func remove(_ path: String) throws {
    try FileManager.default.removeItem(at: root.appendingPathComponent(path))
  }

  /// Puts an NVML into the folder that says what `conf` says; see Tests/FakeNVML/nvml.c.
  func installNVML(_ conf: String, old: Bool = false, name: String = "libnvidia-ml.so.1") throws {
    let place = root.appendingPathComponent("nvml/\(name)")
    try write("nvml/nvml.conf", conf)
    try? FileManager.default.removeItem(at: place)
    // A copy of its own: the loader loads each file once, and keeps its state.
    let compiled = try old ? FakeNVML.old.get() : FakeNVML.current.get()
    try FileManager.default.copyItem(at: compiled, to: place)
    library = place
  }

  var libraryPath: String? { library?.path }

  func probe(worker: ChildCommand? = nil, nvml: Duration = .seconds(10), _ more: [String: String] = [:])
    -> NodeFacts
  {
    var environment = ["PATH": "/usr/bin:/bin"].merging(more) { $1 }
    if let library { environment[NodeProbe.libraryVariable] = library.path }
    let limits = NodeProbe.Limits(nvml: nvml, smi: .seconds(10), runtimes: .seconds(2))
    return NodeProbe(worker: worker, limits: limits, root: root.path, environment: environment).measure()
  }

  /// The worker that is built beside the tests.
  static var worker: ChildCommand {
    let tests = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    return ChildCommand(
      program: tests.deletingLastPathComponent().appendingPathComponent("nvml-worker-host").path)
  }
}

/// The compiled Tests/FakeNVML/nvml.c, once a run.
enum FakeNVML {
  struct NoCompiler: Error {
    let said: String
  }

  static let current = Result { try compile("current", []) }
  static let old = Result { try compile("old", ["-DWITHOUT_NEW"]) }

  private static func compile(_ name: String, _ flags: [String]) throws -> URL {
    let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("FakeNVML/nvml.c")
    let library = FileManager.default.temporaryDirectory.appendingPathComponent(
      "envlock-nvml-\(ProcessInfo.processInfo.processIdentifier)-\(name).so")
    var said = "no cc, gcc or clang in PATH"
    // The Swift toolchain brings a clang, and links with it.
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
    for compiler in ["cc", "gcc", "clang"] {
      for folder in folders where FileManager.default.isExecutableFile(atPath: "\(folder)/\(compiler)") {
        let outcome = ChildProcess.run(
          ChildCommand(
            program: "\(folder)/\(compiler)",
            arguments: ["-shared", "-fPIC", "-w", "-O1", "-o", library.path, source.path] + flags,
            timeLimit: .seconds(60)))
        if outcome.isSuccess { return library }
        said = String(decoding: outcome.errorOutput, as: UTF8.self)
      }
    }
    throw NoCompiler(said: said)
  }
}

/// Texts for the fake NVML.
enum Conf {
  static let start = """
    driver 550.54.15
    nvml 12.550.54.15
    cuda 12040

    """
  static let a100 =
    "gpu NVIDIA A100-SXM4-80GB|GPU-aaaa|00000000:3B:00.0|20B210DE|85899345920|8.0|0|1\n"
  static let instances = """
    instance 0|NVIDIA A100-SXM4-80GB MIG 3g.40gb|MIG-1|3|3|40192
    instance 0|NVIDIA A100-SXM4-80GB MIG 1g.10gb+me|MIG-2|1|1|9728
    instance 0|NVIDIA A100-SXM4-80GB MIG 1c.3g.40gb|MIG-3|3|1|40192

    """
  static let t4 = "gpu Tesla T4|GPU-bbbb|00000000:5E:00.0|1EB810DE|16106127360|7.5|0|-\n"
  static let mixed = start + a100 + t4 + instances
}
