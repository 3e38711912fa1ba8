public import EnvlockModel

/// A member of an archive (a Debian package's tree, an interpreter's build), as the archive states it: nothing of it has
/// been checked or moved yet.
public struct ArchiveEntry: Hashable, Sendable {
  /// What it is.
  public enum Kind: Hashable, Sendable {
    /// A file; where its content lies.
    case file(PackedContent)
    /// A folder.
    case directory
    /// A symbolic link, with its text.
    case symbolicLink(String)
    /// Another name of a file that came before it, by the path that the archive gives.
    case hardLink(String)
    /// A device, a pipe or a socket: what it is, for errors ("character device").
    case special(String)
  }

  /// The path as written: "./usr/bin/python3.11", "python/bin/python3".
  public var path: String
  /// What it is.
  public var kind: Kind
  /// Permission bits, with set-uid, set-gid and sticky bit.
  public var mode: UInt16
  /// The number of the user who owns it.
  public var uid: UInt32
  /// The number of the group that owns it.
  public var gid: UInt32
  /// Extended attributes.
  public var attributes: [TarAttribute]

  /// Describes a member.
  public init(
    path: String, kind: Kind, mode: UInt16, uid: UInt32 = 0, gid: UInt32 = 0,
    attributes: [TarAttribute] = []
  ) {
    self.path = path
    self.kind = kind
    self.mode = mode
    self.uid = uid
    self.gid = gid
    self.attributes = attributes
  }
}

/// The content of a file that was packed: it lies in a pack file, as a raw deflate stream or as it is.
public struct PackedContent: Hashable, Sendable {
  /// Where the bytes begin in the pack file.
  public var offset: Int
  /// How many bytes lie there.
  public var compressedSize: Int
  /// Whether they are a raw deflate stream.
  public var isDeflated: Bool
  /// Bytes of the content.
  public var size: Int
  /// The CRC-32 of the content.
  public var crc: UInt32
  /// The SHA-256 of the content.
  public var sha256: Digest

  /// Describes content.
  public init(
    offset: Int, compressedSize: Int, isDeflated: Bool, size: Int, crc: UInt32, sha256: Digest
  ) {
    self.offset = offset
    self.compressedSize = compressedSize
    self.isDeflated = isDeflated
    self.size = size
    self.crc = crc
    self.sha256 = sha256
  }

  /// The content as a layer's plan refers to it.
  ///
  /// - Parameter source: the number by which the plan refers to the pack file.
  /// - Returns: the splice, with the hash that is to be verified.
  public func splice(source: Int) -> Splice {
    Splice(
      source: source, offset: offset, compressedSize: compressedSize, isDeflated: isDeflated, size: size,
      crc: crc, expected: .sha256(sha256))
  }
}
