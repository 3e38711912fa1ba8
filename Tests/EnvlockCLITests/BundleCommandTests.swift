import EnvlockImage
import EnvlockModel
import EnvlockStore
import EnvlockTestSupport
import Foundation
import Synchronization
import Testing

@testable import Envlock
@testable import EnvlockCLI

/// What `envlock bundle` and `envlock build --bundle` say of wrong use; what they do is shown by `BundleTests`.
@Suite struct BundleCommandTests {
  @Test func `wrong use is told`() async throws {
    let world = World(["envlock.lock": try lock([try torchAnswer()]).canonicalText()]) { _, _, _, _, _ in
      throw Refused()
    }
    var text = ""
    for words in [
      ["bundle", "--lock", "missing.lock"], ["bundle", "--platform", "linux/arm64"],
      ["bundle", "--manifest", "missing.toml"],
      ["build", "--bundle", "missing.bundle"], ["build", "--bundle", "a.bundle", "--lock", "envlock.lock"],
      ["build", "--bundle", "a.bundle", "--index-url", "https://index.example.com/simple"],
      ["bundle", "-o", "lab/resnet"], ["bundle", "-o", "a.bundle", "--plain-http"],
      ["build", "--plain-http"], ["build", "--bundle", "A/b"],
    ] {
      text += await world.run(words) + "\n"
    }
    try expectGolden(text, "bundle-use.txt")
  }

  @Test func `a bundle is nothing for a terminal`() async throws {
    let world = World(["envlock.lock": try lock([try torchAnswer()]).canonicalText()]) { _, _, _, _, _ in
      throw Refused()
    }
    let text = await world.run(["bundle", "-o", "-"], terminal: true)
    #expect(text.contains("a bundle is nothing for a terminal"))
  }

  /// A bundle of a small lock.
  private func made() throws -> MadeBundle {
    var answer = try torchAnswer()
    answer.base = try debianBase()
    let lock = LayoutBlob(document: Array(try lock([answer]).canonicalText().utf8))
    let artifacts = [
      ("torch-2.9.1-cp311-cp311-manylinux_2_28_x86_64.whl", [UInt8]([1, 2, 3])), ("libc6.deb", [4]),
    ]
    .map { ($0, LayoutBlob(document: $1)) }
    let document = BundleDocument(
      lock: BundleDocument.Blob("envlock.lock", digest: lock.digest, size: lock.size),
      platforms: [.linuxAMD64],
      image: ImageDeclaration(), files: [BundleDocument.File(try ImagePath("src"), .folder)], matrix: [],
      artifacts: artifacts.map { BundleDocument.Blob($0, digest: $1.digest, size: $1.size) })
    return MadeBundle(document, [lock] + artifacts.map(\.1))
  }

  @Test func `a bundle goes to the registry that is named`() async throws {
    let made = try made()
    let target = Mutex<PushTarget?>(nil)
    var builds = BuildWork.nothing
    builds.bundle = { _, _, _ in made }
    var pushes = PushWork.nothing
    pushes.bundle = { _, bundle, place, progress in
      target.withLock { $0 = place }
      let names = ["configuration", "envlock.lock", "torch-2.9.1-cp311-cp311-manylinux_2_28_x86_64.whl"]
      let parts = zip(names, bundle.blobs.dropFirst()).enumerated().map { number, part in
        PushedImage.Part(
          name: part.0, digest: part.1.digest, size: part.1.size, arrival: number == 1 ? .present : .sent)
      }
      for part in parts { progress.report(PushEvent.arrived(part, seconds: 0.5)) }
      return PushedImage(
        digest: bundle.digest, mediaType: MediaType.manifest, size: 500, reference: place.reference,
        tags: ["1"], isUnchanged: false, parts: parts, requests: 9, seconds: 1.5)
    }
    let world = World(
      ["envlock.lock": try lock([try torchAnswer()]).canonicalText()], builds: builds, pushes: pushes
    ) { _, _, _, _, _ in throw Refused() }
    let words = ["bundle", "-o", "registry.example.com/lab/resnet-bundle:1"]
    var text = await world.run(words)
    text += await world.run(words + ["--plain-http", "--json", "-q"])
    try expectGolden(text, "bundle-push.txt")
    #expect(target.withLock { $0?.isPlain } == true)
  }

  @Test func `a bundle is described`() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "envlock-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try made().write(to: folder + "/resnet.bundle")
    let world = World { _, _, _, _, _ in throw Refused() }
    var text = await world.run(["inspect", folder + "/resnet.bundle"])
    text += await world.run(["inspect", folder + "/resnet.bundle", "--json"])
    try expectGolden(text.replacing(folder, with: "."), "inspect-bundle.txt")
  }
}
