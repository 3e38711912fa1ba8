/// A member of a tar archive as the archive states it: nothing of it has been checked but its form.
public struct TarMember: Hashable, Sendable {
  /// What it is.
  public enum Kind: Hashable, Sendable {
    /// A regular file of so many bytes.
    case file(size: Int)
    /// A folder.
    case directory
    /// A symbolic link, with its text.
    case symbolicLink(String)
    /// Another name of a file that came before it, by the path that the archive gives.
    case hardLink(String)
    /// A device or a pipe.
    case special(TarSpecial)
  }

  /// The path as written: "./usr/bin/python3", "etc/".
  public var path: String
  /// What it is.
  public var kind: Kind
  /// Permission bits, with set-uid, set-gid and sticky bit.
  public var mode: UInt16
  /// The number of the user who owns it.
  public var uid: Int
  /// The number of the group that owns it.
  public var gid: Int
  /// When it was changed, in seconds since 1970; a fraction is cut off.
  public var mtime: Int
  /// Extended attributes by ascending name.
  public var attributes: [TarAttribute]
  /// Where its first header begins in the archive.
  public var offset: Int
  /// Where its content begins in the archive.
  public var contentOffset: Int

  /// Bytes of content; 0 for what is no file.
  public var size: Int {
    guard case .file(let size) = kind else { return 0 }
    return size
  }

  /// The path without a leading `./` and without the slash that ends a folder's; empty for the root itself.
  public var plainPath: String {
    var path = path[...]
    while path.hasPrefix("./") {
      path = path.dropFirst(2)
    }
    if path == "." { return "" }
    if kind == .directory, path.utf8.count > 1, path.hasSuffix("/") { path = path.dropLast() }
    return String(path)
  }
}

/// What is neither a file nor a folder nor a link.
public enum TarSpecial: Hashable, Sendable, CustomStringConvertible {
  /// A character device, by the two numbers that the kernel knows it by.
  case characterDevice(major: UInt32, minor: UInt32)
  /// A block device, by the two numbers that the kernel knows it by.
  case blockDevice(major: UInt32, minor: UInt32)
  /// A pipe with a name.
  case pipe

  /// What it is, for messages: "character device".
  public var description: String {
    switch self {
    case .characterDevice: "character device"
    case .blockDevice: "block device"
    case .pipe: "pipe"
    }
  }
}
