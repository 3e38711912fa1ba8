import CArchive
import Glibc

/// Walks through a tar archive: old ones, ustar, pax and GNU.
///
/// Sources: POSIX, pax, "ustar Interchange Format" and "pax Interchange Format"; the records `SCHILY.xattr.<name>`.
final class ArchiveTar {
  private let handle: ArchiveHandle
  private let input: any ArchiveInput
  private let limits: ArchiveLimits
  private let part: ArchiveMember.Part
  private var members = 0
  private var names = 0
  /// Bytes of the member that was handed out last, as it states them.
  private var size = 0
  /// Bytes that all members state together: holes take no room in the archive, but in what is made of it.
  private var stated = 0

  /// The longest path that Linux takes, with the zero at its end.
  private static let pathLimit = 4096
  private static let zeros = [UInt8](repeating: 0, count: 64 << 10)

  init(
    _ source: any ArchiveInput, _ part: ArchiveMember.Part, _ limits: ArchiveLimits
  ) throws(ArchiveFault) {
    let input = ArchiveLimitedInput(source, limit: limits.bytes)
    self.input = input
    self.limits = limits
    self.part = part
    do throws(ArchiveFault) {
      handle = try ArchiveHandle(input) { archive throws(ArchiveFault) in
        guard carchive_accept_tar(archive) == ARCHIVE_OK else { throw .noMemory }
      }
    } catch {
      if case .corrupt = error { throw .notTar }
      throw error
    }
  }

  /// The next member; nil at the archive's end mark, which must be there.
  func next() throws(ArchiveFault) -> ArchiveMember? {
    var found: OpaquePointer?
    switch carchive_next(handle.archive, &found) {
    case ARCHIVE_OK: break
    // The only warning that changes nothing: a name outside of ASCII is left as it stands, see `carchive_next`.
    case ARCHIVE_WARN where handle.reason.contains("converted"): break
    case ARCHIVE_EOF:
      guard !handle.hasRunDry else { throw .cutOff }
      try input.drain()
      return nil
    default:
      let fault = handle.fault()
      if members == 0, case .corrupt = fault { throw .notTar }
      throw fault
    }
    guard let entry = found else { throw .noMemory }
    members += 1
    guard members <= limits.members else { throw .tooManyMembers(limit: limits.members) }
    return try member(entry)
  }

  /// Hands on the content of the member that `next` returned, piece by piece: as many bytes as it states, holes as zeros.
  ///
  /// - Parameter body: gets the bytes; false ends it.
  /// - Returns: false when the body ended it.
  /// - Throws: `ArchiveFault`.
  func read(_ body: (UnsafeRawBufferPointer) -> Bool) throws(ArchiveFault) -> Bool {
    var place = 0
    while true {
      var bytes: UnsafeRawPointer?
      var count = 0
      var offset: Int64 = 0
      let code = carchive_block(handle.archive, &bytes, &count, &offset)
      guard code == ARCHIVE_OK || code == ARCHIVE_EOF else { throw handle.fault() }
      let start = code == ARCHIVE_EOF ? size : Int(offset)
      if code == ARCHIVE_EOF { count = 0 }
      guard start >= place, start <= size, count <= size - start else {
        throw .corrupt(reason: "a member holds more than it states")
      }
      while place < start {
        let hole = min(start - place, Self.zeros.count)
        guard Self.zeros.withUnsafeBytes({ body(UnsafeRawBufferPointer(rebasing: $0[..<hole])) }) else {
          return false
        }
        place += hole
      }
      if code == ARCHIVE_EOF { return true }
      guard count == 0 || body(UnsafeRawBufferPointer(start: bytes, count: count)) else { return false }
      place += count
    }
  }

  private func member(_ entry: OpaquePointer) throws(ArchiveFault) -> ArchiveMember {
    let path = try name(carchive_path(entry))
    let kind: ArchiveMember.Kind
    size = 0
    if let target = carchive_hard_link(entry) {
      kind = .hardLink(try name(target))
    } else {
      switch Int(carchive_type(entry)) {
      case CARCHIVE_FILE:
        let count = carchive_size(entry)
        guard count >= 0 else { throw .corrupt(reason: "`\(path)` has a size below zero") }
        guard count <= limits.bytes - stated else { throw .tooLarge(limit: limits.bytes) }
        size = Int(count)
        stated += size
        kind = .file(size: size)
      case CARCHIVE_DIRECTORY: kind = .directory
      case CARCHIVE_SYMBOLIC_LINK: kind = .symbolicLink(try name(carchive_symbolic_link(entry)))
      case CARCHIVE_CHARACTER_DEVICE: kind = .special("character device")
      case CARCHIVE_BLOCK_DEVICE: kind = .special("block device")
      case CARCHIVE_PIPE: kind = .special("pipe")
      case CARCHIVE_SOCKET: kind = .special("socket")
      default: kind = .special("file of an unknown kind")
      }
    }
    guard let uid = UInt32(exactly: carchive_uid(entry)), let gid = UInt32(exactly: carchive_gid(entry))
    else {
      throw .badOwner(path: path)
    }
    return ArchiveMember(
      part: part, path: path, kind: kind, mode: UInt16(truncatingIfNeeded: carchive_mode(entry) & 0o7777),
      uid: uid, gid: gid, attributes: try attributes(entry))
  }

  private func attributes(_ entry: OpaquePointer) throws(ArchiveFault) -> [ArchiveMember.Attribute] {
    let count = carchive_attribute_count(entry)
    guard count > 0 else { return [] }
    var found: [String: [UInt8]] = [:]
    for _ in 0..<count {
      var text: UnsafePointer<CChar>?
      var value: UnsafeRawPointer?
      var length = 0
      guard carchive_attribute(entry, &text, &value, &length) == ARCHIVE_OK else { break }
      let name = try name(text)
      try note(length)
      found[name] = Array(UnsafeRawBufferPointer(start: value, count: value == nil ? 0 : length))
    }
    return found.map { ArchiveMember.Attribute(name: $0.key, value: $0.value) }
      .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  private func name(_ text: UnsafePointer<CChar>?) throws(ArchiveFault) -> String {
    guard let text else { throw .badName("") }
    let bytes = UnsafeBufferPointer(start: text, count: strnlen(text, Self.pathLimit))
    let raw = UnsafeRawBufferPointer(bytes)
    guard !raw.isEmpty, raw.count < Self.pathLimit, let name = String(validating: raw, as: UTF8.self) else {
      throw .badName(String(decoding: raw.prefix(200), as: UTF8.self))
    }
    try note(raw.count)
    return name
  }

  private func note(_ bytes: Int) throws(ArchiveFault) {
    guard bytes <= limits.names - names else { throw .tooManyNames(limit: limits.names) }
    names += bytes
  }
}
