import EnvlockNative
import EnvlockTestSupport
import Testing

@Suite struct ArchiveDebianTests {
  private func read(_ builder: DebianBuilder) throws -> [ReadMember] {
    try ArchiveOnDisk(builder.build()).read(.debianPackage)
  }

  private func reason(_ builder: DebianBuilder) -> String {
    do { _ = try read(builder) } catch ArchiveFault.notDebianPackage(let reason) { return reason } catch {
      return "\(error)"
    }
    return ""
  }

  @Test func `reads the control archive, then the data`() throws {
    let found = try read(
      DebianBuilder(
        [.folder("./"), .file("./a", "a")],
        control: [.folder("./"), .file("./control", "Package: a\n"), .file("./md5sums", "sums")]))
    #expect(found.map(\.member.part) == [.control, .control, .control, .data, .data])
    #expect(found.map(\.member.path) == ["./", "./control", "./md5sums", "./", "./a"])
    #expect(found[1].content == Array("Package: a\n".utf8))
  }

  @Test(arguments: CompressedTar.allCases) func `the name tells the compression`(tar: CompressedTar) throws {
    var builder = DebianBuilder([])
    builder.members[1] = ("control.tar.gz", DebianBuilder.gzip(builder.members[1].content))
    builder.members[2] = ("data.tar.\(tar.suffix)", try tar.bytes())
    #expect(try read(builder).map(\.member.path) == ["./control", "./etc/", "./etc/motd"])
    builder.members[2].content = TarBuilder([.file("a", "a")]).build()
    #expect(throws: ArchiveFault.self) { try read(builder) }
  }

  @Test func `passes over members that deb(5) lets stand`() throws {
    var builder = DebianBuilder([.file("./a", "odd")])
    builder.members[0].content = Array("2.7\nmore\n".utf8)
    builder.members.insert(("_note", Array("odd".utf8)), at: 1)
    builder.members.insert(("_other", []), at: 3)
    builder.members.append(("signature", [1]))
    #expect(try read(builder).map(\.member.path) == ["./control", "./a"])
    builder.members[0].name = "debian-binary/"
    #expect(try read(builder).count == 2)
  }

  @Test func `says what is wrong with a package`() throws {
    let good = DebianBuilder([.file("./a", "a")])
    #expect(reason(good) == "")
    var builder = good
    builder.members[0].content = Array("3.0\n".utf8)
    #expect(reason(builder) == "its format is another than 2")
    builder = good
    builder.members.remove(at: 0)
    #expect(reason(builder) == "its first member is not debian-binary")
    builder = good
    builder.members.remove(at: 1)
    #expect(reason(builder) == "`data.tar` stands where its control archive should")
    builder = good
    builder.members.remove(at: 2)
    #expect(reason(builder) == "it has no data archive")
    builder = good
    builder.members[2].name = "data.tar.lz"
    #expect(reason(builder) == "its data archive is compressed in a way that is not known: lz")
    builder = good
    builder.members.insert(("extra", []), at: 1)
    #expect(reason(builder) == "`extra` stands where its control archive should")
    #expect(throws: ArchiveFault.notDebianPackage(reason: "it is no ar archive")) {
      try ArchiveOnDisk(Array("a text".utf8)).read(.debianPackage)
    }
  }

  @Test func `finds every cut`() throws {
    let bytes = DebianBuilder([.file("./a", "a")]).build()
    for count in stride(from: 0, to: bytes.count, by: 20) {
      let archive = try ArchiveOnDisk(Array(bytes.prefix(count)))
      #expect(throws: ArchiveFault.self, "\(count) of \(bytes.count) bytes") {
        try archive.read(.debianPackage)
      }
    }
  }

  @Test(arguments: ["99999999999", "-1        ", "12 4      ", "          ", "0x10      "])
  func `believes no size that the ar archive cannot have`(size: String) throws {
    var bytes = DebianBuilder([.file("./a", "a")]).build()
    bytes.replaceSubrange(8 + 48..<8 + 58, with: Array(size.utf8.prefix(10)))
    #expect(throws: ArchiveFault.self) { try ArchiveOnDisk(bytes).read(.debianPackage) }
  }
}
