import Envlock
import EnvlockImage
import EnvlockModel
import EnvlockStore
import EnvlockTestSupport
import EnvlockVersions
import Foundation
import Testing

/// Locks of made-up packages and wheels, built into images.
@Suite(.timeLimit(.minutes(10))) struct ImageBuilderTests {
  private let place: BuildPlace

  init() throws { place = try BuildPlace() }

  private var mirror: BuildMirror { place.mirror }

  /// Verifies an image by its lock; an empty list is a good one.
  private func faults(_ name: String, _ request: BuildRequest) async throws -> [String] {
    let expectations = try await place.builder().expectations(request)
    return try await ImageVerifier(place.out(name)).verify(expectations).lines
  }

  /// Paths and contents of all that was written under a name.
  private func content(_ name: String) throws -> [String: [UInt8]] {
    var content: [String: [UInt8]] = [:]
    for file in place.folder.files(in: "out/\(name)") {
      content[file] = Array(try Data(contentsOf: URL(filePath: place.out("\(name)/\(file)"))))
    }
    return content
  }

  private func failure(_ request: BuildRequest) async throws -> any UserFacingError {
    let error = await #expect(throws: (any Error).self) { try await self.place.build(request) }
    return try #require(error as? any UserFacingError)
  }

  // MARK: An image

  @Test func `a lock becomes an image that is what the lock says`() async throws {
    let request = BuildRequest(
      lock: try mirror.lock([mirror.wheel("alpha"), mirror.wheel("beta", "2.0")]))
    let events = BuildEvents()
    let images = try await place.build(request, progress: events)
    #expect(images.notes == [])
    #expect(
      images.images.first?.layers.map(\.title) == [
        "bookworm, 2 packages", "python3.11 (Debian)", "library cache", "environment", "beta 2.0",
        "alpha 1.0", "lock",
      ])
    #expect(
      events.fetched == [
        "alpha-1.0-py3-none-any.whl", "base-files_12.4_all.deb", "beta-2.0-py3-none-any.whl",
        "libc6_2.36-9_all.deb", "python3.11_3.11.2-6_all.deb",
      ])
    // Every blob is what its name says, and the index that is named is the one that is there.
    let content = try content("image")
    for (file, bytes) in content where file.hasPrefix("blobs/sha256/") {
      #expect(file == "blobs/sha256/\(sha256(bytes).hex)")
    }
    #expect(content["blobs/sha256/\(images.digest.hex)"] != nil)
    // 7 layers, configuration, manifest and index; then the two files of the layout.
    #expect(content.count == 12)
    #expect(try await faults("image", request) == [])
    #expect(try place.faults() == [])
    #expect(FileManager.default.subpaths(atPath: place.folder("out"))?.filter { $0.hasPrefix(".") } == [])
  }

  @Test func `a second build fetches nothing, makes nothing and gives the same bytes`() async throws {
    let request = BuildRequest(lock: try mirror.lock([mirror.wheel("alpha"), mirror.wheel("beta")]))
    let first = try await place.build(request)
    let before = try content("image")
    let asked = mirror.paths.count
    let events = BuildEvents()
    let second = try await place.build(request, progress: events) { $0.offline = true }
    #expect(second.digest == first.digest)
    #expect(try content("image") == before)
    #expect(mirror.paths.count == asked)
    #expect(events.made == [] && events.fetched == [])
  }

  @Test func `neither the store nor how much is done at a time shows in an image`() async throws {
    let wheels = try ["alpha", "beta", "gamma", "delta", "epsilon"].map { try mirror.wheel($0) }
    let request = BuildRequest(lock: try mirror.lock(wheels))
    let first = try await place.build(request) { $0.jobs = 1 }
    let second = try await place.build(request, to: "other", store: "other") { $0.jobs = 8 }
    #expect(first.digest == second.digest)
    #expect(try content("image") == content("other"))
  }

  @Test(arguments: BuildRequest.Compression.allCases)
  func `layers can be compressed otherwise and are the same archives`(
    compression: BuildRequest.Compression
  ) async throws {
    let lock = try mirror.lock([mirror.wheel("alpha")])
    let plain = try await place.build(BuildRequest(lock: lock))
    let request = BuildRequest(lock: lock, compression: compression)
    let images = try await place.build(request, to: "other")
    #expect(
      images.images.first?.layers.map { $0.made?.diffID }
        == plain.images.first?.layers.map { $0.made?.diffID })
    #expect((images.digest == plain.digest) == (compression == .splice))
    #expect(try await faults("other", request) == [])
  }

  @Test func `layers for lazy pulling are what the lock says`() async throws {
    let request = BuildRequest(lock: try mirror.lock([mirror.wheel("alpha")]), stargz: true)
    try await place.build(request)
    #expect(try await faults("image", request) == [])
  }

  // MARK: Layers in common

  @Test func `another release of a small wheel is one other layer, beside the lock's`() async throws {
    let wheels = try ["alpha", "beta", "gamma"].map { try mirror.wheel($0) }
    try await place.build(BuildRequest(lock: try mirror.lock(wheels)))
    let before = try content("image")
    let events = BuildEvents()
    let changed = [wheels[0], try mirror.wheel("beta", "1.1"), wheels[2]]
    try await place.build(BuildRequest(lock: try mirror.lock(changed)), progress: events)
    #expect(events.fetched == ["beta-1.1-py3-none-any.whl"])
    #expect(Set(events.made) == ["beta 1.1", "lock"])
    // In the same folder: what the new image does not need is gone. Only the layers are counted.
    let after = try content("image")
    #expect(after.count == before.count)
    #expect(Set(after.keys).intersection(before.keys).filter { $0.hasPrefix("blobs") }.count == 5)
  }

  @Test func `locks that share wheels share layers`() async throws {
    let shared = try mirror.wheel("alpha")
    let first = try await place.build(
      BuildRequest(lock: try mirror.lock([shared, mirror.wheel("beta")])), to: "first")
    let second = try await place.build(
      BuildRequest(lock: try mirror.lock([shared, mirror.wheel("gamma")])), to: "second", store: "other")
    func layers(_ images: BuiltImages) -> Set<Digest> {
      Set(images.images.flatMap(\.layers).compactMap { $0.made?.digest })
    }
    // All but the other wheel and the lock.
    #expect(layers(first).intersection(layers(second)).count == 4)
  }

  @Test func `two platforms make one index`() async throws {
    let wheel = try mirror.wheel("alpha")
    let lock = try mirror.lock([wheel], platforms: [.linuxARM64, .linuxAMD64])
    let request = BuildRequest(lock: lock)
    let images = try await place.build(request)
    #expect(images.images.map(\.platform) == [.linuxAMD64, .linuxARM64])
    #expect(Set(images.images.map(\.manifest)).count == 2)
    #expect(try await faults("image", request) == [])
    // A pure wheel is the same layer on both, and there once.
    func digest(_ title: String, _ image: BuiltImages.Image) -> Digest? {
      image.layers.first { $0.title == title }?.made?.digest
    }
    #expect(digest("alpha 1.0", images.images[0]) == digest("alpha 1.0", images.images[1]))
    let one = BuildRequest(lock: lock, platforms: [.linuxARM64])
    let arm = try await place.build(one, to: "one")
    #expect(arm.images.map(\.manifest) == [images.images[1].manifest])
    #expect(try await faults("one", one) == [])
  }

  // MARK: What is asked for

  @Test func `a lock with several answers wants a target`() async throws {
    let base = try mirror.base()
    let lock = try BuildMirror.lock([
      BuildMirror.answer([mirror.wheel("alpha", "1.0")], over: base, target: "old"),
      BuildMirror.answer([mirror.wheel("alpha", "2.0")], over: base, target: "new"),
    ])
    let error = try await failure(BuildRequest(lock: lock))
    #expect(error.kind == .badInput)
    #expect(error.message == "the lock has 2 answers for linux/amd64, one for each group of targets")
    #expect(error.hints == ["choose one with `--target`: old, new"])
    let other = try await failure(BuildRequest(lock: lock, target: "newest"))
    #expect(other.message == "no target of linux/amd64 is called “newest”")
    let images = try await place.build(BuildRequest(lock: lock, target: "new"))
    #expect(images.images.first?.layers.map(\.title).contains("alpha 2.0") == true)
  }

  @Test func `a lock without a base says what to add`() async throws {
    let lock = try BuildMirror.lock([BuildMirror.answer([mirror.wheel("alpha")], over: nil)])
    let error = try await failure(BuildRequest(lock: lock))
    #expect(error.message == "the lock has no base, so there is nothing below its wheels")
    #expect(error.hints.first?.contains("[base]\n  debian = \"bookworm\"") == true)
    #expect(mirror.paths == [])
    #expect(place.folder.files(in: "out") == [])
  }

  @Test func `offline, what is missing is named`() async throws {
    let request = BuildRequest(lock: try mirror.lock([mirror.wheel("alpha")]))
    let error = await #expect(throws: (any Error).self) {
      try await self.place.build(request) { $0.offline = true }
    }
    let shown = try #require(error as? any UserFacingError)
    #expect(shown.kind == .couldNotFindOut)
    #expect(shown.message.hasSuffix("is not in the store, and nothing may be fetched"))
    #expect(mirror.paths == [])
  }

  // MARK: The user's part

  @Test func `the user's files, folder and name are in the image`() async throws {
    try place.folder.put(Array("print('hello')\n".utf8), "project/train.py")
    try place.folder.put(Array("x\n".utf8), "project/src/model.py")
    let request = BuildRequest(
      lock: try mirror.lock([mirror.wheel("alpha")]),
      image: ImageDeclaration(
        copy: ["train.py", "src"], workdir: "/app", cmd: ["python", "train.py"], env: ["SEED": "1"],
        user: "1000:1000", labels: ["org.example.team": "vision"]), folder: place.folder("project"))
    let images = try await place.build(request)
    #expect(images.images.first?.layers.last?.title == "files")
    #expect(try await faults("image", request) == [])
    let found = try #require(try LayoutReader(place.out("image")).images().first)
    #expect(found.config.process.workingDirectory == "/app")
    #expect(found.config.process.user == "1000:1000")
    #expect(found.config.process.cmd == ["python", "train.py"])
    #expect(found.config.process.env.contains("SEED=1"))
    #expect(found.config.process.labels["org.example.team"] == "vision")
    // A changed file is another layer, and nothing else.
    try place.folder.put(Array("print('bye')\n".utf8), "project/train.py")
    let events = BuildEvents()
    let changed = try await place.build(request, progress: events)
    #expect(changed.digest != images.digest)
    #expect(events.made == ["files"])
  }

  @Test(arguments: ["../secret", "/etc/passwd", "nowhere.py", "link"])
  func `what is not in the project's folder is not copied`(path: String) async throws {
    try place.folder.put(Array("secret".utf8), "secret")
    try place.folder.put([], "project/here")
    try FileManager.default.createSymbolicLink(
      atPath: place.folder("project/link"), withDestinationPath: "../secret")
    let request = BuildRequest(
      lock: try mirror.lock([mirror.wheel("alpha")]), image: ImageDeclaration(copy: [path], workdir: "/app"),
      folder: place.folder("project"))
    let error = try await failure(request)
    #expect(error.message.contains(path), "\(error.message)")
    #expect(mirror.paths == [])
  }

  // MARK: Forms

  @Test(arguments: [ImageFormat.ociArchive, .dockerArchive])
  func `archives hold the same image, and the same bytes each time`(format: ImageFormat) async throws {
    let request = BuildRequest(lock: try mirror.lock([mirror.wheel("alpha")]))
    let images = try await place.builder().build(request)
    for name in ["a.tar", "b.tar"] { try images.write(to: place.out(name), as: format, reference: "lab/a:1") }
    #expect(try sha256(file: place.out("a.tar")) == sha256(file: place.out("b.tar")))
    #expect(try await faults("a.tar", request) == [])
    #expect(place.folder.files(in: "out") == ["a.tar", "b.tar"])
  }

  @Test func `a docker-archive of two platforms is refused`() async throws {
    let lock = try mirror.lock([mirror.wheel("alpha")], platforms: Platform.allCases)
    let images = try await place.builder().build(BuildRequest(lock: lock))
    let error = #expect(throws: BadRequest.self) {
      try images.write(to: place.out("a.tar"), as: .dockerArchive)
    }
    #expect(error?.message == "a docker-archive holds one image, and there are 2")
    #expect(place.folder.files(in: "out") == [])
  }
}
