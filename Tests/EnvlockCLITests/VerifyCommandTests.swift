import Envlock
import EnvlockModel
import EnvlockTestSupport
import Synchronization
import Testing

@testable import EnvlockCLI

/// What images say, without any image.
private final class Images: Sendable {
  private let asked = Mutex<[(request: BuildRequest, isWhole: Bool)]>([])
  private let result: @Sendable () -> ImageVerification
  private let platforms: [Platform]
  private let lock: Lockfile?

  init(
    platforms: [Platform] = [.linuxAMD64], lock: Lockfile? = nil,
    _ result: @escaping @Sendable () -> ImageVerification = { verification([]) }
  ) {
    self.platforms = platforms
    self.lock = lock
    self.result = result
  }

  var requests: [(request: BuildRequest, isWhole: Bool)] { asked.withLock { $0 } }

  var reading: ImageReading {
    ImageReading(
      platforms: { _ in self.platforms },
      lock: { path in
        guard let lock = self.lock else { throw Refused() }
        return lock
      },
      laid: { _, _ in throw Refused() },
      verify: { _, _, request, isWhole, status in
        self.asked.withLock { $0.append((request, isWhole)) }
        status("verifying")
        return self.result()
      }, exists: { !$0.hasPrefix("registry.") })
  }
}

private func digest(_ number: Int) -> Digest {
  Digest(bytes: [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 32)) ?? lowest
}

private let lowest = digest(0)

private func layer(
  _ title: String, _ size: Int, files: Int, _ outcome: ImageVerification.Layer.Outcome = .exact,
  _ faults: [ImageFault] = [], omitted: Int = 0
) -> ImageVerification.Layer {
  ImageVerification.Layer(
    title: title, digest: digest(size), diffID: digest(size + 1), size: size, tarSize: size * 2, files: files,
    outcome: outcome, faults: faults, omitted: omitted)
}

private func verification(
  _ layers: [ImageVerification.Layer], _ faults: [ImageFault] = [], whole: [ImageFault] = [],
  platforms: [Platform] = [.linuxAMD64], form: String = "oci"
) -> ImageVerification {
  ImageVerification(
    path: "image", form: form,
    images: platforms.map { platform in
      ImageVerification.Image(
        platform: platform, manifest: form == "docker-archive" ? nil : digest(7), config: digest(8),
        names: ["lab/resnet:1"], layers: layers, faults: faults)
    }, faults: whole)
}

@Suite struct VerifyCommandTests {
  private func world(
    _ images: Images, _ answers: [PlatformLock]? = nil, _ more: [String: String] = [:]
  ) throws -> World {
    let answers = try answers ?? [torchAnswer().onDebian()]
    return World(
      ["envlock.lock": try lock(answers).canonicalText()].merging(more) { $1 }, images: images.reading
    ) { _, _, _, _, _ in throw Refused() }
  }

  private func exact() -> [ImageVerification.Layer] {
    [
      layer("bookworm, 41 packages", 31_000_000, files: 3412),
      layer("docker.io/lab/base:1", 1, files: 0, .carriedOver),
      layer("torch 2.9.1", 858_000_000, files: 12_248), layer("lock", 812, files: 1),
    ]
  }

  @Test func `a line a layer, then the verdict`() async throws {
    let layers = exact()
    let world = try world(Images { verification(layers) })
    var text = await world.run(["verify", "image"])
    text += await world.run(["verify", "image", "-q"])
    text += await world.run(["verify", "image", "--color", "always"])
    let docker = try self.world(Images { verification(layers, form: "docker-archive") })
    text += await docker.run(["verify", "image"])
    let both = try self.world(
      Images(platforms: [.linuxAMD64, .linuxARM64]) {
        verification(Array(layers.prefix(1)), platforms: [.linuxAMD64, .linuxARM64])
      }, [torchAnswer().onDebian(), torchAnswer(.linuxARM64).onDebian()])
    text += await both.run(["verify", "image"])
    try expectGolden(text, "verify.txt")
  }

