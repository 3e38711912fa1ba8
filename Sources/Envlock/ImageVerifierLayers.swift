import EnvlockImage
import EnvlockModel
import EnvlockStore

/// Holds the layers of an image against those that it must have.
struct LayerMatching {
  /// The layers that an image must have, as they are compared.
  struct Expected: Sendable {
    fileprivate enum Content: Sendable {
      case archive(entries: [LayerEntry], ExpectedLayer)
      case carriedOver(ImageDescriptor, diffID: Digest)
    }

    fileprivate let titles: [String]
    fileprivate let contents: [Content]
    fileprivate let mtime: UInt32

    /// Lays all layers out.
    ///
    /// - Throws: `LayerFault` where files do not make a layer.
    init(_ expectation: ImageExpectation) throws(LayerFault) {
      titles = expectation.layers.map(\.title)
      mtime = expectation.mtime
      var contents: [Content] = []
      for layer in expectation.layers {
        switch layer.content {
        case .carriedOver(let descriptor, let diffID):
          contents.append(.carriedOver(descriptor, diffID: diffID))
        case .entries(let entries):
          contents.append(
            .archive(
              entries: entries, try ExpectedLayer(entries, mtime: expectation.mtime, hasTable: false)))
        }
      }
      self.contents = contents
    }

    /// The digests of the layers that are carried over.
    var carriedOver: Set<Digest> {
      Set(contents.compactMap { if case .carriedOver(let layer, _) = $0 { layer.digest } else { nil } })
    }

    /// The hashes that are of another kind than SHA-256, by path.
    var otherHashes: [String: ContentHash] {
      contents.reduce(into: [:]) { hashes, content in
        guard case .archive(_, let layer) = content else { return }
        hashes.merge(layer.otherHashes) { first, _ in first }
      }
    }

    /// The layer with an eStargz table where the one that was read has one.
    fileprivate func archive(_ index: Int, for read: ReadLayer) -> ExpectedLayer? {
      guard case .archive(let entries, let layer) = contents[index] else { return nil }
      guard read.hasTable else { return layer }
      return try? ExpectedLayer(LayerMatching.digested(entries, by: read), mtime: mtime, hasTable: true)
    }
  }

  /// Entries with the SHA-256 of every file, which an eStargz table holds. Where only a hash of another kind or a CRC is
  /// known, the digest of what was read stands in, if what is known is right.
  private static func digested(_ entries: [LayerEntry], by read: ReadLayer) -> [LayerEntry] {
    let isUnknown = { (entry: LayerEntry) in
      guard case .splice(let splice) = entry.content else { return false }
      return splice.expected?.digest == nil
    }
    guard entries.contains(where: isUnknown) else { return entries }
    let members = Dictionary(read.members.map { ($0.member.plainPath, $0) }) { first, _ in first }
    return entries.map { entry in
      guard isUnknown(entry), case .splice(var splice) = entry.content,
        let member = members[entry.path.text], let digest = member.sha256,
        member.sum == splice.crc ?? member.sum,
        member.other == splice.expected
      else { return entry }
      splice.expected = .sha256(digest)
      var known = entry
      known.content = .splice(splice)
      return known
    }
  }

  /// The layers of the image, with what they turned out to be.
  private(set) var layers: [ImageVerification.Layer] = []
  /// What is wrong with their number and order.
  private(set) var faults: [ImageFault] = []
  /// The eStargz tables that layers must have, by their place in the image: the annotations of their descriptors.
  private(set) var tables: [Int: [String: String]] = [:]

  private let expected: Expected?
  private let read: [ReadLayer?]
  private let image: LayoutReader.Image

  /// Compares.
  ///
  /// - Parameters:
  ///   - expected: what must be there; nil compares nothing.
  ///   - read: what is there; nil for a layer whose bytes are missing.
  ///   - image: the image's documents.
  init(_ expected: Expected?, _ read: [ReadLayer?], _ image: LayoutReader.Image) {
    self.expected = expected
    self.read = read
    self.image = image
    let partners = expected.map { pairs(with: $0) } ?? read.map { _ in nil }
    for index in read.indices { layers.append(layer(index, partners[index])) }
    guard let expected else { return }
    for (index, title) in expected.titles.enumerated() where !partners.contains(index) {
      faults.append(ImageFault(.missingLayer, title, "is missing"))
    }
    faults += orderFaults(expected, partners)
  }

  // MARK: Which is which

  /// For each layer that was read, which of the expected ones it is to be held against.
  private func pairs(with expected: Expected) -> [Int?] {
    var partners: [Int?] = read.map { _ in nil }
    var free = Array(expected.contents.indices)
    func pair(_ index: Int, _ place: Int) {
      partners[index] = free.remove(at: place)
    }
    // Where it belongs, and right; then right elsewhere.
    for index in read.indices {
      if let place = free.firstIndex(of: index), isExact(index, index, expected) { pair(index, place) }
    }
    for index in read.indices where partners[index] == nil {
      if let place = free.firstIndex(where: { isExact(index, $0, expected) }) { pair(index, place) }
    }
    // Of the others, those that share most files, then the nearest.
    var candidates: [(shared: Int, distance: Int, index: Int, other: Int)] = []
    for index in read.indices where partners[index] == nil {
      let paths = Set(read[index]?.members.map(\.member.plainPath) ?? [])
      for other in free {
        candidates.append((shared(paths, other, expected), abs(index - other), index, other))
      }
    }
    candidates.sort {
      ($1.shared, $0.distance, $0.index, $0.other) < ($0.shared, $1.distance, $1.index, $1.other)
    }
    for candidate in candidates where partners[candidate.index] == nil {
      guard let place = free.firstIndex(of: candidate.other) else { continue }
      // Layers without a common file are the same one only where they stand in the same place.
      guard candidate.shared > 0 || candidate.distance == 0 else { continue }
      pair(candidate.index, place)
    }
    return partners
  }

