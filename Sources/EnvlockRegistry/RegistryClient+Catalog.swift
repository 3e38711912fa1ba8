package import EnvlockImage
package import EnvlockModel
import EnvlockNative
package import EnvlockStore

extension RegistryClient {
  /// Finds out what a reference stands for now. Indexes are read, three levels deep; manifests are not.
  ///
  /// - Parameter reference: the image; where it has a digest, its tag is not looked at.
  /// - Returns: what is there.
  /// - Throws: `RegistryError`.
  package func catalog(_ reference: ImageReference) async throws(RegistryError) -> RegistryCatalog {
    let documents = try repository(reference)
    let root: RegistryDocument
    if let digest = reference.digest {
      root = try await documents.manifest(digest: digest)
    } else {
      root = try await documents.manifest(tag: reference.tag ?? ImageReference.defaultTag)
    }
    var walk = CatalogWalk(documents, root)
    try await walk.collect()
    return walk.catalog
  }

  /// Reads a manifest of a catalog, and the configuration that it names.
  ///
  /// - Parameters:
  ///   - descriptor: one of the catalog's manifests.
  ///   - catalog: the catalog.
  /// - Returns: both, held against their digests.
  /// - Throws: `RegistryError`; also where a reference names the manifest of what is no image.
  package func manifest(
    _ descriptor: ImageDescriptor, of catalog: RegistryCatalog
  ) async throws(RegistryError) -> RegistryManifest {
    let documents = try repository(catalog.reference)
    let isRoot = descriptor.digest == catalog.root.digest
    let (bytes, manifest) = try await content(descriptor, of: catalog)
    guard MediaType.standard(manifest.config.mediaType) == MediaType.config,
      descriptor.platform?.os != "unknown"
    else {
      if isRoot {
        throw documents.failure(.notAnImage(mediaType: manifest.artifactType ?? manifest.config.mediaType))
      }
      return RegistryManifest(
        descriptor: descriptor, bytes: bytes, manifest: manifest, config: nil, configBytes: [])
    }
    let configBytes = try await documents.configuration(manifest.config).bytes
    return RegistryManifest(
      descriptor: descriptor, bytes: bytes, manifest: manifest,
      config: try documents.parse(configBytes, manifest.config), configBytes: configBytes)
  }

  /// A manifest of a catalog alone, whatever it is of.
  ///
  /// - Parameters:
  ///   - descriptor: one of the catalog's manifests.
  ///   - catalog: the catalog.
  /// - Returns: the manifest as it is and what it says, held against its digest.
  /// - Throws: `RegistryError`.
  package func content(
    _ descriptor: ImageDescriptor, of catalog: RegistryCatalog
  ) async throws(RegistryError) -> (bytes: [UInt8], manifest: ImageManifest) {
    let documents = try repository(catalog.reference)
    let bytes =
      descriptor.digest == catalog.root.digest
      ? catalog.rootBytes
      : try await documents.manifest(digest: descriptor.digest, size: descriptor.size).bytes
    return (bytes, try documents.parse(bytes, descriptor))
  }

  /// A document that a manifest names, such as the lock of a bundle.
  ///
  /// - Parameters:
  ///   - descriptor: the document.
  ///   - what: what it is called in errors: "the lock".
  ///   - reference: an image of the repository that has it.
  /// - Returns: its bytes, held against their digest.
  /// - Throws: `RegistryError`.
  package func document(
    _ descriptor: ImageDescriptor, _ what: String, in reference: ImageReference
  ) async throws(RegistryError) -> [UInt8] {
    try await repository(reference).blob(descriptor, what).bytes
  }

  /// The image of a catalog for a platform: of those that the indexes say to be for it the first, else the first that
  /// turns out to be.
  ///
  /// - Parameters:
  ///   - platform: the one that the image must be for.
  ///   - catalog: the catalog.
  /// - Returns: the image; it has a configuration.
  /// - Throws: `RegistryError`; also where there is none.
  package func image(
    for platform: Platform, of catalog: RegistryCatalog
  ) async throws(RegistryError) -> RegistryManifest {
    let said = catalog.manifests.filter { $0.platform?.runs(on: platform) == true }
    let unsaid = catalog.manifests.filter { $0.platform == nil && $0.artifactType == nil }
    var found = catalog.manifests.compactMap(\.platform).filter { $0.os != "unknown" }.map(\.name)
    for descriptor in said + unsaid {
      let image = try await manifest(descriptor, of: catalog)
      guard let config = image.config else { continue }
      if config.platform.runs(on: platform) { return image }
      found.append(config.platform.name)
    }
    var seen: Set<String> = []
    let names = found.filter { seen.insert($0).inserted }
    let failure: RegistryError.Cause = catalog.isTooDeep ? .tooDeep : .noPlatform(platform, found: names)
    throw RegistryError(catalog.reference, failure)
  }

  /// What it takes to fetch a blob; nothing is asked yet.
  ///
  /// - Parameters:
  ///   - descriptor: the blob.
  ///   - reference: an image of the repository that has it.
  /// - Returns: the artifact, with access to its registry.
  /// - Throws: `RegistryError` where a variable makes no sense.
  package func artifact(
    _ descriptor: ImageDescriptor, in reference: ImageReference
  ) throws(RegistryError) -> Artifact {
    let documents = try repository(reference)
    return Artifact(
      name: "layer \(descriptor.digest.hex.prefix(12)) of \(reference)",
      origin: .url(documents.endpoint.url("blobs/\(descriptor.digest)")), digest: descriptor.digest,
      size: descriptor.size, access: ArtifactAccess(authority: documents.access))
  }

  /// Refuses layers that cannot be unpacked, or may not be passed on.
  ///
  /// - Parameters:
  ///   - manifest: the manifest of an image.
  ///   - reference: what it is called.
  /// - Throws: `RegistryError`.
  package static func checkLayers(
    of manifest: ImageManifest, _ reference: ImageReference
  ) throws(RegistryError) {
    for layer in manifest.layers {
      if ForeignLayer.mediaTypes.contains(layer.mediaType) {
        throw RegistryError(reference, .foreignLayer(layer.mediaType))
      }
      guard MediaType.compression(of: layer.mediaType) != nil else {
        throw RegistryError(reference, .unknownLayer(layer.mediaType))
      }
    }
  }
}

/// Layers that may not be passed on, and so lie elsewhere: those of Windows. They are refused, since a registry that an
/// image is pushed to would not have them. URLs beside a layer of another type are not needed, and not followed.
///
/// Source: OCI image-spec 1.1, "Non-Distributable Layers".
private enum ForeignLayer {
  static let mediaTypes: Set = [
    "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
    "application/vnd.docker.image.rootfs.foreign.diff.tar",
    "application/vnd.oci.image.layer.nondistributable.v1.tar",
    "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
    "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
  ]
}
