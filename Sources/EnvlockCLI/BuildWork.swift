import Envlock
import EnvlockModel
import EnvlockStore

/// What `build` asks of the engine. A value, so that tests bring their own.
struct BuildWork: Sendable {
  /// Images that are made, and how they are written.
  struct Made: Sendable {
    /// The digest of the index over the platforms.
    let digest: Digest
    /// The images, sorted by platform.
    let images: [BuiltImages.Image]
    let seconds: Double
    /// What the user should know about it, a sentence each.
    let notes: [String]
    /// Writes them: to a folder or file, or, as an archive, to standard output.
    let write:
      @Sendable (_ output: BuildInvocation.Output, _ format: ImageFormat, _ name: String?) throws -> Void
  }

  typealias Plan =
    @Sendable (_ configuration: Configuration, _ request: BuildRequest) async throws -> BuildPlan
  typealias Build =
    @Sendable (
      _ configuration: Configuration, _ request: BuildRequest, _ progress: any BuildProgress
    ) async throws -> Made

  typealias Bundle =
    @Sendable (
      _ configuration: Configuration, _ request: BuildRequest, _ progress: any BuildProgress
    ) async throws -> MadeBundle
  typealias Places =
    @Sendable (
      _ configuration: Configuration, _ lock: Lockfile, _ wheels: [LockedWheel], _ indexes: [IndexDeclaration]
    ) async throws -> [Digest: WheelFinder.Place]

  /// Lists the layers.
  let plan: Plan
  /// Makes the layers.
  let build: Build
  /// The digests of what a layout or archive of images holds.
  let blobs: @Sendable (_ path: String) async throws -> Set<Digest>
  /// Gathers all that a lock names.
  var bundle: Bundle = { try await ImageBuilder($0).bundle($1, progress: $2) }
  /// Opens what such a gathering was written to.
  var openBundle:
    @Sendable (_ place: ImagePlace, _ configuration: Configuration) async throws -> EnvironmentBundle = {
      place, configuration in
      switch place {
      case .path(let path): try EnvironmentBundle(path)
      case .reference(let reference): try await EnvironmentBundle(reference, configuration)
      }
    }
  /// Where wheels are.
  var places: Places = { configuration, lock, wheels, indexes in
    try await WheelFinder(configuration).places(of: lock, wheels: wheels, indexes: indexes)
  }
}

extension BuildWork {
  /// The engine.
  static let live = BuildWork(
    plan: { configuration, request in try await ImageBuilder(configuration).plan(request) },
    build: { configuration, request, progress in
      let images = try await ImageBuilder(configuration).build(request, progress: progress)
      return Made(digest: images.digest, images: images.images, seconds: images.seconds, notes: images.notes)
      {
        output, format, name in
        switch output {
        case .path(let path): try images.write(to: path, as: format, reference: name)
        case .standardOutput:
          try OutputPipe.withPath { try images.write(to: $0, as: format, reference: name) }
        }
      }
    },
    blobs: { path in
      let layers = try LayoutReader(path).images().flatMap(\.layers)
      // One that a manifest names and that is not there would have to be pushed.
      return Set(layers.filter { $0.place != nil }.compactMap(\.digest))
    })
}
