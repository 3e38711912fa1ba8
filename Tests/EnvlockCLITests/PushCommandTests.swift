import Envlock
import EnvlockModel
import EnvlockNative
import EnvlockTestSupport
import Synchronization
import Testing

@testable import EnvlockCLI

/// What pushes images, without any registry.
private final class Pushes: Sendable {
  struct Asked: Sendable {
    var configuration: Configuration
    var target: PushTarget
    var path: String?
    var platforms: [Platform]?
    var request: BuildRequest?
  }

  private let asked = Mutex<[Asked]>([])
  private let attached = Mutex<[ImageArtifact]>([])
  private let isUnchanged: Bool

  init(isUnchanged: Bool = false) { self.isUnchanged = isUnchanged }

  var last: Asked? { asked.withLock { $0.last } }
  var artifacts: [ImageArtifact] { attached.withLock { $0 } }

  private func settle(_ question: Asked, _ progress: any PushProgress) throws -> PushedImage {
    asked.withLock { $0.append(question) }
    let arrivals: [(String, Int, PushedImage.Arrival)] = [
      ("layer bookworm, 41 packages", 31_400_000, .present),
      ("layer torch 2.9.1", 900_000_000, .sent),
      ("layer numpy 2.3.4", 18_000_000, .mounted(from: "lab/base")),
      ("configuration", 6100, .sent),
    ]
    var parts: [PushedImage.Part] = []
    for (place, arrival) in arrivals.enumerated() where !isUnchanged {
      let isAbsent = question.target.isDry && arrival.2 == .sent
      let part = PushedImage.Part(
        name: arrival.0, digest: try digest(UInt8(place + 1)), size: arrival.1,
        arrival: isAbsent ? .absent : arrival.2)
      progress.report(PushEvent.sending(name: part.name, count: part.size / 2, size: part.size))
      progress.report(PushEvent.arrived(part, seconds: Double(place) * 1.5))
      parts.append(part)
    }
    return PushedImage(
      digest: try digest(0xC0), mediaType: "application/vnd.oci.image.index.v1+json", size: 500,
      reference: question.target.reference,
      tags: [question.target.reference.tag].compactMap { $0 } + question.target.tags,
      isUnchanged: isUnchanged, isDry: question.target.isDry, parts: parts, requests: isUnchanged ? 1 : 17,
      seconds: 4.25,
      notes: isUnchanged ? [] : ["the base has no time zones"])
  }

  var work: PushWork {
    PushWork(
      image: { configuration, path, platforms, target, progress in
        try self.settle(
          Asked(configuration: configuration, target: target, path: path, platforms: platforms), progress)
      },
      lock: { configuration, request, target, progress in
        try self.settle(Asked(configuration: configuration, target: target, request: request), progress)
      },
      attach: { _, artifacts, _, _ in self.attached.withLock { $0 += artifacts } })
  }
}

@Suite struct PushCommandTests {
  private let reference = "registry.example.com/lab/resnet:1"

  private func world(_ pushes: Pushes, machine: Machine = .nothing) throws -> World {
    var answer = try torchAnswer()
    answer.base = try debianBase()
    return World(
      ["envlock.lock": try lock([answer]).canonicalText()], machine: machine, pushes: pushes.work
    ) { _, _, _, _, _ in throw Refused() }
  }

  @Test func `a push says what became of each layer, and prints the digest`() async throws {
    var text = ""
    let pushes = Pushes()
    let world = try world(pushes)
    text += await world.run(["push", reference]) + "\n"
    text += await world.run(["push", reference, "--tag", "latest", "-q"]) + "\n"
    text += await world.run(["push", reference, "--json", "-q"]) + "\n"
    text += try await self.world(Pushes(isUnchanged: true)).run(["push", reference])
    try expectGolden(text, "push.txt")
    var dry = await world.run(["push", reference, "--dry-run"])
    dry += await world.run(["push", reference, "--dry-run", "--json", "-q"])
    try expectGolden(dry, "push-dry.txt")
  }

  @Test func `what was typed reaches the engine`() async throws {
    let pushes = Pushes()
    let world = try world(pushes)
    _ = await world.run([
      "push", "Registry.Example.com/lab/resnet", "--tag", "a", "--tag", "b", "--plain-http", "--mount-from",
      "team/base", "--chunk-size", "64MiB", "--compression", "zstd", "--platform", "linux/amd64",
      "--cache-dir",
      "/cache", "--jobs", "3",
    ])
    let lock = try #require(pushes.last)
    #expect(lock.target.reference.description == "registry.example.com/lab/resnet:latest")
    #expect(lock.target.tags == ["a", "b"])
    #expect(lock.target.isPlain)
    #expect(lock.target.mountSources == ["team/base"])
    #expect(lock.target.chunkSize == 64 << 20)
    #expect(lock.request?.compression == .zstd)
    #expect(lock.request?.platforms == [.linuxAMD64])
    #expect(lock.configuration.cacheDirectory == "/cache")
    #expect(lock.configuration.jobs == 3)
    _ = await world.run(
      ["push", reference, "--image", "image.tar", "--platform", "linux/arm64"],
      // About images that are written to the disk.
      ["ENVLOCK_TAG": "other", "ENVLOCK_IMAGE_FORMAT": "nonsense", "ENVLOCK_OUTPUT": "-"])
    let image = try #require(pushes.last)
    #expect(image.path == "image.tar" && image.platforms == [.linuxARM64] && image.target.tags == [])
  }

