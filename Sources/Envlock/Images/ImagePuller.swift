import EnvlockImage
public import EnvlockModel
import EnvlockRegistry
import EnvlockResolve
import EnvlockStore

/// Brings images and bundles from registries onto the disk, byte for byte as they are there.
///
/// Blobs go through the store: they are verified, go on after a break, in this run or the next, and a layout gets hard
/// links to them, so that they need no space twice.
public struct ImagePuller: Sendable {
  private let configuration: Configuration
  private let root: String
  private let http: HTTPClient
  private let store: ArtifactStore
  private let layers: LayerStore
  let registry: RegistryClient
  /// Lets two files be hashed at a time.
  private let hashing = Gate(2)

  /// How many blobs are fetched at a time.
  private static let parallel = 6

  /// Opens nothing yet.
  ///
  /// - Parameter configuration: Where things are kept, and how registries are asked.
  /// - Throws: What is wrong with a setting; that there is no cache.
  public init(_ configuration: Configuration) throws {
    guard let root = configuration.cacheDirectory else {
      throw BadRequest(
        "there is no folder to keep layers in", hints: ["name one with `--cache-dir` or ENVLOCK_CACHE_DIR"])
    }
    self.configuration = configuration
    self.root = root
    http = HTTPClient(cache: HTTPCache(folder: root), options: try configuration.transferOptions())
    store = ArtifactStore(
      folder: root, client: http, parallel: configuration.jobs ?? ImagePuller.parallel)
    layers = LayerStore(folder: root)
    registry = configuration.registry(http)
  }

  /// Pulls an image, or an index of several.
  ///
  /// Cancelling the task ends it soon; what has come stays in the store, and the next pull goes on from it.
  /// - Parameters:
  ///   - reference: What to pull.
  ///   - platforms: Which images of an index; nil for all that it has, so that its digest stays.
  ///   - path: The folder or file to write; an image that is there is replaced as a whole.
  ///   - format: How it is written.
  ///   - bundle: Where and how it is written if it turns out to be a bundle; nil: likewise.
  ///   - progress: Somebody who watches.
  /// - Returns: What was pulled.
  /// - Throws: A `UserFacingError`; nothing half-written stays.
  public func pull(
    _ reference: ImageReference, platforms: [Platform]? = nil, to path: String, as format: ImageFormat,
    bundle: (path: String, format: ImageFormat)? = nil, progress: any PullProgress = NoPullProgress()
  ) async throws -> PulledImage {
    let start = ContinuousClock.now
    // Nobody wants to hear of an occupied folder after gigabytes have come; a bundle may go elsewhere.
    if format == .oci, bundle.map({ $0.path == path && $0.format == .oci }) ?? true {
      try LayoutFolder.check(path)
    }
    let catalog = try await registry.catalog(reference)
    if let found = try await EnvironmentBundle(catalog, registry) {
      if let platforms { throw Self.noPart(of: found, platforms) }
      let place = bundle ?? (path, format)
      return try await pull(found, catalog, to: place.path, as: place.format, progress, since: start)
    }
    return try await pull(catalog, platforms, to: path, as: format, progress, since: start)
  }

  /// Pulls the images of a catalog.
  private func pull(
    _ catalog: RegistryCatalog, _ platforms: [Platform]?, to path: String, as format: ImageFormat,
    _ progress: any PullProgress, since start: ContinuousClock.Instant
  ) async throws -> PulledImage {
    let reference = catalog.reference
    if format == .oci { try LayoutFolder.check(path) }
    var selection = try await select(platforms, of: catalog)
    let images = selection.manifests.filter { $0.config != nil }
    if format == .dockerArchive {
      try Self.requireOne(images, reference)
      selection.manifests = images
    }
    for image in images { try RegistryClient.checkLayers(of: image.manifest, reference) }

    let work = Self.blobs(selection.manifests)
    progress.report(.planned(work.map(\.blob)))
    let layout = format == .oci ? path : nil
    let (places, fetched) = try await fetch(work, reference, layout: layout, progress)
    let written = try await write(selection, catalog, places, to: path, as: format)
    return PulledImage(
      digest: written, source: catalog.root.digest, path: path, format: format,
      images: images.map { image in
        PulledImage.Image(
          platform: image.config?.platform.name ?? "", manifest: image.descriptor.digest,
          config: image.manifest.config.digest, layers: Self.layers(of: image))
      }, fetchedBytes: fetched, seconds: start.duration(to: .now).seconds, notes: selection.notes)
  }

