package import EnvlockImage

import Glibc
import Synchronization

/// Reads a layer where it lies, once, and computes all its digests and those of every file in it.
///
/// Two threads share the work; both stream, so that it takes some megabytes whatever the layer's size.
package struct LayerReader: Sendable {
  /// How many bytes the tar archive of a layer may have.
  package static let sizeLimit = LayerStore.sizeLimit
  /// How many files a layer may have.
  static let memberLimit = 5_000_000

  /// Where it lies.
  private let place: LayoutReader.Place
  private let lists: Bool
  private let other: @Sendable (String) -> ContentHash?

  /// Names a layer.
  ///
  /// - Parameters:
  ///   - place: where it lies.
  ///   - lists: whether its files are looked at; else only the digests are computed.
  ///   - other: for a file's plain path a hash of another kind than SHA-256, where one of that kind is wanted too.
  package init(
    _ place: LayoutReader.Place, lists: Bool = true,
    other: @escaping @Sendable (String) -> ContentHash? = { _ in nil }
  ) {
    self.place = place
    self.lists = lists
    self.other = other
  }

  /// Reads all of it, on threads of its own. Cancelling the task ends it soon.
  ///
  /// - Parameter progress: gets how many bytes of the layer were read, from another thread.
  /// - Returns: what it is; damage is no error.
  /// - Throws: `FileFailure` where it cannot be read; `CancellationError`.
  package func read(_ progress: @escaping @Sendable (Int) -> Void = { _ in }) async throws -> ReadLayer {
    let job = Job()
    let result = try await withTaskCancellationHandler {
      try await onThread { () throws(FileFailure) in try read(job, progress) }
    } onCancel: {
      job.isCancelled.store(true, ordering: .relaxed)
    }
    try Task.checkCancellation()
    return result
  }

  private final class Job: Sendable {
    let isCancelled = Atomic<Bool>(false)
    let side = Mutex<Side?>(nil)
  }

  private func read(
    _ job: Job, _ progress: @Sendable (Int) -> Void
  ) throws(FileFailure) -> ReadLayer {
    let file = try StoreFiles.open(place.path)
    defer { close(file) }
    let ring = LayerRing()
    let thread = WorkThread {
      var side = Side(lists: lists, limit: LayerReader.memberLimit, other: other)
      ring.drain { block in side.take(block) }
      side.finish()
      job.side.withLock { $0 = side }
    }
    guard let thread else { throw FileFailure(.read, place.path, code: EAGAIN) }
    var packed = LayerInflow(place: place)
    let outcome: Result<Void, FileFailure>
    do throws(FileFailure) {
      try packed.run(file, into: ring, job.isCancelled, progress)
      outcome = .success(())
    } catch {
      outcome = .failure(error)
    }
    ring.close()
    thread.join()
    try outcome.get()
    guard let side = job.side.withLock({ $0 }) else { throw FileFailure(.read, place.path, code: EIO) }
    return ReadLayer(
      digest: packed.hash.digest(), size: packed.count, compression: packed.compression,
      diffID: side.archive.digest(), tarSize: side.count, framing: side.framing.digest(),
      members: side.members, damage: packed.damage ?? side.damage)
  }

  /// Hashes the archive, and every file in it.
  private struct Side {
    var archive = SHA256Stream()
    var count = 0
    var framing = SHA256Stream()
    var members: [ReadLayer.Member] = []
    var damage: String?
    private var reader = TarReader()
    private var content: LayerContentSum?
    private let lists: Bool
    private let limit: Int
    private let other: @Sendable (String) -> ContentHash?

    init(lists: Bool, limit: Int, other: @escaping @Sendable (String) -> ContentHash?) {
      self.lists = lists
      self.limit = limit
      self.other = other
    }

    mutating func take(_ block: UnsafeRawBufferPointer) {
      archive.update(block)
      count += block.count
      guard lists, damage == nil else { return }
      // A reader of its own, since this one is changed while pieces come.
      var reader = reader
      do throws(TarFault) {
        try reader.push(block) { piece in
          switch piece {
          case .framing(let bytes): framing.update(bytes)
          case .content(let bytes): content?.update(bytes)
          case .member(let member): begin(member)
          }
        }
      } catch {
        damage = "is no tar archive: \(error)"
      }
      self.reader = reader
      if members.count >= limit { damage = "has more than \(limit) files" }
    }

    private mutating func begin(_ member: TarMember) {
      end()
      guard members.count < limit else { return }
      members.append(ReadLayer.Member(member))
      if case .file = member.kind { content = LayerContentSum(other: other(member.plainPath)) }
    }

    private mutating func end() {
      guard let content, let last = members.indices.last else { return }
      members[last].sum = content.sum
      members[last].sha256 = content.sha256.digest()
      members[last].other = content.other
      self.content = nil
    }

    mutating func finish() {
      guard lists, damage == nil else { return }
      end()
      do { try reader.finish() } catch { damage = "is no tar archive: \(error)" }
    }
  }
}
