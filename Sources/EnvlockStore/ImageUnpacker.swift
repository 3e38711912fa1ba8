import EnvlockImage

import EnvlockModel
import Glibc
import Synchronization

/// Unpacks an image that lies on the disk into a folder: the files that its container sees.
///
/// Each layer is read once, where it lies; two threads share the work, in some megabytes of memory whatever the layer's
/// size. Digests are verified on the way. Until all is there and right, the files lie beside the folder, where nobody else
/// may enter. When a program is killed, what it leaves is removed by the next that unpacks to the same place.
///
/// Files that run with their owner's rights (set-user-ID) keep that, so the folder belongs in one that others may not enter.
package struct ImageUnpacker: Sendable {
  private let image: LayoutReader.Image
  private let owner: UnpackOwner

  /// Names an image.
  ///
  /// - Parameters:
  ///   - image: the image.
  ///   - owner: whom the files will belong to.
  package init(_ image: LayoutReader.Image, owner: UnpackOwner = .possible) {
    self.image = image
    self.owner = owner
  }

  /// Unpacks it, on threads of its own. Cancelling the task ends it soon; nothing stays.
  ///
  /// - Parameters:
  ///   - folder: a folder that is not there yet, in one that is.
  ///   - progress: gets how many bytes of all layers were read, and how many there are, from another thread.
  /// - Returns: a sentence for each kind of thing that was left out, since this user or file system cannot have it.
  /// - Throws: `UnpackError`; `CancellationError`.
  package func unpack(
    to folder: String, progress: @escaping @Sendable (_ read: Int, _ size: Int) -> Void = { _, _ in }
  ) async throws -> [String] {
    var folder = folder
    while folder.utf8.count > 1, folder.utf8.last == UInt8(ascii: "/") { folder.removeLast() }
    let path = folder
    let job = Job()
    return try await withTaskCancellationHandler {
      try await onThread { try run(path, job, progress) }
    } onCancel: {
      job.isCancelled.store(true, ordering: .relaxed)
      job.isStopped.store(true, ordering: .relaxed)
    }
  }

  /// What a layer turned out to be.
  private struct Found: Sendable {
    var digest: Digest
    /// Why it could not be read to its end, as the end of a sentence about it; nil where it was.
    var damage: String?
  }

  private final class Job: Sendable {
    let isCancelled = Atomic<Bool>(false)
    /// Says to the thread that reads that nobody wants more.
    let isStopped = Atomic<Bool>(false)
    /// What the layer turned out to be that was read last.
    let found = Mutex<Result<Found, FileFailure>>(.failure(FileFailure(.read, "", code: EIO)))

    func read(
      _ file: Int32, _ place: LayoutReader.Place, into ring: LayerRing, _ progress: (Int) -> Void
    ) {
      var layer = LayerInflow(place: place)
      let outcome: Result<Found, FileFailure>
      do throws(FileFailure) {
        try layer.run(file, into: ring, isStopped, progress)
        outcome = .success(Found(digest: layer.hash.digest(), damage: layer.damage))
      } catch {
        outcome = .failure(error)
      }
      found.withLock { $0 = outcome }
    }

    func checkCancellation() throws {
      if isCancelled.load(ordering: .relaxed) { throw CancellationError() }
    }
  }

  private func run(
    _ folder: String, _ job: Job, _ progress: @escaping @Sendable (Int, Int) -> Void
  ) throws -> [String] {
    let places = try places(folder)
    var status = stat()
    guard lstat(folder, &status) != 0 else { throw UnpackError(folder, .occupied) }
    let scratch: String
    let descriptor: Int32
    do throws(FileFailure) { (scratch, descriptor) = try ScratchName.folder(for: folder) } catch {
      throw UnpackError(folder, .file(error))
    }
    // Closing gives the lock back.
    defer { close(descriptor) }
    do {
      let notes = try fill(descriptor, folder, places, job, progress)
      try job.checkCancellation()
      guard rename(scratch, folder) == 0 else {
        throw UnpackError(folder, .file(FileFailure(.write, folder, code: errno)))
      }
      return notes
    } catch {
      StoreFiles.removeTree(scratch)
      throw error
    }
  }

  /// Where the layers lie.
  private func places(_ folder: String) throws(UnpackError) -> [LayoutReader.Place] {
    guard image.layers.count == image.config.diffIDs.count else {
      throw UnpackError(
        folder, .count(layers: image.layers.count, diffIDs: image.config.diffIDs.count))
    }
    var places: [LayoutReader.Place] = []
    for layer in image.layers {
      guard let place = layer.place else { throw UnpackError(folder, layer: layer.name, .missing) }
      if let expected = layer.descriptor?.size, expected != place.size {
        throw UnpackError(folder, layer: layer.name, .size(expected: expected, found: place.size))
      }
      places.append(place)
    }
    return places
  }

  private func fill(
    _ descriptor: Int32, _ folder: String, _ places: [LayoutReader.Place], _ job: Job,
    _ progress: @escaping @Sendable (Int, Int) -> Void
  ) throws -> [String] {
    guard fchmod(descriptor, 0o700) == 0 else { throw UnpackError(folder, .make(errno)) }
    let root: RootFolder
    do throws(UnpackError.Cause) { root = try RootFolder(descriptor, owner: owner) } catch {
      throw UnpackError(folder, error)
    }
    let size = places.reduce(0) { $0 + $1.size }
    var before = 0
    for (index, place) in places.enumerated() {
      if index > 0 { root.beginUpperLayer() }
      let read = before
      let stop = unpack(place, index, into: root, job) { progress(read + $0, size) }
      try job.checkCancellation()
      if let stop { throw UnpackError(folder, layer: image.layers[index].name, path: stop.path, stop.cause) }
      before += place.size
    }
    if let (path, cause) = root.finishFolders() { throw UnpackError(folder, path: path, cause) }
    return root.notes.lines
  }

  /// Unpacks one layer.
  ///
  /// - Returns: why not; nil where it was unpacked, and is what the image says.
  private func unpack(
    _ place: LayoutReader.Place, _ index: Int, into root: RootFolder, _ job: Job,
    _ progress: @escaping @Sendable (Int) -> Void
  ) -> LayerUnpacking.Stop? {
    let file: Int32
    do throws(FileFailure) { file = try StoreFiles.open(place.path) } catch {
      return LayerUnpacking.Stop(cause: .file(error))
    }
    defer { close(file) }
    let ring = LayerRing()
    let thread = WorkThread {
      job.read(file, place, into: ring, progress)
      ring.close()
    }
    guard let thread else { return LayerUnpacking.Stop(cause: .noThread) }
    var unpacking = LayerUnpacking(root)
    defer { unpacking.abandon() }
    do throws(LayerUnpacking.Stop) {
      try ring.drain { block throws(LayerUnpacking.Stop) in try unpacking.take(block) }
    } catch {
      job.isStopped.store(true, ordering: .relaxed)
      ring.giveUp()
      thread.join()
      return error
    }
    thread.join()
    do throws(LayerUnpacking.Stop) { try verify(index, job, &unpacking) } catch { return error }
    return nil
  }

  private func verify(
    _ index: Int, _ job: Job, _ unpacking: inout LayerUnpacking
  ) throws(LayerUnpacking.Stop) {
    let found: Found
    do throws(FileFailure) { found = try job.found.withLock { $0 }.get() } catch {
      throw LayerUnpacking.Stop(cause: .file(error))
    }
    // A layer with another digest is damaged in whatever way; that it is says more than how.
    if let expected = image.layers[index].digest, expected != found.digest {
      throw LayerUnpacking.Stop(cause: .digest(expected: expected, found: found.digest))
    }
    if let damage = found.damage { throw LayerUnpacking.Stop(cause: .damaged(damage)) }
    if let damage = try unpacking.finish() { throw LayerUnpacking.Stop(cause: .damaged(damage)) }
    let (expected, diffID) = (image.config.diffIDs[index], unpacking.diffID)
    guard expected == diffID else {
      throw LayerUnpacking.Stop(cause: .diffID(expected: expected, found: diffID))
    }
  }
}