  /// Pulls an image for as long as something is done with it; its layers stay in the store.
  ///
  /// - Parameters:
  ///   - reference: What to pull.
  ///   - platforms: Which images of an index; nil for all that it has.
  ///   - progress: Somebody who watches.
  ///   - body: Gets the path of a layout.
  /// - Returns: What the body gives.
  /// - Throws: A `UserFacingError`, and what the body throws.
  public func withLayout<Result>(
    of reference: ImageReference, platforms: [Platform]? = nil,
    progress: any PullProgress = NoPullProgress(), _ body: (_ path: String) async throws -> Result
  ) async throws -> Result {
    // What a program that was killed leaves there is removed by the next that builds or runs.
    let folder = try ArchivePacker(folder: root).scratchFolder()
    let path = folder.path + "/image"
    let catalog = try await registry.catalog(reference)
    _ = try await pull(catalog, platforms, to: path, as: .oci, progress, since: .now)
    let result = try await body(path)
    return withExtendedLifetime(folder) { result }
  }

  // MARK: Choosing

  private struct Selection {
    /// The manifests to write.
    var manifests: [RegistryManifest]
    /// Whether that is all there is, so that the document that the reference names is kept.
    var isWhole: Bool
    var notes: [String] = []
  }

  private func select(_ platforms: [Platform]?, of catalog: RegistryCatalog) async throws -> Selection {
    guard let platforms else {
      try catalog.requireWhole()
      var selection = Selection(manifests: try await all(of: catalog), isWhole: true)
      guard selection.manifests.contains(where: { $0.config != nil }) else {
        throw BadRequest("\(catalog.reference) names no image", kind: .answerIsNo)
      }
      if !catalog.unknown.isEmpty {
        let types = catalog.unknown.map { Quoted.text($0.mediaType) }.removingRepetition()
        selection.notes.append(
          "what the index names of the type \(types.joined(separator: ", ")) is not known here, and left out")
      }
      return selection
    }
    var chosen: [RegistryManifest] = []
    for platform in platforms {
      let image = try await registry.image(for: platform, of: catalog)
      if !chosen.contains(where: { $0.descriptor.digest == image.descriptor.digest }) { chosen.append(image) }
    }
    let isWhole = chosen.count == catalog.manifests.count && catalog.unknown.isEmpty && !catalog.isTooDeep
    return Selection(manifests: chosen, isWhole: isWhole)
  }

  /// All manifests of a catalog, in its order.
  private func all(of catalog: RegistryCatalog) async throws -> [RegistryManifest] {
    try await withThrowingTaskGroup(of: (Int, RegistryManifest).self) { group in
      var found: [Int: RegistryManifest] = [:]
      for (place, descriptor) in catalog.manifests.enumerated() {
        if place >= Self.parallel, let (place, manifest) = try await group.next() { found[place] = manifest }
        group.addTask { (place, try await registry.manifest(descriptor, of: catalog)) }
      }
      for try await (place, manifest) in group { found[place] = manifest }
      return catalog.manifests.indices.compactMap { found[$0] }
    }
  }

  private static func requireOne(_ images: [RegistryManifest], _ reference: ImageReference) throws {
    guard images.count != 1 else { return }
    throw BadRequest(
      "a docker-archive holds one image, and \(reference) has \(images.count)",
      hints: [
        "choose one with `--platform`: \(images.compactMap { $0.config?.platform.name }.joined(separator: ", "))",
        "`--format oci-archive` holds all of them",
      ])
  }

  // MARK: Fetching

  struct Work {
    var blob: PulledBlob
    var descriptor: ImageDescriptor
  }

  /// The layers of an image, with what they are called.
  private static func layers(of image: RegistryManifest) -> [PulledBlob] {
    let layers = image.manifest.layers
    let titles = image.config.map { LayerTitles.titles($0, layers: layers.count) }
    return layers.enumerated().map { place, layer in
      let title = image.config == nil ? "statement about the image" : titles?[place] ?? "layer \(place + 1)"
      return PulledBlob(digest: layer.digest, size: layer.size, title: title)
    }
  }

  /// What has to be here besides documents, each digest once.
  private static func blobs(_ manifests: [RegistryManifest]) -> [Work] {
    var seen: Set<Digest> = []
    return manifests.flatMap { manifest -> [Work] in
      var work = zip(layers(of: manifest), manifest.manifest.layers).map { Work(blob: $0, descriptor: $1) }
      if manifest.config == nil {
        let config = manifest.manifest.config
        let title = "statement about the image"
        work.append(
          Work(
            blob: PulledBlob(digest: config.digest, size: config.size, title: title), descriptor: config))
      }
      return work.filter { seen.insert($0.blob.digest).inserted }
    }
  }

