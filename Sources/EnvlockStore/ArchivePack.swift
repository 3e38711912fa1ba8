package import EnvlockImage
import EnvlockNative

import Glibc

/// An archive whose files were compressed anew, each for itself, so that layers can be spliced from it as from a wheel.
///
/// The pack file goes when `remove` is called, or when nobody has the pack, nor another of the same `ArchivePacker`,
/// nor that any more.
package struct ArchivePack: Sendable {
  /// The members in the order of the archive; of a Debian package those of its data.
  package let entries: [ArchiveEntry]
  /// The pack file. It has no digest: whoever splices from it verifies each content's SHA-256.
  package let file: LayerSource
  /// A Debian package's control file.
  package let control: [UInt8]?
  /// A Debian package's list of MD5 sums.
  package let md5sums: [UInt8]?
  /// A Debian package's list of configuration files.
  package let conffiles: [UInt8]?

  private let folder: ArchivePackFolder

  init(
    _ members: ArchivePackMembers, _ entries: [ArchiveEntry], _ file: LayerSource,
    in folder: ArchivePackFolder
  ) {
    self.entries = entries
    self.file = file
    control = members.control
    md5sums = members.md5sums
    conffiles = members.conffiles
    self.folder = folder
  }

  /// The content of a file in it, in one piece: for small ones.
  ///
  /// - Parameter content: where it lies.
  /// - Returns: its bytes.
  /// - Throws: `FileFailure` where the pack file cannot be read, or was changed.
  package func content(of content: PackedContent) throws(FileFailure) -> [UInt8] {
    let descriptor = try StoreFiles.open(file.path)
    defer { close(descriptor) }
    var code: Int32 = 0
    var found = 0
    let packed = [UInt8](unsafeUninitializedCapacity: max(0, content.compressedSize)) { buffer, count in
      (count, code) = StoreFiles.read(
        descriptor, at: content.offset, into: UnsafeMutableRawBufferPointer(buffer))
      found = count
    }
    guard code == 0 else { throw FileFailure(.read, file.path, code: code) }
    guard found == content.compressedSize else { throw FileFailure(.read, file.path, code: EIO) }
    var bytes = packed
    if content.isDeflated {
      do throws(InflateError) {
        bytes = try inflateRaw(packed.span, expectedSize: content.size, limit: content.size)
      } catch {
        throw FileFailure(.read, file.path, code: EIO)
      }
    }
    guard bytes.count == content.size, sha256(bytes) == content.sha256 else {
      throw FileFailure(.read, file.path, code: EIO)
    }
    return bytes
  }

  /// Removes the pack file; nothing can be read from it any more.
  package func remove() { unlink(file.path) }
}
