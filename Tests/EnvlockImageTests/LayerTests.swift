import EnvlockImage
import EnvlockModel
import EnvlockTestSupport
import Foundation
import Testing

@Suite struct LayerTests {
  /// A wheel with stored and deflated members of all sizes, and empty ones.
  private func wheel(_ random: inout SplitMix64) throws -> ZipFixture {
    var members: [ZipFixture.Member] = []
    for number in 0..<12 {
      let length =
        [0, 1, 511, 512, 513, 70_000, Int.random(in: 0...3000, using: &random)].randomElement(using: &random)
        ?? 0
      let top = UInt8.random(in: 1...255, using: &random)
      let content = (0..<length).map { _ in UInt8.random(in: 0...top, using: &random) }
      let deflated =
        Bool.random(using: &random)
        ? try Programs.deflated(content, level: Int.random(in: 1...9, using: &random)) : nil
      let folder = ["pkg", "pkg/sub", "pkg-more", "pkg/ünï"].randomElement(using: &random) ?? ""
      members.append(.init("\(folder)/m\(number).bin", content, deflated: deflated))
    }
    return ZipFixture.wheel(members)
  }

  @Test func `gzip and tar read what was spliced, byte for byte`() throws {
    var random = SplitMix64(seed: 4)
    for round in 0..<6 {
      let fixture = try wheel(&random)
      let zip = try OpenedZip(fixture)
      let install = try zip.install(scheme: try .target(round % 2 == 0 ? "" : "opt/site-packages"))
      let plan = try LayerPlan(install.entries(source: 0), mtime: 1_700_000_000)
      let gzip = LayerRenderer.gzip(plan, [zip.file])
      #expect(gzip.count == plan.gzipSize)
      let tar = try #require(try Programs.inflated(gzip))
      #expect(tar.count == plan.tarSize)
      let read = try TarReader.entries(tar)
      #expect(
        read.map(\.path) == plan.entries.map { $0.content == .directory ? $0.path.text + "/" : $0.path.text })
      let landed = install.landed(zip)
      for entry in read where entry.type == "0" { #expect(entry.content == landed[entry.path]) }
      #expect(read.count { $0.type == "0" } == landed.count)
      #expect(read.allSatisfy { $0.mtime == 1_700_000_000 && $0.uid == 0 && $0.gid == 0 })
      try Programs.withFolder { folder in
        try Data(gzip).write(to: folder.appendingPathComponent("layer.tar.gz"))
        let out = folder.appendingPathComponent("out")
        try FileManager.default.createDirectory(at: out, withIntermediateDirectories: true)
        #expect(try Programs.run("tar", ["-xzf", "../layer.tar.gz"], in: out) != nil)
        for (path, content) in landed {
          #expect(
            FileManager.default.contents(atPath: out.appendingPathComponent(path).path).map { Array($0) }
              == content)
        }
      }
    }
  }

  @Test func `a member begins where the plan says`() throws {
    var random = SplitMix64(seed: 5)
    let zip = try OpenedZip(try wheel(&random))
    let plan = try LayerPlan(try zip.install().entries(source: 0))
    let gzip = LayerRenderer.gzip(plan, [zip.file])
    for (entry, offset) in zip2(plan) where entry.isFile {
      #expect((offset == nil) == (entry.size == 0))
      guard let offset else { continue }
      #expect(Array(gzip[offset..<offset + 10]) == GzipMember.header)
    }
  }

  private func zip2(_ plan: LayerPlan) -> [(LayerEntry, Int?)] {
    Array(zip(plan.entries, plan.contentOffsets))
  }

  @Test func `a plan does not depend on the order of what it is given`() throws {
    var random = SplitMix64(seed: 6)
    let install = try OpenedZip(try wheel(&random)).install()
    let entries = install.entries(source: 0)
    let plan = try LayerPlan(entries)
    for _ in 0..<10 { #expect(try LayerPlan(entries.shuffled(using: &random)) == plan) }
  }

  @Test func `folders that nobody described stand once, before what is in them`() throws {
    let plan = try LayerPlan([
      LayerEntry(try ImagePath("a/b/c"), .bytes([1]), mode: 0o644),
      LayerEntry(try ImagePath("a-b"), .bytes([]), mode: 0o644),
      LayerEntry(try ImagePath("a/b"), .directory, mode: 0o700, uid: 5),
      LayerEntry(try ImagePath("a/d"), .bytes([]), mode: 0o644),
    ])
    #expect(plan.entries.map(\.path.text) == ["a", "a-b", "a/b", "a/b/c", "a/d"])
    #expect(plan.entries.map(\.mode) == [0o755, 0o644, 0o700, 0o644, 0o644])
  }

  @Test func `hard links stand behind what they link to`() throws {
    let link = LayerEntry(try ImagePath("a"), .hardLink(try ImagePath("z")), mode: 0o644)
    let file = LayerEntry(try ImagePath("z"), .bytes([1, 2]), mode: 0o644)
    let plan = try LayerPlan([link, file])
    #expect(plan.entries.map(\.path.text) == ["z", "a"])
    let tar = try #require(try Programs.inflated(LayerRenderer.gzip(plan, [])))
    #expect(try TarReader.entries(tar).map(\.link) == ["", "z"])
    #expect(throws: LayerFault(link.path, .hardLink(to: file.path))) { try LayerPlan([link]) }
  }

  @Test func `what cannot be a layer is refused`() throws {
    func entry(_ path: String, _ content: LayerEntry.Content = .bytes([1])) throws -> LayerEntry {
      LayerEntry(try ImagePath(path), content, mode: 0o644)
    }
    let path = try ImagePath("a")
    #expect(throws: LayerFault(path, .twice)) { try LayerPlan([entry("a"), entry("a")]) }
    #expect(throws: LayerFault(path, .notAFolder)) {
      try LayerPlan([entry("a"), entry("a-b"), entry("a/b")])
    }
    #expect(throws: LayerFault(path, .notAFolder)) {
      try LayerPlan([entry("a", .symbolicLink(try LinkTarget("usr/a"))), entry("a/b/c")])
    }
    let huge = Splice(source: 0, offset: 0, compressedSize: 1, isDeflated: true, size: .max, crc: 0)
    #expect(throws: LayerFault(path, .size)) { try LayerPlan([entry("a", .splice(huge))]) }
    var attributed = try entry("a")
    attributed.attributes = [TarAttribute(name: "a=b", value: [])]
    #expect(throws: LayerFault(path, .attribute("a=b"))) { try LayerPlan([attributed]) }
  }

  @Test func `an empty layer is an archive without entries`() throws {
    let plan = try LayerPlan([])
    #expect(try Programs.inflated(LayerRenderer.gzip(plan, [])) == Array(repeating: 0, count: 1024))
  }
}

