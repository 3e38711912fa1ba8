import EnvlockImage
import EnvlockNative
import Glibc

/// Whom unpacked files belong to.
package enum UnpackOwner: Sendable {
  /// Whoever the image says; devices are made too. Only root can do so.
  case image
  /// Whoever unpacks it.
  case caller

  /// What this process can do.
  package static var possible: UnpackOwner { geteuid() == 0 ? .image : .caller }
}

/// The root folder of an image while layer after layer is unpacked into it.
///
/// Nothing that a layer says leads out of it: see `RootWalk`. Entries are made anew and never written through: a file that
/// has other names, in this layer or a lower one, keeps its content there.
///
/// Source: OCI image-spec 1.1, "Image Layer Filesystem Changeset".
final class RootFolder {
  private let top: OpenFolder
  private let owner: UnpackOwner
  private(set) var notes = UnpackNotes()
  /// What folders have, by their path without links. It is given to them in the end: until then their owner must be able
  /// to write to them, and what is made in them changes their time.
  private var folders: [String: RootFacts] = ["": .unsaid]
  /// What this layer has made, which its own whiteouts leave alone; nil in the lowest one, where they have no meaning.
  private var made: Set<String>?
  /// The folder that was found last: the next entry mostly is in the same.
  private var last: (parts: ArraySlice<String>, folder: OpenFolder)?

