import EnvlockImage
import EnvlockModel
import EnvlockNative
import EnvlockStore
import EnvlockTestSupport
import Foundation
import Glibc
import Testing

@Suite struct ArchivePackTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func pack(
    _ bytes: [UInt8], _ kind: ArchivePacker.Kind = .debianPackage, name: String = "a_1_all.deb",
    limits: ArchiveLimits = ArchiveLimits()
  ) async throws -> ArchivePack {
    try folder.put(bytes, "archive")
    return try await ArchivePacker(folder: folder("cache"), limits: limits)
      .pack(file: folder("archive"), name: name, kind: kind)
  }

  private func fault(
    _ bytes: [UInt8], limits: ArchiveLimits = ArchiveLimits()
  ) async -> ArchiveError? {
    do { _ = try await pack(bytes, limits: limits) } catch { return error as? ArchiveError }
    return nil
  }

  private func contents(_ pack: ArchivePack) throws -> [String: [UInt8]] {
    var found: [String: [UInt8]] = [:]
    for entry in pack.entries {
      guard case .file(let content) = entry.kind else { continue }
      found[entry.path] = try pack.content(of: content)
      #expect(content.sha256 == sha256(found[entry.path] ?? []))
      #expect(content.crc == CRC32.of(found[entry.path] ?? []))
    }
    return found
  }

  private static let text = Array(String(repeating: "a line that comes again and again\n", count: 100).utf8)

  private static let members: [TarBuilder.Member] = {
    var ping = TarBuilder.Member.file("./bin/ping", "ping", mode: 0o4755)
    ping.gid = 42
    ping.records = [("SCHILY.xattr.security.capability", [1, 2, 3])]
    var random = SplitMix64(seed: 1)
    let noise = (0..<3000).map { _ in UInt8.random(in: 0...255, using: &random) }
    // More than is compressed in one go.
    let part = LayerFixture.noise(50_000, seed: 2)
    let big = (0..<24).flatMap { _ in part }
    return [
      .folder("./"), ping, .file("./text", text), .file("./empty", ""), .file("./noise", noise),
      .link("./link", "text"), .link("./again", "./text", type: "1"), .file("./big", big),
      TarBuilder.Member("./dev/null", type: "3"), .file("./last", "last"),
    ]
  }()

  // MARK: Files that are no archive's

  @Test func `packs files that were made here`() async throws {
    let files: [(path: ImagePath, content: [UInt8])] = [
      (try ImagePath("a/text"), Self.text), (try ImagePath("empty"), []),
      (try ImagePath("noise"), LayerFixture.noise(50_000, seed: 7)),
    ]
    let packer = ArchivePacker(folder: folder("cache"))
    let pack = try await packer.pack(files: files, name: "modules")
    #expect(pack.entries.map(\.path) == files.map(\.path.text))
    #expect(pack.entries.allSatisfy { $0.mode == 0o644 && $0.uid == 0 && $0.gid == 0 })
    let contents = try contents(pack)
    for file in files { #expect(contents[file.path.text] == file.content) }
    // What was packed is what a layer is spliced from.
    let entries = try zip(files, pack.entries).map { file, entry -> LayerEntry in
      guard case .file(let content) = entry.kind else { throw ArchiveFault.cutOff }
      return LayerEntry(file.path, .splice(content.splice(source: 0)), mode: 0o644)
    }
    let read = try await LayerStore(folder: folder("cache")).contents(of: entries, sources: [pack.file])
    #expect(read == files.map(\.content))
    #expect(try await packer.pack(files: [], name: "nothing").entries == [])
  }

  @Test func `what was changed in a pack is not read`() async throws {
    let packer = ArchivePacker(folder: folder("cache"))
    let pack = try await packer.pack(
      files: [(try ImagePath("noise"), LayerFixture.noise(500, seed: 7))], name: "a")
    guard case .file(let content)? = pack.entries.first?.kind else { return }
    var bytes = Array(try Data(contentsOf: URL(fileURLWithPath: pack.file.path)))
    bytes[content.offset + 3] ^= 1
    try Data(bytes).write(to: URL(fileURLWithPath: pack.file.path))
    let entry = LayerEntry(try ImagePath("noise"), .splice(content.splice(source: 0)), mode: 0o644)
    await #expect(throws: LayerError.self) {
      try await LayerStore(folder: self.folder("cache")).contents(of: [entry], sources: [pack.file])
    }
  }

  // MARK: Scratch folders

  @Test func `a scratch folder goes with its last reference, and takes all with it`() throws {
    let packer = ArchivePacker(folder: folder("cache"))
    var scratch: ScratchFolder? = try packer.scratchFolder()
    let path = try #require(scratch?.path)
    let program = try ImagePath("bin/deep/program")
    try scratch?.write(Array("#!/bin/sh\n".utf8), to: program, isExecutable: true)
    try scratch?.write([1], to: try ImagePath("bin/data"))
    try scratch?.link(try ImagePath("lib/link"), to: "../bin/data")
    #expect(access("\(path)/bin/deep/program", X_OK) == 0)
    #expect(FileManager.default.contents(atPath: "\(path)/lib/link") == Data([1]))
    #expect(throws: FileFailure.self) { try scratch?.write([2], to: program) }
    scratch?.remove(program)
    #expect(access("\(path)/bin/deep/program", F_OK) != 0)
    scratch = nil
    #expect(access(path, F_OK) != 0)
    #expect(try packer.scratchFolder().path != path)
  }

  // MARK: Members of layers

  @Test(arguments: [false, true])
  func `takes single files out of a layer`(isCompressed: Bool) async throws {
    let tar = TarBuilder([
      .folder("./lib/"), .file("./lib/libc.so.6", "the C library"), .file("./big", Self.text),
      .link("./lib64/ld.so", "../lib/libc.so.6"),
    ]).build()
    try folder.put(isCompressed ? DebianBuilder.gzip(tar) : tar, "layer")
    let members = try await LayerMembers.read(folder("layer"), name: "a layer") { $0.contains("lib") }
    #expect(members.map(\.member.path) == ["./lib/", "./lib/libc.so.6", "./lib64/ld.so"])
    #expect(members.map(\.content) == [[], Array("the C library".utf8), []])
    try folder.put(Array("no layer at all".utf8), "layer")
    let error = await #expect(throws: ArchiveError.self) {
      _ = try await LayerMembers.read(self.folder("layer"), name: "a layer") { _ in true }
    }
    #expect(error?.message.hasPrefix("a layer ") == true)
  }

  // MARK: What comes out

  @Test func `keeps every member in its order, with its content`() async throws {
    let builder = DebianBuilder(
      Self.members,
      control: [
        .folder("./"), .file("./control", "Package: a\n"), .file("md5sums", "sums\n"),
        .file("./conffiles", "/etc/a\n"), .file("./postinst", "#!/bin/sh\n", mode: 0o755),
      ])
    let pack = try await pack(builder.build())
    #expect(pack.entries.map(\.path) == Self.members.map { String(decoding: $0.path, as: UTF8.self) })
    #expect(pack.control == Array("Package: a\n".utf8))
    #expect(pack.md5sums == Array("sums\n".utf8))
    #expect(pack.conffiles == Array("/etc/a\n".utf8))
    let contents = try contents(pack)
    for member in Self.members where member.type == "0" {
      #expect(contents[String(decoding: member.path, as: UTF8.self)] == member.content)
    }
    #expect(pack.entries[1].mode == 0o4755 && pack.entries[1].gid == 42)
    #expect(pack.entries[1].attributes == [TarAttribute(name: "security.capability", value: [1, 2, 3])])
    #expect(pack.entries[5].kind == .symbolicLink("text"))
    #expect(pack.entries[6].kind == .hardLink("./text"))
    #expect(pack.entries[8].kind == .special("character device"))
  }

  @Test func `compresses what gets smaller, and stores what does not`() async throws {
    let pack = try await pack(DebianBuilder(Self.members).build())
    var isDeflated: [String: Bool] = [:]
    for entry in pack.entries {
      guard case .file(let content) = entry.kind else { continue }
      isDeflated[entry.path] = content.isDeflated
      #expect(
        content.isDeflated ? content.compressedSize < content.size : content.compressedSize == content.size)
    }
    #expect(
      isDeflated == [
        "./bin/ping": false, "./text": true, "./empty": false, "./noise": false, "./big": true,
        "./last": false,
      ])
  }

  @Test func `gives the same pack for the same members, whatever stands round them`() async throws {
    let first = try await pack(DebianBuilder(Self.members).build())
    var builder = DebianBuilder(Self.members)
    builder.members[2] = ("data.tar.gz", DebianBuilder.gzip(builder.members[2].content))
    let second = try await pack(builder.build(), name: "b_1_all.deb")
    #expect(first.entries == second.entries)
    #expect(try sha256(file: first.file.path) == sha256(file: second.file.path))
    #expect(first.file.name == "a_1_all.deb" && second.file.name == "b_1_all.deb")
  }

  @Test func `packs a tar archive too`() async throws {
    let bytes = DebianBuilder.gzip(TarBuilder(Self.members).build())
    let pack = try await pack(bytes, .tar, name: "python.tar.gz")
    #expect(pack.entries.count == Self.members.count)
    #expect(pack.control == nil && pack.md5sums == nil && pack.conffiles == nil)
    #expect(try contents(pack)["./text"] == Self.text)
  }

  @Test func `layers are spliced from a pack`() async throws {
    let pack = try await pack(DebianBuilder(Self.members).build())
    let entries = try pack.entries.compactMap { entry -> LayerEntry? in
      guard case .file(let content) = entry.kind else { return nil }
      return try LayerEntry(
        ImagePath(String(entry.path.dropFirst(2))), .splice(content.splice(source: 0)), mode: entry.mode)
    }
    let plan = try LayerPlan(entries)
    let layer = try await LayerStore(folder: folder("cache")).write(plan, sources: [pack.file])
    #expect(layer.tarSize == plan.tarSize)
    pack.remove()
    #expect(throws: FileFailure.self) { try contents(pack) }
  }

  // MARK: What stays

  @Test func `packs go with their packer, and what a killed program left goes before`() async throws {
    try FileManager.default.createDirectory(
      atPath: folder("cache/packs/123-456"), withIntermediateDirectories: true)
    try folder.put([1, 2, 3], "cache/packs/123-456/1")
    let isThere = { folder.files.filter { $0.hasPrefix("cache/packs/") }.count }
    do {
      let pack = try await pack(DebianBuilder(Self.members).build())
      #expect(isThere() == 1)
      #expect(try contents(pack)["./last"] == Array("last".utf8))
      // Another packer leaves alone what is in use.
      let other = try await self.pack(DebianBuilder(Self.members).build())
      #expect(isThere() == 2)
      other.remove()
      pack.remove()
      #expect(isThere() == 0)
      _ = try await self.pack(DebianBuilder(Self.members).build())
    }
    #expect(isThere() == 0)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder("cache/packs")).isEmpty)
  }

  @Test func `nothing stays of an archive that is damaged`() async throws {
    let packer = ArchivePacker(folder: folder("cache"))
    let bytes = DebianBuilder(Self.members).build()
    try folder.put(Array(bytes.prefix(bytes.count / 2)), "cut")
    try folder.put(bytes, "whole")
    await #expect(throws: ArchiveError.self) {
      try await packer.pack(file: folder("cut"), name: "cut", kind: .debianPackage)
    }
    #expect(!folder.files.contains { $0.hasPrefix("cache/packs/") })
    let pack = try await packer.pack(file: folder("whole"), name: "whole", kind: .debianPackage)
    #expect(try contents(pack)["./last"] == Array("last".utf8))
  }

  @Test func `a task that was cancelled packs nothing`() async throws {
    try folder.put(DebianBuilder(Self.members).build(), "archive")
    let packer = ArchivePacker(folder: folder("cache"))
    let archive = folder("archive")
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return try await packer.pack(file: archive, name: "a.deb", kind: .debianPackage)
    }
    let result = await task.result
    #expect(throws: ArchiveError.self) { try result.get() }
    #expect((result.error as? ArchiveError)?.cause == .cancelled)
    #expect(!folder.files.contains { $0.hasPrefix("cache/packs/") })
  }

  @Test func `several archives are packed at once`() async throws {
    try folder.put(DebianBuilder(Self.members).build(), "archive")
    let packer = ArchivePacker(folder: folder("cache"), parallel: 3)
    let archive = folder("archive")
    let packs = try await withThrowingTaskGroup(of: ArchivePack.self) { group in
      for _ in 0..<8 {
        group.addTask { try await packer.pack(file: archive, name: "a.deb", kind: .debianPackage) }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(Set(packs.map(\.file.path)).count == 8)
    #expect(Set(packs.map(\.entries)).count == 1)
  }

  // MARK: What is said

  @Test func `errors name the archive, and how far it could be read`() async throws {
    let bytes = DebianBuilder(Self.members).build()
    let cut = await fault(Array(bytes.prefix(bytes.count - 4000)))
    #expect(cut?.message == "a_1_all.deb is cut off")
    #expect(cut?.kind == .badInput)
    var builder = DebianBuilder(Self.members)
    builder.members[2].content.removeLast(4096)
    let short = await fault(builder.build())
    #expect(short?.message == "a_1_all.deb is cut off")
    #expect(short?.details == ["read as far as  ./big"])
    let other = await fault(Array("no package".utf8))
    #expect(other?.message == "a_1_all.deb is no Debian package: it is no ar archive")
    let bare = await fault(DebianBuilder(Self.members, control: [.file("./md5sums", "")]).build())
    #expect(bare?.message == "a_1_all.deb is no Debian package: it has no control file")
    let bomb = await fault(bytes, limits: ArchiveLimits(bytes: 1 << 20))
    #expect(bomb?.message == "a_1_all.deb holds more than 1048576 bytes")
    let absent = try? await ArchivePacker(folder: folder("cache"))
      .pack(file: folder("absent"), name: "absent.deb", kind: .debianPackage)
    #expect(absent == nil)
  }

  @Test func `a folder that cannot be written is named`() async throws {
    try folder.put([], "cache")
    let error = await fault(DebianBuilder(Self.members).build())
    #expect(error?.message.contains("cannot write") == true)
    #expect(error?.kind == .couldNotFindOut)
  }

  // MARK: Compressed files

  @Test func `a compressed file is read whole, up to its limit`() throws {
    try folder.put(DebianBuilder.gzip(Self.text), "Packages.gz")
    #expect(try CompressedFile.content(of: folder("Packages.gz"), limit: 10_000) == Self.text)
    do {
      _ = try CompressedFile.content(of: folder("Packages.gz"), limit: 100)
      Issue.record("no error")
    } catch {
      #expect(error.message == "Packages.gz holds more than 100 bytes")
    }
    do {
      _ = try CompressedFile.content(of: folder("absent.xz"), limit: 100)
      Issue.record("no error")
    } catch {
      #expect(error.message == "absent.xz cannot be read: No such file or directory")
    }
  }
}

extension Result {
  fileprivate var error: Failure? {
    if case .failure(let error) = self { error } else { nil }
  }
}
