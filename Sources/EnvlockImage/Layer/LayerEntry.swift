/// Content that lies in a file outside of the plan: a member of a wheel, or a whole file.
public struct Splice: Hashable, Sendable {
  /// Which file: whoever makes the plan numbers them.
  public var source: Int
  /// Where the bytes begin in that file.
  public var offset: Int
  /// How many bytes lie there.
  public var compressedSize: Int
  /// Whether they are a raw deflate stream, which is copied as it is; otherwise they are the content itself.
  public var isDeflated: Bool
  /// Bytes of the content.
  public var size: Int
  /// The CRC-32 of the content; nil where it is not known before the content was read.
  public var crc: UInt32?
  /// The hash of the content, where one is known. Whoever copies the bytes verifies it, the CRC, the size, and that a
  /// deflate stream ends exactly where its bytes do; else what comes behind it would not be read as a member.
  public var expected: ContentHash?

  /// Content in a file.
  public init(
    source: Int, offset: Int, compressedSize: Int, isDeflated: Bool, size: Int, crc: UInt32?,
    expected: ContentHash? = nil
  ) {
    self.source = source
    self.offset = offset
    self.compressedSize = compressedSize
    self.isDeflated = isDeflated
    self.size = size
    self.crc = crc
    self.expected = expected
  }

  /// A member of a zip file.
  public init(_ member: ZipMember, source: Int, expected: ContentHash? = nil) {
    self.init(
      source: source, offset: member.dataOffset, compressedSize: member.compressedSize,
      isDeflated: member.method == ZipMember.deflatedMethod, size: member.size, crc: member.crc,
      expected: expected)
  }

  /// A whole file that is not compressed.
  public init(file source: Int, size: Int, crc: UInt32? = nil, expected: ContentHash? = nil) {
    self.init(
      source: source, offset: 0, compressedSize: size, isDeflated: false, size: size, crc: crc,
      expected: expected)
  }

  /// Bytes of the gzip member round the content.
  public var gzipSize: Int {
    isDeflated ? GzipMember.overhead + compressedSize : GzipMember.storedSize(size)
  }
}

/// One file, folder or link of a layer.
public struct LayerEntry: Hashable, Sendable {
  /// What it is, and what is in it.
  public enum Content: Hashable, Sendable {
    /// A folder.
    case directory
    /// A file of these bytes.
    case bytes([UInt8])
    /// A file whose content lies elsewhere.
    case splice(Splice)
    /// A symbolic link.
    case symbolicLink(LinkTarget)
    /// Another name of a file in the same layer.
    case hardLink(ImagePath)
  }

  /// The path below the root.
  public var path: ImagePath
  /// What it is.
  public var content: Content
  /// Permission bits, with set-uid, set-gid and sticky bit.
  public var mode: UInt16
  /// The number of the user who owns it.
  public var uid: UInt32
  /// The number of the group that owns it.
  public var gid: UInt32
  /// Extended attributes.
  public var attributes: [TarAttribute]

  /// Describes an entry.
  public init(
    _ path: ImagePath, _ content: Content, mode: UInt16, uid: UInt32 = 0, gid: UInt32 = 0,
    attributes: [TarAttribute] = []
  ) {
    self.path = path
    self.content = content
    self.mode = mode
    self.uid = uid
    self.gid = gid
    self.attributes = attributes
  }

  /// Bytes of its content; 0 for what is no file.
  public var size: Int {
    switch content {
    case .bytes(let bytes): bytes.count
    case .splice(let splice): splice.size
    case .directory, .symbolicLink, .hardLink: 0
    }
  }

  /// Whether it is a regular file.
  public var isFile: Bool {
    switch content {
    case .bytes, .splice: true
    case .directory, .symbolicLink, .hardLink: false
    }
  }

  /// The entry of the tar archive.
  func tarEntry(mtime: UInt32) -> TarEntry {
    let kind: TarEntry.Kind
    switch content {
    case .bytes, .splice: kind = .file(size: size)
    case .directory: kind = .directory
    case .symbolicLink(let target): kind = .symbolicLink(target)
    case .hardLink(let target): kind = .hardLink(target)
    }
    return TarEntry(path, kind, mode: mode, uid: uid, gid: gid, mtime: mtime, attributes: attributes)
  }
}
