import Envlock
import EnvlockImage
import EnvlockModel
import EnvlockStore
import EnvlockTestSupport
import EnvlockVersions
import Foundation
import Testing

@Suite(.timeLimit(.minutes(10))) struct ImageInspectorTests {
  private let folder: TemporaryFolder
  private let registry: LayoutRegistry

  init() throws {
    folder = try TemporaryFolder()
    registry = try LayoutRegistry()
  }

  private func inspector(cache: Bool = false) throws -> ImageInspector {
    try ImageInspector(
      Configuration(cacheDirectory: cache ? folder("cache") : nil, environment: ["HOME": folder("home")]))
  }

  private func labels(_ glibc: String = "2.36") -> [String: String] {
    [
      "dev.envlock.lock": "\(sha256("lock".utf8))", "dev.envlock.base": "debian bookworm",
      "dev.envlock.python": "3.11.2", "dev.envlock.glibc": glibc, "dev.envlock.cuda": "12.8",
      "dev.envlock.driver.full": "570.26", "dev.envlock.frameworks": "torch",
      "dev.envlock.torch.version": "2.9.1", "dev.envlock.torch.cuda": "12.8",
      "dev.envlock.torch.kernels": "7.0 8.0", "dev.envlock.torch.ptx": "none",
    ]
  }

  @Test func `an image is looked at by two requests and two for what refers to it`() async throws {
    let image = registry.put(image: [[1], [2, 3]], labels: labels(), tag: "1")
    let seen = try await inspector().inspect(registry.reference())
    #expect(seen.digest == image.digest)
    #expect(seen.images.map(\.platform) == ["linux/amd64"])
    #expect(seen.images[0].layers.map(\.size) == [1, 2])
    #expect(seen.images[0].layers.map(\.title) == ["make layer 0", "make layer 1"])
    #expect(seen.images[0].environment?.lock == sha256("lock".utf8))
    #expect(seen.images[0].environment?.answer.strata.frameworks.map(\.name.text) == ["torch"])
    #expect(seen.images[0].environment?.base == "debian bookworm")
    #expect(seen.referrers?.isEmpty == true)
    #expect(
      registry.asked == [
        "manifests/1", "blobs/\(seen.images[0].config)", "referrers/\(image.digest)",
        "manifests/sha256-\(image.digest.hex)",
      ])
  }

  @Test func `of an index one image is looked at, or those that are wanted`() async throws {
    let images = ["s390x", "arm64", "amd64"].map { architecture in
      registry.put(image: [Array(architecture.utf8)], architecture: architecture)
    }
    var statement = registry.put(image: [[9]])
    statement.platform = ImagePlatform(os: "unknown", architecture: "unknown")
    let index = registry.put(index: images + [statement], tag: "1")
    let first = try await inspector().inspect(registry.reference())
    #expect(first.digest == index)
    #expect(first.images.map(\.platform) == ["linux/amd64"])
    #expect(first.others.map(\.platform) == ["linux/s390x", "linux/arm64"])
    #expect(first.statements == 1)
    let asked = registry.asked.filter { !$0.contains("referrers/") && !$0.contains("/sha256-") }
    #expect(asked.count == 3)
    let arm = try await inspector().inspect(registry.reference(), platforms: [.linuxARM64])
    #expect(arm.images.map(\.platform) == ["linux/arm64"])
    let all = try await inspector().inspect(registry.reference(), isWhole: true)
    #expect(all.images.map(\.platform) == ["linux/s390x", "linux/arm64", "linux/amd64"])
    #expect(all.others.isEmpty)
    // No layer is read, whatever is asked.
    for name in ["s390x", "arm64", "amd64"] {
      #expect(!registry.asked.contains("blobs/\(sha256(name.utf8))"))
    }
  }

  @Test func `what lies on the disk says the same as in a registry`() async throws {
    var made = try MadeImage(folder)
    made.config.process.labels = labels()
    made.config.process.cmd = ["python", "train.py"]
    try await made.write("image")
    try await made.write("image.tar", as: .archive)
    try await made.write("docker.tar", as: .docker)
    try registry.put(layout: folder("image"), tag: "1")
    let remote = try await inspector().inspect(registry.reference())
    let local = try ImageInspector.inspect(path: folder("image"))
    let archive = try ImageInspector.inspect(path: folder("image.tar"))
    let docker = try ImageInspector.inspect(path: folder("docker.tar"))
    #expect(local.digest == remote.digest)
    #expect([local, archive].map(\.form) == ["oci", "oci-archive"])
    for other in [local, archive] {
      #expect(other.images[0].layers == remote.images[0].layers)
      #expect(other.images[0].labels == remote.images[0].labels)
      #expect(other.images[0].process == remote.images[0].process)
      #expect(other.images[0].manifest == remote.images[0].manifest)
    }
    #expect(docker.digest == nil)
    #expect(docker.images[0].layers.map(\.size) == remote.images[0].layers.map(\.size))
    #expect(docker.images[0].environment?.lock == sha256("lock".utf8))
    #expect(throws: (any Error).self) {
      try ImageInspector.inspect(path: folder("image"), platforms: [.linuxARM64])
    }
    #expect(throws: (any Error).self) { try ImageInspector.inspect(path: folder("none")) }
  }

  @Test func `labels that cannot be read are said to be so`() async throws {
    registry.put(image: [[1]], labels: labels("two"), tag: "1")
    let seen = try await inspector().inspect(registry.reference())
    #expect(seen.images[0].environment == nil)
    #expect(seen.images[0].fault?.contains("dev.envlock.glibc") == true)
    registry.put(image: [[1]], tag: "2")
    let foreign = try await inspector().inspect(registry.reference(":2"))
    #expect(foreign.images[0].environment == nil)
    #expect(foreign.images[0].fault == nil)
  }

  @Test func `what refers to an image is listed, and its failure is no failure`() async throws {
    let image = registry.put(image: [[1]], tag: "1")
    var descriptor = ImageDescriptor(mediaType: MediaType.manifest, digest: sha256([5]), size: 5)
    descriptor.artifactType = "application/vnd.cyclonedx+json"
    let list = ImageIndex(manifests: [descriptor]).bytes
    registry.intercept { $0.path.contains("/referrers/") ? .init(body: list) : nil }
    let seen = try await inspector().inspect(registry.reference())
    #expect(seen.referrers?.map(\.type) == ["application/vnd.cyclonedx+json"])
    #expect(seen.referrers?.map(\.subject) == [image.digest])
    registry.intercept { $0.path.contains("/referrers/") ? .init(status: 403) : nil }
    let other = try await inspector().inspect(registry.reference())
    #expect(other.referrers == nil)
    #expect(other.notes.count == 1)
  }

  // MARK: checking

  @Test func `the lock of images in a registry is that of their labels`() async throws {
    let images = ["amd64", "arm64", "s390x"].map { architecture in
      registry.put(image: [Array(architecture.utf8)], architecture: architecture, labels: labels())
    }
    registry.put(index: images, tag: "1")
    let lock = try await inspector().labelledLock(registry.reference())
    #expect(lock.platforms.map(\.platform) == [.linuxAMD64, .linuxARM64])
    #expect(lock.platforms[0].strata.driver?.full == (try DriverVersion("570.26")))
    #expect(lock.manifest == sha256("lock".utf8))
    #expect(registry.asked.count == 5)
    // An image alone does not say what it is for before it is read.
    registry.put(image: [[1]], architecture: "arm64", labels: labels(), tag: "2")
    #expect(
      try await inspector().labelledLock(registry.reference(":2")).platforms.map(\.platform) == [.linuxARM64])
    registry.put(image: [[1]], architecture: "s390x", labels: labels(), tag: "3")
    await #expect(throws: (any Error).self) { try await inspector().labelledLock(registry.reference(":3")) }
    registry.put(image: [[1]], tag: "4")
    await #expect(throws: (any Error).self) { try await inspector().labelledLock(registry.reference(":4")) }
  }
}
