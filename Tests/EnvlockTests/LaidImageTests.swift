import Envlock
import EnvlockImage
import EnvlockModel
import EnvlockRunSpec
import EnvlockStore
import EnvlockTestSupport
import Foundation
import Testing

@Suite(.timeLimit(.minutes(10))) struct LaidImageTests {
  private let folder: TemporaryFolder
  private let image: MadeImage

  init() throws {
    folder = try TemporaryFolder()
    var image = try MadeImage(folder)
    image.config.process.labels["dev.envlock.lock"] = "\(MadeImage.lock)"
    self.image = image
  }

  @Test(arguments: MadeImage.Format.allCases)
  func `an image says of which lock it is, and how it starts`(format: MadeImage.Format) async throws {
    try await image.write("image", as: format)
    let laid = try LaidImage(folder("image"), platform: .linuxAMD64)
    #expect(laid.lock == MadeImage.lock)
    #expect(laid.isFolder == (format == .folder))
    #expect((laid.digest == nil) == (format == .docker))
    #expect((laid.manifest == nil) == (format == .docker))
    #expect(!laid.process.env.isEmpty)
    #expect(throws: (any Error).self) { try LaidImage(folder("image"), platform: .linuxARM64) }
    #expect(throws: (any Error).self) { try LaidImage(folder("none"), platform: .linuxAMD64) }
  }

  @Test func `a bundle holds the image while it is used, and nothing stays`() async throws {
    try await image.write("image")
    let laid = try LaidImage(folder("image"), platform: .linuxAMD64)
    let cache = folder("cache")
    let files = [
      SpecFile("config.json", .json(["root": ["path": "rootfs"]])),
      SpecFile("hosts", .text("127.0.0.1 localhost\n")),
    ]
    let (seen, _) = try await RunBundle.with(laid, below: cache, files: files) { bundle in
      // What a container leaves may not be removed by a plain removal.
      chmod(bundle + "/rootfs", 0o500)
      return (
        bundle, try FileManager.default.contentsOfDirectory(atPath: bundle).sorted(),
        FileManager.default.fileExists(atPath: bundle + "/rootfs/opt/env/lib/torch/RECORD")
      )
    }
    #expect(seen.0.hasPrefix("/"))
    #expect(seen.1 == ["config.json", "hosts", "rootfs"])
    #expect(seen.2)
    #expect(!FileManager.default.fileExists(atPath: seen.0))
    struct Stop: Error {}
    await #expect(throws: Stop.self) {
      try await RunBundle.with(laid, below: cache, files: files) { _ in throw Stop() }
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: cache + "/packs") == [])
  }
}