@Suite struct LayerGroupingTests {
  private func items(_ count: Int, _ random: inout SplitMix64) throws -> [LayerGrouping.Item] {
    try (0..<count).map { number in
      .init(
        project: try ProjectName("project-\(number)"), size: Int.random(in: 0...(24 << 20), using: &random))
    }
  }

  @Test func `each wheel is in one layer, and there are not too many`() throws {
    var random = SplitMix64(seed: 8)
    for _ in 0..<200 {
      let items = try items(Int.random(in: 0...150, using: &random), &random)
      let limit = Int.random(in: 1...127, using: &random)
      let groups = LayerGrouping().groups(items, limit: limit)
      #expect(groups.count <= limit)
      #expect(groups.flatMap(\.projects).sorted() == items.map(\.project).sorted())
      #expect(groups.allSatisfy { !$0.projects.isEmpty && $0.projects == $0.projects.sorted() })
      #expect(LayerGrouping().groups(items.shuffled(using: &random), limit: limit) == groups)
    }
  }

  @Test func `a wheel that changes, comes or goes touches no layer but its own`() throws {
    var random = SplitMix64(seed: 9)
    for _ in 0..<100 {
      let items = try items(40, &random)
      let before = LayerGrouping().groups(items, limit: 100)
      let place = Int.random(in: 0..<items.count, using: &random)
      var without = items
      let removed = without.remove(at: place)
      let after = LayerGrouping().groups(without, limit: 100)
      let untouched = before.filter { !$0.projects.contains(removed.project) }
      #expect(untouched.allSatisfy { after.contains($0) })
      #expect(after.count - untouched.count <= 1)
    }
  }

  @Test func `a large wheel is alone, the same in every image`() throws {
    let torch = LayerGrouping.Item(project: try ProjectName("torch"), size: 800 << 20)
    let small = LayerGrouping.Item(project: try ProjectName("six"), size: 11_000)
    let groups = LayerGrouping().groups([small, torch], limit: 127)
    #expect(groups.map(\.projects) == [[torch.project], [small.project]])
    #expect(groups.map { $0.bucket == nil } == [true, false])
  }
}
