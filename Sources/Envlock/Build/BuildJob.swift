import EnvlockImage
import EnvlockModel
import EnvlockStore

/// One run of a builder: a request with its answers chosen, files read and stores opened.
struct BuildJob: Sendable {
  let request: BuildRequest
  let site: BuildSite
  /// What is to be made, sorted by platform.
  let images: [ImageRecipe]

  let lockDigest: Digest

  /// - Throws: `BadRequest` for a request that cannot be built.
  init(_ configuration: Configuration, _ request: BuildRequest, progress: any BuildProgress) throws {
    self.request = request
    if request.stargz, request.compression != .splice {
      throw BadRequest(
        "an eStargz layer is a gzip file; it cannot be compressed otherwise",
        hints: ["leave out `--compression \(request.compression.rawValue)`"])
    }
    let text = request.lock.canonicalText()
    lockDigest = sha256(Array(text.utf8))
    let answers = try Self.answers(request)
    let site = try BuildSite(configuration, request, progress: progress)
    self.site = site
    images = try answers.map { answer in
      var accounts: Accounts?
      if case .debian(let debian)? = answer.base?.system { accounts = Accounts(suite: debian.suite) }
      let files = try UserFolder.content(
        of: request.image, in: request.folder, accounts: accounts, site.userItems)
      return try ImageRecipe(answer, lock: text, image: request.image, files: files)
    }
  }

  /// The answer for each platform that is asked for.
  static func answers(_ request: BuildRequest) throws(BadRequest) -> [PlatformLock] {
    let lock = request.lock
    let known = Platform.allCases.filter { !lock.answers(for: $0).isEmpty }
    guard !known.isEmpty else { throw BadRequest("the lock has no answer for any platform") }
    var answers: [PlatformLock] = []
    for platform in request.platforms?.sorted() ?? request.bundle?.platforms ?? known {
      let all = lock.answers(for: platform)
      guard !all.isEmpty else {
        throw BadRequest(
          "the lock has no answer for \(platform)",
          hints: ["it has one for \(known.map(\.description).joined(separator: " and "))"])
      }
      let fitting = all.filter { answer in
        request.target.map { name in answer.targets.contains { $0.name == name } } ?? true
      }
      guard let answer = fitting.first, request.target != nil || all.count == 1 else {
        let names = all.flatMap(\.targets).map(\.name)
        throw BadRequest(
          request.target.map { "no target of \(platform) is called “\($0)”" }
            ?? "the lock has \(all.count) answers for \(platform), one for each group of targets",
          hints: names.isEmpty ? [] : ["choose one with `--target`: \(names.joined(separator: ", "))"])
      }
      answers.append(answer)
    }
    return answers
  }

  /// What makes the layers of an image.
  func maker(_ recipe: ImageRecipe) -> LayerMaker {
    LayerMaker(
      site: site, layout: recipe.layout,
      python: UnpackedPython(
        recipe.interpreterParts, platform: recipe.answer.platform, python: recipe.answer.python,
        parallel: site.configuration.jobs ?? BuildSite.parallelLayers),
      compression: request.compression, stargz: request.stargz)
  }

  /// What there is to do.
  var plan: BuildPlan {
    BuildPlan(
      images: images.map { recipe in
        let maker = maker(recipe)
        let layers = recipe.layers.map { layer in
          PlannedLayer(
            stratum: layer.stratum, title: layer.title,
            parts: layer.parts { site.artifacts.contains($0, size: $1) }, made: maker.made(layer))
        }
        return PlannedImage(platform: recipe.answer.platform, layers: layers)
      })
  }
}

// MARK: Assembling

extension BuildJob {
  /// Puts an image together, and its documents and layers with those of the others.
  ///
  /// - Parameters:
  ///   - recipe: The image.
  ///   - layers: Its layers; all are made.
  ///   - contents: Gets the documents and layers.
  /// - Returns: The image.
  /// - Throws: What is wrong with the image below, or out of reach.
  func assemble(
    _ recipe: ImageRecipe, _ layers: [PlannedLayer], into contents: inout ImageContents
  ) async throws -> BuiltImages.Image {
    let made = layers.compactMap(\.made)
    let (config, annotations) = try await documents(recipe, made)
    let platform = ImagePlatform(recipe.answer.platform)
    let configBytes = config.bytes
    let manifest = ImageManifest(
      config: ImageDescriptor(of: configBytes, mediaType: MediaType.config),
      layers: made.map {
        ImageDescriptor(
          mediaType: $0.mediaType, digest: $0.digest, size: $0.size, annotations: $0.annotations)
      }, annotations: annotations)
    let manifestBytes = manifest.bytes
    let descriptor = ImageDescriptor(of: manifestBytes, mediaType: MediaType.manifest, platform: platform)
    contents.index.manifests.append(descriptor)
    contents.documents += [manifestBytes, configBytes]
    var known = Set(contents.layers.map(\.digest))
    let maker = maker(recipe)
    for (recipe, layer) in zip(recipe.layers, made) where known.insert(layer.digest).inserted {
      contents.layers.append(
        LayoutBlob(file: maker.path(of: layer, recipe), digest: layer.digest, size: layer.size))
    }
    return BuiltImages.Image(
      platform: recipe.answer.platform, manifest: descriptor.digest, config: manifest.config.digest,
      layers: layers)
  }

  /// The configuration, with the layers' diffIDs, and the notes of the manifest.
  func documents(
    _ recipe: ImageRecipe, _ made: [BuiltLayer]
  ) async throws -> (ImageConfig, [String: String]) {
    var below: ImageConfig?
    if case .image(let image) = recipe.base.system {
      let stored = try await site.fetch(image.config, of: image)
      below = try ImageConfig(bytes: try stored.content(), name: image.reference)
    }
    let libraries = try made.flatMap { layer in
      try (layer.annotations[LayerMaker.librariesKey] ?? "").split(separator: ":").map {
        try ImagePath(String($0))
      }
    }
    // The title is left out: it stands in no lock, and an image follows from its lock.
    let settings = ImageSettings(
      recipe.answer, lock: lockDigest, image: request.image, title: nil, libraries: libraries.sorted(),
      base: below?.process)
    var config = ImageConfig(platform: ImagePlatform(recipe.answer.platform), process: settings.process)
    config.diffIDs = made.map(\.diffID)
    config.history = recipe.layers.map { ImageConfig.History(createdBy: "envlock: \($0.title)") }
    return (config, settings.annotations)
  }
}
