import EnvlockImage
import EnvlockModel
import EnvlockStore

/// An expected layer in the form in which layers are read, so that the two can be compared.
struct ExpectedLayer: Sendable {
  /// A file, folder or link.
  struct Member: Sendable {
    var member: TarMember
    /// The CRC-32 of its content; nil where it is not known, or there is none.
    var sum: UInt32?
    /// The hash of its content; nil where it is not known, or there is none.
    var hash: ContentHash?
  }

  /// The members in the archive's order.
  private(set) var members: [Member] = []
  /// The digest of all that is no content.
  private(set) var framing: Digest
  /// Bytes of the archive.
  private(set) var tarSize = 0

  /// Lays the archive out, without the contents that lie elsewhere.
  ///
  /// - Parameters:
  ///   - entries: what is in it.
  ///   - mtime: when everything was changed.
  ///   - hasTable: whether it carries an eStargz table.
  /// - Throws: `LayerFault`.
  init(_ entries: [LayerEntry], mtime: UInt32, hasTable: Bool) throws(LayerFault) {
    let plan =
      hasTable ? try StargzLayer(entries, mtime: mtime).plan : try LayerPlan(entries, mtime: mtime)
    var layout = Layout()
    for segment in plan.segments {
      switch segment {
      case .literal(let range): plan.literals[range].withUnsafeBytes { layout.take($0) }
      case .splice(let splice): layout.take(splice)
      }
    }
    layout.endMember()
    members = layout.members
    framing = layout.framing.digest()
    tarSize = plan.tarSize
  }

  /// The hashes that are of another kind than SHA-256, by path.
  var otherHashes: [String: ContentHash] {
    var hashes: [String: ContentHash] = [:]
    for member in members {
      if let hash = member.hash, hash.digest == nil { hashes[member.member.plainPath] = hash }
    }
    return hashes
  }

  /// Whether a layer is this archive, byte for byte.
  func isSame(as layer: ReadLayer) -> Bool {
    layer.damage == nil && layer.framing == framing && layer.tarSize == tarSize
      && layer.members.count == members.count
      && zip(members, layer.members).allSatisfy { $0.hasContent(of: $1) }
  }

  /// Reads a plan as a tar archive is read.
  private struct Layout {
    var members: [Member] = []
    var framing = SHA256Stream()
    private var reader = TarReader()
    private var content: SHA256Stream?
    /// The padding behind a content that lies elsewhere: the reader has passed over it already.
    private var padding = 0

    mutating func take(_ bytes: UnsafeRawBufferPointer) {
      let passed = UnsafeRawBufferPointer(rebasing: bytes.prefix(padding))
      framing.update(passed)
      padding -= passed.count
      let rest = UnsafeRawBufferPointer(rebasing: bytes.dropFirst(passed.count))
      var reader = reader
      do throws(TarFault) {
        try reader.push(rest) { piece in
          switch piece {
          case .framing(let bytes): framing.update(bytes)
          case .content(let bytes): content?.update(bytes)
          case .member(let member):
            endMember()
            members.append(Member(member: member))
            if case .file = member.kind { content = SHA256Stream() }
          }
        }
      } catch {
        // A plan is an archive; were it none, no layer would be the same as it, and the members would tell.
        framing.update("\(error)".utf8)
      }
      self.reader = reader
    }

    mutating func take(_ splice: Splice) {
      content = nil
      if let last = members.indices.last {
        members[last].sum = splice.crc
        members[last].hash = splice.expected
      }
      padding = max(0, reader.skipContent() - splice.size)
    }

    mutating func endMember() {
      guard let content, let last = members.indices.last else { return }
      members[last].hash = .sha256(content.digest())
      self.content = nil
    }
  }
}

extension ExpectedLayer.Member {
  /// Whether what was read has the content that is expected, as far as its hash and its CRC tell.
  func hasContent(of read: ReadLayer.Member) -> Bool {
    guard case .file(let size) = member.kind else { return true }
    guard read.member.kind == .file(size: size) else { return false }
    if let sum, sum != read.sum { return false }
    switch hash {
    case .sha256(let digest): return read.sha256 == digest
    case .sha384, .sha512: return read.other == hash
    case nil: return true
    }
  }
}
