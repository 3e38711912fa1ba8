package import EnvlockImage
package import EnvlockModel

import Glibc

/// A blob of an image that is to be written.
package struct LayoutBlob: Hashable, Sendable {
  /// Where its bytes are.
  package enum Content: Hashable, Sendable {
    /// Here.
    case bytes([UInt8])
    /// In a file that nobody changes any more, such as one of the store.
    case file(path: String)
  }

  /// The SHA-256 of its bytes.
  package var digest: Digest
  /// How many bytes it has.
  package var size: Int
  /// Where its bytes are.
  package var content: Content

  /// A document.
  package init(document bytes: [UInt8]) {
    digest = SmallSHA256.of(bytes)
    size = bytes.count
    content = .bytes(bytes)
  }

  /// A file, such as a layer.
  package init(file path: String, digest: Digest, size: Int) {
    self.digest = digest
    self.size = size
    content = .file(path: path)
  }
}

/// Writes an image as a folder: an OCI image layout.
///
/// Blobs that are files become hard links where the file system lets them, so that they need no space; else copies.
/// A new folder appears whole. In one that has a layout, the new index takes the place of the old one when all blobs are
/// there, then what it does not need is removed; so at every moment the layout is an image, the old one or the new.
///
/// Source: OCI image-spec 1.1, "Image Layout".
package struct LayoutFolder {
  private let path: String
  private let index: ImageIndex
  private let blobs: [LayoutBlob]

  /// Writes an image.
  ///
  /// - Parameters:
  ///   - index: what `index.json` says.
  ///   - blobs: all that it refers to, in any order; equal ones may come more than once.
  ///   - path: the folder; what it is in must exist.
  /// - Throws: `LayoutError`; nothing half-written stays.
  package static func write(_ index: ImageIndex, blobs: [LayoutBlob], to path: String) throws(LayoutError) {
    let writer = LayoutFolder(path: trimmed(path), index: index, blobs: blobs)
    let path = writer.path
    do {
      switch writer.state {
      case .absent: try writer.create()
      case .layout: try writer.update()
      case .occupied: throw LayoutError(path, .occupied)
      }
    } catch let error as LayoutError {
      throw error
    } catch let error as FileFailure {
      throw LayoutError(path, .file(error))
    } catch is CancellationError {
      throw LayoutError(path, .cancelled)
    } catch {
      throw LayoutError(path, .occupied)
    }
  }

  /// Says whether an image can be written to a folder, as far as that shows before there is one.
  ///
  /// - Parameter path: the folder.
  /// - Throws: `LayoutError` where something else is there, or no folder to make it in.
  package static func check(_ path: String) throws(LayoutError) {
    let folder = LayoutFolder(path: trimmed(path), index: ImageIndex(manifests: []), blobs: [])
    if case .occupied = folder.state { throw LayoutError(folder.path, .occupied) }
    let above = AtomicFile.folder(of: folder.path)
    guard access(above, F_OK) == 0 else {
      throw LayoutError(folder.path, .file(FileFailure(.write, folder.path, code: errno)))
    }
  }

  private static func trimmed(_ path: String) -> String {
    var path = path
    while path.utf8.count > 1, path.utf8.last == UInt8(ascii: "/") { path.removeLast() }
    return path
  }

  private enum State {
    /// Not there, or an empty folder.
    case absent
    case layout
    case occupied
  }

  private var state: State {
    var status = stat()
    guard stat(path, &status) == 0 else { return .absent }
    guard status.st_mode & S_IFMT == S_IFDIR else { return .occupied }
    if access("\(path)/\(ImageLayout.fileName)", F_OK) == 0 { return .layout }
    return StoreFiles.names(in: path).isEmpty ? .absent : .occupied
  }

  private func create() throws {
    let (scratch, descriptor) = try ScratchName.folder(for: path)
    defer { close(descriptor) }
    do {
      try fill(scratch)
      guard rename(scratch, path) == 0 else { throw FileFailure(.write, path, code: errno) }
    } catch {
      StoreFiles.removeTree(scratch)
      // Somebody else may have made it meanwhile.
      if case .layout = state { return try update() }
      // The scratch folder means nothing to whoever reads the error.
      if let failure = error as? FileFailure, failure.path.hasPrefix(scratch) {
        throw FileFailure(failure.action, path + failure.path.dropFirst(scratch.count), code: failure.code)
      }
      throw error
    }
    StoreFiles.syncFolder(of: path)
  }

  private func update() throws {
    // Whoever writes to one folder takes turns; else one would remove what the other has brought.
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileFailure(.write, path, code: errno) }
    defer { close(descriptor) }
    while flock(descriptor, LOCK_EX) != 0, errno == EINTR {}
    let folder = "\(path)/blobs/sha256"
    let before = Set(StoreFiles.names(in: folder))
    do { try fill(path) } catch {
      for name in StoreFiles.names(in: folder) where !before.contains(name) { unlink("\(folder)/\(name)") }
      throw error
    }
    for name in [ImageLayout.fileName, ImageLayout.indexName] {
      AtomicFile.sweep(beside: "\(path)/\(name)")
    }
    let kept = Set(blobs.map(\.digest.hex))
    for name in StoreFiles.names(in: folder) where !kept.contains(name) { unlink("\(folder)/\(name)") }
  }

  /// Brings everything into a folder, the index last.
  private func fill(_ folder: String) throws {
    for part in ["blobs", "blobs/sha256"] where mkdir("\(folder)/\(part)", 0o755) != 0 && errno != EEXIST {
      throw FileFailure(.write, "\(folder)/\(part)", code: errno)
    }
    var done: Set<Digest> = []
    for blob in blobs where done.insert(blob.digest).inserted {
      try put(blob, at: "\(folder)/\(ImageLayout.blobPath(blob.digest))")
    }
    try AtomicFile.write(ImageLayout().bytes, to: "\(folder)/\(ImageLayout.fileName)", durability: .cached)
    try AtomicFile.write(index.bytes, to: "\(folder)/\(ImageLayout.indexName)", durability: .cached)
  }

  private func put(_ blob: LayoutBlob, at place: String) throws {
    switch blob.content {
    case .bytes(let bytes): try AtomicFile.write(bytes, to: place, durability: .cached)
    case .file(let source):
      guard StoreFiles.size(of: source) == blob.size else { throw LayoutError(path, .blob(blob.digest)) }
      // Under another name first: a file of this name may be half of a copy, or damaged.
      // A link cannot be claimed: the file is the store's.
      let scratch = try ScratchName(for: place, age: 60)
      if link(source, scratch.path) == 0 {
        guard rename(scratch.path, place) == 0 else {
          let code = errno
          unlink(scratch.path)
          throw FileFailure(.write, place, code: code)
        }
        // Renaming one name of a file to another of the same file does nothing.
        unlink(scratch.path)
      } else {
        try StoreFiles.copy(source, to: place)
      }
    }
  }
}
