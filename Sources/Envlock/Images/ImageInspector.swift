import EnvlockImage
public import EnvlockModel
import EnvlockNative
import EnvlockRegistry
import EnvlockResolve
import EnvlockRunSpec
import EnvlockStore

/// Says what images are from their manifests and configurations alone, in a registry or on the disk. No layer is read.
public struct ImageInspector: Sendable {
  let registry: RegistryClient
  private let isOffline: Bool

  /// Opens nothing yet.
  ///
  /// - Parameter configuration: How registries are asked, and where their documents are kept.
  /// - Throws: What is wrong with a setting.
  public init(_ configuration: Configuration) throws {
    let cache = configuration.cacheDirectory.map { HTTPCache(folder: $0) }
    registry = configuration.registry(
      HTTPClient(cache: cache, options: try configuration.transferOptions()))
    isOffline = configuration.offline
  }

  /// Looks at images in a registry.
  ///
  /// - Parameters:
  ///   - reference: What to look at.
  ///   - platforms: Which images of an index; nil for the first that a lock can be about, else the first.
  ///   - isWhole: Whether all images are looked at instead.
  ///   - asksForReferrers: Whether what refers to them is looked up too.
  /// - Returns: What they say.
  /// - Throws: A `UserFacingError` where they cannot be read.
  public func inspect(
    _ reference: ImageReference, platforms: [Platform]? = nil, isWhole: Bool = false,
    asksForReferrers: Bool = true
  ) async throws -> ImageInspection {
    let catalog = try await registry.catalog(reference)
    let bundle = try await EnvironmentBundle(catalog, registry)
    let images = try await bundle == nil ? Self.read(catalog, platforms, isWhole, registry) : []
    let seen = Set(images.map(\.descriptor.digest))
    let left = catalog.manifests.filter { !seen.contains($0.digest) && bundle == nil }
    var notes: [String] = []
    if catalog.isTooDeep {
      notes.append("indexes lie deeper in indexes than is looked; there may be more images")
    }
    let subjects = ([catalog.root.digest] + images.map(\.descriptor.digest)).removingRepetition()
    var referrers: [ImageInspection.Referrer]?
    if asksForReferrers, !isOffline {
      do {
        referrers = try await Self.referrers(to: subjects, reference, registry, &notes)
      } catch let error as RegistryError {
        // What refers to an image does not change what it is.
        notes.append("what refers to it is not known: \(error.message)")
      }
    }
    return ImageInspection(
      name: "\(reference)", form: "registry", digest: catalog.root.digest, mediaType: catalog.root.mediaType,
      images: images.compactMap { Self.image($0) },
      others: left.filter { !$0.isStatement }.map {
        ImageInspection.Other(platform: $0.platform?.name, manifest: $0.digest)
      },
      statements: catalog.manifests.count { $0.isStatement }, referrers: referrers,
      bundle: bundle, notes: notes)
  }

  /// The lock of images in a registry, as far as their labels tell it: see `ImageVerifier.labelledLock()`.
  ///
  /// - Parameter reference: What to look at.
  /// - Returns: The strata of each platform, without wheels.
  /// - Throws: A `UserFacingError` where they cannot be read, or do not say what is in them.
  public func labelledLock(_ reference: ImageReference) async throws -> Lockfile {
    let catalog = try await registry.catalog(reference)
    var found: [(platform: Platform, labels: [String: String])] = []
    for platform in Platform.allCases where Self.mayHave(platform, catalog) {
      let image: RegistryManifest
      do throws(RegistryError) { image = try await registry.image(for: platform, of: catalog) } catch {
        guard case .noPlatform = error.cause else { throw error }
        continue
      }
      found.append((platform, image.manifest.annotations.merging(image.config?.process.labels ?? [:]) { $1 }))
    }
    return try Lockfile(labels: found, of: "\(reference)")
  }

  static func mayHave(_ platform: Platform, _ catalog: RegistryCatalog) -> Bool {
    catalog.manifests.contains { $0.platform.map { $0.runs(on: platform) } ?? true }
  }

  /// Looks at images on the disk.
  ///
  /// - Parameters:
  ///   - path: A folder or file.
  ///   - platforms: Which of its images; nil for all.
  /// - Returns: What they say.
  /// - Throws: A `UserFacingError` where there is no image, or its documents are damaged.
  public static func inspect(path: String, platforms: [Platform]? = nil) throws -> ImageInspection {
    let reader = try LayoutReader(path)
    if let bundle = try EnvironmentBundle(reader) {
      return ImageInspection(
        name: path, form: reader.form.rawValue, digest: bundle.digest, mediaType: nil, images: [], others: [],
        statements: 0, referrers: nil, bundle: bundle, notes: [])
    }
    let all = try reader.images()
    let chosen = all.filter { image in
      platforms.map { $0.contains { image.platform.runs(on: $0) } } ?? true
    }
    for platform in platforms ?? [] where !chosen.contains(where: { $0.platform.runs(on: platform) }) {
      throw ImageLabelError(
        path: path, message: "there is no image for \(platform)",
        hints: all.isEmpty
          ? [] : ["it is for \(all.map(\.platform.name).removingRepetition().joined(separator: ", "))"])
    }
    let digests = Set(chosen.map(\.configDigest))
    return ImageInspection(
      name: path, form: reader.form.rawValue, digest: try reader.indexDigest(), mediaType: nil,
      images: chosen.map { image in
        let titles = LayerTitles.titles(image.config, layers: image.layers.count)
        let layers = image.layers.enumerated().map { place, layer in
          ImageInspection.Layer(
            digest: layer.digest, diffID: image.config.diffID(of: place, among: image.layers.count),
            mediaType: layer.descriptor?.mediaType, size: layer.descriptor?.size ?? layer.place?.size,
            title: titles[place])
        }
        return Self.image(
          image.config, config: image.configDigest, descriptor: image.descriptor,
          annotations: image.manifest?.annotations ?? [:], layers)
      },
      others: all.filter { !digests.contains($0.configDigest) }.compactMap { image in
        image.descriptor.map {
          ImageInspection.Other(platform: image.platform.name, manifest: $0.digest)
        }
      }, statements: 0, referrers: nil, notes: [])
  }

