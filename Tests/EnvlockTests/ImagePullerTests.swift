import Envlock
import EnvlockImage
import EnvlockModel
import EnvlockStore
import EnvlockTestSupport
import Foundation
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(10))) struct ImagePullerTests {
  private let folder: TemporaryFolder
  private let registry: LayoutRegistry
  private static let layer = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 5) }

  init() throws {
    folder = try TemporaryFolder()
    registry = try LayoutRegistry()
  }

  private func puller(_ cache: String = "cache", offline: Bool = false) throws -> ImagePuller {
    try ImagePuller(
      Configuration(cacheDirectory: folder(cache), offline: offline, environment: ["HOME": folder("home")]))
  }

  @discardableResult
  private func pull(
    _ rest: String = ":1", platforms: [Platform]? = nil, to path: String = "pulled",
    as format: ImageFormat = .oci, cache: String = "cache", offline: Bool = false,
    progress: any PullProgress = NoPullProgress()
  ) async throws -> PulledImage {
    try await puller(cache, offline: offline).pull(
      registry.reference(rest), platforms: platforms, to: folder(path), as: format, progress: progress)
  }

  private func failure(_ work: () async throws -> PulledImage) async -> (any UserFacingError)? {
    do {
      _ = try await work()
      Issue.record("it was pulled")
    } catch let error as any UserFacingError {
      return error
    } catch { Issue.record("\(error)") }
    return nil
  }

  private func inode(_ path: String) throws -> Int {
    let number = try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int
    return try #require(number)
  }

  private func bytes(_ path: String) -> [UInt8]? {
    FileManager.default.contents(atPath: path).map { Array($0) }
  }

  /// Images for three systems, one of them unknown to locks, and a statement about the first.
  private func putIndex() throws -> (images: [ImageDescriptor], statement: ImageDescriptor, index: Digest) {
    let images = ["amd64", "arm64", "s390x"].map { architecture in
      registry.put(image: [Self.layer, Array(architecture.utf8)], architecture: architecture)
    }
    var statement = registry.put(image: [Array("{\"a\": \"statement\"}".utf8)], architecture: "unknown")
    statement.platform = ImagePlatform(os: "unknown", architecture: "unknown")
    let index = registry.put(index: images + [statement], tag: "1")
    return (images, statement, index)
  }

  // MARK: what comes

  @Test func `an image that was built comes back byte for byte`() async throws {
    try await MadeImage(folder).write("made")
    let root = try registry.put(layout: folder("made"), tag: "1")
    // Another cache than the one that built it.
    let pulled = try await pull(cache: "other")
    #expect(pulled.digest == root.digest)
    #expect(pulled.source == root.digest)
    #expect(folder.files(in: "pulled/blobs") == folder.files(in: "made/blobs"))
    for name in folder.files(in: "made/blobs") {
      #expect(bytes(folder("pulled/blobs/\(name)")) == bytes(folder("made/blobs/\(name)")))
    }
    #expect(try LayoutReader(folder("pulled")).indexDigest() == root.digest)
    #expect(
      try LayoutReader(folder("pulled")).images()[0].names == ["127.0.0.1:\(registry.server.port)/team/app:1"]
    )
    // A layer is once on the disk.
    let layer = try #require(pulled.images.first?.layers.last?.digest)
    #expect(
      try inode(folder("pulled/blobs/sha256/\(layer.hex)"))
        == inode(folder("other/artifacts/sha256/\(layer.hex)")))
  }

  @Test func `of an index everything comes, and its digest stays`() async throws {
    let (images, statement, index) = try putIndex()
    let pulled = try await pull()
    #expect(pulled.digest == index)
    #expect(pulled.images.map(\.platform) == ["linux/amd64", "linux/arm64", "linux/s390x"])
    #expect(pulled.images.map(\.manifest) == images.map(\.digest))
    #expect(pulled.images[0].layers.map(\.title) == ["make layer 0", "make layer 1"])
    #expect(bytes(folder("pulled/blobs/sha256/\(statement.digest.hex)")) != nil)
    #expect(bytes(folder("pulled/blobs/sha256/\(sha256("{\"a\": \"statement\"}".utf8).hex)")) != nil)
    // A layer that all three have is asked for once.
    #expect(registry.asked.count { $0 == "blobs/\(sha256(Self.layer))" } == 1)
    #expect(try LayoutReader(folder("pulled")).images().count == 3)
  }

  @Test func `one platform is its manifest, two are an index of their own`() async throws {
    let (images, _, index) = try putIndex()
    let one = try await pull(platforms: [.linuxARM64], to: "one")
    #expect(one.digest == images[1].digest)
    #expect(one.source == index)
    #expect(try LayoutReader(folder("one")).indexDigest() == images[1].digest)
    #expect(folder.files(in: "one/blobs/sha256").count == 4)
    let two = try await pull(platforms: [.linuxAMD64, .linuxARM64], to: "two")
    #expect(![index, images[0].digest].contains(two.digest))
    #expect(try LayoutReader(folder("two")).indexDigest() == two.digest)
    #expect(two.images.map(\.manifest) == [images[0].digest, images[1].digest])
    // What is all there is keeps the digest.
    let whole = registry.put(index: Array(images.prefix(2)), tag: "2")
    #expect(try await pull(":2", platforms: [.linuxAMD64, .linuxARM64], to: "three").digest == whole)
  }

  @Test func `archives hold the same`() async throws {
    let (images, _, index) = try putIndex()
    #expect(try await pull(to: "image.tar", as: .ociArchive).digest == index)
    #expect(try LayoutReader(folder("image.tar")).indexDigest() == index)
    #expect(await failure { try await pull(to: "no.tar", as: .dockerArchive) }?.kind == .badInput)
    let docker = try await pull(platforms: [.linuxAMD64], to: "docker.tar", as: .dockerArchive)
    #expect(docker.digest == images[0].digest)
    let image = try #require(try LayoutReader(folder("docker.tar")).images().first)
    #expect(image.names == ["127.0.0.1:\(registry.server.port)/team/app:1"])
    #expect(image.layers.map(\.digest) == docker.images[0].layers.map(\.digest))
  }

  // MARK: what is not fetched

  @Test func `what the store, the layers or the layout have is not fetched`() async throws {
    try await MadeImage(folder).write("made")
    try registry.put(layout: folder("made"), tag: "1")
    // Two of the layers are in the cache that built them; the base is not.
    let first = try await pull(to: "pulled")
    #expect(first.fetchedBytes == first.images[0].layers[0].size)
    let again = try await pull(to: "again")
    #expect(again.fetchedBytes == 0)
    // With another cache, the layout has them; but not the one that was damaged.
    let layers = first.images[0].layers
    let damaged = folder("pulled/blobs/sha256/\(layers[1].digest.hex)")
    var other = try #require(bytes(damaged))
    other[other.count / 2] ^= 1
    try FileManager.default.removeItem(atPath: damaged)
    try folder.put(other, "pulled/blobs/sha256/\(layers[1].digest.hex)")
    let mended = try await pull(to: "pulled", cache: "other")
    #expect(mended.fetchedBytes == layers[1].size)
    #expect(sha256(try #require(bytes(damaged))) == layers[1].digest)
    for layer in layers {
      #expect(sha256(try #require(bytes(folder("pulled/blobs/sha256/\(layer.digest.hex)")))) == layer.digest)
    }
  }

  @Test func `a pull that was broken off goes on where it ended`() async throws {
    registry.put(image: [Self.layer], tag: "1")
    let path = "/v2/team/app/blobs/\(sha256(Self.layer))"
    registry.intercept { request in
      guard request.path == path else { return nil }
      return request["range"] == nil
        ? .init(body: Self.layer, fault: .closeAfter(200_000)) : .init(status: 404)
    }
    #expect(await failure { try await pull() }?.kind == .couldNotFindOut)
    #expect(!FileManager.default.fileExists(atPath: folder("pulled")))
    registry.intercept { _ in nil }
    let pulled = try await pull()
    #expect(pulled.images[0].layers[0].digest == sha256(Self.layer))
    #expect(registry.server.requests.last { $0.path == path }?["range"] == "bytes=200000-")
  }

  @Test func `offline, only what is in the store is there`() async throws {
    registry.put(image: [Self.layer], tag: "1")
    #expect(await failure { try await pull(offline: true) }?.kind == .couldNotFindOut)
    let pulled = try await pull()
    let count = registry.server.requests.count
    #expect(try await pull(to: "again", offline: true).digest == pulled.digest)
    #expect(registry.server.requests.count == count)
  }

  // MARK: what is refused

  @Test func `a blob that is another is refused, and nothing is written`() async throws {
    registry.put(image: [Self.layer], tag: "1")
    let path = "/v2/team/app/blobs/\(sha256(Self.layer))"
    for bytes in [Self.layer.dropLast() + [9], Self.layer + [9], Array(Self.layer.dropLast())] {
      registry.intercept { $0.path == path ? .init(body: Array(bytes)) : nil }
      let error = await failure { try await pull() }
      #expect([.answerIsNo, .couldNotFindOut].contains(error?.kind))
      #expect(error?.message.hasPrefix("layer \(sha256(Self.layer).hex.prefix(12)) of 127.0.0.1") == true)
      #expect(!FileManager.default.fileExists(atPath: folder("pulled")))
    }
  }

  @Test func `layers that nobody can unpack are refused before any is fetched`() async throws {
    for type in ["application/x-strange", "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"] {
      registry.put(image: [Self.layer], layerType: type, tag: "1")
      let error = await failure { try await pull() }
      #expect(error?.kind == .answerIsNo)
    }
    #expect(!registry.asked.contains("blobs/\(sha256(Self.layer))"))
  }

  @Test func `a folder with something else in it is refused before anything is asked`() async throws {
    registry.put(image: [Self.layer], tag: "1")
    try folder.put([1], "pulled/thesis.tex")
    #expect(await failure { try await pull() }?.kind == .badInput)
    #expect(await failure { try await pull(to: "none/below") }?.message.contains("none/below") == true)
    #expect(registry.server.requests.isEmpty)
  }

  @Test func `an index without an image is none`() async throws {
    var statement = registry.put(image: [[1]])
    statement.platform = ImagePlatform(os: "unknown", architecture: "unknown")
    registry.put(index: [statement], tag: "1")
    #expect(await failure { try await pull() }?.kind == .answerIsNo)
    #expect(await failure { try await pull(platforms: [.linuxAMD64]) }?.kind == .answerIsNo)
  }

  @Test func `entries of unknown types are left out, and that is said`() async throws {
    let image = registry.put(image: [Self.layer])
    let strange = ImageDescriptor(mediaType: "application/x-strange", digest: sha256([7]), size: 1)
    let index = registry.put(index: [image, strange], tag: "1")
    let pulled = try await pull()
    #expect(pulled.digest == index)
    #expect(pulled.notes.count == 1)
    #expect(pulled.notes[0].contains("application/x-strange"))
  }

  // MARK: what is told

  @Test func `each layer is told of, with what is in it`() async throws {
    final class Watcher: PullProgress {
      let lines = Mutex<[String]>([])
      func report(_ event: PullEvent) {
        switch event {
        case .planned(let blobs): lines.withLock { $0.append("planned \(blobs.map(\.title))") }
        case .fetching: break
        case .here(let blob, _, let wasThere):
          lines.withLock { $0.append("\(blob.title) \(wasThere ? "was there" : "came")") }
        }
      }
    }
    registry.put(image: [Self.layer, [1, 2, 3]], tag: "1")
    let watcher = Watcher()
    try await pull(progress: watcher)
    try await pull(to: "again", progress: watcher)
    let lines = watcher.lines.withLock { $0 }
    #expect(lines[0] == #"planned ["make layer 0", "make layer 1"]"#)
    #expect(Set(lines[1...2]) == ["make layer 0 came", "make layer 1 came"])
    #expect(Set(lines[4...5]) == ["make layer 0 was there", "make layer 1 was there"])
  }
}
