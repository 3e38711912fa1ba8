import Envlock
import EnvlockImage
import EnvlockModel
import EnvlockStore
import EnvlockTestSupport
import Foundation
import Testing

/// Bundles: what a lock names in one file, and images that are built of it alone.
@Suite(.timeLimit(.minutes(10))) struct BundleTests {
  private let place: BuildPlace

  init() throws { place = try BuildPlace() }

  private var mirror: BuildMirror { place.mirror }

  /// A request with files of the user, for two platforms.
  private func request() throws -> BuildRequest {
    try place.folder.put(Array("print('hi')\n".utf8), "project/train.py")
    try place.folder.put(Array("x = 1\n".utf8), "project/src/a.py")
    try FileManager.default.createSymbolicLink(
      atPath: place.folder("project/src/b.py"), withDestinationPath: "a.py")
    try FileManager.default.createDirectory(
      atPath: place.folder("project/src/empty"), withIntermediateDirectories: true)
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755], ofItemAtPath: place.folder("project/train.py"))
    return BuildRequest(
      lock: try mirror.lock(
        [mirror.wheel("alpha"), mirror.wheel("beta", "2.0")], platforms: [.linuxAMD64, .linuxARM64]),
      image: ImageDeclaration(
        copy: ["src/", "train.py", "src/a.py"], workdir: "/app", entrypoint: ["python"], cmd: ["train.py"],
        env: ["A": "b \"c\""], user: "1000", labels: ["org.example": "x"]),
      folder: place.folder("project"))
  }

  /// The request that a colleague makes who has the bundle alone.
  private func request(of bundle: EnvironmentBundle) -> BuildRequest {
    BuildRequest(lock: bundle.lock, image: bundle.image, folder: "/nowhere", bundle: bundle)
  }

  @Test func `an image is built of a bundle alone, byte for byte`() async throws {
    let request = try request()
    let image = try await place.build(request)
    let made = try await place.builder().bundle(request)
    #expect(made.count == 5)
    try made.write(to: place.out("all.bundle"))
    let asked = mirror.paths.count
    let bundle = try EnvironmentBundle(place.out("all.bundle"))
    #expect(bundle.digest == made.digest && bundle.lock == request.lock && bundle.image == request.image)
    #expect(bundle.platforms == [.linuxAMD64, .linuxARM64])
    let again = try await place.build(self.request(of: bundle), to: "again", store: "other") {
      ($0.indexURL, $0.debianMirror, $0.debianSecurityMirror) = (nil, nil, nil)
    }
    #expect(again.digest == image.digest)
    #expect(mirror.paths.count == asked)
    #expect(try place.faults(of: "other") == [])
  }

  @Test func `equal locks and files are equal bundles, whatever was in the store`() async throws {
    let request = try request()
    let first = try await place.builder().bundle(request)
    let second = try await place.builder("other") { $0.jobs = 1 }.bundle(request)
    try first.write(to: place.out("first"))
    try second.write(to: place.out("second"))
    #expect(first.digest == second.digest && first.size == second.size)
    #expect(
      try Data(contentsOf: URL(filePath: place.out("first")))
        == Data(contentsOf: URL(filePath: place.out("second"))))
  }

  @Test func `a bundle of one platform has nothing for another`() async throws {
    var request = try request()
    request.platforms = [.linuxARM64]
    try await place.builder().bundle(request).write(to: place.out("arm.bundle"))
    let bundle = try EnvironmentBundle(place.out("arm.bundle"))
    let images = try await place.builder("other").build(self.request(of: bundle))
    #expect(images.images.map(\.platform) == [.linuxARM64])
  }

  @Test func `a lock of wheels only has its bundle too`() async throws {
    let answer = try BuildMirror.answer([mirror.wheel("alpha")], over: nil)
    let made = try await place.builder().bundle(BuildRequest(lock: try BuildMirror.lock([answer])))
    #expect(made.count == 1)
  }

  @Test func `every changed byte of an artifact or document is noticed`() async throws {
    var request = try request()
    request.image = ImageDeclaration()
    try await place.builder().bundle(request).write(to: place.out("all.bundle"))
    let reader = try LayoutReader(place.out("all.bundle"))
    let good = try Data(contentsOf: URL(filePath: place.out("all.bundle")))
    let index = try reader.index().index.manifests[0]
    let manifest = try ImageManifest(bytes: try reader.document(index), name: "it")
    // The compatibility data go along for readers to come; a build does not need them.
    let parts = [index, manifest.config] + manifest.layers.filter { $0.mediaType != "application/json" }
    for (number, part) in parts.enumerated() {
      let found = try reader.place(of: part.digest)
      var bytes = good
      bytes[found.offset + found.size / 2] ^= 1
      try bytes.write(to: URL(filePath: place.out("bad.bundle")))
      let error = await #expect(throws: (any Error).self, "\(part.annotations)") {
        let bundle = try EnvironmentBundle(place.out("bad.bundle"))
        _ = try await place.builder("bad\(number)").build(self.request(of: bundle))
      }
      #expect(error is any UserFacingError)
      #expect(try place.faults(of: "bad\(number)") == [])
    }
    try good.prefix(good.count / 2).write(to: URL(filePath: place.out("bad.bundle")))
    _ = try errorText { _ = try EnvironmentBundle(place.out("bad.bundle")) }
  }

  @Test func `what is no bundle is told`() async throws {
    try await place.build(try request())
    let text = try errorText { _ = try EnvironmentBundle(place.out("image")) }
    #expect(text.hasSuffix("image` is no bundle\nhint: `envlock bundle` writes one\n"))
    var manifest = ImageManifest(config: ImageDescriptor(of: [], mediaType: "x/y"), layers: [])
    manifest.artifactType = "application/vnd.envlock.bundle.v2"
    let top = ImageIndex(manifests: [ImageDescriptor(of: manifest.bytes, mediaType: MediaType.manifest)])
    try LayoutArchive.write(
      LayoutArchive.layout(top, blobs: [LayoutBlob(document: manifest.bytes)]), to: place.out("new"))
    let newer = try errorText { _ = try EnvironmentBundle(place.out("new")) }
    #expect(
      newer.hasSuffix(
        "new` is a bundle of another version: application/vnd.envlock.bundle.v2\nhint: use a newer envlock\n")
    )
  }

  @Test func `a file of the user with a path that leads elsewhere is refused`() throws {
    var document = BundleDocument(
      lock: BundleDocument.Blob("envlock.lock", digest: sha256([]), size: 0), platforms: [.linuxAMD64],
      image: ImageDeclaration(), files: [], matrix: [], artifacts: [])
    document.files = [BundleDocument.File(try ImagePath("a/b"), .folder)]
    #expect(try BundleDocument(bytes: document.bytes, name: "it") == document)
    let text = String(decoding: document.bytes, as: UTF8.self)
    for path in ["../a", "/etc/passwd", "a//b", ""] {
      let bad = text.replacingOccurrences(of: "a/b", with: path)
      #expect(throws: ImageDocumentError.self) {
        try BundleDocument(bytes: Array(bad.utf8), name: "it")
      }
    }
  }

  private func errorText(_ body: () throws -> Void) throws -> String {
    let error = #expect(throws: (any Error).self) { try body() }
    let shown = try #require(error as? any UserFacingError)
    return shown.message + "\n" + shown.hints.map { "hint: \($0)\n" }.joined()
  }
}
