import EnvlockImage
public import EnvlockModel
import EnvlockNative
import EnvlockRegistry
import EnvlockStore

/// What an image or a bundle tells of the lock that it was made of.
public struct ToldLock: Sendable {
  /// The lock.
  public var lock: Lockfile
  /// Whether it is the whole lock; else it is what labels tell, its levels without its wheels.
  public var isWhole: Bool

  /// Describes a lock.
  public init(_ lock: Lockfile, isWhole: Bool) {
    self.lock = lock
    self.isWhole = isWhole
  }
}

extension ImageInspector {
  /// The lock of what lies on the disk: that of a bundle, the one that an image holds in a layer of its own, else what
  /// the labels of the images tell of it.
  ///
  /// - Parameter path: A folder or file.
  /// - Returns: The lock.
  /// - Throws: A `UserFacingError` where there is no image, or it does not say what is in it.
  public static func lock(path: String) throws -> ToldLock {
    let reader = try LayoutReader(path)
    if let bundle = try EnvironmentBundle(reader) { return ToldLock(bundle.lock, isWhole: true) }
    for image in try reader.images() {
      guard
        let layer = LockLayer(
          image.config, annotations: image.manifest?.annotations ?? [:], image.layers.count),
        let place = image.layers[layer.number].place, place.size <= LockLayer.limit,
        let lock = layer.lock(in: try place.bytes())
      else { continue }
      return ToldLock(lock, isWhole: true)
    }
    return ToldLock(try ImageVerifier(path).labelledLock(), isWhole: false)
  }

  /// The lock of what a registry has, likewise. Of an image that envlock built, one layer is read: the one with the lock.
  ///
  /// - Parameter reference: What the registry calls it.
  /// - Returns: The lock.
  /// - Throws: A `UserFacingError` where it cannot be read, or does not say what is in it.
  public func lock(_ reference: ImageReference) async throws -> ToldLock {
    let catalog = try await registry.catalog(reference)
    if let bundle = try await EnvironmentBundle(catalog, registry) {
      return ToldLock(bundle.lock, isWhole: true)
    }
    for platform in Platform.allCases where Self.mayHave(platform, catalog) {
      let image: RegistryManifest
      do throws(RegistryError) { image = try await registry.image(for: platform, of: catalog) } catch {
        guard case .noPlatform = error.cause else { throw error }
        continue
      }
      let layers = image.manifest.layers
      guard let config = image.config,
        let layer = LockLayer(config, annotations: image.manifest.annotations, layers.count),
        layers[layer.number].size <= LockLayer.limit
      else { continue }
      let bytes = try await registry.document(layers[layer.number], "the layer with the lock", in: reference)
      if let lock = layer.lock(in: bytes) { return ToldLock(lock, isWhole: true) }
    }
    return ToldLock(try await labelledLock(reference), isWhole: false)
  }
}

/// The layer of an image that holds the lock, as the image tells it.
private struct LockLayer {
  /// Which of the layers it is, from the lowest up.
  let number: Int
  /// The digest of the lock's text.
  private let digest: Digest

  /// Bytes of the largest layer that is read: more than any lock has.
  static let limit = 4 << 20
  private static let textLimit = 64 << 20

  /// Nil for an image that does not say.
  init?(_ config: ImageConfig, annotations: [String: String], _ count: Int) {
    let labels = annotations.merging(config.process.labels) { $1 }
    guard let digest = labels[EnvironmentLabels.lockKey].flatMap({ try? Digest($0) }),
      let number = LayerTitles.titles(config, layers: count).lastIndex(of: ImageRecipe.lockTitle)
    else { return nil }
    self.digest = digest
    self.number = number
  }

  /// The lock; nil where the layer does not hold the very one that the image names, or it cannot be read.
  func lock(in layer: [UInt8]) -> Lockfile? {
    guard let reader = try? ArchiveReader(layer) else { return nil }
    while let member = try? reader.next() {
      guard member.path == ImageRecipe.lockPath, case .file(let size) = member.kind, size <= Self.textLimit
      else { continue }
      guard let text = try? reader.content(limit: size), sha256(text) == digest else { return nil }
      return try? Lockfile(parsing: text)
    }
    return nil
  }
}
