/// One entry of a tar archive, apart from its content.
///
/// Devices, sockets and pipes cannot be said: an image gets those from its runtime.
public struct TarEntry: Hashable, Sendable {
  /// What the entry is.
  public enum Kind: Hashable, Sendable {
    /// A regular file of so many bytes.
    case file(size: Int)
    /// A folder.
    case directory
    /// A symbolic link.
    case symbolicLink(LinkTarget)
    /// Another name of a file that came before.
    case hardLink(ImagePath)
  }

  /// The path below the root.
  public var path: ImagePath
  /// What it is.
  public var kind: Kind
  /// Permission bits, with set-uid, set-gid and sticky bit: 0 to 0o7777.
  public var mode: UInt16
  /// The number of the user who owns it.
  public var uid: UInt32
  /// The number of the group that owns it.
  public var gid: UInt32
  /// When it was changed, in seconds since 1970.
  public var mtime: UInt32
  /// Extended attributes.
  public var attributes: [TarAttribute]

  /// Describes an entry.
  public init(
    _ path: ImagePath, _ kind: Kind, mode: UInt16, uid: UInt32 = 0, gid: UInt32 = 0, mtime: UInt32 = 0,
    attributes: [TarAttribute] = []
  ) {
    self.path = path
    self.kind = kind
    self.mode = mode & 0o7777
    self.uid = uid
    self.gid = gid
    self.mtime = mtime
    self.attributes = attributes
  }

  /// Bytes of content that follow the header.
  public var contentSize: Int {
    guard case .file(let size) = kind else { return 0 }
    return max(0, size)
  }

  /// How many zero bytes follow a content of so many bytes.
  ///
  /// - Parameter size: bytes of the content.
  /// - Returns: 0 to 511.
  public static func padding(after size: Int) -> Int { (512 - size & 511) & 511 }

  /// How many zero bytes end an archive: two blocks.
  public static let endLength = 1024

  /// The header: 512 bytes, more where something has to be said in pax records.
  public var header: [UInt8] {
    var bytes: [UInt8] = []
    appendHeader(to: &bytes)
    return bytes
  }

  /// Writes the header behind what is in `bytes`.
  public func appendHeader(to bytes: inout [UInt8]) {
    TarHeader.append(self, to: &bytes)
  }
}

/// An extended attribute of a file, such as `security.capability`.
///
/// Written as the pax record `SCHILY.xattr.<name>`, which GNU tar, libarchive and container runtimes read.
public struct TarAttribute: Hashable, Sendable {
  /// The name: "security.capability".
  public var name: String
  /// The value, any bytes.
  public var value: [UInt8]

  /// Pairs a name with its value.
  public init(name: String, value: [UInt8]) {
    self.name = name
    self.value = value
  }
}