  /// - Parameters:
  ///   - folder: an empty folder, open, that nobody but its owner may enter; it is not closed.
  ///   - owner: whom the files will belong to.
  /// - Throws: `UnpackError.Cause`.
  init(_ folder: Int32, owner: UnpackOwner) throws(UnpackError.Cause) {
    let descriptor = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .make(errno) }
    top = OpenFolder(descriptor, path: "")
    self.owner = owner
  }

  /// Begins a layer that lies on top of what is there.
  func beginUpperLayer() { made = [] }

  // MARK: Entries

  /// Makes an empty file.
  ///
  /// - Returns: the file, open for writing; `finish` completes it.
  func makeFile(_ path: RootPath) throws(UnpackError.Cause) -> Int32 {
    try put(path) { folder, name in
      openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    }.result
  }

  /// Gives a file what it has beside its content.
  func finish(_ file: Int32, _ facts: RootFacts, path: String) throws(UnpackError.Cause) {
    // In this order: a new owner takes set-user-ID and capabilities away, and attributes need a file that can be written.
    if owner == .image, fchown(file, facts.uid, facts.gid) != 0 { throw .make(errno) }
    set(facts.attributes, path) { FileCalls.setAttribute($0.name, $0.value, of: file) }
    guard fchmod(file, facts.mode) == 0, futimens(file, facts.times) == 0 else { throw .make(errno) }
  }

  /// Makes a folder; one that is there keeps what is in it.
  func makeFolder(_ path: RootPath, _ facts: RootFacts) throws(UnpackError.Cause) {
    guard let name = path.name else {
      folders[""] = facts
      return
    }
    let folder = try parent(path)
    if let status = folder.status(of: name), status.st_mode & S_IFMT == S_IFDIR {
      made?.insert(folder.child(name))
    } else {
      _ = try put(path) { mkdirat($0, $1, 0o700) }
    }
    folders[folder.child(name)] = facts
  }

  /// Makes a symbolic link, wherever it leads.
  func makeLink(_ path: RootPath, _ target: String, _ facts: RootFacts) throws(UnpackError.Cause) {
    guard !target.utf8.contains(0) else { throw .way(reason: "its target holds a NUL") }
    let folder = try put(path) { symlinkat(target, $0, $1) }.folder
    try finish(path, in: folder, facts, hasMode: false)
  }

  /// Gives a file another name.
  ///
  /// - Throws: `UnpackError.Cause` where there is no such file, or it is a folder.
  func makeHardLink(_ path: RootPath, to target: String) throws(UnpackError.Cause) {
    let other: RootPath
    do throws(UnpackError.Cause) { other = try RootPath(target) } catch {
      guard case .name(let reason) = error else { throw error }
      throw .hardLink(target: target, reason: "and of that, \(reason)")
    }
    let missing = UnpackError.Cause.hardLink(target: target, reason: "which is not there")
    guard let otherName = other.name, let source = try find(other.parents, making: false),
      let status = source.status(of: otherName)
    else { throw missing }
    guard status.st_mode & S_IFMT != S_IFDIR else {
      throw .hardLink(target: target, reason: "which is a folder")
    }
    if let name = path.name, let there = try parent(path).status(of: name), there.st_ino == status.st_ino,
      there.st_dev == status.st_dev
    {
      return
    }
    do throws(UnpackError.Cause) {
      _ = try put(path) { linkat(source.descriptor, otherName, $0, $1, 0) }
    } catch {
      // It may have lain in what gave way to its other name.
      guard error == .make(ENOENT) else { throw error }
      throw missing
    }
  }

  /// Makes a pipe or a device; devices only where this user may.
  func makeSpecial(
    _ path: RootPath, _ special: TarSpecial, _ facts: RootFacts
  ) throws(UnpackError.Cause) {
    let (kind, device): (mode_t, dev_t) =
      switch special {
      case .pipe: (S_IFIFO, 0)
      case .characterDevice(let major, let minor): (S_IFCHR, FileCalls.device(major: major, minor: minor))
      case .blockDevice(let major, let minor): (S_IFBLK, FileCalls.device(major: major, minor: minor))
      }
    guard special == .pipe || owner == .image else { return try leaveOut(path) }
    let folder: OpenFolder
    do throws(UnpackError.Cause) {
      folder = try put(path) { mknodat($0, $1, kind | 0o600, device) }.folder
    } catch {
      // Root may not everywhere: not in a container.
      guard special != .pipe, error == .make(EPERM) else { throw error }
      return try leaveOut(path)
    }
    try finish(path, in: folder, facts, hasMode: true)
  }

  /// Does not make a device; what it would have replaced is gone all the same.
  private func leaveOut(_ path: RootPath) throws(UnpackError.Cause) {
    let folder = try parent(path)
    if let name = path.name { try clear(name, in: folder) }
    notes.skipDevice(path.parts.joined(separator: "/"))
  }

  // MARK: Whiteouts

  /// Removes what lower layers have at a path.
  func hide(_ path: RootPath) throws(UnpackError.Cause) {
    guard let made, let name = path.name, let folder = try find(path.parents, making: false) else { return }
    var removal = FolderRemoval { made.contains($0) }
    removal.remove(name, path: folder.child(name), in: folder.descriptor)
    try end(removal)
  }

  /// Removes what lower layers have in a folder.
  func hideContent(of parts: ArraySlice<String>) throws(UnpackError.Cause) {
    guard let made, let folder = try find(parts, making: false) else { return }
    var removal = FolderRemoval { made.contains($0) }
    removal.removeContent(of: folder.descriptor, path: folder.path)
    try end(removal)
  }

  // MARK: The end

  /// Gives folders what they have, the inner ones first.
  ///
  /// - Returns: what went wrong, and where; nil where nothing did.
  func finishFolders() -> (path: String, cause: UnpackError.Cause)? {
    let paths = folders.sorted { $1.key.utf8.lexicographicallyPrecedes($0.key.utf8) }
    for (path, facts) in paths {
      // Some were removed again, or gave way to something else.
      guard let folder = plain(path) else { continue }
      do throws(UnpackError.Cause) { try finish(folder.descriptor, facts, path: path) } catch {
        return (path, error)
      }
    }
    return nil
  }

  /// A folder by its path without links; nil where there is none.
  private func plain(_ path: String) -> OpenFolder? {
    var folder = top
    for name in path.utf8.split(separator: UInt8(ascii: "/")) {
      guard let inner = folder.enter(String(Substring(name))) else { return nil }
      folder = inner
    }
    return folder
  }

  // MARK: private

  private func find(
    _ parts: ArraySlice<String>, making: Bool
  ) throws(UnpackError.Cause) -> OpenFolder? {
    if let last, last.parts == parts { return last.folder }
    let walk = RootWalk(
      top: top,
      make: { name, folder throws(UnpackError.Cause) in try self.make(name, in: folder) },
      clear: { name, folder throws(UnpackError.Cause) in try self.clear(name, in: folder) })
    guard let folder = try walk.folder(parts, making: making) else { return nil }
    last = (parts, folder)
    return folder
  }

  private func parent(_ path: RootPath) throws(UnpackError.Cause) -> OpenFolder {
    guard let folder = try find(path.parents, making: true) else { throw .make(ENOENT) }
    return folder
  }

  /// Makes a folder that no layer speaks of, or not yet.
  private func make(_ name: String, in folder: OpenFolder) throws(UnpackError.Cause) -> OpenFolder {
    guard mkdirat(folder.descriptor, name, 0o700) == 0, let inner = folder.enter(name) else {
      throw .make(errno)
    }
    folders[inner.path] = .unsaid
    made?.insert(inner.path)
    return inner
  }

  /// Makes something; what lies there gives way. Where it cannot be made, `make` returns a number below 0, and errno why.
  private func put(
    _ path: RootPath, _ make: (_ folder: Int32, _ name: String) -> Int32
  ) throws(UnpackError.Cause) -> (result: Int32, folder: OpenFolder) {
    guard let name = path.name else { throw .name(reason: "it is the root, and no folder") }
    let folder = try parent(path)
    var result = make(folder.descriptor, name)
    if result < 0, errno == EEXIST {
      try clear(name, in: folder)
      result = make(folder.descriptor, name)
    }
    guard result >= 0 else { throw .make(errno) }
    made?.insert(folder.child(name))
    return (result, folder)
  }

  private func clear(_ name: String, in folder: OpenFolder) throws(UnpackError.Cause) {
    var removal = FolderRemoval()
    removal.remove(name, path: folder.child(name), in: folder.descriptor)
    try end(removal)
  }

  private func end(_ removal: FolderRemoval) throws(UnpackError.Cause) {
    // What was found may have been removed, or a link on the way to it.
    last = nil
    if let failure = removal.failure { throw .make(failure.code) }
  }

  /// Gives something that cannot be opened what it has.
  private func finish(
    _ path: RootPath, in folder: OpenFolder, _ facts: RootFacts, hasMode: Bool
  ) throws(UnpackError.Cause) {
    guard let name = path.name else { return }
    let descriptor = folder.descriptor
    if owner == .image, fchownat(descriptor, name, facts.uid, facts.gid, AT_SYMLINK_NOFOLLOW) != 0 {
      throw .make(errno)
    }
    set(facts.attributes, folder.child(name)) {
      FileCalls.setAttribute($0.name, $0.value, at: "/proc/self/fd/\(descriptor)/\(name)")
    }
    // It was made a moment ago and is no link, so none is followed.
    if hasMode, fchmodat(descriptor, name, facts.mode, 0) != 0 { throw .make(errno) }
    guard utimensat(descriptor, name, facts.times, AT_SYMLINK_NOFOLLOW) == 0 else { throw .make(errno) }
  }

  private func set(_ attributes: [TarAttribute], _ path: String, _ set: (TarAttribute) -> Int32) {
    for attribute in attributes {
      if RootFolder.isOfSystem(attribute.name) {
        notes.skipSteering(attribute.name, path)
        continue
      }
      let code = set(attribute)
      if code != 0 { notes.skipAttribute(attribute.name, path, code: code) }
    }
  }

  /// Whether an attribute says something about the system that the image is on: its policy for SELinux, or what overlayfs
  /// is to show in place of a file.
  private static func isOfSystem(_ name: String) -> Bool {
    name == "security.selinux" || name.hasPrefix("trusted.overlay.") || name.hasPrefix("user.overlay.")
  }
}
