import EnvlockImage
import EnvlockModel
import EnvlockTestSupport
import EnvlockVersions
import Foundation
import Testing

@testable import Envlock

/// The Python of this machine, which stands in for those of images.
struct MachinePython {
  let path: String
  let version: PythonVersion
  /// What it calls its compiled files: "cpython-311".
  let tag: String
  /// Its standard library.
  let library: String

  /// Nil where there is none that envlock knows.
  static let found: MachinePython? = {
    let question =
      "import sys, sysconfig; print(sys.executable, '%d.%d' % sys.version_info[:2], sys.implementation.cache_tag, "
      + "sysconfig.get_path('stdlib'), sep='\\n')"
    guard let output = try? run("/usr/bin/env", ["python3", "-I", "-c", question]) else { return nil }
    let lines = String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
    guard lines.count == 4, lines[2].hasPrefix("cpython-"), let version = try? PythonVersion(lines[1]) else {
      return nil
    }
    return MachinePython(path: lines[0], version: version, tag: lines[2], library: lines[3])
  }()

  struct Failure: Error {}

  static func run(
    _ program: String, _ arguments: [String], environment: [String: String] = [:], in folder: String = "/"
  ) throws -> [UInt8] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.environment = ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"].merging(
      environment
    ) { $1 }
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failure() }
    return Array(data)
  }

  /// Compiles modules as an image's Python does.
  func compile(
    _ sources: [ModuleCompiler.Source], environment: [String: String] = [:], in folder: String = "/"
  ) throws -> ModuleCompiler.Answer {
    let place = try TemporaryFolder()
    try place.put(ModuleCompiler.question(sources), "question")
    let variables = ModuleCompiler.environment(home: nil).merging(environment) { $1 }
    let output = try Self.run(
      path, ModuleCompiler.arguments(place("question")), environment: variables, in: folder)
    return try #require(try ModuleCompiler.answer(output, count: sources.count, python: version))
  }
}
