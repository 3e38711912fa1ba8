import EnvlockImage
import EnvlockNative
import Synchronization

/// What the control archive of a Debian package says.
struct ArchivePackMembers: Sendable {
  var control: [UInt8]?
  var md5sums: [UInt8]?
  var conffiles: [UInt8]?

  /// How many bytes such a file may have.
  private static let limit = 64 << 20

  /// Takes the member that the reader is at, if it is one of them.
  mutating func take(_ member: ArchiveMember, _ reader: ArchiveReader) throws(ArchiveFault) {
    guard case .file = member.kind else { return }
    let name = member.path.hasPrefix("./") ? member.path.dropFirst(2) : member.path[...]
    switch name {
    case "control": control = try reader.content(limit: Self.limit)
    case "md5sums": md5sums = try reader.content(limit: Self.limit)
    case "conffiles": conffiles = try reader.content(limit: Self.limit)
    default: break
    }
  }
}

/// An archive that is being packed, as its two threads see it: one reads and unpacks, the other compresses and writes.
final class ArchivePackJob: Sendable {
  /// The contents of all files, one after the other.
  let ring = LayerRing()
  /// Set by whoever waits for the pack.
  let isCancelled = Atomic<Bool>(false)

  private struct State {
    var waiting: [ArchiveMember] = []
    var taken = 0
    var control = ArchivePackMembers()
    var fault: (ArchiveFault, member: String?)?
  }

  private let state = Mutex(State())

  /// Reads the archive. What it has come to is asked of `result` when the ring was drained.
  func read(_ path: String, _ kind: ArchiveReader.Kind, _ limits: ArchiveLimits) {
    defer { ring.close() }
    var last: String?
    do throws(ArchiveFault) {
      let reader = try ArchiveReader(path, kind, limits: limits)
      var control = ArchivePackMembers()
      defer { last = reader.lastPath }
      while let member = try reader.next() {
        if isCancelled.load(ordering: .relaxed) { return }
        if member.part == .control {
          try control.take(member, reader)
          continue
        }
        // Its member is known before its content comes.
        state.withLock { $0.waiting.append(member) }
        if case .file(let size) = member.kind, size > 0 {
          guard try reader.read({ ring.append($0) }) else { return }
        }
      }
      if kind == .debianPackage, control.control == nil {
        throw .notDebianPackage(reason: "it has no control file")
      }
      state.withLock { $0.control = control }
    } catch {
      state.withLock { $0.fault = (error, last) }
    }
  }

  /// Takes files that are no archive's.
  func take(_ files: [(path: ImagePath, content: [UInt8])]) {
    defer { ring.close() }
    for file in files {
      if isCancelled.load(ordering: .relaxed) { return }
      let member = ArchiveMember(
        part: .data, path: file.path.text, kind: .file(size: file.content.count), mode: 0o644, uid: 0, gid: 0)
      state.withLock { $0.waiting.append(member) }
      guard file.content.withUnsafeBytes({ ring.append($0) }) else { return }
    }
  }

  /// The next member, if one is there.
  func next() -> ArchiveMember? {
    state.withLock { state in
      guard state.taken < state.waiting.count else {
        // Nobody waits: begin anew, so that the list does not hold the whole archive.
        state.waiting.removeAll(keepingCapacity: true)
        state.taken = 0
        return nil
      }
      state.taken += 1
      return state.waiting[state.taken - 1]
    }
  }

  /// What the reading came to, when it has ended.
  func result(_ name: String) throws(ArchiveError) -> ArchivePackMembers {
    if isCancelled.load(ordering: .relaxed) { throw ArchiveError(name, .cancelled) }
    let (fault, control) = state.withLock { ($0.fault, $0.control) }
    if let fault { throw ArchiveError(name, .archive(fault.0), member: fault.member) }
    return control
  }
}