  /// Brings all blobs.
  ///
  /// - Returns: where each lies, and how many bytes were fetched.
  func fetch(
    _ work: [Work], _ reference: ImageReference, layout: String?, _ progress: any PullProgress
  ) async throws -> ([LayoutBlob], Int) {
    try await withThrowingTaskGroup(of: (path: String, blob: PulledBlob, wasThere: Bool).self) { group in
      for item in work {
        group.addTask {
          let start = ContinuousClock.now
          let found = try await place(of: item, reference, layout: layout, progress)
          progress.report(
            .here(
              item.blob, seconds: start.duration(to: .now).seconds,
              wasThere: found.wasThere))
          return (found.path, item.blob, found.wasThere)
        }
      }
      var places: [LayoutBlob] = []
      var fetched = 0
      for try await (path, blob, wasThere) in group {
        places.append(LayoutBlob(file: path, digest: blob.digest, size: blob.size))
        if !wasThere { fetched += blob.size }
      }
      return (places, fetched)
    }
  }

  /// Where a blob lies; it is fetched where neither the store nor the layout has it.
  private func place(
    of item: Work, _ reference: ImageReference, layout: String?, _ progress: any PullProgress
  ) async throws -> (path: String, wasThere: Bool) {
    let (digest, size) = (item.blob.digest, item.blob.size)
    if store.contains(digest, size: size) { return (store.path(of: digest), true) }
    if layers.contains(digest, size: size) { return (layers.path(of: digest), true) }
    if let layout {
      let path = "\(layout)/\(ImageLayout.blobPath(digest))"
      // A layout is somebody's folder: its name alone does not make a file what it should be.
      guard await hashing.enter() else { throw CancellationError() }
      let found = await onThread { try? sha256(file: path) }
      hashing.leave()
      if let found, found.digest == digest, found.size == size { return (path, true) }
    }
    if configuration.offline {
      throw BadRequest(
        "\(item.blob.title) of \(reference) is not in the store, and nothing may be fetched",
        hints: ["leave out `--offline`"], kind: .couldNotFindOut)
    }
    let stored = try await store.fetch(try registry.artifact(item.descriptor, in: reference)) { state in
      progress.report(.fetching(item.blob, count: state.count))
    }
    return (stored.path, false)
  }

  // MARK: Writing

  /// Writes what is here.
  ///
  /// - Returns: the digest of what was written.
  private func write(
    _ selection: Selection, _ catalog: RegistryCatalog, _ blobs: [LayoutBlob], to path: String,
    as format: ImageFormat
  ) async throws -> Digest {
    let reference = catalog.reference
    let name = reference.tag.map { "\(reference.name):\($0)" }
    if format == .dockerArchive, let image = selection.manifests.first(where: { $0.config != nil }) {
      let places = Dictionary(blobs.map { ($0.digest, $0) }) { first, _ in first }
      let members = LayoutArchive.docker(
        config: LayoutBlob(document: image.configBytes),
        layers: image.manifest.layers.compactMap { places[$0.digest] }, tags: name.map { [$0] } ?? [])
      try await Self.onThreads { try LayoutArchive.write(members, to: path) }
      return image.descriptor.digest
    }
    var documents = selection.manifests.flatMap { [$0.bytes, $0.configBytes] }.filter { !$0.isEmpty }
    var root: ImageDescriptor
    if selection.isWhole {
      root = catalog.root
      documents += [catalog.rootBytes] + catalog.indexes
    } else if selection.manifests.count == 1 {
      root = selection.manifests[0].descriptor
    } else {
      let index = ImageIndex(manifests: selection.manifests.map(\.descriptor)).bytes
      root = ImageDescriptor(of: index, mediaType: MediaType.index)
      documents.append(index)
    }
    root.annotations = name.map { [AnnotationKey.refName: $0] } ?? [:]
    let top = ImageIndex(manifests: [root])
    let all = documents.map { LayoutBlob(document: $0) } + blobs
    try await Self.onThreads {
      switch format {
      case .oci: try LayoutFolder.write(top, blobs: all, to: path)
      case .ociArchive, .dockerArchive:
        try LayoutArchive.write(LayoutArchive.layout(top, blobs: all), to: path)
      }
    }
    return root.digest
  }

  /// Archives of gigabytes take a while, which the threads of tasks are too few for.
  static func onThreads(_ work: @escaping @Sendable () throws -> Void) async throws {
    try await onThread(work)
  }
}