  @Test func `wrong use is told before anything is asked`() async throws {
    let pushes = Pushes()
    let world = try world(pushes)
    var text = ""
    for words in [
      [], ["https://registry.example.com/lab/resnet"], ["Lab/Resnet"], [reference, "--tag", "a/b"],
      [reference, "--tag", ""], [reference, "--mount-from", "registry.example.com:5000/a"],
      [reference, "--chunk-size", "many"], [reference, "--image", "image", "--compression", "zstd"],
      [reference, "--lock", "missing.lock"], [reference, "--sbom", "cyclondx"],
      [reference, "--image", "image", "--provenance"], [reference, "--dry-run", "--sbom", "spdx"],
    ] {
      text += await world.run(["push"] + words) + "\n"
    }
    try expectGolden(text, "push-use.txt")
    #expect(pushes.last == nil)
  }

  @Test func `bills of materials and provenance are about the image that was pushed`() async throws {
    let pushes = Pushes()
    let text = try await world(pushes).run([
      "push", reference, "--sbom", "cyclonedx", "--sbom", "spdx", "--sbom", "spdx", "--provenance", "-q",
    ])
    #expect(text.hasSuffix("exit 0\n"), "\(text)")
    #expect(
      pushes.artifacts.map(\.artifactType) == [
        "application/vnd.cyclonedx+json", "application/spdx+json", "application/vnd.in-toto+json",
      ])
    #expect(pushes.artifacts.map(\.name) == ["sbom.cdx.json", "sbom.spdx.json", "provenance.intoto.json"])
    let statement = JSONCursor(try JSONValue(parsing: try #require(pushes.artifacts.last).bytes))
    let subject = try #require(try statement.member("subject").elements().first)
    #expect(try subject.member("name").string() == "registry.example.com/lab/resnet")
    #expect(try subject.member("digest").member("sha256").string() == digest(0xC0).hex)
    let layers = try statement.member("predicate").member("buildDefinition").member("externalParameters")
      .member("layers")
    #expect(try layers.member("compression").string() == "splice")
    let bill = JSONCursor(try JSONValue(parsing: pushes.artifacts[0].bytes))
    #expect(try bill.member("bomFormat").string() == "CycloneDX")
  }

  @Test func `cosign signs the digest, and is looked for before anything is pushed`() async throws {
    var text = ""
    for (path, status) in [(nil, 0), ("/usr/bin/cosign", 0), ("/usr/bin/cosign", 1)] as [(String?, Int32)] {
      let pushes = Pushes(isUnchanged: true)
      let started = Mutex<[String]>([])
      var machine = Machine.nothing
      machine.running.find = { name, _ in name == "cosign" ? path : nil }
      machine.running.execute = { program, arguments, _ in
        started.withLock { $0.append(([program] + arguments).joined(separator: " ")) }
        return .exited(status)
      }
      text += try await world(pushes, machine: machine).run(["push", reference, "--sign", "--plain-http"])
      text += started.withLock { $0.map { "started \($0)\n" }.joined() } + "\n"
      #expect((pushes.last == nil) == (path == nil))
    }
    try expectGolden(text, "push-sign.txt")
  }

  @Test func `what is being sent is shown until it has arrived`() throws {
    var meter = PushMeter(BuildMeter(.splice))
    #expect(meter.note(.sending(name: "layer torch 2.9.1", count: 450_000_000, size: 900_000_000)) == nil)
    #expect(meter.note(.sending(name: "configuration", count: 10, size: 6100)) == nil)
    #expect(
      meter.lines(at: 1, columns: 72) == [
        "  sending    layer torch 2.9.1                         450 MB of 900 MB",
        "  sending    configuration                           10 bytes of 6.1 kB",
      ])
    let part = PushedImage.Part(
      name: "layer torch 2.9.1", digest: try digest(1), size: 900_000_000, arrival: .sent)
    #expect(meter.note(.arrived(part, seconds: 2)) == RenderPush.line(part, seconds: 2))
    #expect(meter.lines(at: 2, columns: 72).count == 1)
  }
}
