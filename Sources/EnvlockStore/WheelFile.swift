package import EnvlockImage
import EnvlockModel
import EnvlockNative

import Glibc

/// A wheel on the disk: its members, and the first bytes of what is in them.
///
/// It is read by offset and holds the file open; nothing of it is verified but what `ZipDirectory` checks.
package final class WheelFile {
  /// The members in the directory's order.
  package let members: [ZipMember]

  private let path: String
  private let name: String
  private let descriptor: Int32

  /// Opens a wheel and reads its directory.
  ///
  /// - Parameters:
  ///   - path: where it lies.
  ///   - name: what it is called in errors.
  /// - Throws: `FileFailure`, `ZipFault`.
  package init(_ path: String, name: String) throws {
    let descriptor = try StoreFiles.open(path)
    do {
      guard let size = StoreFiles.size(of: path) else { throw FileFailure(.read, path, code: ENOENT) }
      func bytes(_ range: Range<Int>) throws -> [UInt8] {
        try WheelFile.read(descriptor, range.clamped(to: 0..<size), path)
      }
      let tail = try bytes(max(0, size - ZipDirectory.tailLength)..<size)
      let directory = try ZipDirectory(tail: tail, fileSize: size, file: name)
      members = try directory.members(try bytes(directory.range), header: bytes)
    } catch {
      close(descriptor)
      throw error
    }
    self.descriptor = descriptor
    self.path = path
    self.name = name
  }

  deinit { close(descriptor) }

  /// The first bytes of a member's content.
  ///
  /// - Parameters:
  ///   - index: which member.
  ///   - limit: how many bytes at most.
  /// - Returns: as many as there are, up to the limit.
  /// - Throws: `FileFailure`, `LayerError` for a deflate stream that is none.
  package func content(_ index: Int, limit: Int) throws -> [UInt8] {
    let member = members[index]
    let place = member.dataOffset
    guard member.method == ZipMember.deflatedMethod else {
      let count = min(limit, member.size, member.compressedSize)
      return try WheelFile.read(descriptor, place..<place + count, path)
    }
    let stream = try InflateStream()
    var content: [UInt8] = []
    content.reserveCapacity(min(limit, member.size))
    var offset = 0
    // A short read at first: mostly the beginning is wanted, or it is all there is.
    var step = 4096
    while content.count < limit, !stream.hasEnded, offset < member.compressedSize {
      let end = min(offset + step, member.compressedSize)
      let piece = try WheelFile.read(descriptor, place + offset..<place + end, path)
      guard !piece.isEmpty else { break }
      do {
        try piece.withUnsafeBytes { bytes in
          try stream.push(bytes) { content += $0.prefix(limit - content.count) }
        }
      } catch let error as InflateStreamError {
        throw LayerError(name, .inflate(member: member.path, error))
      }
      offset = end
      step = 1 << 17
    }
    return content
  }

  /// The bytes at a range of a file, as many of them as are there.
  private static func read(_ descriptor: Int32, _ range: Range<Int>, _ path: String) throws -> [UInt8] {
    var code: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
      (count, code) = StoreFiles.read(
        descriptor, at: range.lowerBound, into: UnsafeMutableRawBufferPointer(buffer))
    }
    guard code == 0 else { throw FileFailure(.read, path, code: code) }
    return bytes
  }
}
