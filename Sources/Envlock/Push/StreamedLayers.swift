import EnvlockImage
import EnvlockModel
import EnvlockRegistry
import EnvlockResolve
import EnvlockStore

/// Makes the layers of a build that the registry lacks, and sends each when it is made.
struct StreamedLayers: Sendable {
  let build: BuildJob
  let push: PushJob

  /// What came of it.
  struct Outcome: Sendable {
    /// The layers of each image, the lowest first.
    var made: [[PlannedLayer]]
    /// The same in the registry, each once.
    var parts: [PushedImage.Part]
    /// What the user should know.
    var notes: [String]
  }

  private struct Settled: Sendable {
    var layer: BuiltLayer
    var part: PushedImage.Part
    var notes: [String] = []
  }

  /// Does it; layers that several images share, once.
  func settle() async throws -> Outcome {
    var order: [String] = []
    var work: [String: Place] = [:]
    let identities = build.images.enumerated().map { image, recipe in
      recipe.layers.enumerated().map { place, layer in
        let identity = build.maker(recipe).identity(layer)
        if work[identity] == nil {
          order.append(identity)
          work[identity] = (image, place)
        }
        return identity
      }
    }
    let gate = Gate(build.site.configuration.jobs ?? BuildSite.parallelLayers)
    let makers = build.images.map { build.maker($0) }
    let settled = try await withThrowingTaskGroup(of: (String, Settled).self) { group in
      for (identity, place) in Self.largestFirst(order, work, build.known) {
        let recipe = build.images[place.image]
        group.addTask {
          (
            identity,
            try await settle(
              recipe.layers[place.layer], makers[place.image], recipe.answer.platform, gate)
          )
        }
      }
      var settled: [String: Settled] = [:]
      for try await (identity, layer) in group { settled[identity] = layer }
      return settled
    }
    let made = zip(build.known, identities).map { layers, identities in
      zip(layers, identities).map { layer, identity in
        var layer = layer
        layer.made = settled[identity]?.layer
        return layer
      }
    }
    let inOrder = order.compactMap { settled[$0] }
    return Outcome(
      made: made, parts: inOrder.map(\.part), notes: inOrder.flatMap(\.notes).removingRepetition())
  }

  private typealias Place = (image: Int, layer: Int)

  /// What is not made yet, then what is by descending size: a large layer would be the last one otherwise, alone.
  private static func largestFirst(
    _ order: [String], _ work: [String: Place], _ known: [[PlannedLayer]]
  ) -> [(String, Place)] {
    let sized = order.compactMap { identity in
      work[identity].map { (identity, $0, known[$0.image][$0.layer].made?.size ?? .max) }
    }
    return sized.sorted { $0.2 > $1.2 }.map { ($0.0, $0.1) }
  }

  private func settle(
    _ recipe: LayerRecipe, _ maker: LayerMaker, _ platform: Platform, _ gate: Gate
  ) async throws -> Settled {
    let name = "layer \(recipe.title)"
    if let known = maker.known(recipe) {
      let part = try await push.settle(known.digest, size: known.size, name: name) {
        try await make(recipe, maker, platform, gate).blob
      }
      return Settled(layer: known, part: part)
    }
    let (layer, blob, notes) = try await make(recipe, maker, platform, gate)
    let part = try await push.settle(layer.digest, size: layer.size, name: name) { blob }
    return Settled(layer: layer, part: part, notes: notes)
  }

  /// The bytes of a layer; it is made where the store lacks it.
  private func make(
    _ recipe: LayerRecipe, _ maker: LayerMaker, _ platform: Platform, _ gate: Gate
  ) async throws -> (layer: BuiltLayer, blob: PushBlob, notes: [String]) {
    var layer = maker.made(recipe)
    var notes: [String] = []
    if layer == nil {
      let progress = push.progress
      let (made, seconds, said) = try await maker.make(recipe, gate: gate) { count in
        progress.report(BuildEvent.writing(platform: platform, title: recipe.title, count: count))
      }
      let planned = PlannedLayer(stratum: recipe.stratum, title: recipe.title, parts: [], made: made)
      progress.report(BuildEvent.made(platform: platform, layer: planned, seconds: seconds, wasThere: false))
      layer = made
      notes = said
    }
    guard let layer else { preconditionFailure("the layer was made") }
    let path = maker.path(of: layer, recipe)
    let blob = PushBlob(
      name: "layer \(recipe.title)", digest: layer.digest, size: layer.size,
      at: LayoutReader.Place(path: path, offset: 0, size: layer.size), isVerified: true)
    return (layer, blob, notes)
  }
}

extension BuildJob {
  /// The layers of each image, with what is known of them without looking whether they are still in the store.
  var known: [[PlannedLayer]] {
    images.map { recipe in
      let maker = maker(recipe)
      return recipe.layers.map { layer in
        PlannedLayer(stratum: layer.stratum, title: layer.title, parts: [], made: maker.known(layer))
      }
    }
  }

  /// The documents of the images, and the configurations as blobs; nil unless all layers are known.
  func content(_ layers: [[PlannedLayer]]) async throws -> PushContent? {
    guard layers.allSatisfy({ $0.allSatisfy { $0.made != nil } }) else { return nil }
    var contents = ImageContents(index: ImageIndex(manifests: []), documents: [], layers: [])
    var configs: Set<Digest> = []
    for (recipe, layers) in zip(images, layers) {
      configs.insert(try await assemble(recipe, layers, into: &contents).config)
    }
    var content = PushContent(documents: [], blobs: [])
    for bytes in contents.documents {
      if configs.contains(sha256(bytes)) {
        content.blobs.append(PushBlob(name: "configuration", document: bytes))
      } else {
        content.documents.append(PushContent.Document(bytes: bytes, mediaType: MediaType.manifest))
      }
    }
    content.documents.append(
      PushContent.Document(bytes: contents.index.bytes, mediaType: MediaType.index))
    return content
  }

  /// The repositories of images below these, in the registry of a reference.
  func bases(in reference: ImageReference) -> [String] {
    images.compactMap { recipe in
      guard case .image(let image) = recipe.base.system, let base = try? ImageReference(image.reference),
        base.registry == reference.registry
      else { return nil }
      return base.repository
    }.removingRepetition()
  }
}
