import EnvlockImage
import EnvlockModel
import EnvlockTestSupport
import Testing

/// Reads an eStargz layer as a runtime would: footer, table, then single members; nothing here is the writer's.
@Suite struct StargzTests {
  private func layer() throws -> (StargzLayer, [UInt8], OpenedZip) {
    let long = Array(repeating: UInt8(ascii: "x"), count: 70_000)
    let zip = try OpenedZip(
      ZipFixture.wheel([
        .init("pkg/__init__.py", ""), .init("pkg/data.bin", long, deflated: try Programs.deflated(long)),
        .init("pkg/stored.bin", long), .init("pkg/small.py", "print()\n"),
      ]))
    var entries = try zip.install().entries(source: 0)
    entries.append(LayerEntry(try ImagePath("link"), .symbolicLink(try LinkTarget("pkg")), mode: 0o777))
    entries.append(LayerEntry(try ImagePath("hard"), .hardLink(try ImagePath("pkg/small.py")), mode: 0o644))
    let layer = try StargzLayer(entries)
    return (layer, LayerRenderer.gzip(layer.plan, [zip.file]), zip)
  }

  @Test func `the footer leads to the table, and the table to every file`() throws {
    let (layer, gzip, zip) = try layer()
    #expect(gzip.count == layer.plan.gzipSize)
    let footer = Array(gzip.suffix(51))
    #expect(Array(footer[..<16]) == [0x1F, 0x8B, 8, 4, 0, 0, 0, 0, 0, 255, 26, 0, 0x53, 0x47, 22, 0])
    #expect(String(decoding: footer[32..<38], as: UTF8.self) == "STARGZ")
    let offset = try #require(Int(String(decoding: footer[16..<32], as: UTF8.self), radix: 16))
    #expect(offset == layer.tableOffset)
    let end = try #require(try Programs.inflated(Array(gzip[offset...])))
    let table = try #require(try TarReader.entries(end).first)
    #expect(table.path == "stargz.index.json")
    #expect(SmallSHA256.of(table.content) == layer.tableDigest)

    let tar = try #require(try Programs.inflated(gzip))
    #expect(tar.count == layer.plan.tarSize)
    let archived = try TarReader.entries(tar)
    #expect(archived.last?.path == "stargz.index.json")
    let json = try JSONValue(parsing: table.content)
    #expect(json["version"] == 1)
    let rows = try #require(json["entries"]?.arrayValue)
    #expect(rows.map { $0["name"]?.stringValue } == archived.dropLast().map { $0.path })
    for (row, entry) in zip2(rows, Array(archived)) {
      #expect(row["mode"]?.integerValue == entry.mode)
      let types: [Character: String] = ["0": "reg", "1": "hardlink", "2": "symlink", "5": "dir"]
      #expect(row["type"]?.stringValue == types[entry.type])
      #expect((row["linkName"]?.stringValue ?? "") == entry.link)
      guard !entry.content.isEmpty else {
        #expect(row["offset"] == nil)
        continue
      }
      let start = try #require(row["offset"]?.integerValue)
      let content = try #require(try Programs.inflated(Array(gzip[start...])))
      #expect(Array(content.prefix(entry.content.count)) == entry.content)
      #expect(row["size"]?.integerValue == entry.content.count)
      #expect(row["chunkDigest"]?.stringValue == SmallSHA256.of(entry.content).description)
    }
    #expect(archived.contains { $0.path == ".no.prefetch.landmark" && $0.content == [15] })
    #expect(layer.annotations["containerd.io/snapshot/stargz/toc.digest"] == layer.tableDigest.description)
    #expect(zip.members.count == 7)
  }

  private func zip2<A, B>(_ a: [A], _ b: [B]) -> [(A, B)] { Array(zip(a, b)) }

  @Test func `a file without digest, and a name of the table's own, are refused`() throws {
    let file = LayerEntry(try ImagePath("a"), .splice(Splice(file: 0, size: 3)), mode: 0o644)
    #expect(throws: LayerFault(file.path, .digestUnknown)) { try StargzLayer([file]) }
    let table = LayerEntry(try ImagePath("stargz.index.json"), .bytes([]), mode: 0o644)
    #expect(throws: LayerFault(table.path, .reserved)) { try StargzLayer([table]) }
  }
}
