import EnvlockImage
import EnvlockNative

/// Writes a pack file: compresses each content for itself, and takes its sums.
///
/// Content up to `wholeLimit` is stored where compressing does not make it smaller. Larger content is compressed while it
/// comes, and what does not get smaller costs some bytes in each 64 KiB.
final class ArchivePackWriter {
  private(set) var entries: [ArchiveEntry] = []

  private let descriptor: Int32
  private let path: String
  private let job: ArchivePackJob
  private var encoder = DeflateEncoder()

  /// The file that is being written, and how many bytes of it are still to come.
  private var member: ArchiveMember?
  private var size = 0
  private var missing = 0
  private var offset = 0
  private var sum: UInt32 = 0
  private var hash = SHA256Stream()
  /// The content so far, where it is compressed in one go.
  private var whole: [UInt8] = []
  private var packed: [UInt8] = []

  /// Bytes that are not yet in the file, and how many are.
  private var output: [UInt8] = []
  private var written = 0

  private static let wholeLimit = 1 << 20
  private static let outputSize = 1 << 20

  init(_ descriptor: Int32, _ path: String, _ job: ArchivePackJob) {
    self.descriptor = descriptor
    self.path = path
    self.job = job
  }

  /// Takes contents as they come from the ring.
  ///
  /// - Throws: `FileFailure`.
  func take(_ bytes: UnsafeRawBufferPointer) throws(FileFailure) {
    var rest = bytes
    while !rest.isEmpty {
      if missing == 0 {
        takeMembers()
        precondition(missing > 0, "a member is announced before its content comes")
      }
      let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(missing))
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(piece.count))
      missing -= piece.count
      if size <= Self.wholeLimit {
        whole.append(contentsOf: piece)
      } else {
        hash.update(piece)
        sum = crc32(piece, continuing: sum)
        encoder.append(piece, into: &output)
      }
      if missing == 0 { finishContent() }
      if output.count >= Self.outputSize { try flush() }
    }
  }

  /// Takes what follows the last content, and writes the rest.
  ///
  /// - Throws: `FileFailure`.
  func finish() throws(FileFailure) {
    if missing == 0 { takeMembers() }
    try flush()
  }

  /// Takes members without content, and begins the next with content.
  private func takeMembers() {
    while missing == 0, let next = job.next() {
      switch next.kind {
      case .file(let size) where size > 0:
        member = next
        self.size = size
        missing = size
        offset = written + output.count
        sum = 0
        hash = SHA256Stream()
        whole.removeAll(keepingCapacity: true)
      case .file:
        let empty = PackedContent(
          offset: 0, compressedSize: 0, isDeflated: false, size: 0, crc: 0, sha256: sha256([]))
        add(next, .file(empty))
      case .directory: add(next, .directory)
      case .symbolicLink(let target): add(next, .symbolicLink(target))
      case .hardLink(let target): add(next, .hardLink(target))
      case .special(let what): add(next, .special(what))
      }
    }
  }

  private func finishContent() {
    var isDeflated = true
    if size <= Self.wholeLimit {
      packed.removeAll(keepingCapacity: true)
      whole.withUnsafeBytes {
        hash.update($0)
        sum = crc32($0)
        encoder.append($0, into: &packed)
      }
      encoder.finish(into: &packed)
      isDeflated = packed.count < size
      output.append(contentsOf: isDeflated ? packed : whole)
    } else {
      encoder.finish(into: &output)
    }
    guard let member else { return }
    let content = PackedContent(
      offset: offset, compressedSize: written + output.count - offset, isDeflated: isDeflated, size: size,
      crc: sum, sha256: hash.digest())
    add(member, .file(content))
  }

  private func add(_ member: ArchiveMember, _ kind: ArchiveEntry.Kind) {
    entries.append(
      ArchiveEntry(
        path: member.path, kind: kind, mode: member.mode, uid: member.uid, gid: member.gid,
        attributes: member.attributes.map { TarAttribute(name: $0.name, value: $0.value) }))
  }

  private func flush() throws(FileFailure) {
    let code = output.withUnsafeBytes { StoreFiles.write($0, to: descriptor) }
    guard code == 0 else { throw FileFailure(.write, path, code: code) }
    written += output.count
    output.removeAll(keepingCapacity: true)
  }
}
