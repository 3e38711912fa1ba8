import EnvlockImage
public import EnvlockModel
import EnvlockStore

import Synchronization

/// Verifies images that lie on the disk: an OCI layout in a folder, an oci-archive, a docker-archive.
///
/// Every byte is read once: digests of blobs and of the archives in them, every file against its hash, and that each archive
/// is byte for byte the one that a lock builds, whatever it is compressed with. Nothing is unpacked.
public struct ImageVerifier: Sendable {
  private let reader: LayoutReader
  private let images: [LayoutReader.Image]

  /// Reads the documents of the images, not their layers.
  ///
  /// - Parameter path: a folder or file.
  /// - Throws: A `UserFacingError` where there is no image, or its documents are damaged.
  public init(_ path: String) throws {
    reader = try LayoutReader(path)
    images = try reader.imagesUnlessBundle()
  }

  /// The platforms of the images that a lock can be about, sorted, each once.
  public var platforms: [Platform] {
    Platform.allCases.filter { platform in images.contains { $0.platform.runs(on: platform) } }
  }

  /// Where the images lie, as it was given.
  public var path: String { reader.path }

  /// The labels of each image, by ascending platform. Where the configuration has none, the manifest's notes.
  public var labels: [(platform: Platform, labels: [String: String])] {
    platforms.flatMap { platform in
      images.filter { $0.platform.runs(on: platform) }.map { image in
        (platform, (image.manifest?.annotations ?? [:]).merging(image.config.process.labels) { $1 })
      }
    }
  }

  /// Verifies the images of some platforms.
  ///
  /// - Parameters:
  ///   - expectations: what they must be, one for each platform.
  ///   - isWhole: whether images of other platforms are a fault.
  ///   - jobs: how many layers are read at a time; each takes two threads.
  ///   - progress: gets how many bytes were read and how many there are, from any thread.
  /// - Returns: what was found.
  /// - Throws: A `UserFacingError` where something cannot be read; `CancellationError`.
  public func verify(
    _ expectations: [ImageExpectation], isWhole: Bool = true, jobs: Int = 2,
    progress: @escaping @Sendable (_ count: Int, _ size: Int) -> Void = { _, _ in }
  ) async throws -> ImageVerification {
    var result = ImageVerification(path: reader.path, form: reader.form.rawValue, images: [], faults: [])
    var work: [(ImageExpectation, LayoutReader.Image)] = []
    for expectation in expectations.sorted(by: { $0.platform < $1.platform }) {
      let candidates = images.filter { $0.platform.runs(on: expectation.platform) }
      if candidates.isEmpty {
        result.faults.append(ImageFault(.platform, "\(expectation.platform)", "has no image"))
      }
      // Several images for one platform are each held against the lock: none of them may be another.
      work += candidates.map { (expectation, $0) }
    }
    if isWhole {
      for image in images where !expectations.contains(where: { image.platform.runs(on: $0.platform) }) {
        result.faults.append(
          ImageFault(.platform, name(image.platform), "has an image that the lock does not build"))
      }
    }
    let meter = Meter(size: work.reduce(0) { $0 + $1.1.bytes }, progress)
    for (expectation, image) in work {
      result.images.append(try await verify(image, expectation, jobs, meter))
    }
    return result
  }

  // MARK: One image

  private func verify(
    _ image: LayoutReader.Image, _ expectation: ImageExpectation, _ jobs: Int, _ meter: Meter
  ) async throws -> ImageVerification.Image {
    var result = ImageVerification.Image(
      platform: expectation.platform, manifest: image.descriptor?.digest, config: image.configDigest,
      names: image.names, layers: [], faults: [])
    let lock = image.config.process.labels[expectation.lock.label]
    let isOfLock = lock == "\(expectation.lock.digest)"
    if !isOfLock {
      result.faults.append(
        ImageFault(
          .lock, "", lock == nil ? "does not say of which lock it is" : "is the image of another lock",
          expected: "\(expectation.lock.digest)", found: lock))
    }
    let expected = isOfLock ? try LayerMatching.Expected(expectation) : nil
    let read = try await read(image, expected, jobs, meter)
    let matching = LayerMatching(expected, read, image)
    result.layers = matching.layers
    result.faults += matching.faults
    if image.config.diffIDs.count != image.layers.count {
      result.faults.append(
        ImageFault(
          .config, "rootfs.diff_ids", "is not about as many layers as the image has",
          expected: "\(image.layers.count)", found: "\(image.config.diffIDs.count)"))
    }
    if isOfLock {
      result.faults += ImageVerifierDocuments(expectation, image, read, matching.tables).faults
    }
    return result
  }

  /// Reads all layers; nil for one whose bytes are missing.
  private func read(
    _ image: LayoutReader.Image, _ expected: LayerMatching.Expected?, _ jobs: Int, _ meter: Meter
  ) async throws -> [ReadLayer?] {
    var results: [ReadLayer?] = image.layers.map { _ in nil }
    let other = expected?.otherHashes ?? [:]
    let carried = expected?.carriedOver ?? []
    try await withThrowingTaskGroup(of: (Int, ReadLayer).self) { group in
      var next = 0
      var running = 0
      while next < image.layers.count || running > 0 {
        if next < image.layers.count, running < max(1, jobs) {
          let index = next
          next += 1
          guard let place = image.layers[index].place else { continue }
          let isCarried = image.layers[index].digest.map { carried.contains($0) } ?? false
          let counter = meter.counter()
          running += 1
          group.addTask {
            let reader = LayerReader(place, lists: !isCarried) { other[$0] }
            return (index, try await reader.read(counter))
          }
        } else if let (index, layer) = try await group.next() {
          results[index] = layer
          running -= 1
        }
      }
    }
    return results
  }

  private func name(_ platform: ImagePlatform) -> String {
    "\(platform.os)/\(platform.architecture)" + (platform.variant.map { "/\($0)" } ?? "")
  }

  /// Adds up what several threads have read.
  private final class Meter: Sendable {
    private let count = Mutex(0)
    private let size: Int
    private let progress: @Sendable (Int, Int) -> Void

    init(size: Int, _ progress: @escaping @Sendable (Int, Int) -> Void) {
      self.size = size
      self.progress = progress
    }

    /// Takes how many bytes of one layer were read.
    func counter() -> @Sendable (Int) -> Void {
      let before = Mutex(0)
      return { read in
        let more = before.withLock { old in
          defer { old = read }
          return read - old
        }
        let count = self.count.withLock { count in
          count += more
          return count
        }
        self.progress(count, self.size)
      }
    }
  }
}

extension LayoutReader.Image {
  /// Bytes of all layers.
  fileprivate var bytes: Int { layers.reduce(0) { $0 + ($1.place?.size ?? 0) } }
}
