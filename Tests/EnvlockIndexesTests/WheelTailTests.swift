import EnvlockModel
import EnvlockTestSupport
import EnvlockVersions
import Testing

@testable import EnvlockIndexes

@Suite struct WheelTailTests {
  private let name: WheelName
  private let metadata = WheelBuilder.metadata(
    name: "some_lib", version: "1.0", headers: ["Requires-Dist: numpy"])

  init() throws { name = try WheelName("some_lib-1.0-py3-none-any.whl") }

  /// Reads METADATA, as a server would hand out the bytes; the ranges that were asked for too.
  private func read(
    _ file: [UInt8], firstRead: Int = WheelTail.firstRead, name: WheelName? = nil
  ) throws -> (text: String, ranges: [Range<Int>]) {
    var tail = WheelTail(name ?? self.name)
    var ranges: [Range<Int>] = []
    while true {
      switch try tail.step() {
      case .readLast(let count):
        let start = max(0, file.count - min(count, firstRead))
        ranges.append(start..<file.count)
        try tail.add(Array(file[start...]), at: start, total: file.count)
      case .read(let range):
        #expect(!range.isEmpty)
        ranges.append(range)
        try #require(range.lowerBound >= 0 && range.upperBound <= file.count)
        try tail.add(Array(file[range]), at: range.lowerBound, total: file.count)
      case .metadata(let bytes): return (String(decoding: bytes, as: UTF8.self), ranges)
      }
    }
  }

  private func wheel(padding: Int = 0) -> WheelBuilder {
    WheelBuilder(name: "some_lib", version: "1.0", headers: ["Requires-Dist: numpy"], padding: padding)
  }

  @Test func `a small wheel takes one range`() throws {
    let result = try read(wheel().build())
    #expect(result.text == metadata)
    #expect(result.ranges.count == 1)
  }

  @Test func `a large wheel takes one range of 64 KiB where METADATA is near its end`() throws {
    let file = wheel(padding: 500_000).build()
    let result = try read(file)
    #expect(result.text == metadata)
    #expect(result.ranges == [file.count - 65536..<file.count])
  }

  @Test(arguments: [false, true], [22, 64, 100, 200, 700, 1_000_000])
  func `whatever is missing is asked for`(isZip64: Bool, firstRead: Int) throws {
    var builder = wheel(padding: 1000)
    builder.isZip64 = isZip64
    builder.prefix = Array("#!/bin/sh\n".utf8)
    let metadataAt = try #require(builder.members.firstIndex { $0.path.hasSuffix("METADATA") })
    builder.members[metadataAt].localExtra = [UInt8](repeating: 7, count: 3000)
    builder.members.append(.init("some_lib/late.bin", [UInt8](repeating: 1, count: 4000)))
    // Without its locator the zip64 record cannot be noticed.
    let result = try read(builder.build(), firstRead: isZip64 ? max(firstRead, 42) : firstRead)
    #expect(result.text == metadata)
    #expect(result.ranges.count <= 5)
  }

