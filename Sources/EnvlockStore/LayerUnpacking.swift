import EnvlockImage
import EnvlockModel
import Glibc

/// Unpacks the tar archive of one layer that comes in pieces, and hashes it.
struct LayerUnpacking {
  /// Why nothing more is unpacked: the entry, and what is wrong with it.
  struct Stop: Error {
    var path: String?
    var cause: UnpackError.Cause
  }

  /// A file whose content comes.
  private struct File {
    var descriptor: Int32
    var facts: RootFacts
    var path: String
  }

  private static let whiteout = ".wh."
  /// Names that aufs has for itself; one of them has a meaning in layers, too.
  private static let meta = ".wh..wh."
  private static let opaque = ".wh..wh..opq"

  private let root: RootFolder
  private var hash = SHA256Stream()
  private var reader = TarReader()
  private var file: File?
  private var members = 0
  private var stop: Stop?
  private var damage: String?

  /// Unpacks into a folder.
  init(_ root: RootFolder) { self.root = root }

  /// The digest of all that came.
  var diffID: Digest { hash.digest() }

  /// Takes the next bytes of the archive. Where they are no archive, later ones are only hashed.
  ///
  /// - Throws: `Stop` where an entry cannot be made.
  mutating func take(_ block: UnsafeRawBufferPointer) throws(Stop) {
    hash.update(block)
    guard damage == nil else { return }
    // A reader of its own, since this one is changed while pieces come.
    var reader = reader
    do throws(TarFault) {
      try reader.push(block) { piece in
        guard stop == nil else { return }
        switch piece {
        case .framing: break
        case .content(let bytes): write(bytes)
        case .member(let member): begin(member)
        }
      }
    } catch {
      damage = "is no tar archive: \(error)"
    }
    self.reader = reader
    if let stop { throw stop }
  }

  /// Completes the last file.
  ///
  /// - Returns: what is wrong with the archive, as the end of a sentence; nil where nothing is.
  /// - Throws: `Stop` where it cannot be completed.
  mutating func finish() throws(Stop) -> String? {
    if let damage { return damage }
    do throws(TarFault) { try reader.finish() } catch { return "is no tar archive: \(error)" }
    endFile()
    if let stop { throw stop }
    return nil
  }

  /// Closes the file that was begun, where nothing more comes.
  mutating func abandon() {
    if let file { close(file.descriptor) }
    file = nil
  }

  private mutating func write(_ bytes: UnsafeRawBufferPointer) {
    guard let file else { return }
    let code = StoreFiles.write(bytes, to: file.descriptor)
    if code != 0 { stop = Stop(path: file.path, cause: .make(code)) }
  }

  private mutating func endFile() {
    guard let file else { return }
    self.file = nil
    defer { close(file.descriptor) }
    do throws(UnpackError.Cause) { try root.finish(file.descriptor, file.facts, path: file.path) } catch {
      stop = Stop(path: file.path, cause: error)
    }
  }

  private mutating func begin(_ member: TarMember) {
    endFile()
    guard stop == nil else { return }
    members += 1
    do throws(UnpackError.Cause) {
      guard members <= LayerReader.memberLimit else { throw .tooMany(limit: LayerReader.memberLimit) }
      let path = try RootPath(member.path)
      if try !hides(path) { try make(member, path) }
    } catch {
      stop = Stop(path: member.path, cause: error)
    }
  }

  /// Whether an entry only says what lower layers' files are hidden; then they are removed.
  private func hides(_ path: RootPath) throws(UnpackError.Cause) -> Bool {
    guard let first = path.parts.firstIndex(where: { $0.hasPrefix(LayerUnpacking.whiteout) }) else {
      return false
    }
    let name = path.parts[first]
    let isLast = first == path.parts.count - 1
    if isLast, name == LayerUnpacking.opaque {
      try root.hideContent(of: path.parents)
    } else if !name.hasPrefix(LayerUnpacking.meta) {
      let hidden = String(name.dropFirst(LayerUnpacking.whiteout.count))
      guard isLast, !["", ".", ".."].contains(hidden) else {
        throw .name(reason: PathProblem.whiteout.reason)
      }
      try root.hide(path.sibling(hidden))
    }
    return true
  }

  private mutating func make(_ member: TarMember, _ path: RootPath) throws(UnpackError.Cause) {
    // The other name's entry says nothing that counts: it is the same file.
    if case .hardLink(let target) = member.kind { return try root.makeHardLink(path, to: target) }
    let facts = try RootFacts(member)
    switch member.kind {
    case .file: file = File(descriptor: try root.makeFile(path), facts: facts, path: member.path)
    case .directory: try root.makeFolder(path, facts)
    case .symbolicLink(let target): try root.makeLink(path, target, facts)
    case .special(let special): try root.makeSpecial(path, special, facts)
    case .hardLink: break
    }
  }
}
