/// Reads an archive member by member, in the order of the archive and in bounded memory: the window of its compression
/// and a block of each stage.
///
/// Nothing of it is believed beyond what was read: sizes, sums and the end mark are verified, faults are values. Names,
/// links and devices are handed out as they are written; whoever unpacks has to judge them.
package final class ArchiveReader {
  /// What kind of archive it is.
  package enum Kind: Hashable, Sendable {
    /// A Debian package: the members of its control archive come first.
    case debianPackage
    /// A tar archive, compressed in any way that is known, or not.
    case tar
  }

  /// The path of the member that was handed out last; nil before the first.
  package private(set) var lastPath: String?

  private var current: ArchiveTar
  /// The data archive of a Debian package, until it is its turn.
  private var rest: (() throws(ArchiveFault) -> ArchiveTar)?

  /// How much a control archive may hold: the lists of the largest packages have some MiB.
  private static let controlLimits = ArchiveLimits(bytes: 256 << 20, members: 10_000, names: 1 << 20)

  /// Opens an archive.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - kind: what it must be.
  ///   - part: where in the file a tar archive lies; nil for all of it.
  ///   - limits: how much of it is believed.
  /// - Throws: `ArchiveFault`.
  package init(
    _ path: String, _ kind: Kind, part: Range<Int>? = nil, limits: ArchiveLimits = ArchiveLimits()
  ) throws(ArchiveFault) {
    let file = try ArchiveFile(path)
    switch kind {
    case .tar:
      let part = part ?? 0..<file.size
      guard !part.isEmpty, part.upperBound <= file.size else { throw .cutOff }
      current = try ArchiveTar(expanded(file, part), .data, limits)
    case .debianPackage:
      let layout = try ArchiveDebianLayout(file)
      current = try ArchiveReader.open(file, layout.control, .control, ArchiveReader.controlLimits)
      rest = { () throws(ArchiveFault) in try ArchiveReader.open(file, layout.data, .data, limits) }
    }
  }

  /// Opens a tar archive that is in memory.
  ///
  /// - Parameters:
  ///   - bytes: the archive, compressed or not.
  ///   - limits: how much of it is believed.
  /// - Throws: `ArchiveFault`.
  package init(_ bytes: [UInt8], limits: ArchiveLimits = ArchiveLimits()) throws(ArchiveFault) {
    guard !bytes.isEmpty else { throw .cutOff }
    let input = ArchiveBytesInput(bytes)
    if let compression = ArchiveCompression(head: Array(bytes.prefix(6))) {
      current = try ArchiveTar(ArchiveExpander(input, compression), .data, limits)
    } else {
      current = try ArchiveTar(input, .data, limits)
    }
  }

  private static func open(
    _ file: ArchiveFile, _ section: ArchiveDebianLayout.Section, _ part: ArchiveMember.Part,
    _ limits: ArchiveLimits
  ) throws(ArchiveFault) -> ArchiveTar {
    let input = ArchiveFileInput(file, section.range)
    guard let compression = section.compression else { return try ArchiveTar(input, part, limits) }
    return try ArchiveTar(ArchiveExpander(input, compression), part, limits)
  }

  /// The next member; nil when there are no more, and all of the archive was read and is sound.
  ///
  /// - Throws: `ArchiveFault`, after which nothing more may be asked.
  package func next() throws(ArchiveFault) -> ArchiveMember? {
    while true {
      if let member = try current.next() {
        lastPath = member.path
        return member
      }
      guard let open = rest else { return nil }
      rest = nil
      current = try open()
    }
  }

  /// Hands on the content of the file that `next` returned, once and piece by piece: exactly as many bytes as it states.
  /// Content that is not asked for is passed over.
  ///
  /// - Parameter body: gets the bytes, which are valid during the call only; false ends the reading.
  /// - Returns: false when the body ended it.
  /// - Throws: `ArchiveFault`, after which nothing more may be asked.
  package func read(_ body: (UnsafeRawBufferPointer) -> Bool) throws(ArchiveFault) -> Bool {
    try current.read(body)
  }

  /// The content of the file that `next` returned.
  ///
  /// - Parameter limit: how many bytes it may have.
  /// - Returns: the bytes.
  /// - Throws: `ArchiveFault`, after which nothing more may be asked.
  package func content(limit: Int) throws(ArchiveFault) -> [UInt8] {
    var bytes: [UInt8] = []
    let isWhole = try read { piece in
      guard piece.count <= limit - bytes.count else { return false }
      bytes += piece
      return true
    }
    guard isWhole else { throw .tooLarge(limit: limit) }
    return bytes
  }
}