  @Test func `reads a deflated METADATA`() throws {
    // Ten times the same letter, deflated with the fixed tree of RFC 1951.
    let text = String(repeating: "a", count: 10)
    var builder = WheelBuilder(members: [
      .init("some_lib-1.0.dist-info/METADATA", Array(text.utf8), deflated: [0x4B, 0x4C, 0x84, 0x01, 0x00])
    ])
    #expect(try read(builder.build()).text == text)
    builder.members[0].deflated = [0x4B, 0x4C]
    #expect(throws: WheelFault(reason: "has a METADATA that cannot be decompressed")) {
      try read(builder.build())
    }
  }

  @Test(arguments: ["some_lib-1.0", "Some-Lib-1.0.0", "some.lib-1.00", "SOME__LIB-1.0"])
  func `finds METADATA in any spelling of name and version`(folder: String) throws {
    let file = WheelBuilder(members: [
      .init("other-2.0.dist-info/METADATA", "x"), .init("some_lib/\(folder).dist-info/METADATA", "x"),
      .init("\(folder).dist-info/METADATA", metadata), .init("\(folder).data/METADATA", "x"),
    ]).build()
    #expect(try read(file).text == metadata)
  }

  @Test func `refuses what is not the wheel that its name says`() throws {
    func reason(_ members: [WheelBuilder.Member]) -> String {
      do { return try read(WheelBuilder(members: members).build()).text } catch { return "\(error)" }
    }
    #expect(reason([.init("some_lib/x.py", "")]) == "has no METADATA")
    #expect(
      reason([.init("some_lib-2.0.dist-info/METADATA", "")])
        == "holds `some_lib-2.0.dist-info`, which is not what its name says")
    #expect(
      reason([.init("some_lib-1.0.dist-info/METADATA", ""), .init("some_lib-1.0.0.dist-info/METADATA", "")])
        == "has several METADATA files for one name")
  }

  @Test func `refuses what is no zip file`() {
    for file in [[], Array("<html>not found</html>".utf8), [UInt8](repeating: 0, count: 100_000)] {
      #expect { try read(file) } throws: {
        "\($0)" == "cannot be read: it is no zip file, or one that is cut off"
      }
    }
    #expect(throws: WheelFault.self) { try read(Array(wheel().build().dropLast(30))) }
  }

  @Test func `refuses a bomb by its stated size before reading it`() throws {
    var file = wheel().build()
    let path = Array("some_lib-1.0.dist-info/METADATA".utf8)
    let entry = try #require(file.indices.last { file[$0...].starts(with: path) }) - 46
    for index in entry + 24..<entry + 28 { file[index] = 0x7F }
    #expect { try read(file) } throws: { "\($0)" == "has a METADATA of 2139062143 bytes, which is too large" }
  }

  @Test func `notices a damaged content, a changed file and an encrypted one`() throws {
    var builder = wheel()
    builder.members = builder.members.filter { $0.path.hasSuffix("METADATA") }
    var file = builder.build()
    file[70] ^= 1
    #expect { try read(file) } throws: { "\($0)" == "has a damaged METADATA: its checksum is wrong" }
    var encrypted = builder.build()
    let entry = try #require(encrypted.indices.last { encrypted[$0...].starts(with: [0x50, 0x4B, 1, 2]) })
    encrypted[entry + 8] |= 1
    #expect { try read(encrypted) } throws: { "\($0)" == "has an encrypted METADATA" }
    var tail = WheelTail(name)
    try tail.add([1], at: 9, total: 10)
    #expect(throws: WheelFault(reason: "changed while it was read")) { try tail.add([1], at: 0, total: 11) }
    #expect(throws: WheelFault(reason: "changed while it was read")) { try tail.add([1], at: 10, total: 10) }
  }

  @Test func `damage anywhere never traps and never goes round in circles`() {
    var random = SplitMix64(seed: 7)
    for round in 0..<6000 {
      var builder = wheel(padding: 50)
      builder.isZip64 = round % 2 == 0
      var file = builder.build()
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        // Mostly where the structure is: near the end.
        let reach = Bool.random(using: &random) ? file.count : min(file.count, 160)
        let index = file.count - Int.random(in: 1...reach, using: &random)
        file[index] = Bool.random(using: &random) ? 0xFF : UInt8.random(in: 0...255, using: &random)
      }
      let firstRead = Int.random(in: 22...file.count, using: &random)
      _ = try? read(file, firstRead: firstRead)
    }
  }

  @Test func `the cached form keeps what matters and knows its wheel`() throws {
    let text = """
      Metadata-Version: 2.1\r
      NAME: some_lib\r
      Version: 1.0\r
      Summary: x\r
        Requires-Dist: not-this\r
      Requires-Dist: numpy\r
        (>=1.0)\r
      License: y\r
      Provides-Extra: gpu\r
      Requires-Python: >=3.9\r
      \r
      Requires-Dist: not-this-either\r
      """
    let digest = try Digest(sha256Hex: String(repeating: "a", count: 64))
    let cached = MetadataCodec.encode(Array(text.utf8), of: digest)
    #expect(!String(decoding: cached, as: UTF8.self).contains("not-this"))
    #expect(!String(decoding: cached, as: UTF8.self).contains("Summary"))
    let decoded = try #require(MetadataCodec.decode(cached, of: digest))
    let whole = try CoreMetadata(parsing: Array(text.utf8))
    #expect(decoded.requiresDist == whole.requiresDist)
    #expect(decoded.requiresDist.count == 1)
    #expect(decoded.providesExtra.map(\.text) == ["gpu"])
    #expect(decoded.requiresPython == whole.requiresPython)
    #expect(MetadataCodec.decode(cached, of: nil) == nil)
    #expect(MetadataCodec.decode(Array(cached.dropLast(cached.count / 2)), of: nil) == nil)
    #expect(MetadataCodec.decode([], of: nil) == nil)
  }

  @Test func `tells how METADATA disagrees with the file name`() throws {
    func disagreement(_ name: String, _ version: String) throws -> String? {
      let text = WheelBuilder.metadata(name: name, version: version)
      return self.name.disagreement(with: try CoreMetadata(parsing: Array(text.utf8)))
    }
    #expect(try disagreement("Some.Lib", "1.0.0") == nil)
    #expect(try disagreement("other", "1.0") == "says in its METADATA that it is other 1.0")
    #expect(try disagreement("some-lib", "1.1") == "says in its METADATA that it is version 1.1")
  }
}
