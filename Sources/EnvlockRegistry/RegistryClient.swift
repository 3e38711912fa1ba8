package import EnvlockImage
package import EnvlockModel
import EnvlockNative
package import EnvlockStore
import Synchronization

/// Reads images from registries.
///
/// Source: OCI distribution-spec 1.1, "Pull".
package struct RegistryClient: Sendable {
  let http: HTTPClient
  let environment: [String: String]
  let isOffline: Bool
  private let open = OpenRepositories()

  /// - Parameters:
  ///   - http: whose connections and cache are used.
  ///   - environment: where credentials, mirrors and registries without TLS are named; see `RegistryEndpoint` and
  ///     `CredentialSearch`.
  ///   - offline: whether only what is in the cache may be used.
  package init(http: HTTPClient, environment: [String: String], offline: Bool = false) {
    self.http = http
    self.environment = environment
    isOffline = offline
  }

  /// Finds out what a reference stands for now, for one platform.
  ///
  /// Every document is held against its digest. Of an index the first image for the platform counts, and indexes within
  /// it are followed three levels deep.
  /// - Parameters:
  ///   - reference: the image; where it has a digest, its tag is not looked at.
  ///   - platform: the one that the image must be for.
  /// - Returns: the image by digests.
  /// - Throws: `RegistryError`.
  package func lock(_ reference: ImageReference, platform: Platform) async throws -> LockedImage {
    try Self.locked(
      reference, try await image(for: platform, of: try await catalog(reference)))
  }

  /// What it takes to fetch a part of a locked image.
  ///
  /// - Parameters:
  ///   - blob: its manifest, its configuration or one of its layers.
  ///   - image: the image.
  /// - Returns: the artifact, with access to its registry; nothing is asked yet.
  /// - Throws: `MalformedText` where the lock's reference is none; `RegistryError` where a variable makes no sense.
  package func artifact(_ blob: LockedImage.Blob, of image: LockedImage) async throws -> Artifact {
    let reference = try ImageReference(image.reference)
    let documents = try repository(reference)
    let isManifest = blob.digest == image.manifest.digest
    let path = isManifest ? "manifests" : "blobs"
    let kind = isManifest ? "manifest" : blob.digest == image.config.digest ? "configuration" : "layer"
    return Artifact(
      name: "\(kind) \(blob.digest.hex.prefix(12)) of \(reference)",
      origin: .url(documents.endpoint.url("\(path)/\(blob.digest)")), digest: blob.digest, size: blob.size,
      access: ArtifactAccess(
        authority: documents.access, accept: isManifest ? blob.mediaType : nil))
  }

  /// The configuration of a locked image: what its containers start as.
  ///
  /// - Parameter image: the image.
  /// - Returns: the configuration, out of the cache where it was read before.
  /// - Throws: `RegistryError`; `MalformedText` where the lock's reference is none.
  package func configuration(of image: LockedImage) async throws -> ImageConfig {
    let reference = try ImageReference(image.reference)
    let documents = try repository(reference)
    let descriptor = ImageDescriptor(
      mediaType: image.config.mediaType, digest: image.config.digest, size: image.config.size)
    let document = try await documents.configuration(descriptor)
    do { return try ImageConfig(bytes: document.bytes, name: "\(descriptor.digest)") } catch {
      throw documents.failure(.unreadable(error))
    }
  }

  func repository(_ reference: ImageReference) throws(RegistryError) -> RegistryDocuments {
    let endpoint = try RegistryEndpoint(reference, environment: environment)
    let access = open.access(endpoint) {
      RegistryAccess(reference, endpoint, http.engine, CredentialSearch(environment: environment))
    }
    return RegistryDocuments(
      reference: reference, endpoint: endpoint, access: access, http: http, isOffline: isOffline)
  }

  private static func locked(
    _ reference: ImageReference, _ image: RegistryManifest
  ) throws(RegistryError) -> LockedImage {
    func blob(_ descriptor: ImageDescriptor) -> LockedImage.Blob {
      LockedImage.Blob(mediaType: descriptor.mediaType, digest: descriptor.digest, size: descriptor.size)
    }
    let (layers, diffIDs) = (image.manifest.layers, image.config?.diffIDs ?? [])
    guard layers.count == diffIDs.count else {
      throw RegistryError(reference, .layerCount(manifest: layers.count, config: diffIDs.count))
    }
    try checkLayers(of: image.manifest, reference)
    return LockedImage(
      reference: reference.description,
      manifest: LockedImage.Blob(
        mediaType: image.descriptor.mediaType, digest: image.descriptor.digest, size: image.bytes.count),
      config: blob(image.manifest.config),
      layers: zip(layers, diffIDs).map { LockedImage.Layer(blob: blob($0), diffID: $1) })
  }
}

/// The repositories that a client has asked, so that what was granted is used again.
private final class OpenRepositories: Sendable {
  private let byEndpoint = Mutex<[RegistryEndpoint: RegistryAccess]>([:])

  func access(_ endpoint: RegistryEndpoint, make: () -> RegistryAccess) -> RegistryAccess {
    byEndpoint.withLock { known in
      if let access = known[endpoint] { return access }
      let access = make()
      known[endpoint] = access
      return access
    }
  }
}
