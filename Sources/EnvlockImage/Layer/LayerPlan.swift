/// A layer before it is written: which bytes follow which, with all sizes known.
///
/// The tar archive is the concatenation of what the segments hold; the gzip file is one member for each segment, then
/// `trailer`. Entries stand in the order of their paths, each folder before what is in it, hard links at the end, so that
/// what they link to has come. Folders that nobody described belong to root and have mode 0o755.
///
/// Where a file's content begins, a segment begins; padding and the next header share one. So the compressed bytes of a
/// wheel are copied as they are, and whoever knows where a member begins reads a single file.
public struct LayerPlan: Hashable, Sendable {
  /// Bytes that become one gzip member.
  public enum Segment: Hashable, Sendable {
    /// These of `literals`, in stored blocks.
    case literal(Range<Int>)
    /// The content of a file that lies elsewhere.
    case splice(Splice)
  }

  /// The bytes that the plan brings itself: headers, padding, generated files.
  public private(set) var literals: [UInt8] = []
  /// What follows what.
  public private(set) var segments: [Segment] = []
  /// The entries in the archive's order, with the folders that were added; without a table of contents.
  public private(set) var entries: [LayerEntry]
  /// For each entry with content, where in the gzip file the member begins that holds it.
  public private(set) var contentOffsets: [Int?] = []
  /// Bytes of the tar archive.
  public private(set) var tarSize = 0
  /// Bytes of the gzip file.
  public private(set) var gzipSize = 0
  /// What ends the gzip file behind the last segment's member: the footer of an eStargz layer, itself a member without
  /// content; else nothing.
  public internal(set) var trailer: [UInt8] = []
  /// When everything was changed, in seconds since 1970.
  public let mtime: UInt32

  /// Plans a layer.
  ///
  /// - Parameters:
  ///   - entries: what is in it, in any order.
  ///   - mtime: when everything was changed, in seconds since 1970.
  /// - Throws: `LayerFault`.
  public init(_ entries: [LayerEntry], mtime: UInt32 = 0) throws(LayerFault) {
    try self.init(entries, mtime: mtime, isOpen: false)
  }

  /// Plans a layer; an open one lacks the archive's end.
  init(_ entries: [LayerEntry], mtime: UInt32, isOpen: Bool) throws(LayerFault) {
    self.mtime = mtime
    self.entries = try LayerOrder.complete(entries)
    literals.reserveCapacity(self.entries.count * 900)
    contentOffsets.reserveCapacity(self.entries.count)
    segments.reserveCapacity(self.entries.count * 2)
    var start = 0
    for entry in self.entries {
      entry.tarEntry(mtime: mtime).appendHeader(to: &literals)
      let size = entry.size
      guard size > 0 else {
        contentOffsets.append(nil)
        continue
      }
      try closeLiteral(&start, entry.path)
      contentOffsets.append(gzipSize)
      switch entry.content {
      case .bytes(let bytes):
        literals += bytes
        try closeLiteral(&start, entry.path)
      case .splice(let splice):
        try add(.splice(splice), size, splice.gzipSize, entry.path)
      case .directory, .symbolicLink, .hardLink: break
      }
      literals.append(contentsOf: repeatElement(0, count: TarEntry.padding(after: size)))
    }
    if isOpen {
      if start < literals.count, let last = self.entries.last { try closeLiteral(&start, last.path) }
    } else {
      append(literal: Array(repeating: 0, count: TarEntry.endLength), from: start)
    }
  }

  /// Adds bytes behind everything, in one segment with what stands at the end of `literals` from `start` on.
  mutating func append(literal bytes: [UInt8], from start: Int? = nil) {
    let start = start ?? literals.count
    literals += bytes
    let range = start..<literals.count
    segments.append(.literal(range))
    tarSize += range.count
    gzipSize += GzipMember.storedSize(range.count)
  }

  /// Counts bytes that end the gzip file.
  mutating func end(with trailer: [UInt8]) {
    self.trailer = trailer
    gzipSize += trailer.count
  }

