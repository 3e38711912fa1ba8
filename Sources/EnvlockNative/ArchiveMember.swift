/// A member of an archive, as the archive states it.
package struct ArchiveMember: Hashable, Sendable {
  /// Which part of a Debian package it belongs to.
  package enum Part: Hashable, Sendable {
    /// What the package manager reads: control, md5sums, conffiles, scripts.
    case control
    /// What lands on the disk; every member of another archive.
    case data
  }

  /// What it is.
  package enum Kind: Hashable, Sendable {
    /// A file of so many bytes.
    case file(size: Int)
    /// A folder.
    case directory
    /// A symbolic link, with its text.
    case symbolicLink(String)
    /// Another name of a member that came before, by its path.
    case hardLink(String)
    /// A device, a pipe or a socket, in words.
    case special(String)
  }

  /// An extended attribute.
  package struct Attribute: Hashable, Sendable {
    /// The name: "security.capability".
    package var name: String
    /// The value.
    package var value: [UInt8]
  }

  /// Which part of a Debian package it belongs to.
  package var part: Part
  /// The path as it is written: "./usr/bin/git".
  package var path: String
  /// What it is.
  package var kind: Kind
  /// Permission bits, with set-uid, set-gid and sticky bit.
  package var mode: UInt16
  /// The number of the user who owns it.
  package var uid: UInt32
  /// The number of the group that owns it.
  package var gid: UInt32
  /// Extended attributes by the bytes of their names, each name once.
  package var attributes: [Attribute]

  /// Describes a member.
  package init(
    part: Part, path: String, kind: Kind, mode: UInt16, uid: UInt32, gid: UInt32, attributes: [Attribute] = []
  ) {
    self.part = part
    self.path = path
    self.kind = kind
    self.mode = mode
    self.uid = uid
    self.gid = gid
    self.attributes = attributes
  }
}
