import EnvlockNative
import EnvlockTestSupport
import Testing

@Suite struct ArchiveReaderTests {
  private func read(
    _ members: [TarBuilder.Member], limits: ArchiveLimits = ArchiveLimits()
  ) throws -> [ReadMember] {
    try ArchiveOnDisk(TarBuilder(members).build()).read(.tar, limits: limits)
  }

  // MARK: Tar archives

  @Test func `reads files, folders, links and devices with their modes and owners`() throws {
    var tool = TarBuilder.Member.file("./usr/bin/su", "binary", mode: 0o4755)
    tool.uid = 70_000
    tool.gid = 42
    let found = try read([
      .folder("./"), .folder("./usr/"), tool, .link("./usr/bin/sg", "./usr/bin/su", type: "1"),
      .link("./bin", "usr/bin"), .file("empty", ""), TarBuilder.Member("dev/null", type: "3"),
      TarBuilder.Member("dev/sda", type: "4"), TarBuilder.Member("run/pipe", type: "6"),
    ])
    #expect(found.map(\.member.path).prefix(3) == ["./", "./usr/", "./usr/bin/su"])
    #expect(
      found.map(\.member.kind) == [
        .directory, .directory, .file(size: 6), .hardLink("./usr/bin/su"), .symbolicLink("usr/bin"),
        .file(size: 0), .special("character device"), .special("block device"), .special("pipe"),
      ])
    #expect(found[2].content == Array("binary".utf8))
    #expect(found[2].member.mode == 0o4755 && found[2].member.uid == 70_000 && found[2].member.gid == 42)
    #expect(found.allSatisfy { $0.member.part == .data && $0.member.attributes.isEmpty })
  }

  @Test(arguments: CompressedTar.allCases)
  func `reads an archive that is a part of a file`(form: CompressedTar) throws {
    let bytes = try form.bytes()
    let file = try ArchiveOnDisk(Array(repeating: 7, count: 512) + bytes + Array(repeating: 7, count: 100))
    let reader = try ArchiveReader(file.path, .tar, part: 512..<512 + bytes.count)
    var paths: [String] = []
    while let member = try reader.next() { paths.append(member.path) }
    #expect(paths == ["./etc/", "./etc/motd"])
    #expect(throws: ArchiveFault.self) {
      try ArchiveReader(file.path, .tar, part: 512..<512 + bytes.count + 101)
    }
  }

  @Test func `hands out names as they are written, composed or not, in every kind of header`() throws {
    let composed = "./usr/share/caf\u{E9}"
    let decomposed = "./usr/share/cafe\u{301}"
    var pax = TarBuilder.Member.file("placeholder", "")
    pax.records = [("path", Array(decomposed.utf8))]
    var link = TarBuilder.Member.link("placeholder", "placeholder")
    link.records = [("path", Array(composed.utf8)), ("linkpath", Array(decomposed.utf8))]
    let long = String(repeating: "longer/", count: 40) + "\u{E9}"
    let found = try read([
      .file(composed, ""), .file(decomposed, ""), pax, link, .file(long, ""), .link("l", long),
    ])
    // Compared byte by byte: equal strings may have other bytes.
    #expect(
      found.map { Array($0.member.path.utf8) }
        == [composed, decomposed, decomposed, composed, long, "l"].map { Array($0.utf8) })
    guard case .symbolicLink(let target) = found[3].member.kind else {
      Issue.record("no link")
      return
    }
    #expect(target.utf8.elementsEqual(decomposed.utf8))
    #expect(found[5].member.kind == .symbolicLink(long))
  }

  @Test func `reads extended attributes, sorted by their names`() throws {
    var member = TarBuilder.Member.file("bin/ping", "x")
    let capability: [UInt8] = [1, 0, 0, 2, 0, 32, 0, 0, 10, 0]
    member.records = [
      ("SCHILY.xattr.user.note", Array("a note".utf8)), ("SCHILY.xattr.security.capability", capability),
    ]
    let found = try read([member])
    #expect(found.first?.member.attributes.map(\.name) == ["security.capability", "user.note"])
    #expect(found.first?.member.attributes.map(\.value) == [capability, Array("a note".utf8)])
  }

  @Test func `fills holes with zeros`() throws {
    var member = TarBuilder.Member.file("GNUSparseFile.0/big", "1\n2\n".padded(to: 512) + Array("ab".utf8))
    // One piece of two bytes behind a hole of a hundred thousand, a hole at the end.
    member.content = "2\n100000\n2\n200000\n0\n".padded(to: 512) + Array("ab".utf8)
    member.records = [
      ("GNU.sparse.major", Array("1".utf8)), ("GNU.sparse.minor", Array("0".utf8)),
      ("GNU.sparse.name", Array("big".utf8)), ("GNU.sparse.realsize", Array("200000".utf8)),
    ]
    let found = try read([member])
    var expected = [UInt8](repeating: 0, count: 200_000)
    expected.replaceSubrange(100_000..<100_002, with: Array("ab".utf8))
    #expect(found.map(\.member.path) == ["big"])
    #expect(found.first?.content == expected)
    #expect(throws: ArchiveFault.tooLarge(limit: 150_000)) {
      try read([member], limits: ArchiveLimits(bytes: 150_000))
    }
    #expect(throws: ArchiveFault.tooLarge(limit: 300_000)) {
      try read([member, member], limits: ArchiveLimits(bytes: 300_000))
    }
  }

  @Test(arguments: CompressedTar.allCases) func `undoes every common compression`(tar: CompressedTar) throws {
    let found = try ArchiveOnDisk(tar.bytes()).read(.tar)
    #expect(found.map(\.member.path) == ["./etc/", "./etc/motd"])
    #expect(found.last?.content == Array("packed\n".utf8))
  }

  @Test(arguments: CompressedTar.allCases)
  func `finds every cut of a compressed archive`(tar: CompressedTar) throws {
    let bytes = try tar.bytes()
    for count in 0..<bytes.count {
      // The older LZMA format ends with a mark; what is cut of that mark alone is not missed by every reader.
      if tar == .lzma, count > bytes.count - 8 { continue }
      let archive = try ArchiveOnDisk(Array(bytes.prefix(count)))
      #expect(throws: ArchiveFault.self, "\(count) of \(bytes.count) bytes") { try archive.read(.tar) }
    }
  }

  @Test func `finds every cut of a plain archive, also between members and before the end mark`() throws {
    let bytes = TarBuilder([.file("a", "content"), .folder("b")]).build()
    for count in stride(from: 0, to: bytes.count, by: 64) {
      let archive = try ArchiveOnDisk(Array(bytes.prefix(count)))
      #expect(throws: ArchiveFault.self, "\(count) of \(bytes.count) bytes") { try archive.read(.tar) }
    }
  }

  @Test func `reads a compressed archive to its end, behind the end mark of what is in it`() throws {
    var bytes = try CompressedTar.xz.bytes()
    // A sum in the index, which comes after all content.
    bytes[bytes.count - 18] ^= 1
    #expect(throws: ArchiveFault.self) { try ArchiveOnDisk(bytes).read(.tar) }
  }

  @Test func `refuses what is no tar archive`() throws {
    let text = Array(String(repeating: "just a text\n", count: 100).utf8)
    #expect(throws: ArchiveFault.notTar) { try ArchiveOnDisk(text).read(.tar) }
    #expect(throws: ArchiveFault.notTar) { try ArchiveOnDisk(DebianBuilder.gzip(text)).read(.tar) }
    #expect(throws: ArchiveFault.cutOff) { try ArchiveOnDisk([]).read(.tar) }
    #expect(throws: ArchiveFault.notCompressed("gzip")) {
      try ArchiveOnDisk(DebianBuilder.gzip(DebianBuilder.gzip(text))).read(.tar)
    }
  }

  @Test func `refuses names that no file system should get`() throws {
    var bad = TarBuilder.Member.file("", "")
    bad.path = Array("caf".utf8) + [0xE9]
    #expect(throws: ArchiveFault.badName("caf\u{FFFD}")) { try read([bad]) }
    #expect(throws: ArchiveFault.self) { try read([.file(String(repeating: "a/", count: 3000), "")]) }
    #expect(throws: ArchiveFault.self) { try read([.link("a", "")]) }
  }

  @Test func `refuses a member that is bigger than the archive`() throws {
    var member = TarBuilder.Member.file("big", "content")
    member.statedSize = 1 << 30
    #expect(throws: ArchiveFault.cutOff) { try read([member]) }
    member.statedSize = 1 << 32
    #expect(throws: ArchiveFault.tooLarge(limit: 1 << 31)) {
      try read([member], limits: ArchiveLimits(bytes: 1 << 31))
    }
  }

  @Test func `believes no more than its limits`() throws {
    let members = (0..<20).map { TarBuilder.Member.file("file-\($0)", "content") }
    #expect(throws: ArchiveFault.tooManyMembers(limit: 19)) {
      try read(members, limits: ArchiveLimits(members: 19))
    }
    #expect(throws: ArchiveFault.tooManyNames(limit: 100)) {
      try read(members, limits: ArchiveLimits(names: 100))
    }
    #expect(throws: ArchiveFault.tooLarge(limit: 10_000)) {
      try read(members, limits: ArchiveLimits(bytes: 10_000))
    }
    #expect(try read(members, limits: ArchiveLimits(bytes: 32 << 10, members: 20, names: 1000)).count == 20)
  }

  @Test func `passes over content that nobody asks for`() throws {
    let big = [UInt8](repeating: 7, count: 700_000)
    let archive = try ArchiveOnDisk(TarBuilder([.file("a", big), .file("b", "b"), .file("c", big)]).build())
    let reader = try ArchiveReader(archive.path, .tar)
    var paths: [String] = []
    while let member = try reader.next() { paths.append(member.path) }
    #expect(paths == ["a", "b", "c"])
    #expect(reader.lastPath == "c")
  }

  @Test func `says which file cannot be read`() throws {
    #expect(throws: ArchiveFault.file(code: 2)) { try ArchiveReader("/nowhere/a.tar", .tar) }
    #expect(throws: ArchiveFault.self) { try ArchiveReader("/", .tar) }
  }

  // MARK: Compressed streams

  @Test func `expands a stream, or hands on what is not compressed`() throws {
    let text = Array("Package: a\nVersion: 1\n".utf8)
    #expect(try ArchiveOnDisk(text).expand(limit: text.count) == text)
    #expect(try ArchiveOnDisk(DebianBuilder.gzip(text)).expand(limit: text.count) == text)
    #expect(try ArchiveOnDisk([]).expand(limit: 0).isEmpty)
    for tar in CompressedTar.allCases {
      #expect(try ArchiveOnDisk(tar.bytes()).expand(limit: 2560).count == 2560)
      #expect(throws: ArchiveFault.tooLarge(limit: 2559)) {
        try ArchiveOnDisk(tar.bytes()).expand(limit: 2559)
      }
    }
  }

  // MARK: Damage

  @Test func `never traps on damaged bytes`() throws {
    var random = SplitMix64(seed: 4)
    var files = try CompressedTar.allCases.map { ($0.suffix, try $0.bytes()) }
    var pax = TarBuilder.Member.file("x", "content")
    pax.records = [("path", Array("y".utf8)), ("SCHILY.xattr.user.a", [1, 2, 3])]
    files.append(
      ("tar", TarBuilder([.folder("a"), pax, .link("l", "x"), .link("h", "x", type: "1")]).build()))
    files.append(("deb", DebianBuilder([pax]).build()))
    for (name, bytes) in files {
      for _ in 0..<40 {
        var damaged = bytes
        for _ in 0..<Int.random(in: 1...4, using: &random) {
          let place = Int.random(in: 0..<damaged.count, using: &random)
          damaged[place] = UInt8.random(in: 0...255, using: &random)
        }
        let archive = try ArchiveOnDisk(damaged)
        let limits = ArchiveLimits(bytes: 1 << 20, members: 100, names: 10_000)
        _ = try? archive.read(name == "deb" ? .debianPackage : .tar, limits: limits)
      }
    }
  }
}

extension String {
  fileprivate func padded(to size: Int) -> [UInt8] {
    Array(utf8) + [UInt8](repeating: 0, count: max(0, size - utf8.count))
  }
}
