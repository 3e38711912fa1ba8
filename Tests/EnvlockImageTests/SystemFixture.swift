import EnvlockImage
import EnvlockModel

/// Packages and archives in memory: the content of their files lies in one text, uncompressed.
struct SystemFixture {
  private(set) var members: [ArchiveEntry] = []
  private var content: [UInt8] = []

  /// Adds a file with these characters in it.
  mutating func file(
    _ path: String, _ text: String = "x", mode: UInt16 = 0o644, uid: UInt32 = 0, gid: UInt32 = 0,
    attributes: [TarAttribute] = []
  ) throws {
    let bytes = Array(text.utf8)
    let packed = PackedContent(
      offset: content.count, compressedSize: bytes.count, isDeflated: false, size: bytes.count, crc: 0,
      sha256: try digest(bytes))
    content += bytes
    members.append(
      ArchiveEntry(
        path: path, kind: .file(packed), mode: mode, uid: uid, gid: gid, attributes: attributes))
  }

  /// Adds folders.
  mutating func folders(_ paths: String..., mode: UInt16 = 0o755, gid: UInt32 = 0) {
    members += paths.map { ArchiveEntry(path: $0, kind: .directory, mode: mode, gid: gid) }
  }

  /// Adds a symbolic link.
  mutating func link(_ path: String, to text: String) {
    members.append(ArchiveEntry(path: path, kind: .symbolicLink(text), mode: 0o777))
  }

  /// Adds a hard link.
  mutating func hardLink(_ path: String, to text: String) {
    members.append(ArchiveEntry(path: path, kind: .hardLink(text), mode: 0o644))
  }

  /// Adds anything.
  mutating func add(_ member: ArchiveEntry) { members.append(member) }

  /// The members as a package of Debian.
  func tree(_ package: String, source: Int = 0, md5sums: String? = nil, fields: String = "") throws
    -> DebianTree
  {
    try DebianTree(
      package: package, members: members, source: source,
      control: Array("Package: \(package)\nVersion: 1-1\nArchitecture: amd64\n\(fields)".utf8),
      md5sums: md5sums.map { Array($0.utf8) }
    ) { packed in Array(content[packed.offset..<packed.offset + packed.size]) }
  }

  /// A digest that differs where the bytes do; these tests need no more of it.
  private func digest(_ bytes: [UInt8]) throws -> Digest {
    var state: [UInt64] = [1, 2, 3, 4]
    for (place, byte) in bytes.enumerated() {
      state[place % 4] = state[place % 4] &* 1_099_511_628_211 &+ UInt64(byte) &+ 1
    }
    let hex = state.map { value in
      let text = String(value, radix: 16)
      return String(repeating: "0", count: 16 - text.count) + text
    }
    return try Digest(sha256Hex: hex.joined())
  }
}

/// Entries, a line each: kind, mode, owner, path, and what is in it.
func listing(_ entries: [LayerEntry]) -> String {
  entries.map { entry in
    let mode = String(entry.mode, radix: 8)
    let owner = "\(entry.uid):\(entry.gid)"
    let start = "\(mode) \(owner) \(entry.path)"
    let attributes = entry.attributes.map { " [\($0.name)]" }.joined()
    switch entry.content {
    case .directory: return "d \(start)/\(attributes)\n"
    case .bytes(let bytes): return "m \(start) (\(bytes.count) bytes)\(attributes)\n"
    case .splice(let splice): return "f \(start) (\(splice.size) bytes of \(splice.source))\(attributes)\n"
    case .symbolicLink(let target): return "l \(start) -> \(target)\(attributes)\n"
    case .hardLink(let target): return "h \(start) = \(target)\(attributes)\n"
    }
  }.joined()
}

/// The text of a file that is made.
func text(_ path: String, in entries: [LayerEntry]) -> String? {
  guard case .bytes(let bytes)? = entries.first(where: { $0.path.text == path })?.content else { return nil }
  return String(decoding: bytes, as: UTF8.self)
}
