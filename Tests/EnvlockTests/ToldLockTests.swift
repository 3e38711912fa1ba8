import Envlock
import EnvlockImage
import EnvlockModel
import EnvlockStore
import EnvlockTestSupport
import Foundation
import Testing

/// What images and bundles tell of the lock that they were made of.
@Suite(.timeLimit(.minutes(10))) struct ToldLockTests {
  private let place: BuildPlace
  private let registry: PushRegistry

  init() throws {
    place = try BuildPlace()
    registry = try PushRegistry { "\(sha256($0))" }
  }

  private func request(_ compression: BuildRequest.Compression = .splice) throws -> BuildRequest {
    BuildRequest(
      lock: try place.mirror.lock([place.mirror.wheel("alpha"), place.mirror.wheel("beta", "2.0")]),
      compression: compression)
  }

  private func reference(_ rest: String = ":1") throws -> ImageReference {
    try ImageReference("\(registry.host)/lab/resnet\(rest)")
  }

  private var configuration: Configuration {
    Configuration(cacheDirectory: place.folder("store"), environment: [:])
  }

  @Test(arguments: BuildRequest.Compression.allCases)
  func `an image tells its lock with all wheels, however it lies`(
    compression: BuildRequest.Compression
  ) async throws {
    let request = try request(compression)
    let images = try await place.builder().build(request)
    for format in ImageFormat.allCases {
      try images.write(to: place.out("\(format)"), as: format)
      let told = try ImageInspector.lock(path: place.out("\(format)"))
      #expect(told.isWhole && told.lock == request.lock)
    }
    try await place.builder().bundle(request).write(to: place.out("bundle"))
    #expect(try ImageInspector.lock(path: place.out("bundle")).lock == request.lock)
  }

  @Test func `in a registry four small answers tell it`() async throws {
    let request = try request()
    try await place.build(request)
    _ = try await ImagePusher(configuration).push(
      imageAt: place.out("image"), to: PushTarget(try reference()))
    let before = registry.asked.count
    let told = try await ImageInspector(Configuration(environment: [:])).lock(try reference())
    #expect(told.isWhole && told.lock == request.lock)
    // The tag, the manifest, the configuration and the layer with the lock.
    #expect(registry.asked.count - before == 4)
    _ = try await ImagePusher(configuration).push(
      try await place.builder().bundle(request), to: PushTarget(try reference(":bundle")))
    let bundled = try await ImageInspector(Configuration(environment: [:])).lock(try reference(":bundle"))
    #expect(bundled.isWhole && bundled.lock == request.lock)
  }

  @Test func `a layer that holds another lock than the image names is not believed`() async throws {
    var made = try MadeImage(place.folder)
    made.titles[1] = "lock"
    made.layers[1] = [
      LayerEntry(try ImagePath("etc/envlock/envlock.lock"), .bytes(Array("{}".utf8)), mode: 0o644)
    ]
    let request = try request()
    let answer = request.lock.platforms[0]
    made.config.process.labels = EnvironmentLabels(answer, lock: sha256("another".utf8)).labels
    made.config.history = (["base"] + made.titles).map { ImageConfig.History(createdBy: "envlock: \($0)") }
    try await made.write("image")
    let told = try ImageInspector.lock(path: place.folder("image"))
    #expect(!told.isWhole)
    #expect(told.lock.platforms[0].strata == answer.strata)
    #expect(told.lock.platforms[0].wheels.isEmpty)
  }
}
