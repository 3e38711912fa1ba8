import EnvlockNative

/// Why bytes are no gzip file.
enum GzipFault: Error, Hashable {
  /// No member begins at this byte.
  case header(offset: Int)
  /// The deflate stream that begins at this byte is at fault.
  case stream(offset: Int, InflateStreamError)
  /// The sum or size behind the member that begins at this byte is not that of its content.
  case trailer(offset: Int)
  /// The file ends in the middle of the member that begins at this byte, or before any.
  case cutShort(offset: Int)

  /// The end of a sentence about a layer.
  var clause: String {
    switch self {
    case .header(let offset): "has no gzip member at byte \(offset)"
    case .stream(let offset, .tooLong(let limit)):
      "holds more than \(limit) bytes, in the member at byte \(offset)"
    case .stream(_, .noMemory): "needs more memory than there is"
    case .stream(let offset, _): "does not inflate: its gzip member at byte \(offset) is damaged"
    case .trailer(let offset): "is damaged: its gzip member at byte \(offset) has another CRC or size"
    case .cutShort(let offset): "is cut off in its gzip member at byte \(offset)"
    }
  }
}

/// Reads a gzip file that comes in pieces: any number of members, each with its CRC and size verified.
///
/// Source: RFC 1952.
struct GzipReader {
  private enum State {
    /// Bytes of a header are gathered.
    case header
    case deflate(InflateStream)
    /// The eight bytes behind a stream are gathered, which are to say these.
    case trailer(sum: UInt32, size: Int)
  }

  /// How long a header may be, with a name and a comment in it.
  private static let headerLimit = 1 << 17

  private var state = State.header
  private var gathered: [UInt8] = []
  /// The last bytes that a stream was given: it may say later that they are not its own.
  private var tail: [UInt8] = []
  /// How many bytes the stream was given.
  private var given = 0
  private var offset = 0
  /// Where the member begins.
  private var start = 0
  private var members = 0
  private var made = 0
  private let limit: Int

  /// - Parameter limit: how many bytes may come out of all members together.
  init(limit: Int) { self.limit = limit }

  /// Takes the next bytes.
  ///
  /// - Parameters:
  ///   - bytes: the bytes.
  ///   - output: gets what they hold; valid during the call only.
  /// - Throws: `GzipFault`, and whatever `output` throws.
  mutating func push(
    _ bytes: UnsafeRawBufferPointer, _ output: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    var rest = bytes
    while !rest.isEmpty {
      let count: Int
      switch state {
      case .header: count = try takeHeader(rest)
      case .trailer(let sum, let size): count = try takeTrailer(rest, sum, size)
      case .deflate(let stream):
        count = rest.count
        let behind = try inflate(stream, rest, output)
        offset += count - behind.count
        if !behind.isEmpty { try behind.withUnsafeBytes { try push($0, output) } }
        return
      }
      offset += count
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
  }

  /// Says that all bytes were pushed.
  ///
  /// - Throws: `GzipFault` where the last member has no end.
  func finish() throws(GzipFault) {
    guard case .header = state, gathered.isEmpty, members > 0 else { throw .cutShort(offset: start) }
  }

  /// Returns what stands behind the stream's end.
  private mutating func inflate(
    _ stream: InflateStream, _ bytes: UnsafeRawBufferPointer,
    _ output: (UnsafeRawBufferPointer) throws -> Void
  ) throws -> [UInt8] {
    do {
      try stream.push(bytes, output)
    } catch let error as InflateStreamError {
      throw GzipFault.stream(offset: start, error)
    }
    given += bytes.count
    guard stream.hasEnded else {
      tail = Array((tail + bytes.suffix(16)).suffix(16))
      return []
    }
    made += stream.count
    state = .trailer(sum: stream.sum, size: stream.count)
    // Mostly all of it is in this piece; a few bytes of the last one may not be the stream's either.
    let behind = given - stream.inputCount
    if behind <= bytes.count { return Array(bytes.suffix(behind)) }
    return tail.suffix(behind - bytes.count) + Array(bytes)
  }

  private mutating func takeTrailer(
    _ bytes: UnsafeRawBufferPointer, _ sum: UInt32, _ size: Int
  ) throws(GzipFault) -> Int {
    let piece = bytes.prefix(8 - gathered.count)
    gathered += piece
    guard gathered.count == 8 else { return piece.count }
    func word(_ place: Int) -> UInt32 {
      gathered[place..<place + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
    guard word(0) == sum, word(4) == UInt32(truncatingIfNeeded: size) else { throw .trailer(offset: start) }
    gathered.removeAll(keepingCapacity: true)
    state = .header
    members += 1
    start = offset + piece.count
    return piece.count
  }

  private mutating func takeHeader(_ bytes: UnsafeRawBufferPointer) throws(GzipFault) -> Int {
    let before = gathered.count
    // Nearly all headers have ten bytes, so not more is copied at once.
    var used = 0
    while true {
      let needed = try neededForHeader()
      guard needed > gathered.count else { break }
      guard used < bytes.count else { return used }
      let count = min(needed - gathered.count, bytes.count - used)
      gathered += bytes[used..<used + count]
      used += count
    }
    precondition(used == gathered.count - before)
    gathered.removeAll(keepingCapacity: true)
    given = 0
    tail = []
    do throws(InflateStreamError) {
      state = .deflate(try InflateStream(limit: limit - made))
    } catch {
      throw .stream(offset: start, error)
    }
    return used
  }

  /// How many bytes of the header must have been gathered before more is known; all of it when as many are there.
  private func neededForHeader() throws(GzipFault) -> Int {
    let known: [UInt8] = [0x1F, 0x8B, 8]
    guard zip(gathered, known).allSatisfy({ $0 == $1 }) else { throw .header(offset: start) }
    guard gathered.count >= 10 else { return 10 }
    let flags = gathered[3]
    guard flags & 0xE0 == 0 else { throw .header(offset: start) }
    var place = 10
    if flags & 4 != 0 {
      guard gathered.count >= place + 2 else { return place + 2 }
      place += 2 + Int(gathered[place]) + Int(gathered[place + 1]) << 8
      guard gathered.count >= place else { return place }
    }
    // A name and a comment, each up to a NUL.
    for flag: UInt8 in [8, 16] where flags & flag != 0 {
      guard let end = gathered[min(place, gathered.count)...].firstIndex(of: 0) else {
        guard gathered.count < GzipReader.headerLimit else { throw .header(offset: start) }
        return gathered.count + 1
      }
      place = end + 1
    }
    if flags & 2 != 0 {
      guard gathered.count >= place + 2 else { return place + 2 }
      let sum = UInt32(gathered[place]) | UInt32(gathered[place + 1]) << 8
      let whole = gathered[..<place].withUnsafeBytes { crc32($0) }
      guard sum == whole & 0xFFFF else { throw .header(offset: start) }
      place += 2
    }
    return place
  }
}
