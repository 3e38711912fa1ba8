import Foundation

/// Programs of the system that know what tar and gzip files are.
enum Programs {
  /// Runs a program and gives what it prints; nil where it fails.
  static func run(_ program: String, _ arguments: [String], in folder: URL? = nil) throws -> [UInt8]? {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [program] + arguments
    process.environment = ["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"]
    process.currentDirectoryURL = folder
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return process.terminationStatus == 0 ? Array(data) : nil
  }

  /// Calls `body` with a folder that is gone afterwards.
  static func withFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "envlock-image-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
  }

  /// Gzip's own raw deflate stream of some bytes: its output without header and trailer.
  static func deflated(_ bytes: [UInt8], level: Int = 6) throws -> [UInt8] {
    try withFolder { folder in
      let file = folder.appendingPathComponent("content")
      try Data(bytes).write(to: file)
      let gzip = try run("gzip", ["-n", "-c", "-\(level)", file.path]) ?? []
      // -n leaves out name and time: the header has 10 bytes, the trailer 8.
      return Array(gzip.dropFirst(10).dropLast(8))
    }
  }

  /// What `gzip -dc` makes of a gzip file; nil where it refuses it.
  static func inflated(_ bytes: [UInt8]) throws -> [UInt8]? {
    try withFolder { folder in
      let file = folder.appendingPathComponent("layer.gz")
      try Data(bytes).write(to: file)
      return try run("gzip", ["-dc", file.path])
    }
  }
}
