import Envlock
import EnvlockManifest
import EnvlockModel
import EnvlockVersions
import Synchronization

@testable import EnvlockCLI

/// A layer; its digest follows from `byte`, and without one it is not made.
func layer(
  _ stratum: LayerStratum, _ title: String, _ byte: UInt8?, size: Int = 0, isCarried: Bool = false,
  _ parts: [PlannedLayer.Part] = []
) throws -> PlannedLayer {
  var made: BuiltLayer?
  if let byte {
    made = BuiltLayer(
      mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", digest: try digest(byte),
      diffID: try digest(byte ^ 0xFF), size: size, tarSize: isCarried ? nil : size * 2)
  }
  return PlannedLayer(stratum: stratum, title: title, parts: parts, made: made)
}

func part(
  _ name: String, _ version: String, _ size: Int?, here: Bool = true
) -> PlannedLayer.Part {
  PlannedLayer.Part(name: name, version: version, size: size, isInStore: here)
}

/// The layers of an image of torch; without `isMade` some are there, some can be made, and some have to be fetched.
func torchLayers(isMade: Bool) throws -> [PlannedLayer] {
  [
    try layer(
      .base, "bookworm, 41 packages", 1, size: 31_400_000,
      [part("base-files", "12.4+deb12u12", 70_000), part("libc6", "2.36-9+deb12u10", 2_800_000)]),
    try layer(
      .base, "python3.11 (Debian)", isMade ? 2 : nil, size: 12_000_000,
      [
        part("libpython3.11-stdlib", "3.11.2-6", 1_800_000),
        part("python3.11-minimal", "3.11.2-6", 2_100_000),
      ]),
    try layer(.environment, "environment", isMade ? 3 : nil, size: 400),
    try layer(
      .wheels, "nvidia-cublas-cu12 12.8.4.1", 4, size: 594_000_000,
      [part("nvidia-cublas-cu12", "12.8.4.1", 594_300_000, here: false)]),
    try layer(
      .wheels, "nvidia-cudnn-cu12 9.10.2.21", isMade ? 5 : nil, size: 706_800_000,
      [part("nvidia-cudnn-cu12", "9.10.2.21", 707_000_000, here: false)]),
    try layer(
      .wheels, "torch 2.9.1", isMade ? 6 : nil, size: 900_000_000,
      [part("torch", "2.9.1", 899_800_000, here: false)]),
    try layer(
      .wheels, "jinja2, markupsafe and 2 more", isMade ? 7 : nil, size: 9_400_000,
      [
        part("jinja2", "3.1.6", 130_000), part("markupsafe", "3.0.3", 22_000),
        part("mpmath", "1.3.0", 540_000),
        part("sympy", "1.14.0", 6_300_000, here: false),
      ]),
    try layer(.lock, "lock", isMade ? 8 : nil, size: 18_000),
    try layer(.files, "files", isMade ? 9 : nil, size: 2_300),
  ]
}

/// An image below that is carried over, with a wheel of unknown size on it.
func carriedLayers() throws -> [PlannedLayer] {
  let reference = "docker.io/library/python:3.11"
  return [
    try layer(
      .base, "\(reference) (1)", 0x21, size: 28_000_000, isCarried: true, [part(reference, "", 28_000_000)]),
    try layer(
      .base, "\(reference) (2)", 0x22, size: 3_500_000, isCarried: true,
      [part(reference, "", 3_500_000, here: false)]),
    try layer(.interpreter, "python 3.13.7", nil, [part("python", "20260814", nil, here: false)]),
    try layer(.wheels, "alpha 1.0", nil, [part("alpha", "1.0", 1_234)]),
    try layer(.lock, "lock", nil),
  ]
}

/// A base of two packages.
func debianBase() throws -> LockedBase {
  func package(_ name: String, needs: [String]) throws -> LockedDebianPackage {
    LockedDebianPackage(
      name: name, version: try DebianVersion("1.0-1"), architecture: "amd64", archive: .main,
      path: "pool/main/\(name.prefix(1))/\(name)/\(name)_1.0-1_amd64.deb", sha256: try digest(0x31),
      size: 1_000,
      dependencies: needs)
  }
  return LockedBase(
    system: .debian(
      LockedDebian(
        suite: "bookworm", security: true, essential: ["libc6"], requested: [],
        packages: [try package("libc6", needs: []), try package("python3.11", needs: ["libc6"])])),
    interpreter: LockedInterpreter(version: try Version("3.11.2"), origin: .debian(package: "python3.11")))
}

extension PlatformLock {
  /// The same answer with a base.
  func onDebian() throws -> PlatformLock {
    var answer = self
    answer.base = try debianBase()
    return answer
  }
}

/// Builds what it is told to, and remembers what it was asked.
final class Builder: Sendable {
  struct State {
    var configurations: [Configuration] = []
    var requests: [BuildRequest] = []
    var written: [String] = []
  }

  private let state = Mutex(State())
  private let plan: BuildPlan
  private let images: [BuiltImages.Image]

  init(plan: [(Platform, [PlannedLayer])], built: [(Platform, [PlannedLayer])] = []) throws {
    self.plan = BuildPlan(images: plan.map { PlannedImage(platform: $0, layers: $1) })
    images = try built.enumerated().map { place, image in
      BuiltImages.Image(
        platform: image.0, manifest: try digest(0xA0 + UInt8(place)), config: try digest(0xB0 + UInt8(place)),
        layers: image.1)
    }
  }

  var snapshot: State { state.withLock { $0 } }

  private func note(_ configuration: Configuration, _ request: BuildRequest) {
    state.withLock {
      $0.configurations.append(configuration)
      $0.requests.append(request)
    }
  }

  var work: BuildWork {
    BuildWork(
      plan: { configuration, request in
        self.note(configuration, request)
        return self.plan
      },
      build: { configuration, request, progress in
        self.note(configuration, request)
        progress.report(.planned(self.plan))
        for image in self.images {
          for (place, layer) in image.layers.enumerated() {
            progress.report(
              .made(
                platform: image.platform, layer: layer, seconds: Double(place) * 0.4, wasThere: place == 0))
          }
        }
        return BuildWork.Made(
          digest: try digest(0xC0), images: self.images, seconds: 4.25, notes: ["the base has no time zones"]
        ) { output, format, name in
          let place =
            switch output {
            case .path(let path): path
            case .standardOutput: "standard output"
            }
          self.state.withLock { $0.written.append("\(format.rawValue) to \(place) as \(name ?? "nothing")") }
        }
      },
      blobs: { path in
        guard path == "old" else { throw LockProblem("\(path) is no image") }
        return [try digest(1), try digest(4), try digest(0x21)]
      })
  }
}