  private mutating func closeLiteral(_ start: inout Int, _ path: ImagePath) throws(LayerFault) {
    let range = start..<literals.count
    start = literals.count
    guard !range.isEmpty else { return }
    try add(.literal(range), range.count, GzipMember.storedSize(range.count), path)
  }

  private mutating func add(
    _ segment: Segment, _ size: Int, _ compressed: Int, _ path: ImagePath
  ) throws(LayerFault) {
    let (tar, tarOverflow) = tarSize.addingReportingOverflow(size)
    let (gzip, gzipOverflow) = gzipSize.addingReportingOverflow(compressed)
    guard !tarOverflow, !gzipOverflow else { throw LayerFault(path, .size) }
    segments.append(segment)
    tarSize = tar
    gzipSize = gzip
  }
}

/// Puts entries in the order of the archive, and adds the folders that are missing.
enum LayerOrder {
  /// The largest content that is believed, in bytes: 2 to the power of 50. Sums of such sizes cannot overflow.
  private static let sizeLimit = 1 << 50

  static func complete(_ entries: [LayerEntry]) throws(LayerFault) -> [LayerEntry] {
    var sorted = entries
    sorted.sort { $0.path < $1.path }
    for entry in sorted { try check(entry) }
    for (entry, next) in zip(sorted, sorted.dropFirst()) where entry.path == next.path {
      throw LayerFault(entry.path, .twice)
    }
    let added = try missingFolders(sorted)
    if !added.isEmpty {
      sorted += added
      sorted.sort { $0.path < $1.path }
    }
    let links = sorted.filter { if case .hardLink = $0.content { true } else { false } }
    guard !links.isEmpty else { return sorted }
    for link in links {
      guard case .hardLink(let target) = link.content else { continue }
      guard let place = place(of: target, in: sorted), sorted[place].isFile else {
        throw LayerFault(link.path, .hardLink(to: target))
      }
    }
    return sorted.filter { if case .hardLink = $0.content { false } else { true } } + links
  }

  private static func check(_ entry: LayerEntry) throws(LayerFault) {
    for attribute in entry.attributes {
      // "=" ends a key and a line feed a record.
      guard !attribute.name.isEmpty, attribute.name.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x3D && $0 < 0x7F })
      else { throw LayerFault(entry.path, .attribute(attribute.name)) }
    }
    if case .splice(let splice) = entry.content {
      let sizes = [splice.size, splice.compressedSize, splice.offset]
      guard sizes.allSatisfy({ $0 >= 0 && $0 <= sizeLimit }),
        splice.isDeflated || splice.size == splice.compressedSize
      else { throw LayerFault(entry.path, .size) }
    }
  }

  /// Where a path stands among sorted entries; nil where it does not.
  private static func place(of path: ImagePath, in entries: [LayerEntry]) -> Int? {
    var low = 0
    var high = entries.count
    while low < high {
      let middle = low + (high - low) / 2
      if entries[middle].path < path { low = middle + 1 } else { high = middle }
    }
    return low < entries.count && entries[low].path == path ? low : nil
  }

  private static func missingFolders(_ sorted: [LayerEntry]) throws(LayerFault) -> [LayerEntry] {
    var added: [LayerEntry] = []
    var known: Set<ImagePath> = []
    var lastParent: Substring = ""
    var lastIsASCII = true
    for entry in sorted {
      guard let slash = entry.path.text.utf8.lastIndex(of: UInt8(ascii: "/")) else { continue }
      // Siblings mostly stand together.
      let text = entry.path.text[..<slash]
      let isASCII = entry.path.isASCII
      if isASCII, lastIsASCII, text == lastParent { continue }
      (lastParent, lastIsASCII) = (text, isASCII)
      var parent = entry.path.parent
      while let folder = parent, known.insert(folder).inserted {
        if let place = place(of: folder, in: sorted) {
          guard sorted[place].content == .directory else { throw LayerFault(folder, .notAFolder) }
        } else {
          added.append(LayerEntry(folder, .directory, mode: 0o755))
        }
        parent = folder.parent
      }
    }
    return added
  }
}
