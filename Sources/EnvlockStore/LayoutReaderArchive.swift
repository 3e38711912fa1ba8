import EnvlockImage
import EnvlockModel
import Glibc

/// Where the members of a tar archive lie in it. Their content is passed over, however large.
struct LayoutArchiveIndex: Sendable {
  private enum Member: Sendable {
    case file(LayoutReader.Place)
    /// Something else: what it is, as the end of a sentence.
    case other(String)
  }

  private let path: String
  private var members: [String: Member] = [:]

  /// How many members are believed.
  private static let limit = 100_000

  /// Reads the headers of an archive.
  ///
  /// - Throws: `LayoutReadError` where it is none, or a member's path leads out of it.
  init(_ path: String) throws(LayoutReadError) {
    self.path = path
    let descriptor: Int32
    do { descriptor = try StoreFiles.open(path) } catch { throw LayoutReadError(path, .file(error)) }
    defer { close(descriptor) }
    try read(descriptor)
  }

  /// Whether there is a member of this name, whatever it is.
  func has(_ name: String) -> Bool { members[name] != nil }

  /// Where a file lies.
  ///
  /// - Throws: `LayoutReadError` where it is missing or something else.
  func place(of name: String) throws(LayoutReadError) -> LayoutReader.Place {
    switch members[name] {
    case .file(let place): return place
    case .other(let what): throw LayoutReadError(path, .notAFile(name, what: what))
    case nil: throw LayoutReadError(path, .missing(name))
    }
  }

  private mutating func read(_ descriptor: Int32) throws(LayoutReadError) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw LayoutReadError(path, .file(FileFailure(.read, path, code: errno)))
    }
    let size = Int(status.st_size)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 512, alignment: 64)
    defer { buffer.deallocate() }
    var reader = TarReader()
    var found: [TarMember] = []
    while !reader.hasEnded {
      let place = reader.offset
      let (count, code) = StoreFiles.read(descriptor, at: place, into: buffer)
      guard code == 0 else { throw LayoutReadError(path, .file(FileFailure(.read, path, code: code))) }
      if place == 0 { try refuseCompressed(UnsafeRawBufferPointer(rebasing: buffer.prefix(count))) }
      do throws(TarFault) {
        guard count > 0 else {
          try reader.finish()
          return
        }
        try reader.push(UnsafeRawBufferPointer(rebasing: buffer.prefix(count))) { piece in
          if case .member(let member) = piece { found.append(member) }
        }
      } catch {
        throw LayoutReadError(path, .noImage(reason: "it is no folder, and no tar archive: \(error)"))
      }
      for member in found { try add(member, size) }
      found.removeAll(keepingCapacity: true)
      _ = reader.skipContent()
    }
  }

  private mutating func add(_ member: TarMember, _ size: Int) throws(LayoutReadError) {
    let name = member.plainPath
    if name.isEmpty, member.kind == .directory { return }
    do throws(PathProblem) { _ = try ImagePath(name) } catch {
      throw LayoutReadError(path, .path(member.path, reason: error.reason))
    }
    guard members.count < LayoutArchiveIndex.limit else { throw LayoutReadError(path, .tooMany) }
    if members[name] != nil {
      if member.kind != .directory { members[name] = .other("comes more than once") }
      return
    }
    switch member.kind {
    case .file(let length):
      guard member.contentOffset + length <= size else {
        throw LayoutReadError(
          path, .noImage(reason: "the archive is cut off in the middle of `\(name)`"))
      }
      members[name] = .file(LayoutReader.Place(path: path, offset: member.contentOffset, size: length))
    case .directory: members[name] = .other("is a folder")
    case .symbolicLink, .hardLink: members[name] = .other("is a link, which is not followed")
    case .special(let what): members[name] = .other("is a \(what)")
    }
  }

  private func refuseCompressed(_ start: UnsafeRawBufferPointer) throws(LayoutReadError) {
    let known: [(magic: [UInt8], name: String, undo: String)] = [
      ([0x1F, 0x8B], "gzip", "gzip -dc"), ([0x28, 0xB5, 0x2F, 0xFD], "zstd", "zstd -dc"),
      ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "xz", "xz -dc"), ([0x42, 0x5A, 0x68], "bzip2", "bzip2 -dc"),
    ]
    for (magic, name, undo) in known where start.starts(with: magic) {
      throw LayoutReadError(path, .compressed(name, undo: "\(undo) \(path) > image.tar"))
    }
  }
}
