/// Makes entries of an archive's members, one after the other.
struct TreeBuilder {
  /// How paths change on the way into an image.
  enum Relocation {
    /// As in a system whose /usr is merged.
    case mergedUsr
    /// From below one folder to below another.
    case folder(from: String, to: String)
  }

  private let origin: String
  private let relocation: Relocation
  private let source: Int
  /// Whether everything becomes root's, whoever owns it in the archive.
  private let ownedByRoot: Bool

  /// The entries in the archive's order.
  private var added: [LayerEntry] = []
  /// Which entry stands at a path.
  private var places: [ImagePath: Int] = [:]
  /// The members' own paths.
  private var seen: Set<ImagePath> = []

  /// - Parameters:
  ///   - origin: what the members belong to, for errors.
  ///   - relocation: how paths change.
  ///   - source: the number by which the layer's plan refers to the pack that holds their content.
  ///   - ownedByRoot: whether everything becomes root's.
  init(origin: String, relocation: Relocation, source: Int, ownedByRoot: Bool) {
    self.origin = origin
    self.relocation = relocation
    self.source = source
    self.ownedByRoot = ownedByRoot
  }

  /// The entries by ascending path.
  var entries: [LayerEntry] { added.sorted { $0.path < $1.path } }

  /// The entry at a path.
  func entry(at path: ImagePath) -> LayerEntry? { places[path].map { added[$0] } }

  /// Adds a member.
  ///
  /// - Parameter member: the member.
  /// - Returns: where it lands; nil where the image has something of its own instead: the root, a link of a merged /usr.
  /// - Throws: `TreeFault`.
  @discardableResult
  mutating func add(_ member: ArchiveEntry) throws(TreeFault) -> ImagePath? {
    guard let original = try path(member.path, of: member) else {
      guard member.kind == .directory else { throw fault(member, .path(.notPlain)) }
      return nil
    }
    if case .special(let what) = member.kind { throw fault(member, .special(what)) }
    guard seen.insert(original).inserted else { throw fault(member, .twice) }
    if case .mergedUsr = relocation, MergedUsr.isLink(original) {
      return try addAtLink(member, original)
    }
    let place = try moved(original, of: member)
    if case .symbolicLink(let text) = member.kind, case .mergedUsr = relocation, place != original,
      MergedUsr.isSelf(text, at: original)
    {
      // What it led to stands here now.
      return nil
    }
    var entry = LayerEntry(
      place, .directory, mode: member.mode & 0o7777, uid: ownedByRoot ? 0 : member.uid,
      gid: ownedByRoot ? 0 : member.gid, attributes: ArchiveMembers.kept(member.attributes))
    switch member.kind {
    case .directory, .special: break
    case .file(let content): entry.content = .splice(content.splice(source: source))
    case .symbolicLink(let text):
      entry.content = .symbolicLink(try linkTarget(text, at: original, of: member))
      entry.mode = ArchiveMembers.linkMode
    case .hardLink(let text): entry = try hardLink(to: text, at: place, of: member)
    }
    try insert(entry, member)
    return place
  }

  private mutating func insert(_ entry: LayerEntry, _ member: ArchiveEntry) throws(TreeFault) {
    guard let place = places[entry.path] else {
      places[entry.path] = added.count
      added.append(entry)
      return
    }
    let other = added[place]
    // Two folders that have become one: the first counts.
    if entry.content == .directory, other.content == .directory { return }
    guard entry.isSame(as: other) else { throw fault(member, .twice) }
  }

  /// A member that stands where a merged system has a link: a folder is its target, a link to a folder is that link.
  private mutating func addAtLink(
    _ member: ArchiveEntry, _ original: ImagePath
  ) throws(TreeFault) -> ImagePath? {
    switch member.kind {
    case .directory, .symbolicLink: return nil
    default: throw fault(member, .mergedUsr)
    }
  }

  private func linkTarget(
    _ text: String, at original: ImagePath, of member: ArchiveEntry
  ) throws(TreeFault) -> LinkTarget {
    var text = text
    if case .mergedUsr = relocation { text = MergedUsr.text(text, at: original) }
    do throws(PathProblem) {
      return try LinkTarget(text)
    } catch {
      throw fault(member, .linkText(error))
    }
  }

  /// A hard link is another name of a file that came before; of one to a symbolic link, a copy is made.
  private func hardLink(
    to text: String, at place: ImagePath, of member: ArchiveEntry
  ) throws(TreeFault) -> LayerEntry {
    guard let original = try path(text, of: member) else { throw fault(member, .hardLink(to: text)) }
    let target = try moved(original, of: member)
    guard target != place, let entry = entry(at: target) else { throw fault(member, .hardLink(to: text)) }
    var copy = entry
    copy.path = place
    switch entry.content {
    case .directory: throw fault(member, .hardLink(to: text))
    case .symbolicLink, .hardLink: break
    case .bytes, .splice: copy.content = .hardLink(target)
    }
    return copy
  }

  private func path(_ text: String, of member: ArchiveEntry) throws(TreeFault) -> ImagePath? {
    do throws(PathProblem) {
      return try ArchiveMembers.path(text)
    } catch {
      throw fault(member, .path(error))
    }
  }

  private func moved(_ path: ImagePath, of member: ArchiveEntry) throws(TreeFault) -> ImagePath {
    switch relocation {
    case .mergedUsr: return MergedUsr.moved(path)
    case .folder(let from, let to):
      let isBelow = path.text.hasPrefix(from + "/")
      guard isBelow || path.text == from && member.kind == .directory else {
        throw fault(member, .outside(folder: from))
      }
      do throws(PathProblem) {
        return try ImagePath(to + path.text.dropFirst(from.utf8.count))
      } catch {
        throw fault(member, .path(error))
      }
    }
  }

  private func fault(_ member: ArchiveEntry, _ problem: TreeFault.Problem) -> TreeFault {
    TreeFault(origin, path: member.path, problem)
  }
}
