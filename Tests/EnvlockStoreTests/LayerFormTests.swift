import EnvlockImage
import EnvlockModel
import EnvlockNative
import EnvlockStore
import EnvlockTestSupport
import Testing

/// Layers that are compressed anew, and layers that are pulled file by file.
@Suite(.timeLimit(.minutes(10))) struct LayerFormTests {
  private let folder: TemporaryFolder
  private let store: LayerStore

  init() throws {
    folder = try TemporaryFolder()
    store = LayerStore(folder: folder("cache"))
  }

  private func source(_ fixture: LayerFixture) throws -> LayerSource {
    try folder.put(fixture.bytes, "wheel")
    return LayerSource(name: "a-1-py3-none-any.whl", path: folder("wheel"), digest: sha256(fixture.bytes))
  }

  private func bytes(_ layer: StoredLayer) throws -> [UInt8] {
    try #require(folder.bytes("cache/layers/sha256/\(layer.digest.hex)"))
  }

  // MARK: zstd

  @Test func `a zstd layer holds the archive in frames of eight mebibytes`() async throws {
    var fixture = try LayerFixture.ordinary()
    try fixture.add("lib/large.bin", [UInt8](repeating: 7, count: 21 << 20))
    let plan = try fixture.plan()
    let layer = try await store.write(plan, sources: [source(fixture)], form: .zstd)
    let archive = fixture.archive(plan)
    #expect(layer.diffID == sha256(archive))
    #expect(layer.tarSize == archive.count)
    #expect(layer.mediaType == "application/vnd.oci.image.layer.v1.tar+zstd")
    let bytes = try bytes(layer)
    #expect(layer.digest == sha256(bytes))
    #expect(layer.size == bytes.count)
    let stream = try ZstdStream()
    var back: [UInt8] = []
    try bytes.withUnsafeBytes { try stream.push($0) { back.append(contentsOf: $0) } }
    try stream.finish()
    #expect(back == archive)
    // Each frame by itself is what its part of the archive becomes, whoever compressed it.
    let compressor = try ZstdCompressor(level: 3)
    var expected: [UInt8] = []
    for start in stride(from: 0, to: archive.count, by: 8 << 20) {
      let part = archive[start..<min(archive.count, start + 8 << 20)]
      expected += try [UInt8](unsafeUninitializedCapacity: ZstdCompressor.bound(part.count)) {
        buffer, count in
        count = try part.withUnsafeBytes {
          try compressor.compress($0, into: UnsafeMutableRawBufferPointer(buffer))
        }
      }
    }
    #expect(bytes == expected)
    #expect(LayerForm.zstd.recipe == "zstd \(Zstd.version), level 3, frames of 8388608")
  }

  @Test func `a zstd layer of a damaged member is not kept`() async throws {
    var fixture = LayerFixture()
    try fixture.add("lib/large.bin", [UInt8](repeating: 7, count: 40 << 20))
    try fixture.add("lib/bad", Array("content".utf8)) { $0.crc = 1 }
    let (plan, source) = (try fixture.plan(), try source(fixture))
    await #expect(throws: LayerError.self) { try await store.write(plan, sources: [source], form: .zstd) }
    #expect(folder.files == ["cache/CACHEDIR.TAG", "wheel"])
  }

  // MARK: eStargz

  @Test func `the table of a written layer leads to every file`() async throws {
    var fixture = LayerFixture()
    try fixture.add("lib/a.py", Array("print('a wheel, a wheel')\n".utf8))
    try fixture.add("lib/big.so", LayerFixture.noise(700_000, seed: 1))
    try fixture.add("lib/other.bin", LayerFixture.noise(70_000, seed: 2), isDeflated: false) {
      $0.expected = nil
    }
    try fixture.add("lib/long.txt", LayerFixture.noise(3000, seed: 3)) {
      $0.expected = .sha512(LayerFormTests.sha512)
    }
    let source = try source(fixture)
    let entries = try fixture.members.map {
      try LayerEntry(ImagePath($0.path), .splice($0.splice), mode: 0o644)
    }
    await #expect(throws: LayerError.self, "the SHA-512 is another") {
      try await store.digested(entries, sources: [source])
    }
    fixture.members[3].splice.expected = nil
    let known = try await store.digested(
      fixture.members.map { try LayerEntry(ImagePath($0.path), .splice($0.splice), mode: 0o644) },
      sources: [source])
    let stargz = try StargzLayer(known)
    let layer = try await store.write(stargz, sources: [source])
    #expect(layer.annotations == stargz.annotations)
    #expect(layer.descriptor.annotations == stargz.annotations)

    // As a runtime reads it: footer, table, single members.
    let file = try bytes(layer)
    #expect(sha256(try LayerFixture.run("gzip", ["-dc"], input: file)) == layer.diffID)
    let footer = file.suffix(51)
    #expect(String(decoding: footer.dropFirst(32).prefix(6), as: UTF8.self) == "STARGZ")
    let offset = try #require(
      Int(String(decoding: footer.dropFirst(16).prefix(16), as: UTF8.self), radix: 16))
    let end = try LayerFixture.run("gzip", ["-dc"], input: Array(file[offset...]))
    let size = try #require(
      Int(String(decoding: end[124..<135], as: UTF8.self), radix: 8), "the size in the table's header")
    let table = Array(end[512..<512 + size])
    #expect(
      layer.annotations["containerd.io/snapshot/stargz/toc.digest"] == sha256(table).description)
    let rows = try #require(try JSONValue(parsing: table)["entries"]?.arrayValue)
    for member in fixture.members {
      let row = try #require(rows.first { $0["name"]?.stringValue == member.path })
      let start = try #require(row["offset"]?.integerValue)
      let content = try LayerFixture.run("gzip", ["-dc"], input: Array(file[start...]))
      #expect(content.starts(with: member.content))
      #expect(row["size"]?.integerValue == member.content.count)
      #expect(row["chunkDigest"]?.stringValue == sha256(member.content).description)
    }
  }

  private static let sha512 = [UInt8](repeating: 1, count: 64)

  @Test func `a file whose digest is looked for is verified like any other`() async throws {
    for isDeflated in [true, false] {
      var fixture = LayerFixture()
      try fixture.add("lib/bad", LayerFixture.noise(400_000, seed: 6), isDeflated: isDeflated) {
        $0.crc = 1
        $0.expected = nil
      }
      let entry = try LayerEntry(ImagePath("lib/bad"), .splice(fixture.members[0].splice), mode: 0o644)
      var source = try source(fixture)
      await #expect(throws: LayerError.self) { try await store.digested([entry], sources: [source]) }
      await #expect(throws: LayerError.self) { try await store.digested([entry], sources: []) }
      try folder.put(Array(fixture.bytes.prefix(9000)), "wheel")
      source.digest = nil
      await #expect(throws: LayerError.self) { try await store.digested([entry], sources: [source]) }
    }
  }
}
