public import EnvlockModel

/// A layer that also carries a table of its contents, so that a runtime can fetch single files of it when they are
/// needed. Whoever does not know of that sees an ordinary layer.
///
/// Source: containerd's stargz-snapshotter, docs/estargz.md ("eStargz"). Each file is one chunk: its bytes are those of
/// the wheel, which nobody cut.
public struct StargzLayer: Hashable, Sendable {
  /// The layer, the table and the footer included.
  public let plan: LayerPlan
  /// The digest of the table's text, for `digestAnnotation`.
  public let tableDigest: Digest
  /// Where the member with the table begins in the gzip file.
  public let tableOffset: Int

  /// The annotation of the layer's descriptor that holds the digest of the table.
  public static let digestAnnotation = "containerd.io/snapshot/stargz/toc.digest"
  /// The annotation of the layer's descriptor that holds how many bytes the tar archive has.
  public static let sizeAnnotation = "io.containers.estargz.uncompressed-size"
  /// The table's name in the archive.
  static let tableName = "stargz.index.json"
  /// A file that says: nothing is to be fetched before it is needed.
  static let landmark = ".no.prefetch.landmark"
  static let landmarkContent: [UInt8] = [0xF]

  /// Plans a layer with a table of its contents.
  ///
  /// - Parameters:
  ///   - entries: what is in it, in any order; the content of each file needs an expected SHA-256.
  ///   - mtime: when everything was changed, in seconds since 1970.
  /// - Throws: `LayerFault`.
  public init(_ entries: [LayerEntry], mtime: UInt32 = 0) throws(LayerFault) {
    let reserved = [StargzLayer.tableName, StargzLayer.landmark, ".prefetch.landmark"]
    for entry in entries where reserved.contains(entry.path.text) {
      throw LayerFault(entry.path, .reserved)
    }
    let landmark = LayerEntry(
      ImagePath(unchecked: StargzLayer.landmark, isASCII: true), .bytes(StargzLayer.landmarkContent),
      mode: 0o644)
    var plan = try LayerPlan(entries + [landmark], mtime: mtime, isOpen: true)
    let table = Array(try StargzLayer.table(of: plan).canonical().utf8)
    let offset = plan.gzipSize
    let path = ImagePath(unchecked: StargzLayer.tableName, isASCII: true)
    let header = TarEntry(path, .file(size: table.count), mode: 0o644, mtime: mtime).header
    let zeros = TarEntry.padding(after: table.count) + TarEntry.endLength
    plan.append(literal: header + table + Array(repeating: 0, count: zeros))
    plan.end(with: StargzLayer.footer(offset))
    self.plan = plan
    tableOffset = offset
    tableDigest = SmallSHA256.of(table)
  }

  /// The annotations of the layer's descriptor.
  public var annotations: [String: String] {
    [
      StargzLayer.digestAnnotation: tableDigest.description,
      StargzLayer.sizeAnnotation: String(plan.tarSize),
    ]
  }

  /// The footer: an empty gzip member whose extra field says where the table begins.
  ///
  /// - Parameter offset: where the table's member begins.
  /// - Returns: 51 bytes.
  static func footer(_ offset: Int) -> [UInt8] {
    let digits = String(UInt64(offset), radix: 16)
    let field = Array((String(repeating: "0", count: 16 - digits.utf8.count) + digits + "STARGZ").utf8)
    var bytes = GzipMember.header
    // The fourth byte are the flags; 4 says that an extra field follows.
    bytes[3] = 4
    bytes += [UInt8(field.count + 4), 0, UInt8(ascii: "S"), UInt8(ascii: "G"), UInt8(field.count), 0]
    return bytes + field + GzipMember.blockHeader(count: 0, isLast: true)
      + GzipMember.trailer(crc: 0, size: 0)
  }

  private static func table(of plan: LayerPlan) throws(LayerFault) -> JSONValue {
    let time = Timestamp.text(plan.mtime)
    var rows: [JSONValue] = []
    rows.reserveCapacity(plan.entries.count)
    for (entry, offset) in zip(plan.entries, plan.contentOffsets) {
      var row: JSONObject = [
        "gid": .integer(Int(entry.gid)), "mode": .integer(Int(entry.mode)), "modtime": .string(time),
        "name": .string(entry.path.text), "uid": .integer(Int(entry.uid)),
      ]
      switch entry.content {
      case .directory:
        row["name"] = .string(entry.path.text + "/")
        row["type"] = "dir"
      case .symbolicLink(let target):
        row["linkName"] = .string(target.text)
        row["type"] = "symlink"
      case .hardLink(let target):
        row["linkName"] = .string(target.text)
        row["type"] = "hardlink"
      case .bytes, .splice: row["type"] = "reg"
      }
      if let offset {
        let digest = try digest(of: entry)
        row["chunkDigest"] = .string(digest)
        row["digest"] = .string(digest)
        row["offset"] = .integer(offset)
        row["size"] = .integer(entry.size)
      }
      if !entry.attributes.isEmpty {
        row["xattrs"] = .object(
          JSONObject(entry.attributes.map { ($0.name, .string(Base64.encoded($0.value))) }))
      }
      rows.append(.object(row))
    }
    return ["entries": .array(rows), "version": 1]
  }

  private static func digest(of entry: LayerEntry) throws(LayerFault) -> String {
    switch entry.content {
    case .bytes(let bytes): return SmallSHA256.of(bytes).description
    case .splice(let splice):
      guard let digest = splice.expected?.digest else { throw LayerFault(entry.path, .digestUnknown) }
      return digest.description
    case .directory, .symbolicLink, .hardLink: return ""
    }
  }
}
