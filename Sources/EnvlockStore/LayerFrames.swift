import EnvlockNative
import Glibc

/// Makes the zstd file of a layer: the archive is cut into frames that know nothing of each other, so that several cores
/// share the work, and readers may too. Where they are cut depends on nothing but the archive.
///
/// It is `@unchecked Sendable` because a lock guards the states; a frame's bytes are used by whoever holds it.
final class LayerFrames: @unchecked Sendable {
  /// How many bytes of the archive a frame holds: its end costs less than a thousandth of the size.
  static let size = 8 << 20
  /// As `zstd` without options.
  static let level = 3

  /// A frame on its way, again and again another.
  private final class Frame {
    enum State { case free, filled, taken, compressed }

    let input = UnsafeMutableRawBufferPointer.allocate(byteCount: LayerFrames.size, alignment: 64)
    let output = UnsafeMutableRawBufferPointer.allocate(
      byteCount: ZstdCompressor.bound(LayerFrames.size), alignment: 64)
    var state = State.free
    var inputCount = 0
    var outputCount = 0

    deinit {
      input.deallocate()
      output.deallocate()
    }
  }

  private let lock: UnsafeMutablePointer<pthread_mutex_t>
  private let changed: UnsafeMutablePointer<pthread_cond_t>
  private let file: LayerFile
  private let frames: [Frame]
  /// How many frames were filled, and how many were written, so far.
  private var filled = 0
  private var written = 0
  private var isWriting = false
  private var isClosed = false
  private var isBroken = false
  private var fault: LayerError?

  /// - Parameters:
  ///   - file: where to.
  ///   - workers: how many threads will call `work`.
  init(file: LayerFile, workers: Int) {
    self.file = file
    // One that is filled, and one that waits.
    frames = (0..<workers + 2).map { _ in Frame() }
    lock = .allocate(capacity: 1)
    changed = .allocate(capacity: 1)
    pthread_mutex_init(lock, nil)
    pthread_cond_init(changed, nil)
  }

  deinit {
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(lock)
    changed.deallocate()
    lock.deallocate()
  }

  private func locked<Value>(_ body: () -> Value) -> Value {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    return body()
  }

  private func wait() { pthread_cond_wait(changed, lock) }

  private func frame(_ number: Int) -> Frame { frames[number % frames.count] }

  // MARK: The side that has the archive

  /// Adds bytes of the archive.
  ///
  /// - Returns: whether any are still wanted.
  func append(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var rest = bytes
    while !rest.isEmpty {
      let next: Frame? = locked {
        while frame(filled).state != .free && !isBroken { wait() }
        return isBroken ? nil : frame(filled)
      }
      guard let next else { return false }
      let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(LayerFrames.size - next.inputCount))
      UnsafeMutableRawBufferPointer(rebasing: next.input[next.inputCount...]).copyMemory(from: piece)
      next.inputCount += piece.count
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(piece.count))
      if next.inputCount == LayerFrames.size { handOver(next) }
    }
    return true
  }

  private func handOver(_ frame: Frame) {
    locked {
      frame.state = .filled
      filled += 1
      pthread_cond_broadcast(changed)
    }
  }

  /// Says that the archive is complete.
  func close() {
    let last = frame(filled)
    if locked({ last.state == .free && !isBroken }), last.inputCount > 0 { handOver(last) }
    locked {
      isClosed = true
      pthread_cond_broadcast(changed)
    }
  }

  /// Says that the layer will not be.
  func giveUp(_ error: LayerError? = nil) {
    locked {
      isBroken = true
      fault = fault ?? error
      pthread_cond_broadcast(changed)
    }
  }

  // MARK: The threads that compress

  private enum Task { case compress(Frame), write(Frame), end }

  /// Why the frames could not be made or written.
  var error: LayerError? { locked { fault } }

  /// Compresses frames, and writes those whose turn it is, until all are written or nobody wants them any more.
  func work() {
    do { try workOrFail() } catch { giveUp(error) }
  }

  private func workOrFail() throws(LayerError) {
    let compressor: ZstdCompressor
    do { compressor = try ZstdCompressor(level: LayerFrames.level) } catch { throw LayerError("", .noMemory) }
    while true {
      switch locked(nextTask) {
      case .end: return
      case .compress(let frame):
        let input = UnsafeRawBufferPointer(rebasing: frame.input[..<frame.inputCount])
        do { frame.outputCount = try compressor.compress(input, into: frame.output) } catch {
          throw LayerError("", .noMemory)
        }
        locked {
          frame.state = .compressed
          pthread_cond_broadcast(changed)
        }
      case .write(let frame):
        do { try file.write(UnsafeRawBufferPointer(rebasing: frame.output[..<frame.outputCount])) } catch {
          throw LayerError("", .file(error))
        }
        frame.inputCount = 0
        locked {
          frame.state = .free
          written += 1
          isWriting = false
          pthread_cond_broadcast(changed)
        }
      }
    }
  }

  private func nextTask() -> Task {
    while true {
      if isBroken { return .end }
      if !isWriting, written < filled, frame(written).state == .compressed {
        isWriting = true
        return .write(frame(written))
      }
      for number in written..<filled where frame(number).state == .filled {
        frame(number).state = .taken
        return .compress(frame(number))
      }
      if isClosed && written == filled { return .end }
      wait()
    }
  }
}
