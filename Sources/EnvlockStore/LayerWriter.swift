package import EnvlockImage
package import EnvlockModel

import EnvlockNative
import Glibc
import Synchronization

/// A layer that lies in the store.
package struct StoredLayer: Hashable, Sendable {
  /// The digest of the file.
  package var digest: Digest
  /// The digest of the tar archive, which a configuration lists as diffID.
  package var diffID: Digest
  /// Bytes of the file.
  package var size: Int
  /// Bytes of the tar archive.
  package var tarSize: Int
  /// What it is, as a descriptor calls it.
  package var mediaType: String
  /// Notes for its descriptor.
  package var annotations: [String: String]

  /// Describes a layer.
  package init(
    digest: Digest, diffID: Digest, size: Int, tarSize: Int, mediaType: String,
    annotations: [String: String] = [:]
  ) {
    self.digest = digest
    self.diffID = diffID
    self.size = size
    self.tarSize = tarSize
    self.mediaType = mediaType
    self.annotations = annotations
  }

  /// The reference to it.
  package var descriptor: ImageDescriptor {
    ImageDescriptor(mediaType: mediaType, digest: digest, size: size, annotations: annotations)
  }
}

/// How the bytes of a layer's file are made.
package enum LayerForm: String, CaseIterable, Sendable {
  /// A gzip file around the compressed bytes that the sources have.
  case spliced
  /// The tar archive itself.
  case plain
  /// The tar archive compressed with zstd, in frames of 8 MiB.
  case zstd

  /// What such a layer is, as a descriptor calls it.
  package var mediaType: String {
    switch self {
    case .spliced: MediaType.layerGzip
    case .plain: MediaType.layer
    case .zstd: MediaType.layerZstd
    }
  }

  /// All that the bytes of such a layer depend on besides its plan: part of the key by which a layer is remembered.
  package var recipe: String {
    switch self {
    case .spliced, .plain: rawValue
    case .zstd: "zstd \(Zstd.version), level \(LayerFrames.level), frames of \(LayerFrames.size)"
    }
  }
}

/// Writes a planned layer, and verifies on the way all that is known of what is in it.
///
/// Three threads share the work, so that two cores are busy to the end: one inflates and takes the CRCs, one hashes the
/// archive that comes out and each member in it, and one hashes the sources, and copies and hashes the compressed bytes.
/// All of them stream; together they take some 12 MB, whatever the layer's size. Compressing with zstd takes more threads,
/// and some 15 MB for each.
struct LayerWriter {
  let plan: LayerPlan
  let sources: [LayerSource]
  let form: LayerForm

  /// What a thread came to.
  private typealias Outcome<Value> = Result<Value, LayerJob.Fault>

  /// Writes the layer.
  ///
  /// - Parameters:
  ///   - file: where to.
  ///   - job: the layer, as the threads see it.
  /// - Returns: the layer; the file is still to be moved to its place.
  /// - Throws: `LayerError`: that of the first member at fault, if there are several.
  func write(to file: LayerFile, _ job: LayerJob) throws(LayerError) -> StoredLayer {
    let ring = LayerRing()
    let raw = Box<[UInt32]>()
    let hashed = Box<Digest>()
    let frames = form == .zstd ? LayerFrames(file: file, workers: LayerWriter.compressors + 1) : nil
    let output: LayerHashSide.Output =
      switch form {
      case .spliced: .nowhere
      case .plain: .file(file)
      case .zstd: frames.map { .frames($0) } ?? .nowhere
      }
    guard
      let inflating = WorkThread({
        raw.run(stopping: job) { () throws(LayerJob.Fault) in try LayerRawSide.run(job, into: ring) }
      })
    else { throw LayerError("", .noThread) }
    let hashing = WorkThread {
      hashed.run(stopping: job) { () throws(LayerJob.Fault) in
        try LayerHashSide.run(job, from: ring, to: output)
      }
      if hashed.fault != nil { frames?.giveUp() }
    }
    if hashing == nil {
      ring.giveUp()
      frames?.giveUp()
    }
    let compressing = (0..<(frames == nil ? 0 : LayerWriter.compressors)).compactMap { _ in
      WorkThread { frames?.work() }
    }
    let packed = Box<[UInt32]>()
    packed.run(stopping: job) { () throws(LayerJob.Fault) in
      try LayerPackedSide.verifySources(job)
      return form == .spliced ? try LayerPackedSide.run(job, to: file) : nil
    }
    if packed.fault != nil { frames?.giveUp() }
    frames?.work()
    inflating.join()
    hashing?.join()
    for thread in compressing { thread.join() }
    guard hashing != nil else { throw LayerError("", .noThread) }
    if job.isCancelled.load(ordering: .relaxed) { throw LayerError("", .cancelled) }
    let compressed = frames?.error.map { LayerJob.Fault(segment: plan.segments.count, error: $0) }
    try check([packed.fault, raw.fault, hashed.fault, compressed])
    guard let digest = hashed.value else { throw LayerError("", .cancelled) }
    // A file that belongs to the user may change between the two threads' reading it.
    if form == .spliced, let written = packed.value, let read = raw.value, written != read {
      throw changed(written, read)
    }
    return StoredLayer(
      digest: file.digest, diffID: digest, size: file.count, tarSize: plan.tarSize, mediaType: form.mediaType)
  }

  /// How many threads compress besides the one that hashes the sources first.
  private static let compressors = min(3, max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)) - 1))

  /// A source that is another file comes first, then whatever is first in the archive; of equals the first.
  private func check(_ faults: [LayerJob.Fault?]) throws(LayerError) {
    let faults = faults.compactMap { $0 }
    let other = faults.first { if case .digest = $0.error.cause { true } else { false } }
    if let first = other ?? faults.min(by: { $0.segment < $1.segment }) { throw first.error }
  }

  private func changed(_ written: [UInt32], _ read: [UInt32]) -> LayerError {
    let number = zip(written, read).prefix { $0 == $1 }.count
    let unknown = plan.entries.lazy.compactMap { entry -> (String, Int)? in
      guard case .splice(let splice) = entry.content, splice.size > 0, splice.crc == nil else { return nil }
      return (entry.path.text, splice.source)
    }
    let (member, source) = unknown.dropFirst(number).first ?? ("", -1)
    return LayerError(sources.indices.contains(source) ? sources[source].name : "", .changed(member: member))
  }

  /// What a thread leaves behind; nobody looks before it has ended.
  private final class Box<Value: Sendable>: Sendable {
    private let result = Mutex<Outcome<Value?>>(.success(nil))

    var value: Value? { result.withLock { try? $0.get() } }

    var fault: LayerJob.Fault? {
      result.withLock { if case .failure(let fault) = $0 { fault } else { nil } }
    }

    func run(stopping job: LayerJob, _ work: () throws(LayerJob.Fault) -> Value?) {
      do {
        let value = try work()
        result.withLock { $0 = .success(value) }
      } catch {
        job.isStopped.store(true, ordering: .relaxed)
        result.withLock { $0 = .failure(error) }
      }
    }
  }
}
