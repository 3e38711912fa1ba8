package import EnvlockModel
import EnvlockNative
package import EnvlockStore

/// The members of a wheel on a server, read by range requests, without fetching the wheel.
///
/// That a part of a wheel is the wheel's cannot be checked: an index states the SHA-256 of the whole. What is checked is the
/// CRC-32 that the wheel's own directory states of each member, so that what came is what the server has, whole and
/// unharmed; and that the wheel has the size that the index states.
package final class WheelMembers: Sendable {
  /// One member of the wheel.
  package struct Member: Hashable, Sendable {
    let entry: ZipMember
    /// Its path in the wheel: "torch/version.py".
    package var path: String { entry.path }
    /// Its size, in bytes.
    package var size: Int { entry.size }
    /// How many bytes of the wheel it takes.
    package var compressedSize: Int { entry.compressedSize }
  }

  /// The wheel.
  package let wheel: Wheel
  /// Its members, in the order of its directory; folders are left out.
  package let members: [Member]

  private let source: WheelBytes
  private let directoryStart: Int
  private let shift: Int
  private let pieceSize: Int

  /// What the local header may hold more than the directory's: extra fields.
  private static let headerSlack = 512
  private static let headerLength = 30
  /// The largest directory that is read.
  private static let directoryLimit = 32 << 20

  /// Reads the directory of a wheel.
  ///
  /// - Parameters:
  ///   - wheel: a wheel of a page.
  ///   - http: fetches; nothing is kept in its cache.
  ///   - pieceSize: how many bytes are asked for at once; two such pieces are held.
  /// - Throws: `WheelMemberError`.
  package init(_ wheel: Wheel, http: HTTPClient, pieceSize: Int = 8 << 20) async throws(WheelMemberError) {
    self.wheel = wheel
    self.pieceSize = max(1, pieceSize)
    let source = WheelBytes(wheel, http: http)
    self.source = source
    let tail = try await source.last(WheelTail.firstRead)
    if let stated = wheel.file.size, stated != tail.total {
      throw WheelMemberError(
        wheel, .broken("has \(tail.total) bytes, and its index says \(stated)"))
    }
    let bytes = ZipBytes(tail.bytes, start: tail.offset)
    var long: ZipBytes?
    if case .needs(let range) = ZipEnd.find(in: bytes, long: nil) {
      long = ZipBytes(try await source.bytes(range), start: range.lowerBound)
    }
    let end: ZipEnd
    switch ZipEnd.find(in: bytes, long: long) {
    case .found(let found): end = found
    case .needs: throw WheelMemberError(wheel, .broken("cannot be read: its zip64 record is missing"))
    case .broken(let reason): throw WheelMemberError(wheel, .broken("cannot be read: \(reason)"))
    }
    guard end.directory.count <= WheelMembers.directoryLimit else {
      throw WheelMemberError(
        wheel, .broken("has a directory of \(end.directory.count) bytes, which is too large"))
    }
    let directory =
      tail.offset <= end.directory.lowerBound
      ? bytes
      : ZipBytes(try await source.bytes(end.directory), start: end.directory.lowerBound)
    guard
      let found = ZipMember.members(directory, end.directory, where: { $0.last != UInt8(ascii: "/") })
    else { throw WheelMemberError(wheel, .broken("cannot be read: its directory is broken")) }
    members = found.map { Member(entry: $0) }
    directoryStart = end.directory.lowerBound
    shift = end.shift
  }

  /// The member at a path; nil where there is none. Of two at one path, which no wheel should have, the last counts, as it
  /// does for whoever unpacks them in order.
  package func member(_ path: String) -> Member? { members.last { $0.path == path } }

  /// The whole of a small member.
  ///
  /// - Parameters:
  ///   - member: one of this wheel's.
  ///   - limit: the largest size that is believed, in bytes.
  /// - Returns: its content, of which the CRC-32 is the stated one.
  /// - Throws: `WheelMemberError`.
  package func content(of member: Member, limit: Int) async throws(WheelMemberError) -> [UInt8] {
    guard member.size <= limit else {
      throw fault(member, "has \(member.size) bytes, which is too large")
    }
    let collector = Collector()
    try await stream(member) { collector.bytes.append(contentsOf: $0) }
    return collector.bytes
  }

  /// The bytes of a member, piece by piece, in their order; memory does not grow with its size.
  ///
  /// - Parameters:
  ///   - member: one of this wheel's.
  ///   - take: gets the pieces, which are valid during the call only.
  /// - Throws: `WheelMemberError`, also when all pieces have come and their CRC-32 is not the stated one.
  package func stream(
    _ member: Member, _ take: (UnsafeRawBufferPointer) -> Void
  ) async throws(WheelMemberError) {
    let entry = member.entry
    guard !entry.isEncrypted else { throw fault(member, "is encrypted") }
    guard entry.method == 0 || entry.method == 8 else {
      throw fault(member, "is in compression method \(entry.method), which is not supported")
    }
    let (header, overflow) = entry.offset.addingReportingOverflow(shift)
    guard !overflow, header >= 0, entry.compressedSize >= 0,
      header <= directoryStart - WheelMembers.headerLength - entry.compressedSize
    else { throw fault(member, "is out of place") }
    // Header and content at once, as far as a piece reaches; how long the header is, only the header knows.
    let guess =
      WheelMembers.headerLength + entry.path.utf8.count + WheelMembers.headerSlack + entry.compressedSize
    let first = try await source.bytes(
      header..<min(directoryStart, header + min(guess, pieceSize)))
    let bytes = ZipBytes(first, start: header)
    guard bytes.number(header, 4) == 0x0403_4B50, let pathLength = bytes.number(header + 26, 2),
      let extraLength = bytes.number(header + 28, 2)
    else { throw fault(member, "is not where the directory says") }
    let start = header + WheelMembers.headerLength + pathLength + extraLength
    guard start <= directoryStart - entry.compressedSize else { throw fault(member, "is out of place") }
    let end = start + entry.compressedSize
    var content = MemberContent(entry)
    do throws(MemberFault) {
      let skipped = min(start - header, first.count)
      try content.take(first[skipped...].prefix(max(0, end - header - skipped)), take)
    } catch { throw fault(member, error.reason) }
    var place = max(start, header + first.count)
    // The next piece is on its way while one is inflated.
    var next = place < end ? source.begin(place..<min(end, place + pieceSize)) : nil
    while let current = next {
      let piece = try await source.finish(current)
      place += piece.count
      next = place < end ? source.begin(place..<min(end, place + pieceSize)) : nil
      do throws(MemberFault) {
        try content.take(piece[...], take)
      } catch {
        next?.cancel()
        throw fault(member, error.reason)
      }
    }
    do throws(MemberFault) { try content.finish() } catch { throw fault(member, error.reason) }
  }

  private func fault(_ member: Member, _ reason: String) -> WheelMemberError {
    WheelMemberError(wheel, .broken("cannot be read: `\(member.path)` \(reason)"))
  }
}

