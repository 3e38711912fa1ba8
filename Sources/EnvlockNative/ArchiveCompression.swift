import CArchive

/// How an archive, or a part of it, is compressed.
package enum ArchiveCompression: String, CaseIterable, Sendable {
  /// RFC 1952.
  case gzip = "gz"
  /// bzip2.
  case bzip2 = "bz2"
  /// The xz file format.
  case xz
  /// The older format of LZMA alone.
  case lzma
  /// RFC 8878.
  case zstd = "zst"

  /// What a file begins with tells it; nil for what is not compressed, or in no way that is known.
  ///
  /// - Parameter head: the first bytes, six or more where there are so many.
  init?(head: [UInt8]) {
    let found = Self.allCases.first { head.starts(with: $0.magic) }
    guard let found else { return nil }
    self = found
  }

  /// The name of the program that makes it.
  var name: String {
    self == .gzip ? "gzip" : self == .zstd ? "zstd" : rawValue == "bz2" ? "bzip2" : rawValue
  }

  private var magic: [UInt8] {
    switch self {
    case .gzip: [0x1F, 0x8B, 0x08]
    case .bzip2: Array("BZh".utf8)
    case .xz: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]
    // No magic, but what every file made by the common programs begins with.
    case .lzma: [0x5D, 0x00, 0x00]
    case .zstd: [0x28, 0xB5, 0x2F, 0xFD]
    }
  }

  /// libarchive's number of it.
  fileprivate var filter: Int32 {
    switch self {
    case .gzip: ARCHIVE_FILTER_GZIP
    case .bzip2: ARCHIVE_FILTER_BZIP2
    case .xz: ARCHIVE_FILTER_XZ
    case .lzma: ARCHIVE_FILTER_LZMA
    case .zstd: ARCHIVE_FILTER_ZSTD
    }
  }
}

/// What a compressed stream holds.
final class ArchiveExpander: ArchiveInput {
  private let handle: ArchiveHandle
  private var hasEnded = false

  /// - Throws: `ArchiveFault` where the stream is not compressed in this way.
  init(_ input: any ArchiveInput, _ compression: ArchiveCompression) throws(ArchiveFault) {
    handle = try ArchiveHandle(input) { archive throws(ArchiveFault) in
      // A libarchive that was built without the library would start a program; that is another reader than this.
      guard carchive_accept_filter(archive, compression.filter) == ARCHIVE_OK else {
        throw .unsupported(compression.name)
      }
      guard carchive_accept_bytes(archive) == ARCHIVE_OK else { throw .noMemory }
    }
    // libarchive also passes on what is not compressed, and undoes the same compression twice.
    guard carchive_filter_count(handle.archive) == 1 else { throw .notCompressed(compression.name) }
    var entry: OpaquePointer?
    switch carchive_next(handle.archive, &entry) {
    case ARCHIVE_OK, ARCHIVE_WARN: break
    case ARCHIVE_EOF: hasEnded = true
    default: throw handle.fault()
    }
  }

  func next() throws(ArchiveFault) -> UnsafeRawBufferPointer {
    while !hasEnded {
      var bytes: UnsafeRawPointer?
      var count = 0
      var offset: Int64 = 0
      switch carchive_block(handle.archive, &bytes, &count, &offset) {
      case ARCHIVE_OK where count > 0: return UnsafeRawBufferPointer(start: bytes, count: count)
      case ARCHIVE_OK: break
      case ARCHIVE_EOF: hasEnded = true
      default: throw handle.fault()
      }
    }
    return UnsafeRawBufferPointer(start: nil, count: 0)
  }
}

/// Hands on what a file holds, without its compression: gzip, bzip2, xz, LZMA, Zstandard or none, by its first bytes.
///
/// - Parameters:
///   - path: the file.
///   - limit: how many bytes it may hold.
///   - body: gets the bytes, piece by piece.
/// - Throws: `ArchiveFault`.
package func expand(
  file path: String, limit: Int, _ body: (UnsafeRawBufferPointer) -> Void
) throws(ArchiveFault) {
  let input = try ArchiveLimitedInput(expanded(ArchiveFile(path)), limit: limit)
  while true {
    let block = try input.next()
    if block.isEmpty { return }
    body(block)
  }
}

/// A file, or a part of one, without its compression.
func expanded(_ file: ArchiveFile, _ part: Range<Int>? = nil) throws(ArchiveFault) -> any ArchiveInput {
  let part = part ?? 0..<file.size
  let head = try file.bytes(at: part.lowerBound, count: min(6, part.count))
  let input = ArchiveFileInput(file, part)
  guard let compression = ArchiveCompression(head: head) else { return input }
  return try ArchiveExpander(input, compression)
}