  private func isExact(_ index: Int, _ other: Int, _ expected: Expected) -> Bool {
    guard let read = read[index] else { return false }
    if case .carriedOver(let descriptor, let diffID) = expected.contents[other] {
      // An archive without a manifest may hold it compressed in another way, or not at all.
      let isSame = image.manifest == nil || read.digest == descriptor.digest
      return isSame && read.diffID == diffID && read.damage == nil
    }
    return expected.archive(other, for: read)?.isSame(as: read) ?? false
  }

  private func shared(_ paths: Set<String>, _ other: Int, _ expected: Expected) -> Int {
    guard case .archive(_, let layer) = expected.contents[other] else { return 0 }
    // Folders are shared by layers that have nothing else in common.
    return layer.members.count { $0.member.kind != .directory && paths.contains($0.member.plainPath) }
  }

  private func orderFaults(_ expected: Expected, _ partners: [Int?]) -> [ImageFault] {
    let present = partners.compactMap { $0 }
    guard present != present.sorted() else { return [] }
    let wanted = present.sorted()
    return zip(present, wanted).filter { $0 != $1 }.map { found, wanted in
      ImageFault(
        .layerOrder, expected.titles[found], "stands in the place of another layer",
        expected: expected.titles[wanted], found: expected.titles[found])
    }
  }

  // MARK: One layer

  private mutating func layer(_ index: Int, _ partner: Int?) -> ImageVerification.Layer {
    let stated = image.layers[index]
    guard let read = read[index] else {
      return ImageVerification.Layer(
        title: partner.flatMap { expected?.titles[$0] } ?? stated.name,
        digest: stated.digest ?? image.configDigest, diffID: image.configDigest, size: 0, tarSize: 0,
        files: 0, outcome: .differs, faults: [ImageFault(.blob, stated.name, "is missing")], omitted: 0)
    }
    var faults = blobFaults(index, read)
    var omitted = 0
    var outcome = ImageVerification.Layer.Outcome.whole
    if let expected {
      if let partner {
        if isExact(index, partner, expected) {
          if case .carriedOver = expected.contents[partner] {
            outcome = .carriedOver
          } else {
            outcome = .exact
          }
        } else {
          let differences = self.differences(expected, partner, read)
          faults += differences.faults
          omitted = differences.omitted
        }
        note(table: index, partner, read, expected)
      } else {
        faults.append(ImageFault(.extraLayer, "", "should not be there"))
      }
    }
    if !faults.isEmpty { outcome = .differs }
    return ImageVerification.Layer(
      title: partner.flatMap { expected?.titles[$0] } ?? stated.name, digest: read.digest,
      diffID: read.diffID, size: read.size, tarSize: read.tarSize,
      files: read.members.count { if case .file = $0.member.kind { true } else { false } },
      outcome: outcome, faults: faults, omitted: omitted)
  }

  /// What is wrong with its bytes, by what the image itself says of them.
  private func blobFaults(_ index: Int, _ read: ReadLayer) -> [ImageFault] {
    let stated = image.layers[index]
    var faults: [ImageFault] = []
    if let size = stated.descriptor?.size, size != read.size {
      faults.append(
        ImageFault(
          .blob, stated.name, "has another size", expected: "\(size) bytes", found: "\(read.size) bytes"))
    }
    if let digest = stated.digest, digest != read.digest {
      faults.append(
        ImageFault(.blob, stated.name, "has other bytes", expected: "\(digest)", found: "\(read.digest)"))
    }
    if let type = stated.descriptor?.mediaType, MediaType.compression(of: type) != read.compression {
      faults.append(
        ImageFault(.manifest, "layers[\(index)].mediaType", "is not what the layer is", found: type))
    }
    if let damage = read.damage {
      let path = read.members.last?.member.plainPath ?? ""
      faults.append(ImageFault(.damage, path, "is where the layer breaks off: it \(damage)"))
    } else if index < image.config.diffIDs.count, image.config.diffIDs[index] != read.diffID {
      faults.append(
        ImageFault(
          .diffID, "rootfs.diff_ids[\(index)]", "is not the digest of the layer's archive",
          expected: "\(image.config.diffIDs[index])", found: "\(read.diffID)"))
    }
    return faults
  }

  private func differences(
    _ expected: Expected, _ partner: Int, _ read: ReadLayer
  ) -> (faults: [ImageFault], omitted: Int) {
    if case .carriedOver(let descriptor, let diffID) = expected.contents[partner] {
      let (wanted, found) = read.diffID == diffID ? (descriptor.digest, read.digest) : (diffID, read.diffID)
      return (
        [
          ImageFault(
            .content, "", "is another layer than that of the image below", expected: "\(wanted)",
            found: "\(found)")
        ], 0
      )
    }
    guard let layer = expected.archive(partner, for: read) else { return ([], 0) }
    return LayerDifference.faults(layer, read)
  }

  /// Notes which table of contents a layer must have.
  private mutating func note(table index: Int, _ partner: Int, _ read: ReadLayer, _ expected: Expected) {
    guard read.hasTable, case .archive(let entries, _) = expected.contents[partner],
      let layer = try? StargzLayer(LayerMatching.digested(entries, by: read), mtime: expected.mtime)
    else { return }
    tables[index] = layer.annotations
  }
}

extension ReadLayer {
  /// Whether it ends with the table of an eStargz layer.
  fileprivate var hasTable: Bool { members.last?.member.plainPath == LayerDifference.tableName }
}