/// Collects the pieces of a small member.
private final class Collector {
  var bytes: [UInt8] = []
}

/// What is wrong with a member: a phrase that follows its path.
private struct MemberFault: Error {
  let reason: String
}

/// Turns the bytes of a member in the wheel into its content.
private struct MemberContent {
  private let entry: ZipMember
  private let inflater: InflateStream?
  private var count = 0
  private var sum: UInt32 = 0

  init(_ entry: ZipMember) {
    self.entry = entry
    inflater = entry.method == 8 ? try? InflateStream(limit: entry.size) : nil
  }

  mutating func take(
    _ bytes: ArraySlice<UInt8>, _ take: (UnsafeRawBufferPointer) -> Void
  ) throws(MemberFault) {
    guard entry.method == 8 else {
      bytes.withUnsafeBytes { buffer in
        sum = crc32(buffer.bindMemory(to: UInt8.self).span, continuing: sum)
        take(buffer)
      }
      count += bytes.count
      return
    }
    guard let inflater else { throw MemberFault(reason: "cannot be inflated: there is no memory") }
    do {
      try bytes.withUnsafeBytes { try inflater.push($0) { take($0) } }
    } catch { throw MemberFault(reason: MemberContent.phrase(error)) }
  }

  func finish() throws(MemberFault) {
    if let inflater {
      do throws(InflateStreamError) {
        try inflater.finish(size: entry.size, sum: entry.crc)
      } catch { throw MemberFault(reason: MemberContent.phrase(error)) }
    } else if count != entry.size || sum != entry.crc {
      throw MemberFault(reason: "is damaged: its checksum is wrong")
    }
  }

  private static func phrase(_ error: any Error) -> String {
    switch error as? InflateStreamError {
    case .tooLong, .wrongSize: "is damaged: it has another size than is stated"
    case .wrongSum: "is damaged: its checksum is wrong"
    case .cutShort: "is damaged: it is cut short"
    case .trailing: "is damaged: bytes stand behind its end"
    case .noMemory: "cannot be inflated: there is no memory"
    case .corrupt, nil: "is damaged: it is no deflate stream"
    }
  }
}
