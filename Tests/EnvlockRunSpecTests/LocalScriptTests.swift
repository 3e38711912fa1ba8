import EnvlockModel
import EnvlockRunSpec
import Foundation
import Testing

/// Runs the scripts by a shell, with a program in docker's place that writes its arguments down.
@Suite struct LocalScriptTests {
  private static let more = ["more", "a  b", "$HOME", "it's\n", ""]

  private static func arguments(_ file: SpecFile, program: String) throws -> [String] {
    let folder = FileManager.default.temporaryDirectory.appending(path: "envlock-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try Data("#!/bin/sh\nprintf '%s\\0' \"$@\" > \"$ENVLOCK_OUT\"\n".utf8).write(
      to: URL(filePath: "\(folder)/\(program)"))
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(folder)/\(program)")
    try Data(try file.text().utf8).write(to: URL(filePath: "\(folder)/script"))
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["\(folder)/script"] + more
    process.environment = [
      "PATH": "\(folder):/usr/bin:/bin", "ENVLOCK_OUT": "\(folder)/out", "HOME": "/wrong",
    ]
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    let bytes = try Data(contentsOf: URL(filePath: "\(folder)/out"))
    return bytes.split(separator: 0, omittingEmptySubsequences: false).dropLast().map {
      String(decoding: $0, as: UTF8.self)
    }
  }

  @Test func `docker gets each word as it is meant, with and without a limit of time`() throws {
    for change in [SampleRuns.full, LocalSamples.timeless] {
      let spec = try DockerSpec(try SampleRuns.plan(nil, change))
      let words = spec.command.words.drop { $0 != "docker" }.dropFirst()
      #expect(try Self.arguments(spec.files[0], program: "docker") == Array(words) + Self.more)
    }
  }

  @Test func `podman gets each word as it is meant`() throws {
    let spec = try PodmanSpec(try SampleRuns.plan(nil, SampleRuns.full))
    #expect(
      try Self.arguments(spec.files[0], program: "podman") == Array(spec.command.words.dropFirst())
        + Self.more)
  }
}