  private func damaged() -> ImageVerification {
    let site = "opt/env/lib/python3.11/site-packages/"
    let torch: [ImageFault] = [
      ImageFault(
        .content, site + "torch/version.py", "has other content", expected: "\(digest(1))",
        found: "\(digest(2))"),
      ImageFault(.missingFile, site + "torch/py.typed", "is missing"),
      ImageFault(.extraFile, "etc/backdoor\u{1B}[2J", "should not be there", found: "a file of 12 bytes"),
      ImageFault(.properties, site + "torch/bin/protoc", "has another mode", expected: "0755", found: "4755"),
      ImageFault(.archive, "", "has the right files in an archive that is written in another way"),
    ]
    let wheels: [ImageFault] = [
      ImageFault(
        .blob, "\(digest(3))", "has other bytes", expected: "\(digest(3))", found: "\(digest(4))"),
      ImageFault(
        .damage, site + "numpy/core.so",
        "is where the layer breaks off: it is damaged: its gzip member at byte 812 has another CRC or size"),
    ]
    return verification(
      [
        layer("bookworm, 41 packages", 31_000_000, files: 3412),
        layer("torch 2.9.1", 858_000_000, files: 12_248, .differs, torch, omitted: 120),
        layer("numpy, pandas and 7 more", 90_000_000, files: 40, .differs, wheels),
        layer("sha256:00", 5, files: 0, .differs, [ImageFault(.extraLayer, "", "should not be there")]),
      ],
      [
        ImageFault(.missingLayer, "lock", "is missing"),
        ImageFault(
          .layerOrder, "torch 2.9.1", "stands in the place of another layer",
          expected: "numpy, pandas and 7 more",
          found: "torch 2.9.1"),
        ImageFault(.config, "config.Env[2]", "differs", expected: "\"A=1\"", found: "\"A=2\""),
        ImageFault(.manifest, "annotations[\"a.b\"]", "is missing", expected: "\"c\""),
      ], whole: [ImageFault(.platform, "linux/arm64", "has an image that the lock does not build")])
  }

  @Test func `names each file that differs, and how`() async throws {
    let result = damaged()
    let world = try world(Images { result })
    var text = await world.run(["verify", "image"])
    text += await world.run(["verify", "image", "-q"])
    let other = try self.world(
      Images {
        verification(
          [layer("sha256:01", 31_000_000, files: 3412, .whole)],
          [
            ImageFault(
              .lock, "", "is the image of another lock", expected: "\(digest(1))", found: "\(digest(2))")
          ])
      })
    text += await other.run(["verify", "image"])
    try expectGolden(text, "verify-faults.txt")
  }

  @Test func `as JSON`() async throws {
    let result = damaged()
    let world = try world(Images { result })
    try expectGolden(await world.run(["verify", "image", "--json"]), "verify-json.txt")
  }

  @Test func `holds the image against the build of its platforms`() async throws {
    let images = Images(platforms: [.linuxARM64])
    let world = try world(images, [torchAnswer().onDebian(), torchAnswer(.linuxARM64).onDebian()])
    _ = await world.run(
      ["verify", "image"], ["ENVLOCK_IMAGE_FORMAT": "docker-archive", "ENVLOCK_COMPRESSION": "x"])
    _ = await world.run(["verify", "image", "--platform", "amd64"])
    #expect(images.requests.map(\.request.platforms) == [[.linuxARM64], [.linuxAMD64]])
    #expect(images.requests.map(\.isWhole) == [true, false])
  }

  @Test func `says why it cannot verify`() async throws {
    let world = try world(Images(platforms: []))
    var text = ""
    for words in [
      ["verify"], ["verify", "image", "--platform", "windows"], ["verify", "image", "--lock", "none.lock"],
      ["verify", "image"],
    ] {
      text += await world.run(words)
    }
    let bare = try self.world(Images(), [torchAnswer()])
    text += await bare.run(["verify", "image"])
    let real = World(["envlock.lock": try lock([torchAnswer().onDebian()]).canonicalText()]) {
      _, _, _, _, _ in
      throw Refused()
    }
    text += await real.run(["verify", "/nonexistent/image.tar"])
    try expectGolden(text, "verify-errors.txt")
  }

  // MARK: check

  @Test func `an image is checked by what it says of itself`() async throws {
    let world = try world(Images(lock: lock([torchAnswer()])))
    var text = await world.run(["check", "image.tar", "--driver", "580.95.05", "--gpu", "A100-SXM4-80GB"])
    text += await world.run(["check", "image.tar", "--driver", "450.80.02", "--gpu", "A100-SXM4-80GB"])
    text += await world.run(["check", "image.tar"])
    text += await world.run(["check", "image.tar", "--lock", "envlock.lock", "--gpu", "T4"])
    text += await world.run(["check", "image.tar", "--lock-current"])
    let real = World { _ in throw Refused() }
    text += await real.run(["check", "/nonexistent/image.tar", "--gpu", "T4"])
    try expectGolden(text, "check-image.txt")
  }

  @Test func `an image in a registry is pulled, and verified under its own name`() async throws {
    let layers = exact()
    var reading = Images { verification(layers) }.reading
    reading.registry.withLayout = { reference, platforms, _, _, body in
      #expect("\(reference)" == "registry.example.com/lab/resnet:1")
      #expect(platforms == [.linuxAMD64])
      try await body("/scratch/image")
    }
    let world = World(
      ["envlock.lock": try lock([torchAnswer().onDebian()]).canonicalText()], images: reading
    ) { _, _, _, _, _ in throw Refused() }
    let text = await world.run(
      ["verify", "registry.example.com/lab/resnet:1", "--platform", "amd64", "-q"])
    #expect(text.contains("registry.example.com/lab/resnet:1 is what envlock.lock builds"))
    #expect(text.hasSuffix("--- exit 0\n"))
  }
}
