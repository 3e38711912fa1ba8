package import EnvlockImage
public import EnvlockModel
import EnvlockRegistry
import EnvlockResolve
package import EnvlockStore

extension ImageBuilder {
  /// Gathers all that a lock names: what is missing in the store is fetched. Nothing is written yet.
  ///
  /// Equal locks and files give equal bundles. The compatibility data of the configuration goes along.
  /// - Parameters:
  ///   - request: The lock, the platforms and the image; how layers are compressed does not matter.
  ///   - progress: Somebody who watches.
  /// - Returns: The bundle; `MadeBundle.write` puts it somewhere.
  /// - Throws: A `UserFacingError`; `CancellationError` where the task was cancelled.
  public func bundle(
    _ request: BuildRequest, progress: any BuildProgress = NoBuildProgress()
  ) async throws -> MadeBundle {
    let answers = try BuildJob.answers(request)
    let site = try BuildSite(configuration, request, progress: progress)
    let artifacts = try await site.all(of: answers)
    var blobs = artifacts.map { LayoutBlob(file: $0.path, digest: $0.digest, size: $0.size) }
    func add(_ name: String, _ bytes: [UInt8]) -> BundleDocument.Blob {
      let blob = LayoutBlob(document: bytes)
      blobs.append(blob)
      return BundleDocument.Blob(name, digest: blob.digest, size: blob.size)
    }
    let lock = add("envlock.lock", Array(request.lock.canonicalText().utf8))
    let matrix = configuration.matrix.fileNames.map { add($0, configuration.matrix.bytes(of: $0) ?? []) }
    var files: [BundleDocument.File] = []
    for item in try UserFolder.items(of: request.image, in: request.folder) {
      // The folder that is copied as a whole needs no mention.
      guard let path = try UserFolder.path(item) else { continue }
      switch item.kind {
      case .folder: files.append(BundleDocument.File(path, .folder))
      case .link(let text): files.append(BundleDocument.File(path, .link(text)))
      case .special: throw UserFolder.special(item)
      case .file(let size, let digest, let isExecutable):
        files.append(BundleDocument.File(path, .file(digest, size: size, isExecutable: isExecutable)))
        blobs.append(LayoutBlob(file: item.place, digest: digest, size: size))
      }
    }
    let document = BundleDocument(
      lock: lock, platforms: answers.map(\.platform), image: request.image,
      files: files.removingRepetition(), matrix: matrix,
      artifacts: artifacts.map { BundleDocument.Blob($0.name, digest: $0.digest, size: $0.size) })
    return MadeBundle(document, blobs)
  }
}

/// A bundle that is gathered; its bytes lie in the store and in the user's files.
public struct MadeBundle: Sendable {
  /// The digest of its manifest.
  public let digest: Digest
  /// How many wheels, packages, interpreters and parts of images are in it.
  public let count: Int
  /// Bytes of all that is in it.
  public let size: Int
  /// What `index.json` of its layout says.
  package let index: ImageIndex
  /// All that the index refers to.
  package let blobs: [LayoutBlob]
  /// What is pushed to a registry.
  let content: PushContent

  init(_ document: BundleDocument, _ blobs: [LayoutBlob]) {
    let manifest = document.manifest
    var descriptor = ImageDescriptor(of: manifest.bytes, mediaType: MediaType.manifest)
    descriptor.artifactType = manifest.artifactType
    digest = descriptor.digest
    count = document.artifacts.count
    size = manifest.layers.reduce(manifest.bytes.count + document.bytes.count) { $0 + $1.size }
    index = ImageIndex(manifests: [descriptor])
    self.blobs = [LayoutBlob(document: manifest.bytes), LayoutBlob(document: document.bytes)] + blobs
    let stored = Set(document.artifacts.map(\.digest))
    let byDigest = Dictionary(blobs.map { ($0.digest, $0) }) { first, _ in first }
    let layers = manifest.layers.compactMap { layer in
      byDigest[layer.digest].map { blob in
        // What lies in the store was verified when it came; the user's files may change until they are read.
        PushBlob(
          name: layer.bundledName, blob, isVerified: stored.contains(layer.digest))
      }
    }
    content = PushContent(
      documents: [PushContent.Document(bytes: manifest.bytes, mediaType: MediaType.manifest)],
      blobs: [PushBlob(name: "configuration", document: document.bytes)] + layers)
  }

  /// Writes it as one file: an OCI layout in a tar archive.
  ///
  /// - Parameter path: The file; one that is there is replaced when the new one is whole.
  /// - Throws: A `UserFacingError`; nothing half-written stays.
  public func write(to path: String) throws {
    try LayoutArchive.write(LayoutArchive.layout(index, blobs: blobs), to: path)
  }
}

extension BuildSite {
  /// Something that a bundle holds.
  struct Held: Sendable {
    let name: String
    let path: String
    let digest: Digest
    let size: Int

    init(_ name: String, _ stored: StoredArtifact) {
      self.name = name
      (path, digest, size) = (stored.path, stored.digest, stored.size)
    }
  }

  /// Brings all that answers name into the store, several things at a time.
  ///
  /// - Returns: What there is, each digest once.
  /// - Throws: What is out of reach or damaged.
  func all(of answers: [PlatformLock]) async throws -> [Held] {
    try await withThrowingTaskGroup(of: Held.self) { group in
      for answer in answers {
        for wheel in answer.wheels {
          group.addTask { Held(wheel.fileName, try await self.fetch(wheel)) }
        }
        switch answer.base?.system {
        case .debian(let debian):
          for package in debian.packages {
            group.addTask { Held(package.fileName, try await self.fetch(package)) }
          }
        case .image(let image):
          for blob in [image.manifest, image.config] + image.layers.map(\.blob) {
            group.addTask {
              Held("\(image.reference)/\(blob.digest.hex)", try await self.fetch(blob, of: image))
            }
          }
        case nil: break
        }
        if case .build(let build) = answer.base?.interpreter.origin {
          group.addTask { Held(build.file, try await self.fetch(build)) }
        }
      }
      var known: [Digest: Held] = [:]
      for try await held in group { known[held.digest] = held }
      return Array(known.values)
    }
  }
}
