import EnvlockImage
import EnvlockModel
import EnvlockNative
import EnvlockStore
import EnvlockTestSupport
import Glibc
import Testing

@Suite(.timeLimit(.minutes(10))) struct LayerStoreTests {
  private let folder: TemporaryFolder
  private let store: LayerStore

  init() throws {
    folder = try TemporaryFolder()
    store = LayerStore(folder: folder("cache"))
  }

  private func source(_ fixture: LayerFixture, digest: Digest? = nil) throws -> LayerSource {
    try folder.put(fixture.bytes, "wheel")
    return LayerSource(
      name: "some_lib-1.0-py3-none-any.whl", path: folder("wheel"), digest: digest ?? sha256(fixture.bytes))
  }

  /// The error that writing ends with, after which nothing may lie in the store.
  private func failure(_ fixture: LayerFixture, digest: Digest? = nil, form: LayerForm = .spliced)
    async throws
    -> LayerError?
  {
    let (plan, source) = (try fixture.plan(), try source(fixture, digest: digest))
    do {
      _ = try await store.write(plan, sources: [source], form: form)
      Issue.record("it was written")
      return nil
    } catch {
      #expect(folder.files == ["cache/CACHEDIR.TAG", "wheel"])
      return error
    }
  }

  // MARK: What works

  @Test func `a layer is what its plan says, by the digests of its bytes and its archive`() async throws {
    let fixture = try LayerFixture.ordinary()
    let plan = try fixture.plan()
    let layer = try await store.write(plan, sources: [source(fixture)])
    let bytes = try #require(folder.bytes("cache/layers/sha256/\(layer.digest.hex)"))
    let archive = fixture.archive(plan)
    #expect(layer.size == plan.gzipSize)
    #expect(bytes.count == plan.gzipSize)
    #expect(sha256(bytes) == layer.digest)
    #expect(layer.tarSize == archive.count)
    #expect(sha256(archive) == layer.diffID)
    #expect(layer.mediaType == "application/vnd.oci.image.layer.v1.tar+gzip")
    #expect(try LayerFixture.run("gzip", ["-dc"], input: bytes) == archive)
    #expect(store.contains(layer.digest, size: layer.size))
    #expect(!store.contains(layer.digest, size: 1))
    #expect(folder.files.count == 3)
  }

  @Test func `a plain layer is the archive`() async throws {
    let fixture = try LayerFixture.ordinary()
    let plan = try fixture.plan()
    let layer = try await store.write(plan, sources: [source(fixture)], form: .plain)
    #expect(folder.bytes("cache/layers/sha256/\(layer.digest.hex)") == fixture.archive(plan))
    #expect(layer.digest == layer.diffID)
    #expect(layer.size == plan.tarSize)
    #expect(layer.mediaType == "application/vnd.oci.image.layer.v1.tar")
  }

  @Test func `an eStargz layer ends with its footer`() async throws {
    var fixture = LayerFixture()
    try fixture.add("lib/a.py", Array("print('a wheel, a wheel')\n".utf8))
    let entry = try LayerEntry(ImagePath("lib/a.py"), .splice(fixture.members[0].splice), mode: 0o644)
    let plan = try StargzLayer([entry]).plan
    let layer = try await store.write(plan, sources: [source(fixture)])
    let bytes = try #require(folder.bytes("cache/layers/sha256/\(layer.digest.hex)"))
    #expect(bytes.suffix(51).starts(with: plan.trailer))
    #expect(sha256(try LayerFixture.run("gzip", ["-dc"], input: bytes)) == layer.diffID)
  }

  @Test func `a layer without any source can be written`() async throws {
    let plan = try LayerPlan([LayerEntry(ImagePath("etc/motd"), .bytes(Array("hi".utf8)), mode: 0o644)])
    let layer = try await store.write(plan, sources: [])
    #expect(store.contains(layer.digest, size: plan.gzipSize))
  }

  @Test func `several writers at once come to one layer`() async throws {
    let fixture = try LayerFixture.ordinary()
    let (plan, source, store) = (try fixture.plan(), try source(fixture), store)
    let layers = try await withThrowingTaskGroup(of: StoredLayer.self) { group in
      for _ in 0..<6 { group.addTask { try await store.write(plan, sources: [source]) } }
      return try await group.reduce(into: Set()) { $0.insert($1) }
    }
    #expect(layers.count == 1)
    #expect(folder.files.count == 3)
  }

  @Test(arguments: 0..<12) func `whatever is in a layer, gzip gives it back`(seed: UInt64) async throws {
    var random = SplitMix64(seed: seed)
    var fixture = LayerFixture()
    for index in 0..<Int.random(in: 1...12, using: &random) {
      let size =
        [0, 1, 511, 512, 513, 65_535, 65_536, 524_288, 524_289, 700_000].randomElement(using: &random) ?? 0
      try fixture.add(
        "f\(index)", LayerFixture.noise(size, seed: seed + UInt64(index)),
        isDeflated: Bool.random(using: &random)
      ) { if !$0.isDeflated, Bool.random(using: &random) { $0.crc = nil } }
    }
    let plan = try fixture.plan()
    let layer = try await store.write(plan, sources: [source(fixture)])
    let bytes = try #require(folder.bytes("cache/layers/sha256/\(layer.digest.hex)"))
    #expect(try LayerFixture.run("gzip", ["-dc"], input: bytes) == fixture.archive(plan))
    #expect(sha256(fixture.archive(plan)) == layer.diffID)
  }

  // MARK: Remembering

  @Test func `how a layer was made is remembered as long as the layer is there`() async throws {
    let fixture = try LayerFixture.ordinary()
    let layer = try await store.write(fixture.plan(), sources: [source(fixture)])
    #expect(store.layer(for: "one") == nil)
    try store.remember(layer, for: "one")
    var other = layer
    other.annotations = ["a": "b"]
    try store.remember(other, for: "two")
    #expect(store.layer(for: "one") == layer)
    #expect(store.layer(for: "two") == other)
    let name = "cache/layers/index/\(sha256("one".utf8).hex)"
    let document = try #require(folder.bytes(name))
    for bytes in [
      Array(document.dropLast(3)), [], Array("{}".utf8),
      folder.bytes("cache/layers/index/\(sha256("two".utf8).hex)"),
    ] {
      try folder.put(bytes ?? [], name)
      #expect(store.layer(for: "one") == nil)
    }
    try folder.put(document, name)
    #expect(store.layer(for: "one") == layer)
    unlink(store.path(of: layer.digest))
    #expect(store.layer(for: "one") == nil)
  }

  @Test func `what killed programs left is removed, what others write is not`() async throws {
    let fixture = try LayerFixture.ordinary()
    for name in ["cache", "cache/layers", "cache/layers/partial"] { mkdir(folder(name), 0o700) }
    try folder.put([1, 2, 3], "cache/layers/partial/1-1")
    try folder.put([1, 2, 3], "cache/layers/partial/1-2")
    let descriptor = open(folder("cache/layers/partial/1-2"), O_RDONLY)
    defer { close(descriptor) }
    #expect(flock(descriptor, LOCK_EX) == 0)
    _ = try await store.write(fixture.plan(), sources: [source(fixture)])
    #expect(folder.files.filter { $0.contains("partial") } == ["cache/layers/partial/1-2"])
  }

  // MARK: What fails

  @Test func `a source that is another file is refused`() async throws {
    let fixture = try LayerFixture.ordinary()
    let error = try #require(await failure(fixture, digest: sha256([])))
    #expect(error.cause == .digest(expected: sha256([]), found: sha256(fixture.bytes)))
    #expect(error.message.hasPrefix("some_lib-1.0-py3-none-any.whl in the store is another file"))
    #expect(error.details.count == 2)
  }

  @Test(arguments: [20, 600_000]) func `a member that is not what the zip file says is named`(size: Int)
    async throws
  {
    let content = LayerFixture.noise(size, seed: 5)
    let found = CRC32.of(content)
    for isDeflated in [true, false] {
      var fixture = LayerFixture()
      try fixture.add("lib/bad", content, isDeflated: isDeflated) { $0.crc = found ^ 1 }
      #expect(
        try await failure(fixture)?.cause == .sum(member: "lib/bad", expected: found ^ 1, found: found))
    }
    var short = LayerFixture()
    try short.add("lib/bad", content) { $0.size = size + 1 }
    #expect(
      try await failure(short)?.cause
        == .inflate(member: "lib/bad", .wrongSize(expected: size + 1, found: size)))
    var long = LayerFixture()
    try long.add("lib/bad", content) { $0.size = size - 1 }
    #expect(try await failure(long)?.cause == .inflate(member: "lib/bad", .tooLong(limit: size - 1)))
    var trailing = LayerFixture()
    try trailing.add("lib/bad", content, behind: [1, 2, 3])
    #expect(try await failure(trailing)?.cause == .inflate(member: "lib/bad", .trailing(count: 3)))
    var corrupt = LayerFixture()
    try corrupt.add("lib/bad", content)
    corrupt.bytes[corrupt.members[0].splice.offset] = 0xFF
    #expect(try await failure(corrupt)?.cause == .inflate(member: "lib/bad", .corrupt))
  }

  @Test func `a member that is not what RECORD says is named, whichever hash it uses`() async throws {
    let content = LayerFixture.noise(600_000, seed: 5)
    let wrong: [ContentHash] = [
      .sha256(sha256([])), .sha384(Array(repeating: 1, count: 48)), .sha512(Array(repeating: 1, count: 64)),
    ]
    for hash in wrong {
      for form in LayerForm.allCases {
        var fixture = LayerFixture()
        try fixture.add("lib/fine", Array("fine".utf8))
        try fixture.add("lib/not", content) { $0.expected = hash }
        let error = try #require(await failure(fixture, form: form))
        guard case .hash("lib/not", let expected, _) = error.cause else {
          Issue.record("\(error)")
          continue
        }
        #expect(expected == "\(hash)")
        #expect(error.message.hasSuffix("`lib/not` is not the file that the RECORD lists"))
      }
    }
  }

  @Test func `of several faults the first in the archive is told`() async throws {
    for _ in 0..<5 {
      var fixture = LayerFixture()
      for index in 0..<9 {
        try fixture.add("lib/\(index)", LayerFixture.noise(300_000, seed: 7), isDeflated: false)
      }
      try fixture.add("lib/a", Array("content".utf8)) { $0.expected = .sha256(sha256([])) }
      try fixture.add("lib/b", Array("content".utf8)) { $0.crc = 1 }
      try fixture.add("lib/c", Array("content".utf8)) { $0.size = 1 }
      let error = try #require(await failure(fixture))
      guard case .hash("lib/a", _, _) = error.cause else {
        Issue.record("\(error)")
        continue
      }
    }
  }

  @Test func `a file that ends too early is named`() async throws {
    var fixture = try LayerFixture.ordinary()
    fixture.bytes.removeLast(30_000)
    guard case .cutOff = try await failure(fixture)?.cause else {
      Issue.record("it was not found")
      return
    }
  }

  @Test func `files that are missing are named`() async throws {
    let fixture = try LayerFixture.ordinary()
    let missing = LayerSource(name: "a.whl", path: folder("none"), digest: nil)
    await #expect(
      throws: LayerError.self, "it is not there",
      performing: { try await store.write(fixture.plan(), sources: [missing]) })
    await #expect(throws: LayerError.self) { try await store.write(fixture.plan(), sources: []) }
    #expect(folder.files == ["cache/CACHEDIR.TAG"])
  }

  @Test func `a bomb is refused before anything is written`() async throws {
    let size = LayerStore.sizeLimit
    let splice = Splice(source: 0, offset: 0, compressedSize: 9, isDeflated: true, size: size, crc: 0)
    let plan = try LayerPlan([LayerEntry(ImagePath("bomb"), .splice(splice), mode: 0o644)])
    await #expect(throws: LayerError.self) { try await store.write(plan, sources: []) }
    #expect(folder.files.isEmpty)
  }

  @Test func `cancelling leaves nothing`() async throws {
    let fixture = try LayerFixture.ordinary()
    let (plan, source, store) = (try fixture.plan(), try source(fixture), store)
    let task = Task { try await store.write(plan, sources: [source]) }
    task.cancel()
    // It may have been quick enough.
    _ = try? await task.value
    #expect(!folder.files.contains { $0.contains("partial") })
  }

  @Test(.enabled(if: geteuid() == 0, "only root can make a small disk"))
  func `a full disk is told, and nothing stays`() async throws {
    let fixture = try LayerFixture.ordinary()
    let (plan, source) = (try fixture.plan(), try source(fixture))
    mkdir(folder("cache"), 0o700)
    for size in ["300k", "2m"] {
      guard mount("none", folder("cache"), "tmpfs", 0, "size=\(size)") == 0 else { return }
      defer { umount2(folder("cache"), Int32(MNT_DETACH)) }
      for form in LayerForm.allCases {
        do {
          _ = try await store.write(plan, sources: [source], form: form)
          #expect(size == "2m" && form != .plain)
        } catch {
          #expect(error.message.hasSuffix("the disk is full"))
          #expect(error.hints.first?.contains("ENVLOCK_CACHE_DIR") == true)
          #expect(!folder.files.contains { $0.contains("partial") })
        }
      }
    }
  }
}
