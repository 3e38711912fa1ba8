import Dispatch
import EnvlockImage
package import EnvlockModel
import EnvlockNative
package import EnvlockStore
import EnvlockVersions

extension RegistryClient {
  /// What system is in a locked image. It is found out once: later runs read neither the registry nor the layers.
  ///
  /// The layers are brought into the store, all at the same time, since whatever is built on the image needs them too.
  /// - Parameters:
  ///   - image: the image.
  ///   - store: where its layers are kept.
  ///   - progress: is called with a layer's name for each piece that came, from any thread.
  /// - Returns: what was found.
  /// - Throws: `ArtifactError`, `ImageSystemError`, `RegistryError`; `MalformedText` where the lock's reference is none.
  package func system(
    of image: LockedImage, store: ArtifactStore,
    progress: @escaping @Sendable (String, ArtifactProgress) -> Void = { _, _ in }
  ) async throws -> ImageSystem.Facts {
    // The configuration is the image's identity: it names the layers by what they hold.
    let url = try RegistryEndpoint(ImageReference(image.reference), environment: environment).url(
      "blobs/\(image.config.digest)")
    if case .found(let payload) = http.cached(url, kind: Self.systemKind, freshness: .immutable),
      let facts = ImageSystem.Facts(kept: payload)
    {
      return facts
    }
    let layers = try await paths(of: image, store, progress)
    let facts = try await withCheckedThrowingContinuation { continuation in
      // It may take seconds, which the threads of tasks are too few for.
      DispatchQueue.global().async {
        continuation.resume(with: Result { try ImageSystem.facts(layers: layers) })
      }
    }
    http.keep(facts.kept, url: url, kind: Self.systemKind)
    return facts
  }

  private static let systemKind = "image-system-1"

  private func paths(
    of image: LockedImage, _ store: ArtifactStore,
    _ progress: @escaping @Sendable (String, ArtifactProgress) -> Void
  ) async throws -> [(path: String, mediaType: String)] {
    var paths: [Digest: String] = [:]
    try await withThrowingTaskGroup(of: StoredArtifact.self) { group in
      // An image may have one layer twice.
      for blob in Set(image.layers.map(\.blob)) {
        if isOffline, !store.contains(blob.digest, size: blob.size) {
          throw RegistryError(try ImageReference(image.reference), .offline)
        }
        let artifact = try await artifact(blob, of: image)
        group.addTask { try await store.fetch(artifact) { progress(artifact.name, $0) } }
      }
      for try await stored in group { paths[stored.digest] = stored.path }
    }
    return image.layers.compactMap { layer in
      paths[layer.blob.digest].map { ($0, layer.blob.mediaType) }
    }
  }
}

extension ImageSystem.Facts {
  /// As they are kept in the cache.
  fileprivate var kept: [UInt8] {
    var object: JSONObject = ["musl": .bool(hasMusl)]
    if let glibc { object["glibc"] = .string(glibc.description) }
    if let name { object["name"] = .string(name) }
    return Array(JSONValue.object(object).canonical().utf8)
  }

  fileprivate init?(kept bytes: [UInt8]) {
    guard let object = try? JSONValue(parsing: bytes).objectValue, let hasMusl = object["musl"]?.boolValue
    else { return nil }
    self.hasMusl = hasMusl
    name = object["name"]?.stringValue
    if let text = object["glibc"]?.stringValue {
      guard let version = try? Version(text) else { return nil }
      glibc = version
    }
  }
}
