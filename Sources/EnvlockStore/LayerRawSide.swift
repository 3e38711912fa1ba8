import EnvlockImage
import EnvlockNative

/// Makes the tar archive of a layer: inflates every member, and verifies its size, its CRC and where its stream ends.
struct LayerRawSide {
  private let job: LayerJob
  private let ring: LayerRing
  private let inflater: WholeInflater
  private let input: UnsafeMutableRawBufferPointer
  /// The sums of members whose CRC the plan does not know, in their order.
  private(set) var sums: [UInt32] = []

  private struct GivenUp: Error {}

  private init(_ job: LayerJob, _ ring: LayerRing, _ input: UnsafeMutableRawBufferPointer)
    throws(InflateStreamError)
  {
    self.job = job
    self.ring = ring
    self.input = input
    inflater = try WholeInflater()
  }

  /// Makes the whole archive, or as much as the other threads want of it.
  ///
  /// - Returns: the sums of members whose CRC the plan does not know, in their order.
  static func run(_ job: LayerJob, into ring: LayerRing) throws(LayerJob.Fault) -> [UInt32] {
    // What came before a fault is handed over: it may hold an earlier one.
    defer { ring.close() }
    let input = UnsafeMutableRawBufferPointer.allocate(byteCount: LayerRing.blockSize, alignment: 64)
    defer { input.deallocate() }
    var side: LayerRawSide
    do {
      side = try LayerRawSide(job, ring, input)
    } catch {
      throw LayerJob.Fault(segment: 0, error: LayerError("", .inflate(member: "", error)))
    }
    for (index, segment) in job.plan.segments.enumerated() where !job.mustEnd {
      switch segment {
      case .literal(let range):
        guard job.plan.literals[range].withUnsafeBytes({ ring.append($0) }) else { return side.sums }
      case .splice(let splice):
        guard try side.add(splice, index) else { return side.sums }
      }
    }
    return side.sums
  }

  /// Returns whether the other side still wants any.
  private mutating func add(_ splice: Splice, _ segment: Int) throws(LayerJob.Fault) -> Bool {
    let sum: UInt32
    do {
      if !splice.isDeflated {
        sum = try copy(splice, segment)
      } else if splice.size <= LayerRing.blockSize, splice.compressedSize <= input.count {
        sum = try inflateWhole(splice, segment)
      } else {
        sum = try inflateInPieces(splice, segment)
      }
    } catch let fault as LayerJob.Fault {
      throw fault
    } catch let error as InflateStreamError {
      throw job.fault(segment, splice) { .inflate(member: $0, error) }
    } catch {
      return false
    }
    guard let expected = splice.crc else {
      sums.append(sum)
      return true
    }
    guard sum == expected else {
      throw job.fault(segment, splice) { .sum(member: $0, expected: expected, found: sum) }
    }
    return true
  }

  private func copy(_ splice: Splice, _ segment: Int) throws -> UInt32 {
    var sum: UInt32 = 0
    var done = 0
    while done < splice.size {
      guard let room = ring.room(1), !job.mustEnd else { throw GivenUp() }
      let piece = UnsafeMutableRawBufferPointer(rebasing: room.prefix(splice.size - done))
      try job.read(segment, splice, at: done, into: piece)
      sum = crc32(UnsafeRawBufferPointer(piece), continuing: sum)
      ring.fill(piece.count)
      done += piece.count
    }
    return sum
  }

  private func inflateWhole(_ splice: Splice, _ segment: Int) throws -> UInt32 {
    guard let room = ring.room(splice.size) else { throw GivenUp() }
    let bytes = UnsafeMutableRawBufferPointer(rebasing: input[..<splice.compressedSize])
    try job.read(segment, splice, at: 0, into: bytes)
    let sum = try inflater.inflate(
      UnsafeRawBufferPointer(bytes), into: UnsafeMutableRawBufferPointer(rebasing: room[..<splice.size]))
    ring.fill(splice.size)
    return sum
  }

  private func inflateInPieces(_ splice: Splice, _ segment: Int) throws -> UInt32 {
    let stream = try InflateStream(limit: splice.size)
    var done = 0
    while done < splice.compressedSize {
      if job.mustEnd { throw GivenUp() }
      let piece = UnsafeMutableRawBufferPointer(rebasing: input.prefix(splice.compressedSize - done))
      try job.read(segment, splice, at: done, into: piece)
      try stream.push(UnsafeRawBufferPointer(piece)) { output in
        if !ring.append(output) { throw GivenUp() }
      }
      done += piece.count
    }
    try stream.finish(size: splice.size)
    return stream.sum
  }
}
