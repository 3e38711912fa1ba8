import EnvlockModel
public import EnvlockVersions

/// The user's files in an image: what `[image] copy` names, below the folder that a container starts in.
///
/// A file or folder is copied under the path by which it is named: "train.py" to `<workdir>/train.py`, "src" and "src/"
/// both to `<workdir>/src`, and "." copies what is in the manifest's folder. Folders have mode 0o755, files 0o755 where
/// somebody may execute them, else 0o644, whatever they are on the disk; symbolic links stay links.
public enum UserFiles {
  /// A file, folder or link to copy.
  public struct Item: Hashable, Sendable {
    /// What it is.
    public enum Kind: Hashable, Sendable {
      /// A file.
      case file(LayerEntry.Content, isExecutable: Bool)
      /// A folder.
      case folder
      /// A symbolic link, with its text.
      case symbolicLink(String)
    }

    /// The path below the manifest's folder: "src/model.py".
    public var path: String
    /// What it is.
    public var kind: Kind

    /// Describes an item.
    public init(path: String, kind: Kind) {
      self.path = path
      self.kind = kind
    }
  }

  /// What a text of `copy` names.
  ///
  /// - Parameter text: "train.py", "src/", "./data/small.csv", ".".
  /// - Returns: the path below the manifest's folder; nil for the folder itself.
  /// - Throws: `MalformedText` for a path that is absolute or leads out of the folder.
  public static func path(_ text: String) throws(MalformedText) -> ImagePath? {
    do throws(PathProblem) {
      return try ArchiveMembers.path(text)
    } catch {
      throw MalformedText(what: "path to copy", text: text, reason: error.reason)
    }
  }

  /// Where a container starts: an absolute path.
  ///
  /// - Parameter text: "/app", "/app/"; nil is "/".
  /// - Returns: the path below the root; nil for the root.
  /// - Throws: `MalformedText` for one that is relative, or no path.
  public static func workdir(_ text: String?) throws(MalformedText) -> ImagePath? {
    guard let text else { return nil }
    guard text.utf8.first == UInt8(ascii: "/") else {
      throw MalformedText(what: "workdir", text: text, reason: "it has to begin with a slash")
    }
    let below = String(text.dropFirst())
    if below.isEmpty { return nil }
    do throws(PathProblem) {
      return try ArchiveMembers.path(below)
    } catch {
      throw MalformedText(what: "workdir", text: text, reason: error.reason)
    }
  }

  /// Lays the files out.
  ///
  /// - Parameters:
  ///   - items: what is copied, in any order; what several texts name may come several times.
  ///   - workdir: where to, as ``workdir(_:)`` gives it.
  ///   - owner: to whom the files belong, and the folder that a container starts in; folders of the system stay root's.
  /// - Returns: the entries by ascending path: the folder that the container starts in, and what is copied.
  /// - Throws: `TreeFault` for a path that is none, a link that leads out of the manifest's folder, and two different
  ///   things at one path.
  public static func entries(
    _ items: [Item], workdir: ImagePath?, owner: Accounts.Owner
  ) throws(TreeFault) -> [LayerEntry] {
    var places: [ImagePath: LayerEntry] = [:]
    for item in items {
      let path = try place(of: item, workdir)
      guard let path else { continue }
      let entry = try entry(item, path, owner)
      if let other = places.updateValue(entry, forKey: path), !entry.isSame(as: other) {
        throw TreeFault(Self.origin, path: item.path, .twice)
      }
    }
    if let workdir, places[workdir] == nil { places[workdir] = folder(workdir, owner) }
    // Those between; what is above the folder that a container starts in is root's.
    for path in Array(places.keys) {
      var parent = path.parent
      while let current = parent, current != workdir, workdir == nil || current.isBelow(workdir) {
        if places[current] == nil { places[current] = folder(current, owner) }
        parent = current.parent
      }
    }
    for entry in StandardFolders.above(places.keys) where places[entry.path] == nil {
      places[entry.path] = entry
    }
    return places.values.sorted { $0.path < $1.path }
  }

  private static let origin = "what is copied into the image"

  private static func place(of item: Item, _ workdir: ImagePath?) throws(TreeFault) -> ImagePath? {
    do throws(PathProblem) {
      guard let path = try ArchiveMembers.path(item.path) else { return nil }
      return try workdir?.appending(path.text) ?? path
    } catch {
      throw TreeFault(origin, path: item.path, .path(error))
    }
  }

  private static func entry(
    _ item: Item, _ path: ImagePath, _ owner: Accounts.Owner
  ) throws(TreeFault) -> LayerEntry {
    switch item.kind {
    case .folder: return folder(path, owner)
    case .file(let content, let isExecutable):
      return LayerEntry(path, content, mode: isExecutable ? 0o755 : 0o644, uid: owner.uid, gid: owner.gid)
    case .symbolicLink(let text):
      guard staysInside(text, at: item.path) else {
        throw TreeFault(origin, path: item.path, .leavesTree(text: text))
      }
      do throws(PathProblem) {
        return LayerEntry(
          path, .symbolicLink(try LinkTarget(text)), mode: ArchiveMembers.linkMode, uid: owner.uid,
          gid: owner.gid)
      } catch {
        throw TreeFault(origin, path: item.path, .linkText(error))
      }
    }
  }

  /// A folder: the owner's, unless it is one of the system's.
  private static func folder(_ path: ImagePath, _ owner: Accounts.Owner) -> LayerEntry {
    if let standard = StandardFolders.entry(path) { return standard }
    let owner = StandardFolders.isOfSystem(path) ? .root : owner
    return LayerEntry(path, .directory, mode: 0o755, uid: owner.uid, gid: owner.gid)
  }

  /// Whether a link leads to somewhere below the manifest's folder, as far as texts tell.
  private static func staysInside(_ text: String, at path: String) -> Bool {
    if text.utf8.first == UInt8(ascii: "/") { return false }
    var depth = path.split(separator: "/").filter { $0 != "." }.count - 1
    for part in text.split(separator: "/") where part != "." {
      depth += part == ".." ? -1 : 1
      if depth < 0 { return false }
    }
    return true
  }
}

extension ImagePath {
  /// Whether this lies below another path.
  fileprivate func isBelow(_ folder: ImagePath?) -> Bool {
    guard let folder else { return true }
    return text.hasPrefix(folder.text + "/")
  }
}
