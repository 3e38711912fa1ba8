import EnvlockImage
import EnvlockModel
import EnvlockStore
import EnvlockTestSupport
import Foundation
import Testing

@Suite(.timeLimit(.minutes(10))) struct LayerReaderTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Reads bytes that lie in the middle of a file.
  private func read(_ bytes: [UInt8], lists: Bool = true) async throws -> ReadLayer {
    try folder.put([9, 9, 9] + bytes + [9, 9], "image")
    let place = LayoutReader.Place(path: folder("image"), offset: 3, size: bytes.count)
    return try await LayerReader(place, lists: lists).read()
  }

  private func archive() throws -> (bytes: [UInt8], contents: [String: [UInt8]]) {
    var random = SplitMix64(seed: 4)
    var entries: [LayerEntry] = []
    var contents: [String: [UInt8]] = [:]
    for index in 0..<40 {
      let bytes = (0..<index * index * 11).map { _ in UInt8.random(in: 0...63, using: &random) }
      contents["lib/\(index)"] = bytes
      entries.append(LayerEntry(try ImagePath("lib/\(index)"), .bytes(bytes), mode: 0o644))
    }
    entries.append(LayerEntry(try ImagePath("lib/link"), .symbolicLink(try LinkTarget("1")), mode: 0o777))
    return (try LayerPlan(entries).literals, contents)
  }

  private func expectWhole(_ layer: ReadLayer, _ archive: [UInt8], _ contents: [String: [UInt8]]) {
    #expect(layer.damage == nil)
    #expect(layer.diffID == sha256(archive))
    #expect(layer.tarSize == archive.count)
    for member in layer.members {
      guard case .file(let size) = member.member.kind else { continue }
      let bytes = contents[member.member.plainPath]
      #expect(size == bytes?.count)
      #expect(member.sha256 == bytes.map { sha256($0) })
      #expect(member.sum == bytes.map { CRC32.of($0) })
    }
    #expect(layer.members.count == contents.count + 2)
  }

  @Test func `reads an archive, whatever it is compressed with`() async throws {
    let (archive, contents) = try archive()
    let plain = try await read(archive)
    expectWhole(plain, archive, contents)
    #expect(plain.compression == MediaType.Compression.none)
    #expect(plain.digest == sha256(archive))
    let gzip = try LayerFixture.run("gzip", ["-c", "-6"], input: archive)
    let packed = try await read(gzip)
    expectWhole(packed, archive, contents)
    #expect(packed.compression == .gzip)
    #expect(packed.digest == sha256(gzip))
    #expect(packed.size == gzip.count)
    #expect(packed.framing == plain.framing)
  }

  @Test func `reads gzip members of any number and kind`() async throws {
    let (archive, contents) = try archive()
    var random = SplitMix64(seed: 8)
    var bytes: [UInt8] = []
    for piece in cut(archive, longest: 9000, &random) {
      let sum = CRC32.of(piece)
      switch Int.random(in: 0..<4, using: &random) {
      case 0: bytes += GzipMember.stored(piece)
      case 1:
        bytes += GzipMember.header + (try LayerFixture.deflated(piece))
        bytes += GzipMember.trailer(crc: sum, size: piece.count)
      case 2: bytes += header(flags: 4 | 8 | 16, piece, sum)
      default: bytes += header(flags: 2 | 8, piece, sum)
      }
    }
    let layer = try await read(bytes)
    expectWhole(layer, archive, contents)
  }

  /// A member with an extra field, a name, a comment and a sum over the header.
  private func header(flags: UInt8, _ content: [UInt8], _ sum: UInt32) -> [UInt8] {
    var header: [UInt8] = [0x1F, 0x8B, 8, flags, 1, 2, 3, 4, 0, 3]
    if flags & 4 != 0 { header += [3, 0, 7, 0, 7] }
    if flags & 8 != 0 { header += Array("layer.tar\0".utf8) }
    if flags & 16 != 0 { header += Array("a comment\0".utf8) }
    if flags & 2 != 0 {
      let whole = CRC32.of(header)
      header += [UInt8(whole & 0xFF), UInt8(whole >> 8 & 0xFF)]
    }
    return header + storedBlocks(content) + GzipMember.trailer(crc: sum, size: content.count)
  }

  @Test func `reads what the store writes`() async throws {
    let fixture = try LayerFixture.ordinary()
    try folder.put(fixture.bytes, "wheel")
    let store = LayerStore(folder: folder("cache"))
    for form in LayerForm.allCases {
      let layer = try await store.write(
        try fixture.plan(), sources: [LayerSource(name: "wheel", path: folder("wheel"), digest: nil)],
        form: form)
      let place = LayoutReader.Place(path: store.path(of: layer.digest), offset: 0, size: layer.size)
      let read = try await LayerReader(place).read()
      #expect(read.digest == layer.digest)
      #expect(read.diffID == layer.diffID)
      #expect(read.tarSize == layer.tarSize)
      #expect(read.damage == nil)
      for member in fixture.members {
        let found = read.members.first { $0.member.plainPath == member.path }
        #expect(found?.sha256 == sha256(member.content))
      }
      let digests = try await LayerReader(place, lists: false).read()
      #expect(digests.diffID == layer.diffID)
      #expect(digests.members.isEmpty)
      #expect(digests.damage == nil)
    }
  }

  @Test func `says what is wrong with damaged bytes, and their digest all the same`() async throws {
    let (archive, _) = try archive()
    let gzip = try LayerFixture.run("gzip", ["-n", "-c", "-6"], input: archive)
    func damage(_ bytes: [UInt8]) async throws -> String? {
      let layer = try await read(bytes)
      #expect(layer.digest == sha256(bytes))
      return layer.damage
    }
    #expect(try await damage(Array(gzip.dropLast(3)))?.hasPrefix("is cut off") == true)
    #expect(try await damage(Array(gzip.prefix(4)))?.hasPrefix("is cut off") == true)
    #expect(
      try await damage(gzip + [1, 2, 3])?.hasPrefix("has no gzip member at byte \(gzip.count)") == true)
    var sum = gzip
    sum[sum.count - 6] ^= 1
    #expect(try await damage(sum) == "is damaged: its gzip member at byte 0 has another CRC or size")
    var stream = gzip
    stream.replaceSubrange(20..<60, with: repeatElement(0xFF, count: 40))
    #expect(try await damage(stream) != nil)
    #expect(try await damage([]) == "is no tar archive: it is cut off at byte 0")
    #expect(try await damage(Array(archive.dropLast(1024))) != nil)
    var plain = archive
    plain[512 * 2] ^= 0xFF
    #expect(try await damage(plain)?.contains("stands no header") == true)
    #expect(try await damage(GzipMember.stored([1, 2, 3]))?.hasPrefix("is no tar archive") == true)
  }

  @Test func `never traps on damaged bytes`() async throws {
    let (archive, _) = try archive()
    var members: [UInt8] = []
    var random = SplitMix64(seed: 77)
    for piece in cut(archive, longest: 40000, &random) {
      members += GzipMember.header + (try LayerFixture.deflated(piece))
      members += GzipMember.trailer(crc: CRC32.of(piece), size: piece.count)
    }
    for _ in 0..<60 {
      var bytes = members
      for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &random)
        case 1: bytes.removeSubrange(place..<min(bytes.count, place + 40))
        case 2: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 40)], at: place)
        default: bytes.removeLast(bytes.count - place)
        }
      }
      let layer = try await read(bytes)
      #expect(layer.digest == sha256(bytes))
      // Either it is seen, or it does not matter, as in the fields of a header that say nothing.
      #expect(layer.damage != nil || layer.diffID == sha256(archive))
    }
  }

  @Test func `a file that is not there is an error`() async throws {
    let place = LayoutReader.Place(path: folder("nothing"), offset: 0, size: 10)
    await #expect(throws: FileFailure.self) { try await LayerReader(place).read() }
    try folder.put([1, 2, 3], "short")
    let short = try await LayerReader(
      LayoutReader.Place(path: folder("short"), offset: 0, size: 10)
    ).read()
    #expect(short.damage == "is cut off")
    #expect(short.size == 3)
  }
}
