import EnvlockImage
import EnvlockModel
import EnvlockStore
import EnvlockTestSupport
import Foundation
import Glibc
import Testing

/// What is not unpacked, and that nothing of it stays.
@Suite(.timeLimit(.minutes(10))) struct UnpackRefusalTests {
  private let fixture: UnpackFixture

  init() throws { fixture = try UnpackFixture() }

  private func error(_ layers: [TarBuilder.Member]...) async throws -> UnpackError? {
    try await error(archives: layers.map { TarBuilder($0).build() })
  }

  /// The error of unpacking these, after which nothing is left.
  private func error(
    archives: [[UInt8]], diffIDs: [Digest]? = nil,
    _ change: (inout LayoutReader.Image) throws -> Void = { _ in }
  ) async throws -> UnpackError? {
    var image = try fixture.image(archives: archives, diffIDs: diffIDs)
    try change(&image)
    let unpacker = ImageUnpacker(image, owner: .caller)
    let error = await #expect(throws: UnpackError.self) { try await unpacker.unpack(to: fixture.root) }
    #expect(try fixture.isClean(besides: fixture.folder.bytes("kept") == nil ? [] : ["kept"]))
    return error
  }

  /// Makes a file outside, which nothing may touch.
  private func keep() throws { try fixture.folder.put(Array("outside".utf8), "kept") }

  private func expectKept() { #expect(fixture.folder.bytes("kept") == Array("outside".utf8)) }

  @Test(arguments: [
    ("/etc/passwd", "it begins with a slash"), ("../kept", "it has a part `..`"),
    ("a/../../kept", "it has a part `..`"), ("a/..", "it has a part `..`"),
    (String(repeating: "n", count: 256), "it is longer than a file system takes"),
    (".wh.", "it has a part that begins with `.wh.`, which deletes files when a layer is unpacked"),
    (".wh...", "it has a part that begins with `.wh.`, which deletes files when a layer is unpacked"),
    ("a/.wh.b/c", "it has a part that begins with `.wh.`, which deletes files when a layer is unpacked"),
  ])
  func `names that lead elsewhere are refused`(name: String, reason: String) async throws {
    try keep()
    for member in [
      TarBuilder.Member.file(name, "x"), .folder(name), .link(name, "x"), TarBuilder.Member(name, type: "6"),
    ] {
      let error = try await error([.file("a/b", "b")], [member])
      #expect(error?.cause == .name(reason: reason))
      #expect(error?.message.hasSuffix(" is not unpacked: \(reason)") == true)
      #expect(error?.kind == .badInput)
    }
    expectKept()
  }

  @Test(arguments: ["/", "..", "../..", "../../../..", "/etc/..", "a/../..", "."])
  func `nothing is written through a link that leads out`(target: String) async throws {
    try keep()
    // The link leads to the root of the image, whatever it says.
    try await fixture.unpack(
      [.folder("a"), .folder("etc"), .link("a/out", target == "." ? ".." : target)],
      [.file("a/out/kept", "inside"), .folder("a/out/made"), .link("a/out/also", "kept", type: "1")])
    #expect(fixture.text("kept") == "inside")
    #expect(fixture.text("also") == "inside")
    expectKept()
    #expect(!FileManager.default.fileExists(atPath: fixture.folder("made")))
  }

  @Test func `a link to a folder of the system leads to one of the image`() async throws {
    let outside = fixture.folder("outside")
    try FileManager.default.createDirectory(atPath: outside, withIntermediateDirectories: false)
    try await fixture.unpack(
      [.link("a", outside), .link("conf", "/etc")],
      [.file("a/passwd", "inside"), .file("conf/passwd", "inside"), .file("a/.wh..wh..opq", "")])
    #expect(try FileManager.default.contentsOfDirectory(atPath: outside).isEmpty)
    #expect(fixture.text(outside.dropFirst() + "/passwd") == "inside")
    #expect(fixture.text("etc/passwd") == "inside")
    #expect(try String(contentsOfFile: "/etc/passwd", encoding: .utf8) != "inside")
  }

  @Test func `a file is never written through a link of its name`() async throws {
    try keep()
    try await fixture.unpack(
      [.link("a", fixture.folder("kept")), .link("b", "../kept")],
      [.file("a", "inside", mode: 0o600), .link("c", "b", type: "1")], [.file("c", "inside")])
    #expect(try fixture.tree() == ["a file 600 inside", "b link ../kept", "c file 644 inside"])
    expectKept()
  }

  @Test func `links without end are refused`() async throws {
    let round = try await error([.link("a", "b"), .link("b", "a"), .file("a/c", "c")])
    #expect(round?.cause == .way(reason: "the links in its path have no end"))
    #expect(round?.message.hasPrefix("`a/c` of layer sha256:") == true)
    let own = try await error([.link("a", "a"), .file("a/c", "c")])
    #expect(own?.cause == .way(reason: "the links in its path have no end"))
    let many = (0..<50).map { TarBuilder.Member.link("l\($0)", "l\($0 + 1)") }
    let chain = try await error(many + [.folder("l50"), .file("l0/c", "c")])
    #expect(chain?.cause == .way(reason: "the links in its path have no end"))
  }

  @Test func `a link does not make a folder of a file`() async throws {
    let error = try await error([.file("etc/passwd", "p"), .link("a", "etc/passwd")], [.file("a/b", "b")])
    #expect(error?.cause == .way(reason: "a link in its path leads to something that is no folder"))
  }

  @Test func `folders deeper than a path can be are refused`() async throws {
    let deep = Array(repeating: "d", count: 1990).joined(separator: "/")
    let error = try await error([.folder(deep), .link("l", deep), .file("l/\(deep)/a", "a")])
    #expect(error?.cause == .way(reason: "it would lie deeper than a file system lets one reach"))
  }

  @Test func `other names of what is not there are refused`() async throws {
    try keep()
    func reason(_ members: [TarBuilder.Member]) async throws -> String? {
      guard case .hardLink(_, let reason) = try await error(members)?.cause else { return nil }
      return reason
    }
    #expect(try await reason([.link("a", "b", type: "1")]) == "which is not there")
    #expect(try await reason([.link("a", "a", type: "1")]) == "which is not there")
    #expect(try await reason([.link("a", "../kept", type: "1")]) == "and of that, it has a part `..`")
    #expect(try await reason([.link("a", "/etc/passwd", type: "1")]) == "and of that, it begins with a slash")
    #expect(try await reason([.folder("d"), .link("a", "d", type: "1")]) == "which is a folder")
    #expect(try await reason([.link("a", "./", type: "1")]) == "which is not there")
    #expect(
      try await reason([.link("out", fixture.folder.path), .link("a", "out/kept", type: "1")])
        == "which is not there")
    #expect(try await reason([.file("d/f", "f"), .link("d", "d/f", type: "1")]) == "which is not there")
    expectKept()
  }

  @Test func `the root can only be a folder`() async throws {
    let error = try await error([.link(".", "/etc")])
    #expect(error?.cause == .name(reason: "it is the root, and no folder"))
  }

  @Test func `owners that no file system has are refused`() async throws {
    var member = TarBuilder.Member.file("a", "a")
    member.records = [("uid", Array("4294967295".utf8))]
    #expect(try await error([member])?.cause == .owner(4_294_967_295))
  }

  // MARK: Damage

  @Test func `a layer with another digest is refused`() async throws {
    let archive = TarBuilder([.file("a", "a")]).build()
    for size in [archive.count, archive.count - 700] {
      let error = try await error(archives: [archive]) { image in
        guard let place = image.layers[0].place else { return }
        var bytes = archive
        bytes[512] ^= 1
        try FileManager.default.removeItem(atPath: place.path)
        try Data(bytes.prefix(size)).write(to: URL(fileURLWithPath: place.path))
      }
      var expected = archive
      expected[512] ^= 1
      #expect(
        error?.cause == .digest(expected: sha256(archive), found: sha256(expected.prefix(size))))
      #expect(error?.layer == "\(sha256(archive))")
      #expect(error?.kind == .answerIsNo)
    }
  }

  @Test func `a layer whose archive is another than the configuration says is refused`() async throws {
    let archives = [TarBuilder([.file("a", "a")]).build(), TarBuilder([.file("b", "b")]).build()]
    let expected = sha256([1])
    let error = try await error(archives: archives, diffIDs: [sha256(archives[0]), expected])
    #expect(error?.cause == .diffID(expected: expected, found: sha256(archives[1])))
    #expect(error?.details == ["expected  \(expected)", "found     \(sha256(archives[1]))"])
  }

  @Test func `a layer that is cut off or no archive is refused`() async throws {
    let archive = TarBuilder([.file("a", [UInt8](repeating: 7, count: 5000))]).build()
    for bytes in [Array(archive.prefix(3000)), Array(archive.dropLast(1024)), [], Array("no archive".utf8)] {
      let error = try await error(archives: [bytes])
      guard case .damaged(let clause) = error?.cause else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect(clause.hasPrefix("is no tar archive: it is cut off at byte "))
    }
    var wrong = archive
    wrong[3] ^= 1
    let error = try await error(archives: [wrong])
    #expect(error?.message.contains("is no tar archive: at byte 0 stands no header") == true)
  }

  @Test func `layers that are missing or do not match are refused`() async throws {
    let archive = TarBuilder([.file("a", "a")]).build()
    let missing = try await error(archives: [archive]) { $0.layers[0].place = nil }
    #expect(missing?.cause == .missing)
    let short = try await error(archives: [archive]) { $0.layers[0].place?.size -= 1 }
    #expect(short?.cause == .size(expected: archive.count, found: archive.count - 1))
    let count = try await error(archives: [archive], diffIDs: [])
    #expect(count?.message == "the image has 1 layers, and its configuration tells the digests of 0")
    let gone = try await error(archives: [archive]) { $0.layers[0].place?.path += ".gone" }
    guard case .file(let failure) = gone?.cause else { throw UnpackFixture.NoImage() }
    #expect(failure.code == ENOENT)
  }

  @Test func `what is there already is left alone`() async throws {
    try fixture.folder.put([], "rootfs")
    let image = try fixture.image(archives: [TarBuilder([.file("a", "a")]).build()])
    let error = await #expect(throws: UnpackError.self) {
      try await ImageUnpacker(image).unpack(to: fixture.root)
    }
    #expect(error?.message == "`\(fixture.root)` is there already")
    #expect(fixture.folder.bytes("rootfs") == [])
    let nowhere = await #expect(throws: UnpackError.self) {
      try await ImageUnpacker(image).unpack(to: fixture.folder("no/where"))
    }
    #expect(nowhere?.message.hasSuffix("its folder does not exist") == true)
  }

  @Test func `a full disk is told with the file that found it full`() {
    let error = UnpackError("/run/box/rootfs", layer: "sha256:ab", path: "./usr/lib/a\nb", .make(ENOSPC))
    #expect(error.message == "`./usr/lib/a\\u{a}b` of layer sha256:ab cannot be unpacked: the disk is full")
    #expect(error.hints == ["free some space where `/run/box/rootfs` is to be; nothing of it was kept"])
    #expect(error.kind == .couldNotFindOut)
  }

  @Test func `nothing stays when the task is cancelled`() async throws {
    let image = try fixture.image(archives: [
      TarBuilder([.file("a", "a")]).build(),
      TarBuilder([.file("b", LayerFixture.noise(4_000_000, seed: 3))]).build(),
    ])
    let (begun, beginning) = AsyncStream<Void>.makeStream()
    let cancelled = DispatchSemaphore(value: 0)
    let root = fixture.root
    let task = Task {
      try await ImageUnpacker(image, owner: .caller).unpack(to: root) { _, _ in
        beginning.yield()
        cancelled.wait()
        cancelled.signal()
      }
    }
    for await _ in begun { break }
    task.cancel()
    cancelled.signal()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(try fixture.isClean())
  }
}