  // MARK: Registries

  private static func read(
    _ catalog: RegistryCatalog, _ platforms: [Platform]?, _ isWhole: Bool, _ registry: RegistryClient
  ) async throws -> [RegistryManifest] {
    var wanted: [ImageDescriptor]
    if let platforms {
      var images: [RegistryManifest] = []
      for platform in platforms { images.append(try await registry.image(for: platform, of: catalog)) }
      return images
    } else if isWhole {
      wanted = catalog.manifests.filter { !$0.isStatement }
    } else {
      let images = catalog.manifests.filter { !$0.isStatement }
      let known = Platform.allCases.compactMap { platform in
        images.first { $0.platform?.runs(on: platform) == true }
      }
      wanted = [known.first ?? images.first].compactMap { $0 }
    }
    var images: [RegistryManifest] = []
    for descriptor in wanted { images.append(try await registry.manifest(descriptor, of: catalog)) }
    images.removeAll { $0.config == nil }
    guard !images.isEmpty else {
      throw BadRequest("\(catalog.reference) names no image", kind: .answerIsNo)
    }
    return images
  }

  private static func referrers(
    to subjects: [Digest], _ reference: ImageReference, _ registry: RegistryClient, _ notes: inout [String]
  ) async throws -> [ImageInspection.Referrer] {
    var found: [ImageInspection.Referrer] = []
    for subject in subjects {
      let list = try await registry.referrers(of: subject, in: reference)
      if list.isCut { notes.append("there are more referrers than are listed") }
      found += list.manifests.map { descriptor in
        ImageInspection.Referrer(
          subject: subject, manifest: descriptor.digest,
          type: descriptor.artifactType ?? descriptor.mediaType, size: descriptor.size,
          annotations: descriptor.annotations)
      }
    }
    return found
  }

  // MARK: Images

  private static func image(_ image: RegistryManifest) -> ImageInspection.Image? {
    guard let config = image.config else { return nil }
    let layers = image.manifest.layers
    let titles = LayerTitles.titles(config, layers: layers.count)
    return Self.image(
      config, config: image.manifest.config.digest, descriptor: image.descriptor,
      annotations: image.manifest.annotations,
      layers.enumerated().map { place, layer in
        ImageInspection.Layer(
          digest: layer.digest, diffID: config.diffID(of: place, among: layers.count),
          mediaType: layer.mediaType, size: layer.size, title: titles[place])
      })
  }

  private static func image(
    _ image: ImageConfig, config: Digest, descriptor: ImageDescriptor?, annotations: [String: String],
    _ layers: [ImageInspection.Layer]
  ) -> ImageInspection.Image {
    let process = image.process
    let labels = annotations.merging(process.labels) { $1 }
    var environment: ImageInspection.Environment?
    var fault: String?
    if labels[EnvironmentLabels.lockKey] != nil {
      do throws(LabelFault) {
        let said = try EnvironmentLabels(labels: labels)
        let platform = Platform.allCases.first { image.platform.runs(on: $0) }
        environment = ImageInspection.Environment(
          lock: said.lock, base: said.base, python: said.python,
          answer: try said.answer(for: platform ?? .linuxAMD64))
      } catch {
        fault = error.message
      }
    }
    return ImageInspection.Image(
      platform: image.platform.name, manifest: descriptor?.digest, mediaType: descriptor?.mediaType,
      config: config, created: image.created, author: image.author,
      process: ImageProcess(
        entrypoint: process.entrypoint ?? [], cmd: process.cmd ?? [], env: process.env,
        workdir: process.workingDirectory, user: process.user),
      ports: process.exposedPorts, volumes: process.volumes, stopSignal: process.stopSignal,
      labels: process.labels, annotations: annotations, environment: environment, fault: fault, layers: layers
    )
  }
}

extension ImageDescriptor {
  /// Whether it refers to a statement about images, and not to an image. Such entries name the platform "unknown".
  ///
  /// Source: Docker's BuildKit, "Image attestation storage".
  fileprivate var isStatement: Bool { platform?.os == "unknown" || artifactType != nil }
}

extension ImageConfig {
  /// The digest of a layer's archive; nil where the configuration tells of another number of layers.
  fileprivate func diffID(of place: Int, among count: Int) -> Digest? {
    diffIDs.count == count ? diffIDs[place] : nil
  }
}
