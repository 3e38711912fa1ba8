/// One member of a zip file: what its central directory says, and where its bytes lie.
///
/// Source: PKWARE APPNOTE.TXT 6.3, sections 4.3.12, 4.4 and 4.5.
public struct ZipMember: Hashable, Sendable {
  /// The path as the zip file has it; it ends in a slash for a folder.
  public var path: String
  /// How the bytes are compressed: 0 not at all, 8 deflate.
  public var method: UInt16
  /// The general purpose bits: 0 encrypted, 3 sizes follow the data, 11 the name is UTF-8.
  public var flags: UInt16
  /// The CRC-32 of the content.
  public var crc: UInt32
  /// Bytes in the zip file.
  public var compressedSize: Int
  /// Bytes of the content.
  public var size: Int
  /// Where the local header begins, in bytes from the beginning of the file.
  public var headerOffset: Int
  /// Where the compressed bytes begin, in bytes from the beginning of the file.
  public var dataOffset: Int
  /// The external attributes; a Unix mode in the upper 16 bits.
  public var attributes: UInt32

  /// Not compressed.
  public static let storedMethod: UInt16 = 0
  /// Deflated.
  public static let deflatedMethod: UInt16 = 8

  /// Describes a member.
  public init(
    path: String, method: UInt16, flags: UInt16 = 0, crc: UInt32, compressedSize: Int, size: Int,
    headerOffset: Int, dataOffset: Int, attributes: UInt32 = 0
  ) {
    self.path = path
    self.method = method
    self.flags = flags
    self.crc = crc
    self.compressedSize = compressedSize
    self.size = size
    self.headerOffset = headerOffset
    self.dataOffset = dataOffset
    self.attributes = attributes
  }

  /// Whether it is a folder.
  public var isFolder: Bool { path.utf8.last == UInt8(ascii: "/") }

  /// Whether it may be executed: any of the three execute bits of its Unix mode.
  ///
  /// As installers see it, who look at these bits whatever system the file says it comes from.
  public var isExecutable: Bool { attributes >> 16 & 0o111 != 0 }

  /// The kind of file in its Unix mode; 0 where nothing is said.
  var fileType: UInt16 { UInt16(attributes >> 16 & 0o170000) }

  static let regularFile: UInt16 = 0o100000
  static let folder: UInt16 = 0o040000
  static let symbolicLink: UInt16 = 0o120000
}
