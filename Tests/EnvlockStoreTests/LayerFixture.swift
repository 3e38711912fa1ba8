import EnvlockImage
import EnvlockModel
import EnvlockStore
import Foundation

/// A file with members as a wheel has them, and what is in them.
struct LayerFixture {
  struct Member {
    var path: String
    var content: [UInt8]
    var splice: Splice
  }

  /// The file.
  var bytes: [UInt8] = Array("in front of everything".utf8)
  var members: [Member] = []

  /// Adds a member; `change` may spoil what is said of it.
  mutating func add(
    _ path: String, _ content: [UInt8], isDeflated: Bool = true, behind: [UInt8] = [],
    _ change: (inout Splice) -> Void = { _ in }
  ) throws {
    let data = (isDeflated ? try LayerFixture.deflated(content) : content) + behind
    var splice = Splice(
      source: 0, offset: bytes.count, compressedSize: data.count, isDeflated: isDeflated, size: content.count,
      crc: CRC32.of(content), expected: .sha256(sha256(content)))
    change(&splice)
    bytes += data + Array("between".utf8)
    members.append(Member(path: path, content: content, splice: splice))
  }

  /// A layer of all members, and of a folder, a link and a text.
  func plan() throws -> LayerPlan {
    var entries = try members.map { try LayerEntry(ImagePath($0.path), .splice($0.splice), mode: 0o644) }
    entries.append(try LayerEntry(ImagePath("etc/empty"), .bytes([]), mode: 0o600))
    entries.append(try LayerEntry(ImagePath("etc/motd"), .bytes(Array("hello\n".utf8)), mode: 0o644))
    entries.append(try LayerEntry(ImagePath("etc/link"), .symbolicLink(LinkTarget("motd")), mode: 0o777))
    return try LayerPlan(entries)
  }

  /// The tar archive of a plan.
  func archive(_ plan: LayerPlan) -> [UInt8] {
    var bytes: [UInt8] = []
    var spliced = plan.entries.compactMap { entry in
      members.first { $0.path == entry.path.text && $0.splice.size > 0 }?.content
    }[...]
    for segment in plan.segments {
      switch segment {
      case .literal(let range): bytes += plan.literals[range]
      case .splice: bytes += spliced.popFirst() ?? []
      }
    }
    return bytes
  }

  /// Members of all kinds.
  static func ordinary() throws -> LayerFixture {
    var fixture = LayerFixture()
    try fixture.add("lib/a.py", Array("print('a wheel, a wheel')\n".utf8))
    try fixture.add("lib/big.so", noise(1_500_000, seed: 1))
    try fixture.add("lib/zeros.bin", [UInt8](repeating: 0, count: 3_000_000))
    try fixture.add("lib/stored.bin", noise(200_000, seed: 2), isDeflated: false)
    try fixture.add("lib/unknown.txt", noise(70_000, seed: 3), isDeflated: false) {
      $0.crc = nil
      $0.expected = nil
    }
    try fixture.add("lib/empty", [])
    for index in 0..<300 {
      try fixture.add("lib/many/\(index).py", noise(index * 40, seed: 9), isDeflated: false)
    }
    return fixture
  }

  /// Bytes that deflate to some three quarters.
  static func noise(_ count: Int, seed: UInt64) -> [UInt8] {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(truncatingIfNeeded: state >> 33) & 0x3F
    }
  }

  /// A raw deflate stream: what gzip makes, without header and trailer.
  static func deflated(_ bytes: [UInt8]) throws -> [UInt8] {
    // With -n there is neither name nor time: the header has 10 bytes, the trailer 8.
    Array(try run("gzip", ["-n", "-c", "-1"], input: bytes).dropFirst(10).dropLast(8))
  }

  /// Runs a program.
  static func run(_ program: String, _ arguments: [String], input: [UInt8] = []) throws -> [UInt8] {
    let folder = try TemporaryFolder()
    try folder.put(input, "input")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [program] + arguments
    process.environment = ["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"]
    process.standardInput = FileHandle(forReadingAtPath: folder("input"))
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failure(program: program) }
    return Array(data)
  }

  struct Failure: Error { let program: String }
}
