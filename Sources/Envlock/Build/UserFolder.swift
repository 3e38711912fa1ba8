import EnvlockImage
import EnvlockModel
import EnvlockStore

/// The user's files, as they lie on the disk.
enum UserFolder {
  /// Files to copy into an image.
  struct Content: Sendable {
    /// What lands in the image.
    var entries: [LayerEntry] = []
    /// The files that the entries' splices number.
    var sources: [LayerSource] = []
    /// All that the layer depends on.
    var identity = ""
  }

  /// Reads what an image is to hold of a folder.
  ///
  /// - Parameters:
  ///   - image: What the manifest says of the image.
  ///   - folder: The folder that paths are relative to.
  ///   - accounts: The image's users by name; nil where they are not known.
  ///   - bundled: What is copied, where a bundle has it; then the folder is not looked at.
  /// - Returns: The files; nothing where nothing is to be copied.
  /// - Throws: `BadRequest`, `TreeFault`, `FileFailure`.
  static func content(
    of image: ImageDeclaration, in folder: String, accounts: Accounts?, _ bundled: [FolderItem]? = nil
  ) throws -> Content {
    let workdir = try readable { () throws(MalformedText) in try UserFiles.workdir(image.workdir) }
    var owner = Accounts.Owner.root
    if let user = image.user {
      owner = try readable { () throws(MalformedText) in
        // Of an image below only numbers are known; files then belong to root.
        if let accounts { return try accounts.owner(user) }
        return try Accounts.numbers(user) ?? .root
      }
    }
    guard !image.copy.isEmpty || workdir != nil || owner != .root else { return Content() }
    var items: [UserFiles.Item] = []
    var sources: [LayerSource] = []
    for item in try bundled ?? self.items(of: image, in: folder) {
      items.append(try Self.item(item, &sources))
    }
    var entries = try UserFiles.entries(items, workdir: workdir, owner: owner)
    if var accounts, !accounts.has(owner) {
      accounts.add(owner, home: image.workdir ?? "/")
      entries += try accounts.entries()
    }
    return Content(entries: entries, sources: sources, identity: identity(entries))
  }

  /// What an image copies of a folder.
  ///
  /// - Returns: The items in the order in which the manifest names them.
  /// - Throws: `BadRequest`, `FileFailure`.
  static func items(of image: ImageDeclaration, in folder: String) throws -> [FolderItem] {
    var items: [FolderItem] = []
    for text in image.copy {
      let path = try readable { () throws(MalformedText) in try UserFiles.path(text) }
      items += try FolderTree.items(at: path?.text ?? ".", below: folder)
    }
    return items
  }

  /// An item's path; nil for the folder itself.
  static func path(_ item: FolderItem) throws(BadRequest) -> ImagePath? {
    try readable { () throws(MalformedText) in try UserFiles.path(item.path) }
  }

  /// What is said of a device, a pipe or a socket.
  static func special(_ item: FolderItem) -> BadRequest {
    BadRequest("\(item.place) is no file and no folder, and cannot be copied into an image")
  }

  private static func readable<Value>(
    _ read: () throws(MalformedText) -> Value
  ) throws(BadRequest) -> Value {
    do { return try read() } catch { throw BadRequest("[image]: \(error)") }
  }

  private static func item(
    _ item: FolderItem, _ sources: inout [LayerSource]
  ) throws(BadRequest) -> UserFiles.Item {
    switch item.kind {
    case .folder: return UserFiles.Item(path: item.path, kind: .folder)
    case .link(let text): return UserFiles.Item(path: item.path, kind: .symbolicLink(text))
    case .special: throw special(item)
    case .file(let size, let digest, let isExecutable):
      let splice = Splice(file: sources.count, size: size, expected: .sha256(digest))
      sources.append(LayerSource(name: item.place, path: item.place, digest: nil))
      return UserFiles.Item(
        path: item.path, kind: .file(.splice(splice), isExecutable: isExecutable))
    }
  }

  /// A digest of all that the layer's tar archive depends on.
  private static func identity(_ entries: [LayerEntry]) -> String {
    var text = ""
    for entry in entries {
      text += "\(entry.path) \(entry.mode) \(entry.uid) \(entry.gid) "
      switch entry.content {
      case .splice(let splice): text += "file \(splice.expected?.description ?? "")"
      case .symbolicLink(let target): text += "link \(target)"
      case .hardLink(let target): text += "hard link \(target)"
      case .bytes(let bytes): text += "bytes \(sha256(bytes))"
      case .directory: text += "folder"
      }
      text += "\n"
    }
    return sha256(Array(text.utf8)).description
  }
}
