import EnvlockImage
import EnvlockModel
import EnvlockStore

extension ImageBuilder {
  /// Says what the images of a request must be, so that images can be held against it. No layer is written; what goes into
  /// the layers is fetched where it is not in the store, since it says what is in it.
  ///
  /// - Parameters:
  ///   - request: What would be built; how its layers are compressed does not matter.
  ///   - progress: Somebody who watches.
  /// - Returns: What the image of each platform must be, by ascending platform.
  /// - Throws: A `UserFacingError`; `CancellationError` where the task was cancelled.
  public func expectations(
    _ request: BuildRequest, progress: any BuildProgress = NoBuildProgress()
  ) async throws -> [ImageExpectation] {
    let job = try BuildJob(configuration, request, progress: progress)
    progress.report(.planned(job.plan))
    var expectations: [ImageExpectation] = []
    for recipe in job.images { expectations.append(try await job.expectation(recipe)) }
    return expectations
  }
}

extension BuildJob {
  /// How many layers are laid out at a time: unpacking what is in them keeps a core busy each.
  private static let parallelDrafts = 2

  /// What the image of a recipe must be.
  fileprivate func expectation(_ recipe: ImageRecipe) async throws -> ImageExpectation {
    let maker = maker(recipe)
    let layers = try await withThrowingTaskGroup(of: (Int, ImageExpectation.Layer).self) { group in
      let gate = Gate(site.configuration.jobs ?? BuildSite.parallelLayers)
      for (place, layer) in recipe.layers.enumerated() {
        group.addTask { (place, try await maker.expectation(layer, gate)) }
      }
      var layers: [Int: ImageExpectation.Layer] = [:]
      for try await (place, layer) in group { layers[place] = layer }
      return recipe.layers.indices.compactMap { layers[$0] }
    }
    // The documents follow from the layers' notes; their digests are compared by themselves.
    let made = layers.map { layer in
      BuiltLayer(
        mediaType: MediaType.layer, digest: lockDigest, diffID: lockDigest, size: 0, tarSize: nil,
        annotations: layer.annotations)
    }
    let (config, annotations) = try await documents(recipe, made)
    return ImageExpectation(
      platform: recipe.answer.platform, layers: layers, config: config, annotations: annotations,
      lock: (EnvironmentLabels.lockKey, lockDigest))
  }
}

extension LayerMaker {
  /// What the layer of a recipe must be.
  fileprivate func expectation(_ recipe: LayerRecipe, _ gate: Gate) async throws -> ImageExpectation.Layer {
    if case .carried(let layer, _) = recipe.content {
      let descriptor = ImageDescriptor(
        mediaType: MediaType.standard(layer.blob.mediaType), digest: layer.blob.digest,
        size: layer.blob.size)
      return ImageExpectation.Layer(
        title: recipe.title, content: .carriedOver(descriptor, diffID: layer.diffID))
    }
    try await bring(recipe)
    guard await gate.enter() else { throw CancellationError() }
    defer { gate.leave() }
    let draft = try await draft(recipe)
    defer { draft.clear() }
    return ImageExpectation.Layer(
      title: recipe.title,
      content: .entries(try await site.layers.digested(draft.entries, sources: draft.sources)),
      annotations: draft.annotations)
  }
}
