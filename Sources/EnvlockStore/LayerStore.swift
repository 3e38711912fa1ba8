package import EnvlockImage
package import EnvlockModel

import Glibc
import Synchronization

/// Layers by their digest, and what is remembered of how they were made. Several programs may use it at the same time.
///
/// A layer lies at `layers/sha256/<64 hexadecimal digits>`, read-only; it is renamed to there when it is whole and
/// synced. `layers/index` holds a small document for each way that a layer was made. What is being written lies in
/// `layers/partial`, locked; what a program that was killed leaves there is removed by the next that writes.
package struct LayerStore: Sendable {
  /// The folder with layers.
  package let folder: String

  private let root: String
  private let partialFolder: String
  private let indexFolder: String

  /// How many bytes the tar archive of a layer may have: far more than any wheel, far less than a bomb.
  package static let sizeLimit = 256 << 30

  /// Takes the cache's folder; what is missing of it is made when it is needed.
  package init(folder root: String) {
    self.root = root
    folder = root + "/layers/sha256"
    partialFolder = root + "/layers/partial"
    indexFolder = root + "/layers/index"
  }

  /// Where a layer of this digest lies, if it is there.
  package func path(of digest: Digest) -> String { "\(folder)/\(digest.hex)" }

  /// Whether a layer is there, with this size.
  package func contains(_ digest: Digest, size: Int) -> Bool { StoreFiles.size(of: path(of: digest)) == size }

  // MARK: Writing

  /// Writes a layer into the store, on threads of its own.
  ///
  /// Verified are: the digest of each source that has one, of each member that its bytes inflate to what the plan says
  /// (size, CRC, end of the stream), and its hash, where the plan knows it.
  /// Cancelling the task ends it soon; nothing stays.
  /// - Parameters:
  ///   - plan: what is in it.
  ///   - sources: the files that the plan's splices number.
  ///   - form: how its bytes are made.
  ///   - progress: gets the number of bytes that are written, from another thread.
  /// - Returns: the layer.
  /// - Throws: `LayerError`.
  package func write(
    _ plan: LayerPlan, sources: [LayerSource], form: LayerForm = .spliced,
    progress: @escaping @Sendable (Int) -> Void = { _ in }
  ) async throws(LayerError) -> StoredLayer {
    let job = try prepare(plan, sources, form)
    do {
      return try await withTaskCancellationHandler {
        try await onThread { () throws(LayerError) in try finish(job, plan, sources, form, progress) }
      } onCancel: {
        job.isCancelled.store(true, ordering: .relaxed)
      }
    } catch let error as LayerError {
      throw error
    } catch {
      throw LayerError("", .cancelled)
    }
  }

  private func prepare(
    _ plan: LayerPlan, _ sources: [LayerSource], _ form: LayerForm
  ) throws(LayerError) -> LayerJob {
    guard plan.tarSize <= LayerStore.sizeLimit else {
      throw LayerError("", .tooLarge(limit: LayerStore.sizeLimit))
    }
    do throws(FileFailure) {
      try StoreFiles.makeFolder(folder, below: root)
      try StoreFiles.makeFolder(partialFolder, below: root)
    } catch {
      throw LayerError("", .file(error))
    }
    StoreFiles.sweep(partialFolder)
    return try LayerJob(plan, sources)
  }

  private func finish(
    _ job: LayerJob, _ plan: LayerPlan, _ sources: [LayerSource], _ form: LayerForm,
    _ progress: @escaping @Sendable (Int) -> Void
  ) throws(LayerError) -> StoredLayer {
    // Nil where only compressing tells.
    let size: Int? =
      switch form {
      case .spliced: plan.gzipSize
      case .plain: plan.tarSize
      case .zstd: nil
      }
    let file: LayerFile
    do { file = try LayerFile(in: partialFolder, size: size ?? 0, progress) } catch {
      throw LayerError("", .file(error))
    }
    let layer = try LayerWriter(plan: plan, sources: sources, form: form).write(to: file, job)
    precondition(size == nil || layer.size == size, "a layer has the size that its plan says")
    do { try file.finish(at: path(of: layer.digest)) } catch { throw LayerError("", .file(error)) }
    return layer
  }

  // MARK: Remembering

  /// The layer that was made in this way, if it is still there.
  ///
  /// - Parameter key: all that its bytes depend on: the digests of the wheels, where they land, the form, the version of
  ///   the plan.
  /// - Returns: the layer.
  package func layer(for key: String) -> StoredLayer? {
    guard let layer = remembered(for: key), contains(layer.digest, size: layer.size) else { return nil }
    return layer
  }

  /// The layer that was made in this way, whether it is still there or not: making it again gives the same bytes.
  ///
  /// - Parameter key: as in `layer(for:)`.
  /// - Returns: what is remembered of it.
  package func remembered(for key: String) -> StoredLayer? {
    guard let bytes = StoreFiles.content(of: indexPath(key), limit: 1 << 20),
      let document = try? JSONValue(parsing: bytes)
    else { return nil }
    return try? StoredLayer(JSONCursor(document), key: key)
  }

  /// Remembers how a layer was made.
  ///
  /// - Parameters:
  ///   - layer: the layer, which is in the store.
  ///   - key: as in `layer(for:)`.
  /// - Throws: `FileFailure`.
  package func remember(_ layer: StoredLayer, for key: String) throws(FileFailure) {
    try StoreFiles.makeFolder(indexFolder, below: root)
    try AtomicFile.write(
      Array(layer.json(key: key).canonical().utf8), to: indexPath(key), durability: .cached)
  }

  private func indexPath(_ key: String) -> String { "\(indexFolder)/\(sha256(key.utf8).hex)" }
}

extension StoredLayer {
  /// The document that the store keeps, with the key, so that nothing depends on the digest of it.
  fileprivate func json(key: String) -> JSONValue {
    [
      "annotations": .object(JSONObject(annotations.map { ($0.key, .string($0.value)) })),
      "diffID": .string(diffID.description), "digest": .string(digest.description), "key": .string(key),
      "mediaType": .string(mediaType), "size": .integer(size), "tarSize": .integer(tarSize),
    ]
  }

  /// - Throws: `JSONDecodingError` where it is about another key, or no such document.
  fileprivate init(_ json: JSONCursor, key: String) throws(JSONDecodingError) {
    let found = try json.member("key")
    guard try found.string() == key else { throw found.error("it is about another layer") }
    digest = try json.member("digest").parse { try Digest($0) }
    diffID = try json.member("diffID").parse { try Digest($0) }
    size = try json.member("size").integer()
    tarSize = try json.member("tarSize").integer()
    mediaType = try json.member("mediaType").string()
    annotations = [:]
    for (key, value) in try json.member("annotations").members() { annotations[key] = try value.string() }
  }
}
