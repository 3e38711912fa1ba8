import EnvlockImage
import EnvlockModel
import EnvlockNative
import Synchronization

/// Makes the gzip file of a layer: copies compressed bytes as they are, and puts gzip's own round them.
struct LayerPackedSide {
  private let job: LayerJob
  private let file: LayerFile
  private let buffer: UnsafeMutableRawBufferPointer
  private var count = 0
  /// The sums of members whose CRC the plan does not know, in their order.
  private var sums: [UInt32] = []

  /// Hashes the sources whose digest is expected.
  static func verifySources(_ job: LayerJob) throws(LayerJob.Fault) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    defer { buffer.deallocate() }
    for (source, descriptor) in zip(job.sources, job.descriptors) {
      guard let expected = source.digest else { continue }
      var hash = SHA256Stream()
      var offset = 0
      while !job.isCancelled.load(ordering: .relaxed) {
        let (count, code) = StoreFiles.read(descriptor, at: offset, into: buffer)
        guard code == 0 else {
          let failure = FileFailure(.read, source.path, code: code)
          throw LayerJob.Fault(segment: 0, error: LayerError(source.name, .file(failure)))
        }
        if count == 0 { break }
        hash.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        offset += count
      }
      let found = hash.digest()
      guard found == expected || job.mustEnd else {
        throw LayerJob.Fault(
          segment: 0, error: LayerError(source.name, .digest(expected: expected, found: found)))
      }
    }
  }

  /// Writes the whole file, unless another thread stops it.
  ///
  /// - Returns: the sums of members whose CRC the plan does not know, in their order.
  static func run(_ job: LayerJob, to file: LayerFile) throws(LayerJob.Fault) -> [UInt32] {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    defer { buffer.deallocate() }
    var side = LayerPackedSide(job: job, file: file, buffer: buffer)
    for (index, segment) in job.plan.segments.enumerated() where !job.mustEnd {
      switch segment {
      case .literal(let range): try side.addStored(range, index)
      case .splice(let splice): try side.add(splice, index)
      }
    }
    try side.append(job.plan.trailer, job.plan.segments.count)
    try side.flush(job.plan.segments.count)
    return side.sums
  }

  private init(job: LayerJob, file: LayerFile, buffer: UnsafeMutableRawBufferPointer) {
    self.job = job
    self.file = file
    self.buffer = buffer
  }

  // MARK: Members

  private mutating func addStored(_ range: Range<Int>, _ segment: Int) throws(LayerJob.Fault) {
    try append(GzipMember.header, segment)
    var start = range.lowerBound
    repeat {
      let end = min(range.upperBound, start + GzipMember.blockLimit)
      try append(
        GzipMember.blockHeader(count: end - start, isLast: end == range.upperBound), segment)
      try append(literal: start..<end, segment)
      start = end
    } while start < range.upperBound
    let sum = job.plan.literals[range].withUnsafeBytes { crc32($0) }
    try append(GzipMember.trailer(crc: sum, size: range.count), segment)
  }

  private mutating func add(_ splice: Splice, _ segment: Int) throws(LayerJob.Fault) {
    try append(GzipMember.header, segment)
    guard !splice.isDeflated else {
      guard let crc = splice.crc else {
        // A deflated member comes from an archive, which tells it.
        throw job.fault(segment, splice) { .cutOff(member: $0) }
      }
      _ = try copy(splice, from: 0, splice.compressedSize, segment)
      return try append(GzipMember.trailer(crc: crc, size: splice.size), segment)
    }
    var sum: UInt32 = 0
    var done = 0
    repeat {
      let length = min(GzipMember.blockLimit, splice.size - done)
      try append(
        GzipMember.blockHeader(count: length, isLast: done + length == splice.size), segment)
      sum = try copy(splice, from: done, length, segment, continuing: sum, isSummed: splice.crc == nil)
      done += length
    } while done < splice.size
    if splice.crc == nil { sums.append(sum) }
    try append(GzipMember.trailer(crc: splice.crc ?? sum, size: splice.size), segment)
  }

  private mutating func copy(
    _ splice: Splice, from start: Int, _ length: Int, _ segment: Int, continuing sum: UInt32 = 0,
    isSummed: Bool = false
  ) throws(LayerJob.Fault) -> UInt32 {
    var sum = sum
    var done = 0
    while done < length, !job.mustEnd {
      if count == buffer.count { try flush(segment) }
      let room = UnsafeMutableRawBufferPointer(
        rebasing: buffer[count..<min(buffer.count, count + length - done)])
      try job.read(segment, splice, at: start + done, into: room)
      if isSummed { sum = crc32(UnsafeRawBufferPointer(room), continuing: sum) }
      count += room.count
      done += room.count
    }
    return sum
  }

  // MARK: Bytes

  private mutating func append(_ bytes: [UInt8], _ segment: Int) throws(LayerJob.Fault) {
    if bytes.count > buffer.count - count { try flush(segment) }
    guard bytes.count <= buffer.count else { return }
    buffer[count...].copyBytes(from: bytes)
    count += bytes.count
  }

  private mutating func append(literal range: Range<Int>, _ segment: Int) throws(LayerJob.Fault) {
    var rest = range
    while !rest.isEmpty {
      if count == buffer.count { try flush(segment) }
      let piece = rest.prefix(buffer.count - count)
      UnsafeMutableRawBufferPointer(rebasing: buffer[count...]).copyBytes(from: job.plan.literals[piece])
      count += piece.count
      rest = rest.dropFirst(piece.count)
    }
  }

  private mutating func flush(_ segment: Int) throws(LayerJob.Fault) {
    do {
      try file.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    } catch {
      throw LayerJob.Fault(segment: segment, error: LayerError("", .file(error)))
    }
    count = 0
  }
}
