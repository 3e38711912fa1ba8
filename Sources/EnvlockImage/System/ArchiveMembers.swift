/// What holds for the members of every archive that is put into an image.
enum ArchiveMembers {
  /// The path of a member as it will be in the image: without `./` in front and a slash behind; nil for the root itself.
  ///
  /// - Throws: `PathProblem`.
  static func path(_ text: String) throws(PathProblem) -> ImagePath? {
    if text.isEmpty { throw .empty }
    var rest = text[...]
    while rest.hasPrefix("./") { rest = rest.dropFirst(2) }
    if rest.utf8.last == UInt8(ascii: "/"), rest.utf8.count > 1 { rest = rest.dropLast() }
    if rest.isEmpty || rest == "." { return nil }
    return try ImagePath(String(rest))
  }

  /// The extended attributes that an image keeps: capabilities. What else an archive may hold (labels of SELinux, access
  /// lists) belongs to the machine on which the archive was made.
  static func kept(_ attributes: [TarAttribute]) -> [TarAttribute] {
    attributes.filter { $0.name == "security.capability" }
  }

  /// Permission bits of symbolic links, which nobody looks at.
  static let linkMode: UInt16 = 0o777
}

extension LayerEntry {
  /// Whether two entries put the same thing at a path: contents are compared by size and hash, wherever they lie.
  func isSame(as other: LayerEntry) -> Bool {
    guard path == other.path, mode == other.mode, uid == other.uid, gid == other.gid,
      attributes == other.attributes
    else { return false }
    switch (content, other.content) {
    case (.splice(let a), .splice(let b)):
      return a.size == b.size && (a.size == 0 || (a.expected != nil && a.expected == b.expected))
    case (.bytes(let bytes), .splice(let splice)), (.splice(let splice), .bytes(let bytes)):
      return splice.size == bytes.count
        && (bytes.isEmpty || splice.expected == .sha256(SmallSHA256.of(bytes)))
    default: return content == other.content
    }
  }

  /// A symbolic link of root's.
  static func link(_ path: ImagePath, to target: LinkTarget) -> LayerEntry {
    LayerEntry(path, .symbolicLink(target), mode: ArchiveMembers.linkMode)
  }
}
