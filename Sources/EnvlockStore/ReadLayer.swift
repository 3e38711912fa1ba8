package import EnvlockImage
package import EnvlockModel

/// What a layer on the disk turned out to be.
package struct ReadLayer: Sendable {
  /// A file, folder or link of it.
  package struct Member: Hashable, Sendable {
    /// What the archive says of it.
    package var member: TarMember
    /// The CRC-32 of a file's content; 0 for what is none.
    package var sum: UInt32
    /// The SHA-256 of a file's content; nil for what is none.
    package var sha256: Digest?
    /// The hash of another kind that was asked for.
    package var other: ContentHash?

    /// Describes a member.
    package init(_ member: TarMember, sum: UInt32 = 0, sha256: Digest? = nil, other: ContentHash? = nil) {
      self.member = member
      self.sum = sum
      self.sha256 = sha256
      self.other = other
    }
  }

  /// The digest of its bytes.
  package var digest: Digest
  /// How many bytes it has.
  package var size: Int
  /// How it is compressed, as its first bytes tell.
  package var compression: MediaType.Compression
  /// The digest of the tar archive, as far as it could be read.
  package var diffID: Digest
  /// Bytes of the tar archive, as far as it could be read.
  package var tarSize: Int
  /// The SHA-256 of all that is no content of a file: two archives with the same of it, and the same contents, are the same.
  package var framing: Digest
  /// What is in it, in the archive's order; empty where it was not asked for.
  package var members: [Member]
  /// Why it could not be read to its end, as the end of a sentence about it; nil where it was.
  package var damage: String?
}
