import EnvlockImage
import EnvlockModel
import EnvlockStore

/// In which files two layers differ.
enum LayerDifference {
  /// How many files are worth telling.
  static let limit = 100

  /// The differences by ascending path.
  ///
  /// - Parameters:
  ///   - expected: the layer as it should be.
  ///   - found: the layer as it is.
  /// - Returns: the faults, and how many more there are.
  static func faults(_ expected: ExpectedLayer, _ found: ReadLayer) -> (faults: [ImageFault], omitted: Int) {
    var faults: [ImageFault] = []
    // The member at which a damaged layer breaks off is told with the damage.
    let members = found.damage == nil ? found.members[...] : found.members.dropLast()
    var places: [String: Int] = [:]
    for (index, member) in members.enumerated() {
      let path = member.member.plainPath
      if places.updateValue(index, forKey: path) != nil {
        faults.append(ImageFault(.extraFile, path, "comes more than once"))
      }
    }
    var known: Set<String> = []
    for member in expected.members {
      let path = member.member.plainPath
      known.insert(path)
      guard let place = places[path] else {
        if found.damage == nil { faults.append(ImageFault(.missingFile, path, "is missing")) }
        continue
      }
      faults += self.faults(path, member, members[place])
    }
    for member in members where !known.contains(member.member.plainPath) {
      let path = member.member.plainPath
      faults.append(
        ImageFault(.extraFile, path, "should not be there", found: kind(member.member.kind)))
    }
    if faults.count > 1 {
      // The table of an eStargz layer lists all other files, so it differs with each of them.
      faults.removeAll { $0.place == tableName }
    }
    if faults.isEmpty, found.damage == nil { faults.append(archiveFault(expected, found)) }
    faults.sort { ($0.place, $0.reason) < ($1.place, $1.reason) }
    return (Array(faults.prefix(limit)), max(0, faults.count - limit))
  }

  /// The name of eStargz's table.
  static let tableName = "stargz.index.json"

  private static func faults(
    _ path: String, _ expected: ExpectedLayer.Member, _ found: ReadLayer.Member
  ) -> [ImageFault] {
    let (a, b) = (expected.member, found.member)
    var faults: [ImageFault] = []
    func property(_ reason: String, _ expected: String, _ found: String) {
      faults.append(ImageFault(.properties, path, reason, expected: expected, found: found))
    }
    switch (a.kind, b.kind) {
    case (.file(let size), .file(let foundSize)) where size != foundSize:
      faults.append(
        ImageFault(
          .content, path, "has another size", expected: "\(size) bytes", found: "\(foundSize) bytes"))
    case (.file, .file):
      if !expected.hasContent(of: found) {
        faults.append(content(path, expected, found))
      }
    case (.symbolicLink(let target), .symbolicLink(let foundTarget)),
      (.hardLink(let target), .hardLink(let foundTarget)):
      if target != foundTarget { property("links elsewhere", target, foundTarget) }
    case let (kind, foundKind) where kind != foundKind:
      property("is something else", self.kind(kind), self.kind(foundKind))
    default: break
    }
    if a.mode != b.mode { property("has another mode", octal(a.mode), octal(b.mode)) }
    if (a.uid, a.gid) != (b.uid, b.gid) {
      property("belongs to somebody else", "\(a.uid):\(a.gid)", "\(b.uid):\(b.gid)")
    }
    if a.mtime != b.mtime { property("has another time", "\(a.mtime)", "\(b.mtime)") }
    if a.attributes != b.attributes {
      property("has other extended attributes", names(a.attributes), names(b.attributes))
    }
    return faults
  }

  private static func content(
    _ path: String, _ expected: ExpectedLayer.Member, _ found: ReadLayer.Member
  ) -> ImageFault {
    let reason = "has other content"
    switch expected.hash {
    case .sha256(let digest) where digest != found.sha256:
      return ImageFault(.content, path, reason, expected: "\(digest)", found: found.sha256.map { "\($0)" })
    case .some(let hash) where hash.digest == nil && hash != found.other:
      return ImageFault(.content, path, reason, expected: "\(hash)", found: found.other.map { "\($0)" })
    default:
      return ImageFault(
        .content, path, reason, expected: expected.sum.map { "CRC \(hex($0))" },
        found: "CRC \(hex(found.sum))")
    }
  }

  /// What is wrong where no file differs.
  private static func archiveFault(_ expected: ExpectedLayer, _ found: ReadLayer) -> ImageFault {
    for (a, b) in zip(expected.members, found.members) where a.member.plainPath != b.member.plainPath {
      return ImageFault(
        .archive, b.member.plainPath, "stands in another place of the archive",
        expected: a.member.plainPath, found: b.member.plainPath)
    }
    return ImageFault(.archive, "", "has the right files in an archive that is written in another way")
  }

  // MARK: Words

  private static func kind(_ kind: TarMember.Kind) -> String {
    switch kind {
    case .file(let size): "a file of \(size) bytes"
    case .directory: "a folder"
    case .symbolicLink(let target): "a link to \(target)"
    case .hardLink(let target): "another name of \(target)"
    case .special(let what): "a \(what)"
    }
  }

  private static func names(_ attributes: [TarAttribute]) -> String {
    if attributes.isEmpty { return "none" }
    return attributes.map { "\($0.name) of \($0.value.count) bytes" }.joined(separator: ", ")
  }

  private static func octal(_ mode: UInt16) -> String {
    let digits = String(mode, radix: 8)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }

  private static func hex(_ sum: UInt32) -> String {
    let digits = String(sum, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }
}
