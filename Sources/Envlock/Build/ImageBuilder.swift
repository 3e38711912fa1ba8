import EnvlockImage
import EnvlockModel
import EnvlockResolve
import EnvlockStore

/// The front door to images: turns a lock into the layers and documents of images.
///
/// An image depends on the lock and on what the request says of it, on nothing else. Layers that the store has are not
/// made again.
public struct ImageBuilder: Sendable {
  let configuration: Configuration

  /// Opens nothing yet.
  public init(_ configuration: Configuration) { self.configuration = configuration }

  /// Says what there is to do, and does nothing of it.
  ///
  /// - Parameter request: What is to be built.
  /// - Returns: The layers of each image, and which of them the store has.
  /// - Throws: A `UserFacingError` for a request that cannot be built.
  public func plan(_ request: BuildRequest) async throws -> BuildPlan {
    let job = try BuildJob(configuration, request, progress: NoBuildProgress())
    return job.plan
  }

  /// Makes what is missing, and puts the images together.
  ///
  /// Cancelling the task ends it soon; what is in the store by then stays there, and the next build goes on from it.
  ///
  /// - Parameters:
  ///   - request: What is to be built.
  ///   - progress: Somebody who watches.
  /// - Returns: The images; `BuiltImages.write` puts them somewhere.
  /// - Throws: A `UserFacingError`; `CancellationError` where the task was cancelled.
  public func build(
    _ request: BuildRequest, progress: any BuildProgress = NoBuildProgress()
  ) async throws -> BuiltImages {
    let start = ContinuousClock.now
    let job = try BuildJob(configuration, request, progress: progress)
    let plan = job.plan
    progress.report(.planned(plan))
    let gate = Gate(configuration.jobs ?? BuildSite.parallelLayers)
    var notes: [String] = []
    var images: [BuiltImages.Image] = []
    var contents = ImageContents(index: ImageIndex(manifests: []), documents: [], layers: [])
    for (recipe, planned) in zip(job.images, plan.images) {
      let (layers, said) = try await Self.make(recipe, planned, job, gate, progress)
      notes += said
      images.append(try await job.assemble(recipe, layers, into: &contents))
    }
    return BuiltImages(
      digest: sha256(contents.index.bytes), images: images, seconds: start.duration(to: .now).seconds,
      notes: notes.removingRepetition(), contents: contents)
  }

  /// Makes the layers of an image, several at a time.
  ///
  /// - Returns: The layers in the image's order, and what the user should know.
  private static func make(
    _ recipe: ImageRecipe, _ planned: PlannedImage, _ job: BuildJob, _ gate: Gate,
    _ progress: any BuildProgress
  ) async throws -> ([PlannedLayer], [String]) {
    var layers = planned.layers
    var notes: [Int: [String]] = [:]
    let maker = job.maker(recipe)
    try await withThrowingTaskGroup(of: (Int, BuiltLayer, [String], Double).self) { group in
      for (place, layer) in planned.layers.enumerated() {
        if layer.made != nil {
          progress.report(.made(platform: recipe.answer.platform, layer: layer, seconds: 0, wasThere: true))
          continue
        }
        group.addTask {
          let (made, seconds, notes) = try await maker.make(recipe.layers[place], gate: gate) { count in
            progress.report(
              .writing(platform: recipe.answer.platform, title: layer.title, count: count))
          }
          return (place, made, notes, seconds)
        }
      }
      for try await (place, made, said, seconds) in group {
        layers[place].made = made
        notes[place] = said
        progress.report(
          .made(
            platform: recipe.answer.platform, layer: layers[place], seconds: seconds, wasThere: false))
      }
    }
    return (layers, layers.indices.flatMap { notes[$0] ?? [] })
  }
}
