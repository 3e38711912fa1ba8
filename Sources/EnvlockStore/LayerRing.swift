import Glibc

/// Blocks of bytes on their way from the thread that makes them to the one that hashes them: few, and used again and
/// again, since memory that is touched for the first time is slow.
///
/// It is `@unchecked Sendable` because a lock guards what both sides use; a block is used by one side at a time.
final class LayerRing: @unchecked Sendable {
  static let blockSize = 512 << 10
  private static let blockCount = 8

  private let lock: UnsafeMutablePointer<pthread_mutex_t>
  private let changed: UnsafeMutablePointer<pthread_cond_t>
  private let blocks: [UnsafeMutableRawBufferPointer]
  private var counts: [Int]
  /// How many blocks were handed over, and how many were given back, so far.
  private var filled = 0
  private var emptied = 0
  private var isClosed = false
  private var isBroken = false

  /// The maker's own: bytes in the block that is being filled, and whether there is one.
  private var count = 0
  private var hasBlock = false

  init() {
    lock = .allocate(capacity: 1)
    changed = .allocate(capacity: 1)
    pthread_mutex_init(lock, nil)
    pthread_cond_init(changed, nil)
    blocks = (0..<LayerRing.blockCount).map { _ in
      .allocate(byteCount: LayerRing.blockSize, alignment: 64)
    }
    counts = Array(repeating: 0, count: LayerRing.blockCount)
  }

  deinit {
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(lock)
    changed.deallocate()
    lock.deallocate()
    for block in blocks { block.deallocate() }
  }

  private func locked<Value>(_ body: () -> Value) -> Value {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    return body()
  }

  // MARK: The maker's side

  /// Room for at least so many bytes, at most a block; nil when the other side has given up.
  func room(_ least: Int) -> UnsafeMutableRawBufferPointer? {
    if hasBlock, LayerRing.blockSize - count < max(least, 1) { handOver() }
    if !hasBlock {
      let isFree = locked {
        while filled - emptied == blocks.count && !isBroken { pthread_cond_wait(changed, lock) }
        return !isBroken
      }
      guard isFree else { return nil }
      hasBlock = true
      count = 0
    }
    return UnsafeMutableRawBufferPointer(rebasing: blocks[filled % blocks.count][count...])
  }

  /// Says that so many bytes of the room were filled.
  func fill(_ count: Int) { self.count += count }

  /// Adds bytes.
  ///
  /// - Returns: whether the other side still wants any.
  func append(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var rest = bytes
    while !rest.isEmpty {
      guard let room = room(1) else { return false }
      let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(room.count))
      room.copyMemory(from: piece)
      fill(piece.count)
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(piece.count))
    }
    return true
  }

  /// Says that no more bytes come.
  func close() {
    if hasBlock { handOver() }
    locked {
      isClosed = true
      pthread_cond_broadcast(changed)
    }
  }

  private func handOver() {
    hasBlock = false
    locked {
      counts[filled % blocks.count] = count
      filled += 1
      pthread_cond_broadcast(changed)
    }
  }

  // MARK: The hasher's side

  /// Takes one block after the other, until there are no more.
  func drain<Failure: Error>(_ body: (UnsafeRawBufferPointer) throws(Failure) -> Void) throws(Failure) {
    while true {
      let next: UnsafeRawBufferPointer? = locked {
        while filled == emptied && !isClosed { pthread_cond_wait(changed, lock) }
        guard filled > emptied else { return nil }
        let place = emptied % blocks.count
        return UnsafeRawBufferPointer(rebasing: blocks[place][..<counts[place]])
      }
      guard let next else { return }
      try body(next)
      locked {
        emptied += 1
        pthread_cond_broadcast(changed)
      }
    }
  }

  /// Says that nobody takes any more blocks.
  func giveUp() {
    locked {
      isBroken = true
      pthread_cond_broadcast(changed)
    }
  }
}
