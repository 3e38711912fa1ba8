package import EnvlockModel
import EnvlockNative
import EnvlockVersions

/// A wheel whose METADATA cannot be read: a phrase that follows the wheel's name, "is no zip file …".
package struct WheelFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong, without the wheel's name and a trailing period.
  package let reason: String

  /// The reason.
  package var description: String { reason }
}

/// Reads METADATA out of a wheel from its end, and says which bytes of the file it needs for that.
///
/// It does no input itself: ask for ``step()``, fetch what it wants, hand it in with ``add(_:at:total:)``, and
/// ask again. One range at a time, at most five of them, mostly one. Every offset that the file states is checked, and
/// sizes are limited, so that a hostile file can neither trap nor fill the memory.
///
/// Source: PKWARE APPNOTE.TXT 6.3; the binary distribution format for what is inside.
package struct WheelTail {
  /// What to do next.
  package enum Step: Hashable, Sendable {
    /// Fetch so many bytes from the end of the file, or all of a shorter file; only ever the first step.
    case readLast(Int)
    /// Fetch these bytes.
    case read(Range<Int>)
    /// It is done: the content of METADATA.
    case metadata([UInt8])
  }

  /// How many bytes from the end are asked for first.
  package static let firstRead = 64 << 10
  /// The largest directory that is read: a wheel of 12,000 files has 1.4 MB.
  static let directoryLimit = 32 << 20
  /// The largest METADATA that is read, compressed or not: its description may be long.
  static let metadataLimit = 16 << 20
  /// What the local header may hold more than the directory's: extra fields.
  private static let headerSlack = 512

  private let wheel: WheelName
  private var total: Int?
  private var tail: ZipBytes?
  private var longEnd: ZipBytes?
  private var end: ZipEnd?
  private var directory: ZipBytes?
  private var member: ZipMember?
  private var content: ZipBytes?
  private var reads = 0

  /// Begins with a wheel of this name.
  package init(_ wheel: WheelName) { self.wheel = wheel }

  /// Hands in bytes of the file.
  ///
  /// More than was asked for may come, such as the whole file.
  /// - Parameters:
  ///   - bytes: the bytes.
  ///   - offset: where they begin in the file.
  ///   - total: the size of the file.
  /// - Throws: `WheelFault` when they do not lie inside of the file, or the file has changed.
  package mutating func add(_ bytes: [UInt8], at offset: Int, total: Int) throws(WheelFault) {
    guard offset >= 0, total >= 0, offset <= total, bytes.count <= total - offset,
      self.total ?? total == total
    else { throw WheelFault(reason: "changed while it was read") }
    self.total = total
    let piece = ZipBytes(bytes, start: offset)
    if tail == nil {
      guard piece.end == total else { throw WheelFault(reason: "came without its end") }
      tail = piece
    } else if end == nil {
      longEnd = piece
    } else if directory == nil {
      directory = piece
    } else {
      content = piece
    }
  }

  /// What is needed next.
  ///
  /// - Throws: `WheelFault` when the file is no wheel, or one that is not believed.
  package mutating func step() throws(WheelFault) -> Step {
    let step = try nextStep()
    if case .metadata = step { return step }
    reads += 1
    // End, zip64 record, directory, METADATA, METADATA behind a long header: more is going round in circles.
    guard reads <= 5 else { throw WheelFault(reason: "came in other pieces than were asked for") }
    return step
  }

  private mutating func nextStep() throws(WheelFault) -> Step {
    guard let tail else { return .readLast(WheelTail.firstRead) }
    let end: ZipEnd
    switch self.end.map(ZipEnd.Outcome.found) ?? ZipEnd.find(in: tail, long: longEnd) {
    case .broken(let reason): throw WheelFault(reason: "cannot be read: \(reason)")
    case .needs(let range): return .read(range)
    case .found(let found): end = found
    }
    self.end = end
    guard end.directory.count <= WheelTail.directoryLimit else {
      throw WheelFault(reason: "has a directory of \(end.directory.count) bytes, which is too large")
    }
    if member == nil {
      let bytes = tail.start <= end.directory.lowerBound ? tail : directory
      guard let bytes, bytes.slice(end.directory.lowerBound, end.directory.count) != nil else {
        if directory != nil { throw WheelFault(reason: "came without its directory") }
        return .read(end.directory)
      }
      directory = bytes
      member = try metadataMember(bytes, end.directory)
    }
    guard let member else { throw WheelFault(reason: "has no METADATA") }
    return try read(member, end, tail)
  }

  // MARK: private

  /// Finds the one METADATA that belongs to the wheel's name.
  private func metadataMember(_ bytes: ZipBytes, _ range: Range<Int>) throws(WheelFault) -> ZipMember {
    let suffix = Array(".dist-info/METADATA".utf8)
    let found = ZipMember.members(bytes, range) { path in
      path.count > suffix.count && path.suffix(suffix.count).elementsEqual(suffix)
        && path.dropLast(suffix.count).allSatisfy { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "\\") }
    }
    guard let found else { throw WheelFault(reason: "cannot be read: its directory is broken") }
    let fitting = found.filter { fits($0.path.utf8.dropLast(suffix.count)) }
    if let member = fitting.first, fitting.count == 1 { return member }
    if fitting.count > 1 { throw WheelFault(reason: "has several METADATA files for one name") }
    guard let other = found.first else { throw WheelFault(reason: "has no METADATA") }
    let folder = other.path.utf8.dropLast("/METADATA".utf8.count)
    throw WheelFault(
      reason: "holds `\(String(decoding: folder, as: UTF8.self))`, which is not what its name says")
  }

  /// Whether "<name>-<version>", in whatever spelling, is this wheel's.
  private func fits(_ stem: Substring.UTF8View) -> Bool {
    var dash = stem.firstIndex(of: UInt8(ascii: "-"))
    while let place = dash {
      let version = stem[stem.index(after: place)...]
      if let name = try? ProjectName(Substring(stem[..<place])), name == wheel.project,
        let version = try? Version(Substring(version)), version == wheel.version
      {
        return true
      }
      dash = version.firstIndex(of: UInt8(ascii: "-"))
    }
    return false
  }

  private func read(_ member: ZipMember, _ end: ZipEnd, _ tail: ZipBytes) throws(WheelFault) -> Step {
    guard !member.isEncrypted else { throw WheelFault(reason: "has an encrypted METADATA") }
    guard member.method == 0 || member.method == 8 else {
      throw WheelFault(
        reason: "has a METADATA in compression method \(member.method), which is not supported")
    }
    guard member.size <= WheelTail.metadataLimit, member.compressedSize <= WheelTail.metadataLimit else {
      throw WheelFault(
        reason: "has a METADATA of \(max(member.size, member.compressedSize)) bytes, which is too large")
    }
    let headerLength = 30
    let (header, overflow) = member.offset.addingReportingOverflow(end.shift)
    let limit = end.directory.lowerBound
    guard !overflow, header >= 0, header <= limit - headerLength - member.compressedSize else {
      throw WheelFault(reason: "cannot be read: its METADATA is out of place")
    }
    // Ask for header and content at once; how long the header's extra field is, only the header knows.
    let guess = headerLength + member.path.utf8.count + WheelTail.headerSlack + member.compressedSize
    let wanted = header..<min(limit, header + guess)
    let bytes = tail.start <= header ? tail : content
    guard let bytes, let signature = bytes.number(header, 4), let pathLength = bytes.number(header + 26, 2),
      let extraLength = bytes.number(header + 28, 2)
    else {
      if content != nil { throw WheelFault(reason: "came without its METADATA") }
      return .read(wanted)
    }
    guard signature == 0x0403_4B50 else {
      throw WheelFault(reason: "cannot be read: its METADATA is not where its directory says")
    }
    let start = header + headerLength + pathLength + extraLength
    guard start <= limit - member.compressedSize else {
      throw WheelFault(reason: "cannot be read: its METADATA is out of place")
    }
    guard let compressed = bytes.slice(start, member.compressedSize) else {
      // An extra field that is longer than was guessed.
      let exact = header..<start + member.compressedSize
      return .read(exact)
    }
    return .metadata(try WheelTail.content(of: member, Array(compressed)))
  }

  private static func content(of member: ZipMember, _ compressed: [UInt8]) throws(WheelFault) -> [UInt8] {
    let content = member.method == 0 ? compressed : try inflate(compressed, member.size)
    let sum = crc32(content.span)
    guard content.count == member.size, sum == member.crc else {
      throw WheelFault(reason: "has a damaged METADATA: its checksum is wrong")
    }
    return content
  }

  private static func inflate(_ compressed: [UInt8], _ size: Int) throws(WheelFault) -> [UInt8] {
    do {
      return try inflateRaw(compressed.span, expectedSize: size, limit: metadataLimit)
    } catch {
      throw WheelFault(reason: "has a METADATA that cannot be decompressed")
    }
  }
}
